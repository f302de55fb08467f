import SwasmModule

/// Which instances may run each other's code, and what all of such a group have to agree on: the value of GS, because
/// compiled code that reaches memory 0 through it never sets it; and the numbers of types, because
/// `call_indirect` compares them.
struct InstanceGroups {
  private struct Group {
    /// 0 when none uses GS.
    var memoryBase: UInt64 = 0
    /// The longest of the type tables; the others are prefixes of it.
    var types: [FunctionType]

    mutating func merge(_ other: Group) throws(InstantiationFailure) {
      guard types == other.types || zip(types, other.types).allSatisfy(==) else {
        throw .typesDiffer
      }
      guard memoryBase == 0 || other.memoryBase == 0 || memoryBase == other.memoryBase else {
        throw .conflictingMemoryBase
      }
      if other.types.count > types.count { types = other.types }
      if memoryBase == 0 { memoryBase = other.memoryBase }
    }
  }

  /// By instance: another one of its group, or itself.
  private var parents: [Int] = []
  /// By representative.
  private var groups: [Group] = []

  /// A new instance, alone in its group.
  mutating func append(types: [FunctionType]) {
    parents.append(parents.count)
    groups.append(Group(types: types))
  }

  func memoryBase(of instance: Int) -> UInt64 { groups[representative(instance)].memoryBase }

  mutating func setMemoryBase(
    of instance: Int, to base: UInt64
  ) throws(InstantiationFailure) {
    let group = representative(instance)
    guard groups[group].memoryBase == 0 || groups[group].memoryBase == base else {
      throw .conflictingMemoryBase
    }
    groups[group].memoryBase = base
  }

  /// Code of one may from now on reach code of the other.
  mutating func connect(_ a: Int, _ b: Int) throws(InstantiationFailure) {
    let first = representative(a)
    let second = representative(b)
    guard first != second else { return }
    try groups[first].merge(groups[second])
    parents[second] = first
  }

  private func representative(_ instance: Int) -> Int {
    var at = instance
    while parents[at] != at { at = parents[at] }
    return at
  }
}
