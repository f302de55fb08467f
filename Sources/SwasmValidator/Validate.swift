public import SwasmModule

/// Validates everything but the function bodies: types, imports, aliases, nested modules, instances, limits,
/// initializers, exports, the start function and segments. Adds the modules' types to `types`.
///
/// - Parameter features: what the module may use.
/// - Throws: ``ValidationError`` for the first thing that is wrong, in the order of the sections.
public func validate(
  _ module: consuming Module, types: inout TypeTables, features: Features = .all
) throws(ValidationError) -> ValidatedModule {
  // The decoder may have been told to let more pass.
  if let use = module.use.first(notIn: features) {
    let missing = use.feature.subtracting(features)
    throw ValidationError(.fault(.switchedOff(missing, what: "declaration")), at: use.offset)
  }
  var resolver = LinkResolver(module, features: features)
  swap(&resolver.types, &types)
  defer { swap(&resolver.types, &types) }
  return try resolver.resolve()
}

/// Validates a module and all its bodies, one after the other. What the bodies use is in the result's `use`.
public func validateAll(
  _ module: consuming Module, types: inout TypeTables, features: Features = .all
) throws(ValidationError) -> ValidatedModule {
  var validated = try validate(module, types: &types, features: features)
  var validator = FunctionValidator()
  for module in validated.nested + [validated] {
    for index in 0..<module.definedFunctionCount {
      try validator.validate(function: index, in: module)
    }
  }
  validated.use.formUnion(validator.use)
  return validated
}

/// The module under validation and what is learnt on the way.
struct ModuleValidator {
  var module: Module
  let features: Features
  /// By type index.
  let canonicalTypes: [CanonicalTypeIndex]
  /// By function index: see ``ValidatedModule``.
  var isDeclared: [Bool]

  /// Types that the module declares; behind them are those of aliased functions.
  let declaredTypeCount: Int
  let moduleCount: Int
  let instanceCount: Int

  init(
    module: consuming Module, features: Features, canonicalTypes: [CanonicalTypeIndex],
    declaredTypeCount: Int, modules: Int, instances: Int
  ) {
    self.canonicalTypes = canonicalTypes
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
    try checkTags()
    try checkGlobals()
    try checkExports()
    try checkStart()
    try checkElementSegments()
    try checkDataSegments()
  }

  func finish(linking: ModuleLinking) -> ValidatedModule {
    ValidatedModule(
      module: module, features: features, canonicalTypes: canonicalTypes, linking: linking,
      signatures: SignatureTable(
        module.types, declared: declaredTypeCount, canonical: canonicalTypes),
      memoryAddresses: module.memories.map(\.address), isDeclared: isDeclared)
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
