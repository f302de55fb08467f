/// Which instances may run each other's code, and the one value that GS holds for each such group: compiled code that
/// reaches memory 0 through GS never sets GS itself.
struct MemoryBaseGroups {
  /// By instance: another one of its group, or itself.
  private var parents: [Int] = []
  /// By representative: 0 when none of the group uses GS.
  private var bases: [UInt64] = []

  mutating func append() {
    parents.append(parents.count)
    bases.append(0)
  }

  func base(of instance: Int) -> UInt64 { bases[representative(instance)] }

  mutating func setBase(of instance: Int, to base: UInt64) throws(InstantiationFailure) {
    let group = representative(instance)
    guard bases[group] == 0 || bases[group] == base else { throw .conflictingMemoryBase }
    bases[group] = base
  }

  mutating func connect(_ a: Int, _ b: Int) throws(InstantiationFailure) {
    let first = representative(a)
    let second = representative(b)
    guard first != second else { return }
    if bases[first] == 0 { bases[first] = bases[second] }
    guard bases[second] == 0 || bases[second] == bases[first] else {
      throw .conflictingMemoryBase
    }
    parents[second] = first
  }

  private func representative(_ instance: Int) -> Int {
    var at = instance
    while parents[at] != at { at = parents[at] }
    return at
  }
}
