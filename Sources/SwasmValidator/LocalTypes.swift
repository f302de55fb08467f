import SwasmModule

/// The types of a function's parameters and locals.
///
/// A local of a type without default value can't be read before it is set: until then its type carries a mark.
///
/// A few bytes declare many locals, so only the first ones are written out, which is nearly always
/// all; the others are found by binary search in the runs.
struct LocalTypes {
  private static let flatCount = 256

  private(set) var count = 0
  private var flat: [ValueType] = []
  /// The index behind each run's last local, ascending.
  private var runs: [(end: Int, type: ValueType)] = []
  /// The locals set so far that had no value before, in the order in which they were set.
  private(set) var initialized: [UInt32] = []
  /// Those of them that are not in `flat`.
  private var farInitialized: Set<UInt32> = []

  private static let mark: UInt32 = 0x80

  mutating func removeAll() {
    count = 0
    flat.removeAll(keepingCapacity: true)
    runs.removeAll(keepingCapacity: true)
    initialized.removeAll(keepingCapacity: true)
    farInitialized.removeAll()
  }

  mutating func appendUninitialized(count added: Int, of type: ValueType) {
    append(count: added, of: ValueType(rawValue: type.rawValue | Self.mark))
  }

  mutating func append(count added: Int, of type: ValueType) {
    guard added > 0 else { return }
    let written = min(added, Self.flatCount - flat.count)
    for _ in 0..<written { flat.append(type) }
    count += added
    runs.append((count, type))
  }

  /// `none` when there is no such local; ``isReadable(_:)`` is false for the type of one that has not been set.
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
    let type = runs[low].type
    return farInitialized.isEmpty || !farInitialized.contains(UInt32(position))
      ? type : Self.withoutMark(type)
  }

  /// Whether a type, as this list gives it, is that of a local that can be read.
  @inline(__always)
  static func isReadable(_ type: ValueType) -> Bool {
    Int8(truncatingIfNeeded: type.rawValue) > 0
  }

  static func withoutMark(_ type: ValueType) -> ValueType {
    ValueType(rawValue: type.rawValue & ~mark)
  }

  /// Notes that a local has a value from now on.
  mutating func initialize(_ index: UInt32) {
    initialized.append(index)
    if Int(index) < flat.count {
      flat[Int(index)] = Self.withoutMark(flat[Int(index)])
    } else {
      farInitialized.insert(index)
    }
  }

  /// Goes back to where `count` locals had been set.
  mutating func reset(to count: Int) {
    while initialized.count > count {
      let index = initialized.removeLast()
      if Int(index) < flat.count {
        flat[Int(index)] = ValueType(rawValue: flat[Int(index)].rawValue | Self.mark)
      } else {
        farInitialized.remove(index)
      }
    }
  }
}
