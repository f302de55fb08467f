import SwasmModule

extension ModuleDecoder {
  mutating func decodeTableSection() throws(DecodeError) {
    let count = try reader.count(of: "tables", most: ImplementationLimits.tables)
    for _ in 0..<count {
      module.offsets.tables.append(reader.position)
      // 0x40 0x00 announces a table whose elements don't begin as null.
      guard reader.peekByte() == 0x40 else {
        module.tables.append(try decodeTableType())
        module.tableInitializers.append(nil)
        continue
      }
      _ = try reader.byte()
      let start = reader.position
      try reader.require(.referenceTypes, for: "table initializer", at: start)
      let reserved = try reader.byte()
      guard reserved == 0 else { throw DecodeError(.malformedTable(reserved), at: start) }
      module.tables.append(try decodeTableType())
      module.tableInitializers.append(try decodeConstantExpression())
    }
  }

  mutating func decodeTableType() throws(DecodeError) -> TableType {
    let start = reader.position
    let element = try reader.referenceType()
    if module.tables.count > 0 { try reader.require(.referenceTypes, for: "table 1", at: start) }
    let (flags, limits) = try decodeLimits(flags: 0b0101)
    return TableType(element: element, limits: limits, is64: flags & 4 != 0)
  }
}
