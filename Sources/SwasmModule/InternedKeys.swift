/// Lists that are looked through rather than put in a dictionary. The first dictionary of a kind has the Swift runtime search all
/// conformances of the program, which shows in the start of a guest.
public enum ShortList {
  public static let most = 16
}

/// Keys by position, none of them twice; few are a ``ShortList``.
struct InternedKeys<Key: Hashable & Sendable>: Sendable {
  private(set) var count = 0
  /// All keys, as long as that is a short list.
  private var few: [Key] = []
  /// All keys, when there are more.
  private var positions: [Key: Int] = [:]

  func position(of key: Key) -> Int? {
    count <= ShortList.most ? few.firstIndex(of: key) : positions[key]
  }

  /// - Precondition: the key is new.
  mutating func append(_ key: Key) {
    if count < ShortList.most {
      few.append(key)
    } else {
      for (position, key) in few.enumerated() { positions[key] = position }
      few = []
      positions[key] = count
    }
    count += 1
  }
}
