/// Which of 32 bytes each of 16 is to be: the first vector's are 0–15, the second's 16–31.
struct ByteShuffle {
  private var bytes: InlineArray<16, UInt8>

  init(_ bits: UInt128) {
    bytes = InlineArray { UInt8(truncatingIfNeeded: bits >> (8 * UInt128($0))) }
  }

  private init(_ make: (Int) -> UInt8) { bytes = InlineArray { make($0) } }

  private func allSatisfy(_ test: (Int, UInt8) -> Bool) -> Bool {
    for i in 0..<16 where !test(i, bytes[i]) { return false }
    return true
  }

  var isOfFirst: Bool { allSatisfy { $1 < 16 } }
  var isOfSecond: Bool { allSatisfy { $1 >= 16 } }
  /// For two equal operands.
  var ofOneSource: ByteShuffle { ByteShuffle { bytes[$0] & 15 } }
  /// The same with the operands exchanged.
  var exchanged: ByteShuffle { ByteShuffle { bytes[$0] ^ 16 } }

  /// What pshufb takes of one operand: bytes of the other are to be 0, and of neither, too.
  func selectors(ofFirst: Bool) -> UInt128 {
    var bits: UInt128 = 0
    for i in 0..<16 {
      let byte = ofFirst ? bytes[i] : bytes[i] ^ 16
      bits |= UInt128(byte < 16 ? byte : 0x80) << (8 * UInt128(i))
    }
    return bits
  }

  /// The start of a run of 16 bytes in the first operand followed by the second (or, of one source, itself).
  var concatenation: Int32? {
    let start = bytes[0]
    guard start > 0, start < 16 else { return nil }
    let isRun = allSatisfy { $1 == UInt8($0) + start }
    let wraps = allSatisfy { $1 == (UInt8($0) + start) & 15 }
    return isRun || wraps ? Int32(start) : nil
  }

  /// punpcklbw and the like, perhaps with the operands exchanged.
  var unpacking: (op: MachineOperation, isExchanged: Bool)? {
    let candidates: InlineArray<8, (MachineOperation, UInt8, UInt8)> = [
      (.punpcklbw, 1, 0), (.punpckhbw, 1, 8), (.punpcklwd, 2, 0), (.punpckhwd, 2, 8),
      (.punpckldq, 4, 0), (.punpckhdq, 4, 8), (.punpcklqdq, 8, 0), (.punpckhqdq, 8, 8),
    ]
    let isOneSource = isOfFirst
    for k in candidates.indices {
      let (op, width, start) = candidates[k]
      for exchange: UInt8 in [0, 16] {
        let matches = allSatisfy { i, byte in
          let (lane, offset) = (UInt8(i) / width, UInt8(i) % width)
          let source: UInt8 = lane & 1 == 0 ? exchange : 16 - exchange
          let wanted = start + lane / 2 * width + offset
          return byte == (isOneSource ? wanted : wanted + source)
        }
        if matches { return (op, exchange != 0) }
      }
    }
    return nil
  }

  /// By word, a bit that says "the second operand's"; every byte stays in its place.
  var wordBlend: Int32? {
    guard allSatisfy({ $1 & 15 == UInt8($0) }) else { return nil }
    var mask: Int32 = 0
    for i in 0..<8 {
      if bytes[2 * i] & 16 != bytes[2 * i + 1] & 16 { return nil }
      if bytes[2 * i] & 16 != 0 { mask |= 1 << Int32(i) }
    }
    return mask
  }

  /// Which of 8 lanes of four bytes each of four is.
  private var longs: InlineArray<4, UInt8>? {
    let isWhole = allSatisfy { $1 & 3 == UInt8($0 & 3) && $1 >> 2 == bytes[$0 & ~3] >> 2 }
    return isWhole ? InlineArray { bytes[4 * $0] >> 2 } : nil
  }

  /// pshufd's selectors, and which words of the result are the second operand's.
  var lanes: (selectors: Int32, blend: Int32)? {
    guard let longs else { return nil }
    var (selectors, blend): (Int32, Int32) = (0, 0)
    for i in 0..<4 {
      selectors |= Int32(longs[i] & 3) << Int32(2 * i)
      if longs[i] & 4 != 0 { blend |= 3 << Int32(2 * i) }
    }
    return (selectors, blend)
  }

  /// shufps: the lower two lanes are the first operand's, the others the second's.
  var halves: Int32? {
    guard let longs, longs[0] < 4, longs[1] < 4, longs[2] >= 4, longs[3] >= 4 else { return nil }
    return lanes?.selectors
  }

  /// pshuflw or pshufhw: the words of one half in another order, the other half as it is.
  var wordsOfOneHalf: (op: MachineOperation, selectors: Int32)? {
    for isHigh in [false, true] {
      let moved: Range<UInt8> = isHigh ? 8..<16 : 0..<8
      let matches = allSatisfy { i, byte in
        guard moved.contains(UInt8(i)) else { return byte == UInt8(i) }
        return moved.contains(byte) && byte & 1 == UInt8(i & 1)
          && byte >> 1 == bytes[i & ~1] >> 1
      }
      guard matches else { continue }
      var selectors: Int32 = 0
      for i in 0..<4 {
        selectors |= Int32(bytes[Int(moved.lowerBound) + 2 * i] >> 1 & 3) << Int32(2 * i)
      }
      return (isHigh ? .pshufhw : .pshuflw, selectors)
    }
    return nil
  }
}
