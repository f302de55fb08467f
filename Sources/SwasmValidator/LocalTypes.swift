import SwasmModule

/// The types of a function's parameters and locals.
///
/// A few bytes declare many locals, so only the first ones are written out, which is nearly always
/// all; the others are found by binary search in the runs.
struct LocalTypes {
  private static let flatCount = 256

  private(set) var count = 0
  private var flat: [ValueType] = []
  /// The index behind each run's last local, ascending.
  private var runs: [(end: Int, type: ValueType)] = []

  mutating func removeAll() {
    count = 0
    flat.removeAll(keepingCapacity: true)
    runs.removeAll(keepingCapacity: true)
  }

  mutating func append(count added: Int, of type: ValueType) {
    guard added > 0 else { return }
    let written = min(added, Self.flatCount - flat.count)
    for _ in 0..<written { flat.append(type) }
    count += added
    runs.append((count, type))
  }

  /// `none` when there is no such local.
  @inline(__always)
  subscript(index: UInt32) -> ValueType {
    let position = Int(index)
    return position < flat.count ? flat[position] : search(position)
  }

  @inline(never)
  private func search(_ position: Int) -> ValueType {
    guard position < count else { return .none }
    var low = 0
    var high = runs.count - 1
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].end > position { high = middle } else { low = middle + 1 }
    }
    return runs[low].type
  }
}
