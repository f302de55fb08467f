import SwasmModule

/// Limits as they are written, with what is said beside them.
struct WrittenLimits {
  var is64 = false
  var minimum: UInt64 = 0
  var maximum: UInt64?
  var isShared = false
  var pageSizeLog2: UInt8?

  var bytes: [UInt8] {
    var flags: UInt8 = maximum == nil ? 0 : 1
    if isShared { flags |= 2 }
    if is64 { flags |= 4 }
    if pageSizeLog2 != nil { flags |= 8 }
    var bytes = [flags]
    bytes.appendUnsigned(minimum)
    if let maximum { bytes.appendUnsigned(maximum) }
    if let pageSizeLog2 { bytes.append(pageSizeLog2) }
    return bytes
  }
}

/// The types of tables, memories and globals.
extension ModuleEncoder {
  /// Reads the type of a table, memory or global.
  mutating func plainItemType(_ space: Space) throws(TextError) -> [UInt8] {
    switch space {
    case .table: try tableType()
    case .memory: try memoryType()
    default: try globalType()
    }
  }

  /// Reads `i32` or `i64`, if one comes next.
  mutating func addressType() throws(TextError) -> Bool {
    if try cursor.skip(.i64) { return true }
    _ = try cursor.skip(.i32)
    return false
  }

  /// Reads `i64? minimum maximum? type`.
  private mutating func tableType() throws(TextError) -> [UInt8] {
    try tableType(is64: try addressType())
  }

  /// Reads `minimum maximum? type`.
  mutating func tableType(is64: Bool) throws(TextError) -> [UInt8] {
    var limits = WrittenLimits(is64: is64)
    try readNumbers(of: &limits)
    var bytes: [UInt8] = []
    bytes.append(try referenceType())
    return bytes + limits.bytes
  }

  private mutating func readNumbers(of limits: inout WrittenLimits) throws(TextError) {
    limits.minimum = try cursor.unsigned64()
    if cursor.token.kind == .number { limits.maximum = try cursor.unsigned64() }
  }

  private mutating func memoryType() throws(TextError) -> [UInt8] {
    try memoryType(try memoryLimits())
  }

  /// Reads what may come before a memory's data: `i64? (pagesize …)?`.
  mutating func memoryLimits() throws(TextError) -> WrittenLimits {
    var limits = WrittenLimits(is64: try addressType())
    try readPageSize(of: &limits)
    return limits
  }

  /// Reads the rest of a memory's type: `minimum maximum? shared? (pagesize …)?`.
  mutating func memoryType(_ begun: WrittenLimits) throws(TextError) -> [UInt8] {
    var limits = begun
    try readNumbers(of: &limits)
    limits.isShared = try cursor.skip(.shared)
    try readPageSize(of: &limits)
    return limits.bytes
  }

  private mutating func readPageSize(of limits: inout WrittenLimits) throws(TextError) {
    guard try cursor.skipOpen(.pagesize) else { return }
    let token = cursor.token
    let size = try cursor.unsigned32()
    guard size.nonzeroBitCount == 1 else {
      throw cursor.failure(.pageSizeNotPowerOfTwo, at: token)
    }
    limits.pageSizeLog2 = UInt8(size.trailingZeroBitCount)
    try cursor.close()
  }

  /// Reads `type` or `(mut type)`.
  mutating func globalType() throws(TextError) -> [UInt8] {
    let isMutable = try cursor.skipOpen(.mut)
    var bytes: [UInt8] = []
    bytes.append(try valueType())
    if isMutable { try cursor.close() }
    bytes.append(isMutable ? 0x01 : 0x00)
    return bytes
  }
}
