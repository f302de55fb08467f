/// Decodes one function's part of an ``AddressMap``.
public enum AddressLookup {
  /// The wasm byte offset for a code offset relative to the function's start: that of the pair with exactly this code
  /// offset, else that of the last one before it. `nil` when there is none or the data is malformed.
  public static func wasmOffset(at code: UInt32, in pairs: [UInt8]) -> Int? {
    var position = 0
    var codeOffset: UInt64 = 0
    var wasmOffset: Int64 = 0
    var found: Int?
    while position < pairs.count {
      guard let codeDelta = unsigned(pairs, &position), let wasmDelta = signed(pairs, &position)
      else { return nil }
      codeOffset &+= codeDelta
      wasmOffset &+= wasmDelta
      if codeOffset > UInt64(code) { break }
      found = Int(wasmOffset)
    }
    return found
  }

  private static func unsigned(_ bytes: [UInt8], _ position: inout Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }

  private static func signed(_ bytes: [UInt8], _ position: inout Int) -> Int64? {
    let start = position
    guard let value = unsigned(bytes, &position) else { return nil }
    let bits = UInt64(7 * (position - start))
    let isNegative = bytes[position - 1] & 0x40 != 0
    return Int64(bitPattern: isNegative && bits < 64 ? value | ~0 << bits : value)
  }
}
