/// An opcode with everything that selects it, in the terms of the manuals: opcode map, mandatory prefix, REX.W or VEX.W,
/// legacy or VEX encoding. Trivial and built of constants, so a line of the encoder costs one integer.
struct OpcodeBytes {
  private(set) var bits: UInt32

  enum Map: UInt32 {
    case oneByte = 0
    case map0F, map0F38, map0F3A
  }

  /// Numbered as VEX.pp.
  enum Prefix: UInt32 {
    case none = 0
    case operandSize, repeatEqual, repeatNotEqual
  }

  private static var wideFlag: UInt32 { 1 << 12 }
  private static var vexFlag: UInt32 { 1 << 13 }
  private static var byteRegFlag: UInt32 { 1 << 14 }
  private static var byteRMFlag: UInt32 { 1 << 15 }

  @inline(__always)
  init(_ byte: UInt8, _ map: Map = .oneByte, _ prefix: Prefix = .none) {
    bits = UInt32(byte) | map.rawValue << 8 | prefix.rawValue << 10
  }

  var byte: UInt8 { UInt8(truncatingIfNeeded: bits) }
  var mapNumber: UInt8 { UInt8(truncatingIfNeeded: bits >> 8) & 3 }
  var prefixNumber: UInt8 { UInt8(truncatingIfNeeded: bits >> 10) & 3 }
  var isWide: Bool { bits & OpcodeBytes.wideFlag != 0 }
  var isVex: Bool { bits & OpcodeBytes.vexFlag != 0 }
  /// The register operand, or the register in the place of the memory operand, is a byte register.
  var regIsByte: Bool { bits & OpcodeBytes.byteRegFlag != 0 }
  var rmIsByte: Bool { bits & OpcodeBytes.byteRMFlag != 0 }

  /// With W when the operand size is 8.
  @inline(__always)
  func wide(_ width: UInt8) -> OpcodeBytes { width == 8 ? wide : self }

  var wide: OpcodeBytes { adding(OpcodeBytes.wideFlag) }
  var vex: OpcodeBytes { adding(OpcodeBytes.vexFlag) }
  var byteRM: OpcodeBytes { adding(OpcodeBytes.byteRMFlag) }

  /// For an opcode whose reg field is an extension.
  var withoutByteReg: OpcodeBytes {
    var opcode = self
    opcode.bits &= ~OpcodeBytes.byteRegFlag
    return opcode
  }

  /// For an integer instruction with the usual opcode pair: the even one is for bytes.
  @inline(__always)
  func sized(_ width: UInt8) -> OpcodeBytes {
    switch width {
    case 1:
      var opcode = adding(OpcodeBytes.byteRegFlag | OpcodeBytes.byteRMFlag)
      opcode.bits &= ~1
      return opcode
    case 2: return adding(Prefix.operandSize.rawValue << 10)
    case 8: return wide
    default: return self
    }
  }

  /// For an instruction that exists for words and longer operands.
  @inline(__always)
  func sizedWords(_ width: UInt8) -> OpcodeBytes {
    width == 2 ? adding(Prefix.operandSize.rawValue << 10) : wide(width)
  }

  /// Scalar float operation: ss or sd.
  @inline(__always)
  static func scalar(_ byte: UInt8, _ width: UInt8) -> OpcodeBytes {
    OpcodeBytes(byte, .map0F, width == 8 ? .repeatNotEqual : .repeatEqual)
  }

  /// Float operation on whole registers, or one without rep prefix: ps or pd.
  @inline(__always)
  static func packed(_ byte: UInt8, _ width: UInt8) -> OpcodeBytes {
    OpcodeBytes(byte, .map0F, width == 8 ? .operandSize : .none)
  }

  @inline(__always)
  private func adding(_ flags: UInt32) -> OpcodeBytes {
    var opcode = self
    opcode.bits |= flags
    return opcode
  }
}

/// The immediate behind an instruction: its value and its size in bytes, 0 for none.
struct Immediate {
  var value: Int32
  var size: UInt8

  static var none: Immediate { Immediate(value: 0, size: 0) }
  static func byte(_ value: Int32) -> Immediate { Immediate(value: value, size: 1) }

  /// The low `size` bytes.
  var bits: UInt64 { UInt64(UInt32(bitPattern: value)) & (1 << (8 * UInt64(size)) - 1) }
}

extension Int32 {
  /// Is this the sign extension of its low byte?
  @inline(__always)
  var fitsByte: Bool { Int32(Int8(truncatingIfNeeded: self)) == self }

  /// As an operand of this many bytes sees it: narrowed and sign-extended.
  @inline(__always)
  func narrowed(_ width: UInt8) -> Int32 {
    switch width {
    case 1: Int32(Int8(truncatingIfNeeded: self))
    case 2: Int32(Int16(truncatingIfNeeded: self))
    default: self
    }
  }
}
