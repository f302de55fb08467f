public import SwasmModule

/// Validates everything but the function bodies: types, imports, limits, initializers, exports, the start
/// function and segments. Adds the module's types to `types`.
///
/// - Throws: ``ValidationError`` for the first thing that is wrong, in the order of the sections.
public func validate(
  _ module: consuming Module, types: inout TypeTables, features: Features = []
) throws(ValidationError) -> ValidatedModule {
  var validator = ModuleValidator(module: module, features: features)
  try validator.checkFunctions()
  try validator.checkTables()
  try validator.checkMemories()
  try validator.checkGlobals()
  try validator.checkExports()
  try validator.checkStart()
  try validator.checkElementSegments()
  try validator.checkDataSegments()
  return validator.finish(types: &types)
}

/// Validates a module and all its bodies, one after the other.
public func validateAll(
  _ module: consuming Module, types: inout TypeTables, features: Features = []
) throws(ValidationError) -> ValidatedModule {
  let validated = try validate(module, types: &types, features: features)
  var validator = FunctionValidator()
  for index in 0..<validated.definedFunctionCount {
    try validator.validate(function: index, in: validated)
  }
  return validated
}

/// The module under validation and what is learnt on the way.
struct ModuleValidator {
  let module: Module
  let features: Features
  /// By function index: see ``ValidatedModule``.
  var isDeclared: [Bool]

  init(module: consuming Module, features: Features) {
    isDeclared = Array(repeating: false, count: module.functions.count)
    self.module = module
    self.features = features
  }

  func finish(types: inout TypeTables) -> ValidatedModule {
    let canonicalTypes = module.types.map { defined in
      switch defined {
      case .function(let type): types.intern(type)
      }
    }
    return ValidatedModule(
      module: module, features: features, canonicalTypes: canonicalTypes,
      signatures: SignatureTable(module.types), isDeclared: isDeclared)
  }

  /// The byte offsets of an index space's items: imports come first.
  func offsets(of kind: ExternalKind, defined: [Int]) -> [Int] {
    module.imports.lazy.filter { $0.item.kind == kind }.map(\.offset) + defined
  }

  func require(
    _ index: some IndexType, below count: Int, in space: ValidationError.IndexSpace, at offset: Int
  ) throws(ValidationError) {
    guard index.position < count else {
      throw ValidationError(.unknown(space, index: index.rawValue), at: offset)
    }
  }
}
