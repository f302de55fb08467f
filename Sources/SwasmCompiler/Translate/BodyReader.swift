/// Reads the instructions of a function body that was validated: nothing is checked but the array's bounds.
struct BodyReader {
  let bytes: [UInt8]
  var position: Int

  init(_ bytes: [UInt8], at position: Int) {
    self.bytes = bytes
    self.position = position
  }

  @inline(__always)
  mutating func byte() -> UInt8 {
    let byte = bytes[position]
    position &+= 1
    return byte
  }

  @inline(__always)
  mutating func u32() -> UInt32 {
    let first = bytes[position]
    position &+= 1
    return first < 0x80 ? UInt32(first) : long(UInt32(first & 0x7f))
  }

  /// An offset, which has 64 bits where addresses have.
  @inline(__always)
  mutating func u64() -> UInt64 {
    let first = bytes[position]
    position &+= 1
    return first < 0x80 ? UInt64(first) : long(UInt64(first & 0x7f))
  }

  @inline(never)
  private mutating func long<Number: FixedWidthInteger & UnsignedInteger>(_ low: Number) -> Number {
    var result = low
    var shift: Number = 7
    while true {
      let next = byte()
      result |= Number(next & 0x7f) &<< shift
      if next < 0x80 { return result }
      shift &+= 7
    }
  }

  /// A signed number of up to 64 bits.
  @inline(__always)
  mutating func s64() -> Int64 {
    let first = bytes[position]
    position &+= 1
    if first < 0x80 { return Int64(Int8(truncatingIfNeeded: first << 1) >> 1) }
    return longS64(Int64(first & 0x7f))
  }

  @inline(never)
  private mutating func longS64(_ low: Int64) -> Int64 {
    var result = low
    var shift: Int64 = 7
    while true {
      let next = byte()
      result |= Int64(next & 0x7f) &<< shift
      shift &+= 7
      if next < 0x80 {
        if shift < 64 && next & 0x40 != 0 { result |= -1 &<< shift }
        return result
      }
    }
  }

  /// `count` bytes, the lowest first.
  mutating func fixed(_ count: Int) -> UInt64 {
    var result: UInt64 = 0
    for i in 0..<count { result |= UInt64(bytes[position + i]) &<< UInt64(8 * i) }
    position += count
    return result
  }

  mutating func skipNumber() {
    while bytes[position] >= 0x80 { position &+= 1 }
    position &+= 1
  }
}
