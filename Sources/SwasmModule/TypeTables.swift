/// The one place where the function types of a whole linked set live. Everything else holds
/// ``CanonicalTypeIndex``: two signatures are equal exactly when their indices are.
///
/// Index 0 stands for "no type", the type of a null function reference.
public struct TypeTables: Sendable {
  /// By canonical index; entry 0 is the empty type and is never looked up.
  public private(set) var functionTypes: [FunctionType]
  private var indices: [FunctionType: CanonicalTypeIndex] = [:]

  public init() { functionTypes = [FunctionType(parameters: [], results: [])] }

  /// The index of a type, added when it is new.
  public mutating func intern(_ type: FunctionType) -> CanonicalTypeIndex {
    if let known = indices[type] { return known }
    let index = CanonicalTypeIndex(functionTypes.count)
    functionTypes.append(type)
    indices[type] = index
    return index
  }

  public subscript(index: CanonicalTypeIndex) -> FunctionType { functionTypes[index.position] }

  public var count: Int { functionTypes.count }
}
