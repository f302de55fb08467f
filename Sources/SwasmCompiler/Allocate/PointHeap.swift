/// A binary heap of intervals keyed by a point; ties come out in the order of interval numbers, so that allocation is
/// the same whatever the order of insertion.
struct PointHeap {
  private var entries: ContiguousArray<UInt64> = []

  var count: Int { entries.count }
  subscript(position: Int) -> Int32 { Int32(truncatingIfNeeded: entries[position]) }
  var top: Int32? { entries.first.map { Int32(truncatingIfNeeded: $0 >> 32) } }

  mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  mutating func push(_ point: Int32, _ interval: Int32) {
    let entry = UInt64(UInt32(bitPattern: point)) << 32 | UInt64(UInt32(bitPattern: interval))
    var child = entries.count
    entries.append(entry)
    while child > 0 {
      let parent = (child - 1) / 2
      if entries[parent] <= entry { break }
      entries[child] = entries[parent]
      child = parent
    }
    entries[child] = entry
  }

  mutating func pop() -> (point: Int32, interval: Int32)? {
    guard let first = entries.first, let last = entries.popLast() else { return nil }
    if !entries.isEmpty { sink(last) }
    return (Int32(truncatingIfNeeded: first >> 32), Int32(truncatingIfNeeded: first))
  }

  private mutating func sink(_ entry: UInt64) {
    var parent = 0
    while true {
      var child = 2 * parent + 1
      if child >= entries.count { break }
      if child + 1 < entries.count, entries[child + 1] < entries[child] { child += 1 }
      if entries[child] >= entry { break }
      entries[parent] = entries[child]
      parent = child
    }
    entries[parent] = entry
  }
}
