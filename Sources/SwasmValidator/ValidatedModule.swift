public import SwasmModule

/// A module of which everything but the function bodies is known to be valid. Only the validator makes
/// these; ``FunctionValidator`` checks the bodies, in any order and on any thread.
public struct ValidatedModule: Sendable {
  public let module: Module
  public let features: Features
  /// By type index.
  public let canonicalTypes: [CanonicalTypeIndex]
  public let signatures: SignatureTable
  /// By function index: whether `ref.func` may name it, because something outside bodies does.
  let isDeclared: [Bool]

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
