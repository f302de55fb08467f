/// The one place where the function types of a whole linked set live. Everything else holds
/// ``CanonicalTypeIndex``: two signatures are equal exactly when their indices are.
///
/// Index 0 stands for "no type", the type of a null function reference.
public struct TypeTables: Sendable {
  /// By canonical index; entry 0 is the empty type and is never looked up.
  public private(set) var functionTypes: [FunctionType]
  private var indices: [FunctionType: CanonicalTypeIndex] = [:]
  /// Module and instance types; each refers only to earlier ones.
  public private(set) var linkingTypes: [LinkingType] = []
  private var linkingIndices: [LinkingType: LinkingTypeIndex] = [:]
  /// By linking type: the items that it has when the types in it are written out.
  private var effectiveSizes: [Int] = []
  /// By linking type: where each name is in its list.
  private var exportPositions: [[ItemName: Int]] = []
  private var importPositions: [[ItemName: Int]] = []

  public init() { functionTypes = [FunctionType(parameters: [], results: [])] }

  /// The index of a type, added when it is new. References in it to ``recursive`` are references to the type itself.
  ///
  /// - Requires: fewer than `ValueType.indexLimit` types, when there are references to it.
  public mutating func intern(_ type: FunctionType) -> CanonicalTypeIndex {
    if let known = indices[type] { return known }
    let index = CanonicalTypeIndex(functionTypes.count)
    indices[type] = index
    var stored = type
    if type.refers(to: Self.recursive) {
      stored.replaceIndices { $0 == Self.recursive ? index.rawValue : $0 }
    }
    functionTypes.append(stored)
    return index
  }

  /// Stands, in a type that is to be added, for the type's own index.
  public static let recursive = UInt32(ValueType.indexLimit - 1)

  public subscript(index: CanonicalTypeIndex) -> FunctionType { functionTypes[index.position] }

  public var count: Int { functionTypes.count }

  /// The index of a module or instance type, added when it is new. `nil`: written out it would be larger than
  /// `ImplementationLimits.effectiveTypeSize`.
  public mutating func intern(_ type: LinkingType) -> LinkingTypeIndex? {
    if let known = linkingIndices[type] { return known }
    var size = 1
    for item in [type.imports, type.exports].joined() {
      size += effectiveSize(of: item.type)
      if size > ImplementationLimits.effectiveTypeSize { return nil }
    }
    let index = LinkingTypeIndex(linkingTypes.count)
    linkingTypes.append(type)
    linkingIndices[type] = index
    effectiveSizes.append(size)
    exportPositions.append(Self.positions(type.exports))
    importPositions.append(Self.positions(type.imports))
    return index
  }

  private static func positions(_ items: [NamedEntity]) -> [ItemName: Int] {
    Dictionary(
      zip(items.lazy.map(\.name), items.indices), uniquingKeysWith: { first, _ in first })
  }

  /// Items of a type when the types in it are written out.
  public func effectiveSize(of type: EntityType) -> Int {
    switch type {
    case .function(let index):
      1 + self[index].parameters.count + self[index].results.count
    case .tag(let index): 1 + self[index].parameters.count
    case .table, .memory, .global: 1
    case .module(let index), .instance(let index): effectiveSizes[index.position]
    }
  }

  public subscript(index: LinkingTypeIndex) -> LinkingType { linkingTypes[index.position] }

  public func export(_ name: ItemName, of index: LinkingTypeIndex) -> EntityType? {
    exportPositions[index.position][name].map { linkingTypes[index.position].exports[$0].type }
  }

  func `import`(_ name: ItemName, of index: LinkingTypeIndex) -> EntityType? {
    importPositions[index.position][name].map { linkingTypes[index.position].imports[$0].type }
  }
}
