/// Where the imports of all members come from.
struct Resolution {
  enum Provider: Hashable {
    /// Position among the members.
    case library(Int)
    /// Position in ``Resolution/hosts``.
    case host(Int)
  }

  /// An instance that the set imports: what its members ask for, together.
  struct Host {
    var namespace: [UInt8]
    var items: [NamedItem] = []
    var types: [[UInt8]: ItemType] = [:]
  }

  private(set) var hosts: [Host] = []
  /// By member, by its import group, by item.
  private(set) var providers: [[[Provider]]] = []
  private var libraries: [[UInt8]: [Int]] = [:]

  init(_ members: [Member]) throws(LinkError) {
    for (index, member) in members.enumerated() {
      if let name = member.name { libraries[name, default: []].append(index) }
    }
    for index in members.indices { providers.append(try resolve(index, members)) }
  }

  private mutating func resolve(_ index: Int, _ members: [Member]) throws(LinkError)
    -> [[Provider]]
  {
    var missing: [MissingImport] = []
    var groups: [[Provider]] = []
    for group in members[index].imports {
      let candidates = libraries[group.namespace, default: []].filter { $0 != index }
      var found: [Provider] = []
      for item in group.items {
        if let library = try Self.find(item, group.namespace, candidates, members, index) {
          found.append(.library(library))
        } else if hostNamespaces.contains(group.namespace) {
          found.append(.host(try addHost(item, group.namespace, index)))
        } else {
          missing.append(
            MissingImport(
              ImportedName(group.namespace, item.name), isNamespaceKnown: !candidates.isEmpty))
        }
      }
      groups.append(found)
    }
    guard missing.isEmpty else { throw LinkError(.missing(missing), member: index) }
    return groups
  }

  /// The first library that exports an item, which then has to be of the right type.
  private static func find(
    _ item: NamedItem, _ namespace: [UInt8], _ candidates: [Int], _ members: [Member],
    _ importer: Int
  ) throws(LinkError) -> Int? {
    for library in candidates {
      guard let type = members[library].exportTypes[item.name] else { continue }
      guard type.matches(item.type) else {
        throw LinkError(
          .mismatch(ImportedName(namespace, item.name), type.difference(from: item.type)),
          member: importer)
      }
      return library
    }
    return nil
  }

  private mutating func addHost(
    _ item: NamedItem, _ namespace: [UInt8], _ importer: Int
  ) throws(LinkError) -> Int {
    let index = hosts.firstIndex { $0.namespace == namespace } ?? hosts.count
    if index == hosts.count { hosts.append(Host(namespace: namespace)) }
    if let known = hosts[index].types[item.name] {
      guard known == item.type else {
        throw LinkError(
          .hostMismatch(
            ImportedName(namespace, item.name), expected: item.type.description,
            earlier: known.description), member: importer)
      }
    } else {
      hosts[index].types[item.name] = item.type
      hosts[index].items.append(item)
    }
    return index
  }
}
