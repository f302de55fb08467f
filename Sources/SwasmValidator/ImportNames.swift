import SwasmModule

/// The imports of a module or module type by name: two-level ones with the same first name make one instance.
struct ImportNames {
  struct Implicit {
    var name: ItemName
    var exports: [NamedEntity] = []
    var positions: [ItemName: Int] = [:]
  }

  enum Entry {
    case single(NamedEntity)
    case implicit(Int)
  }

  private(set) var entries: [Entry] = []
  private(set) var implicit: [Implicit] = []
  private var singles: Set<ItemName> = []
  private var implicitNumbers: [ItemName: Int] = [:]
  /// Implicit instances before this one can't be added to any more.
  private var firstOpen = 0

  /// Ends an import section: the instances that it has begun stay as they are.
  mutating func close() { firstOpen = implicit.count }

  /// Adds an import. Returns the implicit instance that a two-level import has just begun.
  mutating func add(
    _ module: String, _ name: String?, _ type: EntityType, isStrict: Bool
  ) throws(LinkingFault) -> Int? {
    let first = ItemName(module)
    guard let name else {
      if isStrict, singles.contains(first) || implicitNumbers[first] != nil {
        throw .duplicateImportName(module)
      }
      singles.insert(first)
      entries.append(.single(NamedEntity(first, type)))
      return nil
    }
    if isStrict, singles.contains(first) { throw .importDefinedTwice(module) }
    var begun: Int?
    if implicitNumbers[first] == nil {
      begun = implicit.count
      implicitNumbers[first] = implicit.count
      entries.append(.implicit(implicit.count))
      implicit.append(Implicit(name: first))
    }
    let number = implicitNumbers[first]!
    if isStrict, number < firstOpen { throw .importDefinedTwice(module) }
    let second = ItemName(name)
    if implicit[number].positions[second] != nil {
      if isStrict { throw .duplicateImportName("\(module)::\(name)") }
      return begun
    }
    implicit[number].positions[second] = implicit[number].exports.count
    implicit[number].exports.append(NamedEntity(second, type))
    return begun
  }

  /// The imports as a module type has them; `nil` when one is too large.
  func entities(_ types: inout TypeTables) -> [NamedEntity]? {
    var list: [NamedEntity] = []
    list.reserveCapacity(entries.count)
    for entry in entries {
      switch entry {
      case .single(let entity): list.append(entity)
      case .implicit(let number):
        guard let type = types.intern(LinkingType(exports: implicit[number].exports)) else {
          return nil
        }
        list.append(NamedEntity(implicit[number].name, .instance(type)))
      }
    }
    return list
  }
}
