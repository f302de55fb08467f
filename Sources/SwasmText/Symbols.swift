/// An identifier, without its `$`. Equal identifiers of one text are equal symbols, however they are written.
struct Symbol: Hashable {
  var number: UInt32
  var position: Int { Int(number) }
}

/// All identifiers of a text, numbered from 0 in the order in which they are met.
struct Symbols {
  private struct Entry {
    var start: Int
    var count: Int
    var hash: UInt64
  }

  private var bytes: [UInt8] = []
  private var entries: [Entry] = []
  /// Open addressing: 0 is free, otherwise a symbol's number plus one.
  private var slots = [UInt32](repeating: 0, count: 256)
  /// Different in each process, so that a text can't be made of collisions.
  private let seed: UInt64

  init() {
    var hasher = Hasher()
    hasher.combine(0)
    seed = UInt64(bitPattern: Int64(hasher.finalize())) | 1
  }

  /// The symbol whose bytes are at `range`.
  mutating func intern(_ source: [UInt8], _ range: Range<Int>) -> Symbol {
    var hash = seed
    for position in range {
      let product = (hash ^ UInt64(source[position])).multipliedFullWidth(by: seed)
      hash = (product.high ^ product.low) &+ 0x9e37_79b9_7f4a_7c15
    }
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != 0 {
      let number = slots[slot] - 1
      if matches(entries[Int(number)], hash, source, range) { return Symbol(number: number) }
      slot = (slot + 1) & (slots.count - 1)
    }
    let symbol = Symbol(number: UInt32(entries.count))
    slots[slot] = symbol.number + 1
    entries.append(Entry(start: bytes.count, count: range.count, hash: hash))
    bytes.append(contentsOf: source[range])
    if entries.count * 2 > slots.count { grow() }
    return symbol
  }

  private func matches(_ entry: Entry, _ hash: UInt64, _ source: [UInt8], _ range: Range<Int>)
    -> Bool
  {
    guard entry.hash == hash, entry.count == range.count else { return false }
    for offset in 0..<entry.count
    where bytes[entry.start + offset] != source[range.lowerBound + offset] {
      return false
    }
    return true
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for (number, entry) in entries.enumerated() {
      var slot = Int(truncatingIfNeeded: entry.hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(number) + 1
    }
  }

  /// The symbol of those bytes, if the text has it.
  func find(_ name: ArraySlice<UInt8>) -> Symbol? {
    var copy = self
    let known = entries.count
    let symbol = copy.intern(Array(name), 0..<name.count)
    return symbol.position < known ? symbol : nil
  }

  /// The bytes of a symbol.
  func bytes(of symbol: Symbol) -> ArraySlice<UInt8> {
    let entry = entries[symbol.position]
    return bytes[entry.start..<entry.start + entry.count]
  }
}
