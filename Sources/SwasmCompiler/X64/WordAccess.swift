/// Whole words in an array of bytes: what the code buffer writes and copies with. Bounds are checked.
extension ContiguousArray<UInt8> {
  /// Stores 8 bytes, the lowest first.
  @inline(__always)
  mutating func storeWord(_ bits: UInt64, at position: Int) {
    var span = mutableSpan
    // SAFETY: bytes have no padding, any of their values is valid, and the store checks its bounds.
    var raw = unsafe span.mutableBytes
    raw.storeBytes(of: bits.littleEndian, toByteOffset: position, as: UInt64.self)
  }

  /// The 8 bytes at a position.
  @inline(__always)
  func word(at position: Int) -> UInt64 {
    // SAFETY: the load checks its bounds, and any 8 bytes are a UInt64.
    unsafe UInt64(
      littleEndian: span.bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt64.self))
  }
}
