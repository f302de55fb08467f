import SwasmModule

/// What the body pass needs to know of an opcode, flat.
struct OperatorEntry {
  enum Handling: UInt8 {
    /// Not an opcode, or not one that is supported.
    case illegal
    /// Operands and result are all there is.
    case plain
    /// A memory argument follows, then as `plain`.
    case access
    /// A number follows, then as `plain`.
    case i32Constant, i64Constant, f32Constant, f64Constant
    case localGet, localSet, localTee
    /// Types depend on the context or the immediates.
    case special
    /// More bytes of the opcode follow.
    case prefix
  }

  var opcode = Opcode.unreachable
  var handling = Handling.illegal
  /// log2 of the natural alignment.
  var alignment: UInt8 = 0
  /// The number of operands that follow, first one first.
  var operandCount: UInt8 = 0
  var first = ValueType.none
  var second = ValueType.none
  /// `none` when there is none.
  var result = ValueType.none
}

extension ValueType {
  /// No type; on the operand stack, any type: what unreachable code finds there.
  static var none: Self { Self(rawValue: 0) }
}

/// ``Opcode``'s attributes by opcode, computed once for a validator.
struct OperatorTable {
  /// Opcodes of one byte, then those after 0xfc.
  private let entries: [OperatorEntry]
  /// The number of opcodes after the prefix.
  private let prefixedCount: Int

  init() {
    var entries = Array(repeating: OperatorEntry(), count: 256)
    for opcode in Opcode.allCases {
      let position = Int(opcode.rawValue < 0x100 ? opcode.rawValue : opcode.rawValue - 0xfb00)
      while entries.count <= position { entries.append(OperatorEntry()) }
      entries[position] = OperatorEntry(opcode)
    }
    entries[0xfc].handling = .prefix
    self.entries = entries
    prefixedCount = entries.count - 256
  }

  subscript(byte: UInt8) -> OperatorEntry { entries[Int(byte)] }

  subscript(prefixed sub: UInt32) -> OperatorEntry {
    sub < prefixedCount ? entries[256 + Int(sub)] : OperatorEntry()
  }
}

extension OperatorEntry {
  init(_ opcode: Opcode) {
    self.init()
    self.opcode = opcode
    switch opcode {
    case .localGet: handling = .localGet
    case .localSet: handling = .localSet
    case .localTee: handling = .localTee
    default: handling = .special
    }
    guard let signature = opcode.signature, signature.operands.count <= 2 else { return }
    switch opcode.immediate {
    case .none: handling = .plain
    case .memory: handling = .access
    case .i32: handling = .i32Constant
    case .i64: handling = .i64Constant
    case .f32: handling = .f32Constant
    case .f64: handling = .f64Constant
    default: return
    }
    alignment = UInt8(opcode.accessSizeLog2 ?? 0)
    operandCount = UInt8(signature.operands.count)
    if operandCount > 0 { first = signature.operands[0] }
    if operandCount > 1 { second = signature.operands[1] }
    result = signature.result ?? .none
  }
}
