// Types of different tables: the same when they look the same.
extension TypeTables {
  private struct Pair: Hashable {
    var mine: CanonicalTypeIndex
    var theirs: CanonicalTypeIndex
  }

  /// Whether a type here and one of `other` are the same. Types refer to earlier ones and themselves only.
  public func isEqual(
    _ mine: CanonicalTypeIndex, to theirs: CanonicalTypeIndex, in other: TypeTables
  ) -> Bool {
    var open = [Pair(mine: mine, theirs: theirs)]
    var seen: Set<Pair> = []
    while let pair = open.popLast() {
      guard seen.insert(pair).inserted else { continue }
      let (a, b) = (self[pair.mine], other[pair.theirs])
      guard a.parameters.count == b.parameters.count, a.results.count == b.results.count else {
        return false
      }
      for (x, y) in zip(a.parameters + a.results, b.parameters + b.results) {
        guard let i = x.definedIndex, let j = y.definedIndex else {
          guard x == y else { return false }
          continue
        }
        let isRecursive = i == pair.mine.rawValue
        guard x.isNullable == y.isNullable, isRecursive == (j == pair.theirs.rawValue) else {
          return false
        }
        if !isRecursive {
          open.append(Pair(mine: CanonicalTypeIndex(i), theirs: CanonicalTypeIndex(j)))
        }
      }
    }
    return true
  }

  /// Whether a value of a type here is one of a type of `other`.
  public func matches(_ mine: ValueType, _ theirs: ValueType, in other: TypeTables) -> Bool {
    guard let i = mine.definedIndex, let j = theirs.definedIndex else {
      return mine.matches(theirs)
    }
    return (theirs.isNullable || !mine.isNullable)
      && isEqual(CanonicalTypeIndex(i), to: CanonicalTypeIndex(j), in: other)
  }

  public func matches(_ mine: TableType, _ theirs: TableType, in other: TypeTables) -> Bool {
    var type = mine
    type.element = theirs.element
    return type.matches(theirs) && matches(mine.element, theirs.element, in: other)
      && other.matches(theirs.element, mine.element, in: self)
  }

  public func matches(_ mine: GlobalType, _ theirs: GlobalType, in other: TypeTables) -> Bool {
    mine.isMutable == theirs.isMutable && matches(mine.value, theirs.value, in: other)
      && (!mine.isMutable || other.matches(theirs.value, mine.value, in: self))
  }
}
