import SwasmModule

extension ModuleDecoder {
  mutating func decodeDataCountSection() throws(DecodeError) {
    try reader.require(.bulkMemory, for: "data count section", at: reader.position)
    module.dataCount = try reader.u32()
  }

  mutating func decodeDataSection() throws(DecodeError) {
    let start = reader.position
    let count = try reader.count(of: "data segments", most: ImplementationLimits.dataSegments)
    if let declared = module.dataCount, Int(declared) != count {
      throw DecodeError(.dataCounts(declared: Int(declared), segments: count), at: start)
    }
    module.dataSegments.reserveCapacity(count)
    for _ in 0..<count { module.dataSegments.append(try decodeDataSegment()) }
  }

  private mutating func decodeDataSegment() throws(DecodeError) -> DataSegment {
    let start = reader.position
    let kind = try reader.u32()
    let mode: DataMode
    switch kind {
    case 0:
      mode = .active(MemoryIndex(0 as UInt32), offset: try decodeConstantExpression())
    case 1:
      try reader.require(.bulkMemory, for: "passive segment", at: start)
      mode = .passive
    case 2:
      let memory: MemoryIndex = try reader.index()
      mode = .active(memory, offset: try decodeConstantExpression())
    default: throw DecodeError(.malformedDataSegmentKind(kind), at: start)
    }
    return DataSegment(mode: mode, bytes: try reader.blob(), offset: start)
  }
}
