/// The type of a block: what it takes from the stack and what it leaves.
@frozen
public enum BlockType: Hashable, Sendable {
  case empty
  case value(ValueType)
  case function(TypeIndex)
}

/// The immediates of a load or store.
@frozen
public struct MemoryArgument: Hashable, Sendable {
  /// log2 of the alignment hint.
  public var alignment: UInt32
  public var memory: MemoryIndex
  public var offset: UInt64

  @inlinable
  public init(alignment: UInt32, memory: MemoryIndex, offset: UInt64) {
    self.alignment = alignment
    self.memory = memory
    self.offset = offset
  }
}

extension InstructionReader {
  /// An opcode, prefixed or not, as ``Opcode`` numbers them; `nil` after a fault.
  public mutating func readOpcode() -> Opcode? {
    let start = position
    let byte = readByte()
    if byte == 0xfc {
      let sub = readU32()
      if sub < 0x100, let opcode = Opcode(rawValue: 0xfc00 | UInt16(sub)) { return opcode }
      failOpcode(byte, sub: sub, at: start)
    } else {
      if let opcode = Opcode(rawValue: UInt16(byte)) { return hasFailed ? nil : opcode }
      failOpcode(byte, sub: nil, at: start)
    }
    return nil
  }

  /// Records that an opcode is not one of ours, and what it would need.
  @inline(never)
  public mutating func failOpcode(_ byte: UInt8, sub: UInt32?, at start: Int) {
    if byte == 0xfc, let sub, (0x13...0x16).contains(sub) {
      fail(.unsupported(.wideArithmetic, what: "opcode", code: 0xfc00 | sub), at: start)
      return
    }
    guard let feature = UnsupportedFeature.required(byOpcode: byte) else {
      fail(.illegalOpcode(byte, sub: sub), at: start)
      return
    }
    var code = UInt32(byte)
    if byte >= 0xfb {
      let number = readU32()
      if number < 0x1_0000 { code = code << (number < 0x100 ? 8 : 16) | number }
    }
    fail(.unsupported(feature, what: "opcode", code: code), at: start)
  }

  /// A value type; `i32` after a fault.
  public mutating func readValueType() -> ValueType {
    let start = position
    let byte = readByte()
    if let type = ValueType(code: byte), type != .v128 { return type }
    failType(byte, otherwise: .malformedValueType(byte), at: start)
    return .i32
  }

  /// A reference type; `funcref` after a fault.
  public mutating func readReferenceType() -> ValueType {
    let start = position
    let byte = readByte()
    if let type = ValueType(code: byte), type.isReference { return type }
    failType(byte, otherwise: .malformedReferenceType(byte), at: start)
    return .funcref
  }

  public mutating func readBlockType() -> BlockType {
    let start = position
    guard let byte = peekByte() else {
      fail(.unexpectedEnd, at: start)
      return .empty
    }
    if byte == 0x40 {
      _ = readByte()
      return .empty
    }
    // A single byte with bit 6 set is a negative number: a value type.
    if byte & 0xc0 == 0x40 { return .value(readValueType()) }
    let index = readI33()
    guard index >= 0, index <= Int64(UInt32.max) else {
      fail(.malformedValueType(byte), at: start)
      return .empty
    }
    return .function(TypeIndex(UInt32(index)))
  }

  public mutating func readMemoryArgument() -> MemoryArgument {
    let start = position
    let flags = readU32()
    if flags >= 0x80 { fail(.malformedMemoryFlags(flags), at: start) }
    let memory = flags & 0x40 == 0 ? 0 : readU32()
    let offset = readU64()
    return MemoryArgument(
      alignment: flags & 0x3f, memory: MemoryIndex(memory), offset: offset)
  }

  private mutating func failType(_ byte: UInt8, otherwise: BinaryFault, at start: Int) {
    if let feature = UnsupportedFeature.required(byTypeCode: byte) {
      fail(.unsupported(feature, what: "type", code: UInt32(byte)), at: start)
    } else {
      fail(otherwise, at: start)
    }
  }
}
