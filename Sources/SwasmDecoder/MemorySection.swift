import SwasmModule

extension ModuleDecoder {
  mutating func decodeMemorySection() throws(DecodeError) {
    let count = try reader.count(of: "memories", most: ImplementationLimits.memories)
    for _ in 0..<count {
      module.offsets.memories.append(reader.position)
      module.memories.append(try decodeMemoryType())
    }
  }

  mutating func decodeMemoryType() throws(DecodeError) -> MemoryType {
    let start = reader.position
    let (flags, limits) = try decodeLimits(flags: 0b1111)
    var type = MemoryType(limits: limits, is64: flags & 4 != 0, isShared: flags & 2 != 0)
    if type.isShared { try reader.require(.threads, for: "shared memory", at: start) }
    if flags & 8 != 0 {
      try reader.require(.customPageSizes, for: "page size", at: start)
      let offset = reader.position
      let log2 = try reader.u32()
      guard log2 == 0 || log2 == 16 else {
        throw DecodeError(.malformedPageSize(log2), at: offset)
      }
      type.pageSizeLog2 = UInt8(log2)
    }
    return type
  }

  /// Limits of a memory or table: bit 0 of the flags announces a maximum, bit 1 a shared memory, bit 2 64-bit addresses,
  /// bit 3 a page size. The numbers are read with 64 bits; whether they fit is a question of validity. Before there were
  /// 64-bit addresses they had 32.
  mutating func decodeLimits(
    flags allowed: UInt8
  ) throws(DecodeError) -> (flags: UInt8, limits: Limits) {
    let start = reader.position
    let flags = try reader.byte()
    guard flags & ~allowed == 0 else { throw DecodeError(.malformedLimitsFlags(flags), at: start) }
    if flags & 4 != 0 { try reader.require(.memory64, for: "64-bit limits", at: start) }
    let isWide = reader.allows(.memory64)
    let minimum = isWide ? try reader.u64() : UInt64(try reader.u32())
    guard flags & 1 != 0 else { return (flags, Limits(minimum: minimum, maximum: nil)) }
    let maximum = isWide ? try reader.u64() : UInt64(try reader.u32())
    return (flags, Limits(minimum: minimum, maximum: maximum))
  }
}
