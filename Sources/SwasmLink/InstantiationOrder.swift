/// The order in which members are instantiated: each after those that it imports from, otherwise as they are given. The
/// root, from which nobody imports, comes last.
func instantiationOrder(
  _ members: [Member], _ resolution: Resolution
) throws(LinkError) -> [Int] {
  let dependencies = members.indices.map { Dependency.list(members[$0], resolution.providers[$0]) }
  var order: [Int] = []
  var isPlaced = Array(repeating: false, count: members.count)
  while order.count < members.count {
    let next = members.indices.first { index in
      !isPlaced[index] && dependencies[index].allSatisfy { isPlaced[$0.library] }
    }
    guard let next else { throw cycle(members, dependencies, isPlaced) }
    isPlaced[next] = true
    order.append(next)
  }
  return order
}

/// An import that a library provides.
private struct Dependency {
  var library: Int
  var item: ImportedName

  /// One for each library that a member imports from.
  static func list(_ member: Member, _ providers: [[Resolution.Provider]]) -> [Dependency] {
    var known: Set<Int> = []
    var list: [Dependency] = []
    for (group, found) in zip(member.imports, providers) {
      for (item, provider) in zip(group.items, found) {
        guard case .library(let library) = provider, known.insert(library).inserted else {
          continue
        }
        list.append(Dependency(library: library, item: ImportedName(group.namespace, item.name)))
      }
    }
    return list
  }
}

/// Every member that is left imports from another that is left: following them leads into the circle.
private func cycle(
  _ members: [Member], _ dependencies: [[Dependency]], _ isPlaced: [Bool]
) -> LinkError {
  var path: [Int] = []
  var steps: [CycleStep] = []
  var current = isPlaced.firstIndex(of: false)!
  while true {
    if let start = path.firstIndex(of: current) {
      return LinkError(.cycle(Array(steps[start...])), member: current)
    }
    let next = dependencies[current].first { !isPlaced[$0.library] }!
    path.append(current)
    let name = members[current].name.map { String(decoding: $0, as: UTF8.self) } ?? "the program"
    steps.append(CycleStep(name, next.item))
    current = next.library
  }
}
