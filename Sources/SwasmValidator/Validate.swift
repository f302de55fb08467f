public import SwasmModule

/// Validates everything but the function bodies: types, imports, aliases, nested modules, instances, limits,
/// initializers, exports, the start function and segments. Adds the modules' types to `types`.
///
/// - Throws: ``ValidationError`` for the first thing that is wrong, in the order of the sections.
public func validate(
  _ module: consuming Module, types: inout TypeTables, features: Features = []
) throws(ValidationError) -> ValidatedModule {
  var resolver = LinkResolver(module, features: features)
  swap(&resolver.types, &types)
  defer { swap(&resolver.types, &types) }
  return try resolver.resolve()
}

/// Validates a module and all its bodies, one after the other.
public func validateAll(
  _ module: consuming Module, types: inout TypeTables, features: Features = []
) throws(ValidationError) -> ValidatedModule {
  let validated = try validate(module, types: &types, features: features)
  var validator = FunctionValidator()
  for module in validated.nested + [validated] {
    for index in 0..<module.definedFunctionCount {
      try validator.validate(function: index, in: module)
    }
  }
  return validated
}

/// The module under validation and what is learnt on the way.
struct ModuleValidator {
  let module: Module
  let features: Features
  /// By function index: see ``ValidatedModule``.
  var isDeclared: [Bool]

  /// Types that the module declares; behind them are those of aliased functions.
  let declaredTypeCount: Int
  let moduleCount: Int
  let instanceCount: Int

  init(
    module: consuming Module, features: Features, declaredTypeCount: Int, modules: Int,
    instances: Int
  ) {
    isDeclared = Array(repeating: false, count: module.functions.count)
    self.module = module
    self.features = features
    self.declaredTypeCount = declaredTypeCount
    moduleCount = modules
    instanceCount = instances
  }

  mutating func checkAll() throws(ValidationError) {
    try checkFunctions()
    try checkTables()
    try checkMemories()
    try checkGlobals()
    try checkExports()
    try checkStart()
    try checkElementSegments()
    try checkDataSegments()
  }

  func finish(canonicalTypes: [CanonicalTypeIndex], linking: ModuleLinking) -> ValidatedModule {
    ValidatedModule(
      module: module, features: features, canonicalTypes: canonicalTypes, linking: linking,
      signatures: SignatureTable(module.types, declared: declaredTypeCount),
      isDeclared: isDeclared)
  }

  /// The byte offsets of an index space's items: imports and aliases come first.
  func offsets(of kind: ExternalKind, defined: [Int]) -> [Int] {
    var offsets: [Int] = []
    for item in module.items {
      switch item {
      case .imports(let range):
        offsets += module.imports[range].lazy.filter { $0.item.kind == kind }.map(\.offset)
      case .alias(let alias):
        if case .export(_, kind, _, _) = alias.target { offsets.append(alias.offset) }
      case .types, .module, .instance: break
      }
    }
    return offsets + defined
  }

  func require(
    _ index: some IndexType, below count: Int, in space: ValidationError.IndexSpace, at offset: Int
  ) throws(ValidationError) {
    guard index.position < count else {
      throw ValidationError(.unknown(space, index: index.rawValue), at: offset)
    }
  }
}
