import SwasmModule

/// What the body pass needs to know of an opcode, flat.
struct OperatorEntry {
  enum Handling: UInt8 {
    /// Not an opcode.
    case illegal
    /// Of a feature that is switched off.
    case switchedOff
    /// Operands and result are all there is.
    case plain
    /// A memory argument follows, then as `plain`.
    case access
    /// A number follows, then as `plain`.
    case i32Constant, i64Constant, f32Constant, f64Constant
    case localGet, localSet, localTee
    case v128Constant
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
  var third = ValueType.none
  /// `none` when there is none.
  var result = ValueType.none
  /// What it belongs to.
  var feature = Features()
}

extension ValueType {
  /// No type; on the operand stack, any type: what unreachable code finds there.
  static var none: Self { Self(rawValue: 0) }
}

/// ``Opcode``'s attributes by opcode, computed once for a validator.
struct OperatorTable {
  /// Opcodes of one byte, then as many as there may be after each of the prefixes 0xfc, 0xfd and 0xfe.
  private let entries: [OperatorEntry]
  /// What may be used.
  let features: Features

  private static let firstPrefix = 0xfc
  private static let numbers = 0x120

  init(_ features: Features) {
    self.features = features
    var entries = Array(repeating: OperatorEntry(), count: 256 + 3 * Self.numbers)
    for opcode in Opcode.allCases {
      let position = opcode.prefix.map { Self.position($0, opcode.number) } ?? Int(opcode.number)
      entries[position] = OperatorEntry(opcode)
      if !features.isSuperset(of: opcode.feature) { entries[position].handling = .switchedOff }
    }
    for prefix in Self.firstPrefix..<Self.firstPrefix + 3 { entries[prefix].handling = .prefix }
    self.entries = entries
  }

  private static func position(_ prefix: UInt8, _ number: UInt32) -> Int {
    256 + (Int(prefix) - firstPrefix) * numbers + Int(number)
  }

  subscript(byte: UInt8) -> OperatorEntry { entries[Int(byte)] }

  subscript(prefix: UInt8, number: UInt32) -> OperatorEntry {
    number < Self.numbers ? entries[Self.position(prefix, number)] : OperatorEntry()
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
    feature = opcode.feature
    guard let signature = opcode.signature else { return }
    defer {
      alignment = UInt8(opcode.accessSizeLog2 ?? 0)
      operandCount = UInt8(signature.operands.count)
      if operandCount > 0 { first = signature.operands[0] }
      if operandCount > 1 { second = signature.operands[1] }
      if operandCount > 2 { third = signature.operands[2] }
      result = signature.result ?? .none
    }
    switch opcode.immediate {
    case .none: handling = .plain
    case .memory: handling = .access
    case .i32: handling = .i32Constant
    case .i64: handling = .i64Constant
    case .f32: handling = .f32Constant
    case .f64: handling = .f64Constant
    case .v128: handling = .v128Constant
    default: break
    }
  }
}
