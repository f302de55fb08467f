import SwasmModule

/// A module whose items before the function section are being resolved, and what its index spaces hold so far: an
/// item may only refer to earlier ones.
struct LinkScope {
  var module: Module
  /// Position in the set's nested modules; `nil` for the root.
  let position: Int?
  var nextItem = 0
  /// By type index.
  var types: [EntityType] = []
  /// Types in `module.types` beyond those that the module itself declares: the signatures of aliased functions.
  let declaredTypeCount: Int
  private(set) var addedTypes: [CanonicalTypeIndex] = []
  private var addedIndices: [CanonicalTypeIndex: TypeIndex] = [:]
  var functionCount = 0
  var tableCount = 0
  var memoryCount = 0
  var globalCount = 0
  var tagCount = 0
  var modules: [LinkingTypeIndex] = []
  var instances: [InstanceSlot] = []
  var imports = ImportNames()
  /// By import.
  var importTypes: [EntityType] = []
  private(set) var upvalues: [Upvalue] = []
  private var upvalueNumbers: [Upvalue: Int] = [:]
  /// By outer module alias.
  var outerModules: [Int] = []

  enum InstanceSlot {
    case known(LinkingTypeIndex)
    /// The instance behind two-level imports: position in ``ImportNames/implicit``.
    case implicit(Int)
  }

  init(_ module: consuming Module, position: Int?) {
    declaredTypeCount = module.types.count
    self.position = position
    self.module = module
  }

  /// The type of a function of the index space, imported or aliased.
  func functionType(_ index: Int) -> EntityType {
    .function(canonicalType(module.functions[index]))
  }

  /// The type of a tag of the index space, imported or aliased.
  func tagType(_ index: Int) -> EntityType { .tag(canonicalType(module.tags[index])) }

  private func canonicalType(_ type: TypeIndex) -> CanonicalTypeIndex {
    if type.position >= declaredTypeCount { return addedTypes[type.position - declaredTypeCount] }
    if case .function(let canonical) = types[type.position] { return canonical }
    preconditionFailure("an import that was resolved has a function type")
  }

  /// Gives an aliased function its signature, which no type of the module need have.
  mutating func setType(
    ofFunction index: Int, _ canonical: CanonicalTypeIndex, _ type: FunctionType
  ) {
    module.functions[index] = addType(canonical, type)
  }

  /// The index of a type beyond those declared, added when it is new.
  mutating func addType(_ canonical: CanonicalTypeIndex, _ type: FunctionType) -> TypeIndex {
    if let known = addedIndices[canonical] { return known }
    let index = TypeIndex(module.types.count)
    addedIndices[canonical] = index
    addedTypes.append(canonical)
    module.types.append(.function(type))
    module.offsets.types.append(0)
    return index
  }

  /// The number of an upvalue; `isNew` when it has just been added.
  mutating func capture(_ upvalue: Upvalue) -> (number: Int, isNew: Bool) {
    if let known = upvalueNumbers[upvalue] { return (known, false) }
    upvalueNumbers[upvalue] = upvalues.count
    upvalues.append(upvalue)
    return (upvalues.count - 1, true)
  }

  /// By type index: 0 for module and instance types.
  var canonicalTypes: [CanonicalTypeIndex] {
    types.map { type in
      if case .function(let index) = type { index } else { CanonicalTypeIndex(0 as UInt32) }
    } + addedTypes
  }
}
