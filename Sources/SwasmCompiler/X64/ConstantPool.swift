/// The constants that a function reads from memory behind its code, each kept once.
///
/// Its storage is reused: `reset` costs nothing per constant, since entries of the hash table carry the generation
/// in which they were made.
struct ConstantPool {
  struct Constant {
    var low: UInt64
    var high: UInt64
    /// 4, 8 or 16 bytes, also its alignment.
    var size: UInt8
    /// Offset from the start of the pool's section, once laid out.
    var offset: Int32 = 0
  }

  private(set) var constants: ContiguousArray<Constant> = []
  /// Open addressing: generation in the high half, index in the low one.
  private var table = ContiguousArray<UInt64>(repeating: 0, count: 32)
  private var generation: UInt32 = 1

  mutating func reset() {
    constants.removeAll(keepingCapacity: true)
    generation &+= 1
    if generation == 0 {
      generation = 1
      table = ContiguousArray(repeating: 0, count: 32)
    }
  }

  /// Index of a constant of `size` (4, 8 or 16) bytes.
  mutating func index(low: UInt64, high: UInt64 = 0, size: UInt8) -> Int32 {
    assert(size == 4 || size == 8 || size == 16)
    if constants.count &* 2 >= table.count { grow() }
    var slot = ConstantPool.hash(low, high, size) & (table.count - 1)
    while UInt32(truncatingIfNeeded: table[slot] >> 32) == generation {
      let index = Int(UInt32(truncatingIfNeeded: table[slot]))
      let found = constants[index]
      if found.low == low && found.high == high && found.size == size {
        return Int32(truncatingIfNeeded: index)
      }
      slot = (slot + 1) & (table.count - 1)
    }
    table[slot] = entry(constants.count)
    constants.append(Constant(low: low, high: high, size: size))
    return Int32(truncatingIfNeeded: constants.count - 1)
  }

  /// Gives every constant its offset, the largest first so that no padding is needed between them. Returns the bytes
  /// of the section.
  mutating func layOut() -> Int32 {
    var offset: Int32 = 0
    for size: UInt8 in [16, 8, 4] {
      for index in constants.indices where constants[index].size == size {
        constants[index].offset = offset
        offset += Int32(size)
      }
    }
    return offset
  }

  /// What the start of the section must be a multiple of.
  var alignment: Int {
    var largest: UInt8 = 1
    for constant in constants { largest = max(largest, constant.size) }
    return Int(largest)
  }

  private func entry(_ index: Int) -> UInt64 {
    UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: index))
  }

  @inline(never)
  private mutating func grow() {
    table = ContiguousArray(repeating: 0, count: table.count * 2)
    for (index, constant) in constants.enumerated() {
      var slot =
        ConstantPool.hash(constant.low, constant.high, constant.size) & (table.count - 1)
      while table[slot] != 0 { slot = (slot + 1) & (table.count - 1) }
      table[slot] = entry(index)
    }
  }

  private static func hash(_ low: UInt64, _ high: UInt64, _ size: UInt8) -> Int {
    let mixed = (low &+ UInt64(size) ^ high &* 0xff51_afd7_ed55_8ccd) &* 0x9e37_79b9_7f4a_7c15
    return Int(truncatingIfNeeded: mixed >> 32)
  }
}
