/// Keys by position, none of them twice.
///
/// Few keys are compared one by one: that costs less than a dictionary's making, which shows in the start of a guest.
struct InternedKeys<Key: Hashable & Sendable>: Sendable {
  private(set) var count = 0
  /// All keys, as long as there are at most ``fewest``.
  private var few: [Key] = []
  /// All keys, when there are more.
  private var positions: [Key: Int] = [:]

  private static var fewest: Int { 16 }

  func position(of key: Key) -> Int? {
    count <= Self.fewest ? few.firstIndex(of: key) : positions[key]
  }

  /// - Precondition: the key is new.
  mutating func append(_ key: Key) {
    if count < Self.fewest {
      few.append(key)
    } else {
      for (position, key) in few.enumerated() { positions[key] = position }
      few = []
      positions[key] = count
    }
    count += 1
  }
}
