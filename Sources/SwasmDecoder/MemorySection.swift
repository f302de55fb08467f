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
    MemoryType(limits: try decodeLimits(isMemory: true))
  }

  /// Limits of a memory or table. The numbers are read with 64 bits, as version 3.0 says; whether they
  /// fit is a question of validity.
  mutating func decodeLimits(isMemory: Bool) throws(DecodeError) -> Limits {
    let start = reader.position
    let flags = try reader.byte()
    switch flags {
    case 0: return Limits(minimum: try reader.u64())
    case 1:
      let minimum = try reader.u64()
      return Limits(minimum: minimum, maximum: try reader.u64())
    case 2 where isMemory, 3 where isMemory:
      throw reader.unsupported(.threads, "limits flags", code: flags, at: start)
    case 4, 5: throw reader.unsupported(.memory64, "limits flags", code: flags, at: start)
    default: throw DecodeError(.malformedLimitsFlags(flags), at: start)
    }
  }
}
