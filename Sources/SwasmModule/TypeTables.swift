/// The one place where the function types of a whole linked set live. Everything else holds
/// ``CanonicalTypeIndex``: two signatures are equal exactly when their indices are.
///
/// Index 0 stands for "no type", the type of a null function reference.
public struct TypeTables: Sendable {
  /// By canonical index; entry 0 is the empty type and is never looked up.
  public private(set) var functionTypes: [FunctionType]
  /// The types as they were given, from index 1 on.
  private var functionKeys = InternedKeys<FunctionType>()
  /// Module and instance types; each refers only to earlier ones.
  public private(set) var linkingTypes: [LinkingType] = []
  private var linkingKeys = InternedKeys<LinkingType>()
  /// By linking type: the items that it has when the types in it are written out.
  private var effectiveSizes: [Int] = []
  /// Where a name is in a list that is no ``ShortList``.
  private var positions: [ListedName: Int] = [:]

  private struct ListedName: Hashable {
    var type: LinkingTypeIndex
    var isExport: Bool
    var name: ItemName
  }

  public init() { functionTypes = [FunctionType(parameters: [], results: [])] }

  /// The index of a type, added when it is new. References in it to ``recursive`` are references to the type itself.
  ///
  /// - Requires: fewer than `ValueType.indexLimit` types, when there are references to it.
  public mutating func intern(_ type: FunctionType) -> CanonicalTypeIndex {
    if let known = functionKeys.position(of: type) { return CanonicalTypeIndex(known + 1) }
    let index = CanonicalTypeIndex(functionTypes.count)
    functionKeys.append(type)
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
    if let known = linkingKeys.position(of: type) { return LinkingTypeIndex(known) }
    var size = 1
    for list in [type.imports, type.exports] {
      for item in list {
        size += effectiveSize(of: item.type)
        if size > ImplementationLimits.effectiveTypeSize { return nil }
      }
    }
    let index = LinkingTypeIndex(linkingTypes.count)
    linkingTypes.append(type)
    linkingKeys.append(type)
    effectiveSizes.append(size)
    notePositions(type.exports, of: index, isExport: true)
    notePositions(type.imports, of: index, isExport: false)
    return index
  }

  private mutating func notePositions(
    _ items: [NamedEntity], of type: LinkingTypeIndex, isExport: Bool
  ) {
    guard items.count > ShortList.most else { return }
    // The first of a name counts.
    for (position, item) in items.enumerated().reversed() {
      positions[ListedName(type: type, isExport: isExport, name: item.name)] = position
    }
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
    item(name, in: linkingTypes[index.position].exports, of: index, isExport: true)
  }

  func `import`(_ name: ItemName, of index: LinkingTypeIndex) -> EntityType? {
    item(name, in: linkingTypes[index.position].imports, of: index, isExport: false)
  }

  private func item(
    _ name: ItemName, in items: [NamedEntity], of type: LinkingTypeIndex, isExport: Bool
  ) -> EntityType? {
    let position =
      items.count > ShortList.most
      ? positions[ListedName(type: type, isExport: isExport, name: name)]
      : items.firstIndex { $0.name == name }
    return position.map { items[$0].type }
  }
}
