public import SwasmModule

/// What a module is among others of its set.
public struct ModuleLinking: Sendable {
  /// It follows linking's rules: its two-level imports are aliases of instances.
  public let isStrict: Bool
  /// `nil` when it is too large, which only a module by itself may be.
  public let type: LinkingTypeIndex?
  /// By import.
  public let importTypes: [EntityType]
  /// What it captures, in terms of the module around it.
  public let upvalues: [Upvalue]
  /// By outer module alias, in their order: position in `upvalues`.
  public let outerModules: [Int]
}

/// A module of which everything but the function bodies is known to be valid. Only the validator makes
/// these; ``FunctionValidator`` checks the bodies, in any order and on any thread.
public struct ValidatedModule: Sendable {
  public let module: Module
  public let features: Features
  /// By type index.
  public let canonicalTypes: [CanonicalTypeIndex]
  public let linking: ModuleLinking
  public let signatures: SignatureTable
  /// By memory index: the type of addresses.
  let memoryAddresses: [ValueType]
  /// By function index: whether `ref.func` may name it, because something outside bodies does.
  let isDeclared: [Bool]
  /// What the module uses, with the modules inside it; its bodies too when they have been validated with it.
  public internal(set) var use = FeatureUse()
  /// In the root of a linked set: as ``Module/nested``.
  public internal(set) var nested: [ValidatedModule] = []

  /// The number of functions with a body here.
  public var definedFunctionCount: Int { module.bodies.count }

  /// The function index of a defined function.
  public func functionIndex(defined index: Int) -> FunctionIndex {
    FunctionIndex(module.importedFunctionCount + index)
  }

  public func signature(of function: FunctionIndex) -> Signature {
    signatures[module.functions[function.position]]
  }

  /// Equal in a whole linked set exactly when the signatures are.
  public func canonicalType(of function: FunctionIndex) -> CanonicalTypeIndex {
    canonicalTypes[module.functions[function.position].position]
  }
}
