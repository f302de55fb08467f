import Glibc
import SwasmWASI

/// Directories that a program made use of, each with what it did there first. Bounded: when the table is full, the deepest
/// directories are taken together by what they lie in.
///
/// It is written to pages that the launcher reads as it grows, so that a broker that is killed has told what it knew.
struct PathTable {
  /// One use of a directory.
  struct Entry: Equatable {
    /// The number of the granted directory.
    var root: Int
    /// From that one on: components with a slash between them; empty for itself.
    var directory: [UInt8]
    var isWrite: Bool
    var operation: BrokerOperation
    /// What was used in it; empty where that was the directory.
    var name: [UInt8]

    var depth: Int {
      directory.isEmpty ? 0 : 1 + directory.count { $0 == UInt8(ascii: "/") }
    }
  }

  /// What all uses together came to.
  struct Totals: Equatable {
    /// Look-ups that found nothing.
    var notFound: UInt64 = 0
    /// The most names that were added and not removed again.
    var names: UInt64 = 0
    /// Bytes of the largest file that was written.
    var largestFile: UInt64 = 0
    /// The table was full at least once.
    var wasFull = false
  }

  static let capacity = 512
  static let directoryLimit = 1024
  static let nameLimit = 255

  private(set) var entries: [Entry] = []
  var totals = Totals()
  /// Numbers of entries, by granted directory and name.
  private var order: [Int] = []

  init() {
    entries.reserveCapacity(Self.capacity)
    order.reserveCapacity(Self.capacity)
  }

  /// Takes a use in.
  ///
  /// - Returns: the entries that changed; nil for all of them.
  mutating func add(_ use: Entry) -> Range<Int>? {
    var use = use
    use.directory = Self.cut(use.directory)
    use.name = Array(use.name.prefix(Self.nameLimit))
    if isCovered(use) { return 0..<0 }
    let length = use.directory.count
    let place = position(of: use, length)
    if isThere(use, length, at: place) {
      // A write says more than the read before it.
      let number = order[place]
      entries[number] = use
      return number..<number + 1
    }
    if entries.count < Self.capacity {
      order.insert(entries.count, at: place)
      entries.append(use)
      return entries.count - 1..<entries.count
    }
    totals.wasFull = true
    while entries.count >= Self.capacity, takeTogether() {}
    // Granted directories alone are fewer than the table has room for.
    guard entries.count < Self.capacity else { return 0..<0 }
    _ = add(use)
    return nil
  }

  /// Is it there, read as it is or written to? Reads are covered by what they lie in too; writes are not, for what is then
  /// read in the same place must not look as if nothing were written there.
  private func isCovered(_ use: Entry) -> Bool {
    var length = use.directory.count
    while true {
      let place = position(of: use, length)
      if isThere(use, length, at: place) {
        let isWrite = entries[order[place]].isWrite
        if isWrite ? length == use.directory.count : !use.isWrite { return true }
      }
      guard length > 0 else { return false }
      length = use.directory[..<length].lastIndex(of: UInt8(ascii: "/")) ?? 0
    }
  }

  /// The deepest directories become those that they lie in. False where there is nothing deep.
  private mutating func takeTogether() -> Bool {
    let deepest = entries.map(\.depth).max() ?? 0
    guard deepest > 0 else { return false }
    let old = entries
    entries.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    for var entry in old {
      if entry.depth == deepest { entry.directory = Self.parent(entry.directory) }
      _ = add(entry)
    }
    return true
  }

  /// Where in the order a directory is or would be: so many bytes of that of a use.
  private func position(of use: Entry, _ length: Int) -> Int {
    var low = 0
    var high = order.count
    while low < high {
      let middle = (low + high) / 2
      if Self.compare(entries[order[middle]], use, length) < 0 {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private func isThere(_ use: Entry, _ length: Int, at place: Int) -> Bool {
    place < order.count && Self.compare(entries[order[place]], use, length) == 0
  }

  /// Below 0 where `a` comes before.
  private static func compare(_ a: Entry, _ use: Entry, _ length: Int) -> Int {
    if a.root != use.root { return a.root - use.root }
    let common = min(a.directory.count, length)
    let order = a.directory.withUnsafeBytes { left in
      use.directory.withUnsafeBytes { right in
        common == 0 ? 0 : memcmp(left.baseAddress!, right.baseAddress!, common)
      }
    }
    return order != 0 ? Int(order) : a.directory.count - length
  }

  static func parent(_ directory: [UInt8]) -> [UInt8] {
    Array(directory[..<(directory.lastIndex(of: UInt8(ascii: "/")) ?? 0)])
  }

  /// What is too long becomes a directory that it lies in.
  private static func cut(_ directory: [UInt8]) -> [UInt8] {
    directory.count <= directoryLimit ? directory : parent(Array(directory[...directoryLimit]))
  }
}
