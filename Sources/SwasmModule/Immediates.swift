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

/// What a clause of `try_table` catches and passes on.
public enum CatchKind: UInt8, Sendable, CaseIterable {
  /// Exceptions of a tag: their arguments.
  case tag = 0
  /// The same, and a reference to the exception.
  case tagReference = 1
  /// All exceptions: nothing.
  case all = 2
  /// All exceptions: a reference.
  case allReference = 3

  @inlinable public var hasTag: Bool { rawValue < 2 }
  @inlinable public var hasReference: Bool { rawValue & 1 != 0 }
}

extension InstructionReader {
  /// An opcode, prefixed or not, as ``Opcode`` numbers them; `nil` after a fault.
  public mutating func readOpcode() -> Opcode? {
    let start = position
    let byte = readByte()
    if byte >= 0xfc, byte <= 0xfe {
      let number = readU32()
      if let opcode = Opcode(prefix: byte, number) { return hasFailed ? nil : opcode }
      failOpcode(byte, sub: number, at: start)
    } else {
      if let opcode = Opcode(rawValue: UInt32(byte)) { return hasFailed ? nil : opcode }
      failOpcode(byte, sub: nil, at: start)
    }
    return nil
  }

  /// Records that an opcode is not one of ours, and what it would need.
  @inline(never)
  public mutating func failOpcode(_ byte: UInt8, sub: UInt32?, at start: Int) {
    switch byte {
    case 0xd3:
      fail(.unsupported(.garbageCollection, what: "opcode", code: 0xd3), at: start)
    case 0xfb:
      let number = readU32()
      let code = number < 0x100 ? 0xfb << 8 | number : 0xfb
      fail(.unsupported(.garbageCollection, what: "opcode", code: code), at: start)
    default: fail(.illegalOpcode(byte, sub: sub), at: start)
    }
  }

  // MARK: Types

  /// A value type; `i32` after a fault.
  public mutating func readValueType() -> ValueType {
    let start = position
    let byte = readByte()
    if byte >= 0x7c, byte <= 0x7f { return ValueType(rawValue: UInt32(byte)) }
    if byte == 0x7b {
      require(.simd, for: "type v128", at: start)
      return hasFailed ? .i32 : .v128
    }
    if byte == 0x70 { require(.referenceTypes, for: "type funcref", at: start) }
    return reference(
      byte, at: start, otherwise: .malformedValueType(byte), after: .i32)
  }

  /// A reference type; `funcref` after a fault.
  public mutating func readReferenceType() -> ValueType {
    let start = position
    let byte = readByte()
    return reference(
      byte, at: start, otherwise: .malformedReferenceType(byte), after: .funcref)
  }

  /// The rest of a reference type after its first byte.
  private mutating func reference(
    _ byte: UInt8, at start: Int, otherwise: BinaryFault, after failure: ValueType
  ) -> ValueType {
    if byte == 0x63 || byte == 0x64 {
      require(.functionReferences, for: "typed reference", at: start)
      let type = readHeapType()
      return hasFailed ? failure : byte == 0x64 ? type.nonNull : type
    }
    guard let type = abstractReference(byte, at: start) else {
      fail(otherwise, at: start)
      return failure
    }
    return hasFailed ? failure : type
  }

  /// The nullable reference to an abstract heap type; `nil` when it is none.
  private mutating func abstractReference(_ byte: UInt8, at start: Int) -> ValueType? {
    switch byte {
    case 0x70: break
    case 0x6f: require(.referenceTypes, for: "type externref", at: start)
    case 0x69, 0x74: require(.exceptions, for: "type exnref", at: start)
    case 0x72, 0x73: require(.functionReferences, for: "bottom reference", at: start)
    case 0x6a...0x6e, 0x71:
      fail(.unsupported(.garbageCollection, what: "type", code: UInt32(byte)), at: start)
    default: return nil
    }
    return ValueType(rawValue: UInt32(byte))
  }

  /// A heap type, as the nullable reference to it; `funcref` after a fault.
  public mutating func readHeapType() -> ValueType {
    let start = position
    if let byte = peekByte(), byte & 0xc0 == 0x40 {
      _ = readByte()
      guard let type = abstractReference(byte, at: start) else {
        fail(.malformedHeapType(byte), at: start)
        return .funcref
      }
      return hasFailed ? .funcref : type
    }
    let index = readI33()
    guard index >= 0, index < ValueType.indexLimit else {
      fail(index < 0 ? .malformedHeapType(0) : .typeIndexTooLarge(index), at: start)
      return .funcref
    }
    require(.functionReferences, for: "typed reference", at: start)
    return hasFailed ? .funcref : ValueType(index: UInt32(index), isNullable: true)
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
    require(.multiValue, for: "block with a function type", at: start)
    return .function(TypeIndex(UInt32(index)))
  }

  // MARK: Other immediates

  public mutating func readMemoryArgument() -> MemoryArgument {
    let start = position
    let flags = readU32()
    if flags >= 0x80 { fail(.malformedMemoryFlags(flags), at: start) }
    var memory: UInt32 = 0
    if flags & 0x40 != 0 {
      require(.multiMemory, for: "memory index", at: start)
      memory = readU32()
    }
    let offset = readU64()
    return MemoryArgument(
      alignment: flags & 0x3f, memory: MemoryIndex(memory), offset: offset)
  }

  /// `nil` after a fault.
  public mutating func readCatchKind() -> CatchKind? {
    let start = position
    let byte = readByte()
    if let kind = CatchKind(rawValue: byte) { return hasFailed ? nil : kind }
    fail(.malformedCatchClause(byte), at: start)
    return nil
  }

  /// A lane of a vector that has `count`.
  public mutating func readLane(below count: UInt8) -> UInt8 {
    let start = position
    let lane = readByte()
    if lane >= count { fail(.malformedLane(lane), at: start) }
    return lane
  }
}
