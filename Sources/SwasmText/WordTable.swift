import SwasmModule

/// Finds what a keyword means. Keys are the keyword's bytes themselves, packed into five words, so that a
/// look-up compares numbers and allocates nothing.
struct WordTable {
  static let shared = WordTable()

  private struct Key: Equatable {
    static let capacity = 40
    var a: UInt64 = 0
    var b: UInt64 = 0
    var c: UInt64 = 0
    var d: UInt64 = 0
    var e: UInt64 = 0

    var hash: Int {
      let mixed = (a &* 0x9e37_79b9_7f4a_7c15) ^ (b &* 0xc2b2_ae3d_27d4_eb4f)
      let more = (c &* 0x1656_67b1_9e37_79f9) ^ (d &* 0x27d4_eb2f_1656_67c5)
      let last = e &* 0x8519_61d9_d2b4_3b3b
      return Int(truncatingIfNeeded: ((mixed &+ more &+ last) &* 0x9e37_79b9_7f4a_7c15) >> 40)
    }
  }

  private struct Slot {
    var key = Key()
    var meaning = Meaning.none
  }

  private var slots: [Slot]
  private static let mask = 2047

  private init() {
    slots = Array(repeating: Slot(), count: Self.mask + 1)
    for word in Word.allCases { insert(word.rawValue, .word(word)) }
    for opcode in Opcode.allCases { insert(opcode.name, .instruction(opcode)) }
  }

  private mutating func insert(_ name: String, _ meaning: Meaning) {
    let bytes = Array(name.utf8)
    precondition(bytes.count <= Key.capacity)
    let key = Self.key(bytes, 0..<bytes.count)
    var slot = key.hash & Self.mask
    while slots[slot].meaning != .none {
      // `select` names two opcodes; the first one stands for both.
      if slots[slot].key == key { return }
      slot = (slot + 1) & Self.mask
    }
    slots[slot] = Slot(key: key, meaning: meaning)
  }

  private static func key(_ bytes: [UInt8], _ range: Range<Int>) -> Key {
    var key = Key()
    var (position, end) = (range.lowerBound, range.upperBound)
    key.a = pack(bytes, &position, end)
    if position < end { key.b = pack(bytes, &position, end) }
    if position < end { key.c = pack(bytes, &position, end) }
    if position < end { key.d = pack(bytes, &position, end) }
    if position < end { key.e = pack(bytes, &position, end) }
    return key
  }

  /// The next eight bytes, or as many as there are.
  @inline(__always)
  private static func pack(_ bytes: [UInt8], _ position: inout Int, _ end: Int) -> UInt64 {
    let stop = min(position + 8, end)
    var packed: UInt64 = 0
    while position < stop {
      packed = packed << 8 | UInt64(bytes[position])
      position += 1
    }
    return packed
  }

  /// The meaning of the keyword at `range`.
  func meaning(_ bytes: [UInt8], _ range: Range<Int>) -> Meaning {
    guard range.count <= Key.capacity else { return .none }
    let key = Self.key(bytes, range)
    var slot = key.hash & Self.mask
    while slots[slot].meaning != .none {
      if slots[slot].key == key { return slots[slot].meaning }
      slot = (slot + 1) & Self.mask
    }
    return .none
  }
}
