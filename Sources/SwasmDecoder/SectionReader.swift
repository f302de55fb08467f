import SwasmModule

/// An ``InstructionReader`` whose faults are thrown at once, and the small things that sections share.
struct SectionReader {
  private(set) var bytes: InstructionReader

  init(_ source: [UInt8], allowed: Features) {
    bytes = InstructionReader(source, in: 0..<source.count, allowed: allowed)
  }

  var position: Int { bytes.position }
  var isAtEnd: Bool { bytes.isAtEnd }
  var remaining: Int { bytes.remaining }

  func error(_ cause: DecodeError.Cause, at offset: Int) -> DecodeError {
    DecodeError(cause, at: offset)
  }

  /// Reads, then throws the fault that reading has met, if any.
  private mutating func checked<Value>(
    _ read: (inout InstructionReader) -> Value
  ) throws(DecodeError) -> Value {
    let value = read(&bytes)
    if let fault = bytes.fault { throw error(.fault(fault.value), at: fault.offset) }
    return value
  }

  mutating func byte() throws(DecodeError) -> UInt8 { try checked { $0.readByte() } }
  mutating func u32() throws(DecodeError) -> UInt32 { try checked { $0.readU32() } }
  mutating func u64() throws(DecodeError) -> UInt64 { try checked { $0.readU64() } }
  mutating func i32() throws(DecodeError) -> Int32 { try checked { $0.readI32() } }
  mutating func i64() throws(DecodeError) -> Int64 { try checked { $0.readI64() } }
  mutating func fixed32() throws(DecodeError) -> UInt32 { try checked { $0.readFixed32() } }
  mutating func fixed64() throws(DecodeError) -> UInt64 { try checked { $0.readFixed64() } }
  mutating func index<Index: IndexType>() throws(DecodeError) -> Index { Index(try u32()) }
  mutating func valueType() throws(DecodeError) -> ValueType {
    try checked { $0.readValueType() }
  }
  mutating func referenceType() throws(DecodeError) -> ValueType {
    try checked { $0.readReferenceType() }
  }
  /// `nil` never comes without a fault.
  mutating func opcode() throws(DecodeError) -> Opcode? { try checked { $0.readOpcode() } }
  func peekByte() -> UInt8? { bytes.peekByte() }

  mutating func heapType() throws(DecodeError) -> ValueType { try checked { $0.readHeapType() } }

  /// What of the features was used so far.
  var use: FeatureUse { bytes.use }

  func allows(_ feature: Features) -> Bool { bytes.allows(feature) }

  /// Notes the use of a feature.
  mutating func require(
    _ feature: Features, for what: String, at offset: Int
  ) throws(DecodeError) {
    try checked { $0.require(feature, for: what, at: offset) }
  }

  func unsupported(
    _ feature: Features, _ what: String, code: UInt8, at offset: Int
  ) -> DecodeError {
    error(.fault(.unsupported(feature, what: what, code: UInt32(code))), at: offset)
  }

  /// The length of a vector whose items take at least a byte each, so a length above the bytes that
  /// are left is wrong before anything is allocated for it.
  mutating func count(of what: String, most: Int) throws(DecodeError) -> Int {
    let start = position
    let count = Int(try u32())
    guard count <= bytes.remaining else {
      throw error(.fault(.unexpectedEnd), at: start)
    }
    guard count <= most else {
      throw error(.limitExceeded(what, count: count, most: most), at: start)
    }
    return count
  }

  /// A length in bytes, of bytes that are there.
  private mutating func length() throws(DecodeError) -> Int {
    let start = position
    let length = Int(try u32())
    guard length <= bytes.remaining else { throw error(.lengthOutOfBounds(length), at: start) }
    return length
  }

  /// A length and as many bytes.
  mutating func blob() throws(DecodeError) -> Range<Int> { bytes.skip(try length()) }

  mutating func name() throws(DecodeError) -> String {
    let range = try blob()
    guard range.count <= ImplementationLimits.nameLength else {
      throw error(
        .limitExceeded(
          "bytes in a name", count: range.count, most: ImplementationLimits.nameLength),
        at: range.lowerBound)
    }
    guard let name = String(validating: bytes.slice(range), as: UTF8.self) else {
      throw error(.malformedUTF8, at: range.lowerBound)
    }
    return name
  }

  /// Reads a length and makes the end of as many bytes the end of what may be read; returns the end
  /// that it had before.
  mutating func beginSection() throws(DecodeError) -> Int {
    let length = try length()
    let outer = bytes.end
    bytes.shorten(to: position + length)
    return outer
  }

  /// Lets reading go on behind the section; returns how many of its bytes were left unread.
  mutating func endSection(resumingUpTo end: Int) -> Int {
    let unread = bytes.remaining
    bytes.extend(to: end)
    return unread
  }

  /// Goes to the end of what may be read.
  mutating func skipRest() -> Range<Int> { bytes.skip(bytes.remaining) }
}
