/// Operations with one operand, and floats.
extension ValueBuilder {
  /// The value of a unary operation or conversion to `type`.
  mutating func unary(_ op: Operation, _ type: IRType, _ a: Int32, source: UInt32) -> Int32 {
    let x = self[a]
    if x.op == .constant, let bits = ConstantFolding.unary(op, type, x.type, x.constantBits) {
      return constant(type, bits)
    }
    if depth == Self.depthLimit {
      return number(Instruction(op, type, a: a), source: op.hasSource ? source : 0)
    }
    depth &+= 1
    defer { depth &-= 1 }
    let folded =
      switch op {
      case .extend8S: extend(op, type, a, 8)
      case .extend16S: extend(op, type, a, 16)
      case .extend32S: extend(op, type, a, 32)
      case .wrap: wrap(a)
      case .extendU: extendUnsigned(a)
      case .extendS: extendSigned(a)
      case .fabs: x.op == .fabs ? a : x.op == .fneg ? unary(.fabs, type, x.a, source: 0) : -1
      case .fneg: x.op == .fneg ? x.a : -1
      case .reinterpret: x.op == .reinterpret ? x.a : -1
      case .convertS: convertSigned(type, a)
      default: Int32(-1)
      }
    if folded >= 0 { return folded }
    return number(Instruction(op, type, a: a), source: op.hasSource ? source : 0)
  }

  /// Sign extension of the low `bits` bits.
  private mutating func extend(_ op: Operation, _ type: IRType, _ a: Int32, _ bits: UInt64) -> Int32
  {
    if upperBound(a) < 1 << (bits - 1) { return a }
    let x = self[a]
    let low: UInt64 = (1 << bits) - 1
    switch x.op {
    case .and where self[x.b].op == .constant && self[x.b].constantBits & low == low:
      return unary(op, type, x.a, source: 0)
    case .extend8S: return bits >= 8 ? a : -1
    case .extend16S: return bits >= 16 ? a : unary(op, type, x.a, source: 0)
    case .extend32S: return bits >= 32 ? a : unary(op, type, x.a, source: 0)
    case .extendS: return bits == 32 ? a : -1
    case .extendU: return bits == 32 ? unary(.extendS, .i64, x.a, source: 0) : -1
    case .load:
      let isNarrow: Bool =
        switch x.access {
        case .s8: true
        case .s16: bits >= 16
        case .s32: bits >= 32
        default: false
        }
      return isNarrow ? a : -1
    default: return -1
    }
  }

  private mutating func wrap(_ a: Int32) -> Int32 {
    let x = self[a]
    switch x.op {
    case .extendU, .extendS: return x.a
    case .extend32S: return wrapped(x.a)
    case .extend8S, .extend16S:
      let narrow = wrapped(x.a)
      return unary(x.op, .i32, narrow, source: 0)
    case .and
    where self[x.b].op == .constant && self[x.b].constantBits & 0xffff_ffff == 0xffff_ffff:
      return wrapped(x.a)
    case .add, .sub, .mul, .and, .or, .xor:
      // The low half depends on the low halves only; worth it when both are there already.
      guard isNarrow(x.a) && isNarrow(x.b) else { return -1 }
      let (low, other) = (wrapped(x.a), wrapped(x.b))
      return binary(x.op, .i32, low, other, source: 0)
    default: return -1
    }
  }

  private func isNarrow(_ a: Int32) -> Bool {
    let op = self[a].op
    return op == .extendU || op == .extendS || op == .constant
  }

  private mutating func wrapped(_ a: Int32) -> Int32 { unary(.wrap, .i32, a, source: 0) }

  private mutating func extendUnsigned(_ a: Int32) -> Int32 {
    let x = self[a]
    return x.op == .wrap ? again(.and, .i64, x.a, 0xffff_ffff) : -1
  }

  private mutating func extendSigned(_ a: Int32) -> Int32 {
    if upperBound(a) < 0x8000_0000 { return unary(.extendU, .i64, a, source: 0) }
    let x = self[a]
    return x.op == .wrap ? unary(.extend32S, .i64, x.a, source: 0) : -1
  }

  /// A signed conversion is cheaper than an unsigned one and needs no extension.
  private mutating func convertSigned(_ type: IRType, _ a: Int32) -> Int32 {
    let x = self[a]
    return x.op == .extendS ? unary(.convertS, type, x.a, source: 0) : -1
  }

  // MARK: Floats

  mutating func binaryFloat(_ op: Operation, _ type: IRType, _ a: Int32, _ b: Int32) -> Int32 {
    let (x, y) = (self[a], self[b])
    if op == .copysign { return copySign(type, a, b) }
    if y.op == .constant {
      if x.op == .constant,
        let bits = ConstantFolding.floatBinary(op, type, x.constantBits, y.constantBits)
      {
        return constant(type, bits)
      }
      if op == .fmul, y.constantBits == (type == .f32 ? 0x4000_0000 : 0x4000_0000_0000_0000) {
        return number(Instruction(.fadd, type, a: a, b: a))
      }
      if op == .fdiv, let bits = Self.reciprocal(type, y.constantBits) {
        let factor = constant(type, bits)
        return binaryFloat(.fmul, type, a, factor)
      }
    }
    return number(Instruction(op, type, a: a, b: b))
  }

  private mutating func copySign(_ type: IRType, _ a: Int32, _ b: Int32) -> Int32 {
    let y = self[b]
    guard y.op == .constant else { return number(Instruction(.copysign, type, a: a, b: b)) }
    let magnitude = unary(.fabs, type, a, source: 0)
    let isNegative = y.constantBits & (1 << UInt64(type.width - 1)) != 0
    return isNegative ? unary(.fneg, type, magnitude, source: 0) : magnitude
  }

  /// 1 / x for an x whose reciprocal is exact: dividing by x and multiplying by it are the same.
  private static func reciprocal(_ type: IRType, _ bits: UInt64) -> UInt64? {
    if type == .f32 {
      let number = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      let inverse = 1 / number
      guard number.isNormal, number.significandBitPattern == 0, inverse.isNormal else { return nil }
      return UInt64(inverse.bitPattern)
    }
    let number = Double(bitPattern: bits)
    let inverse = 1 / number
    guard number.isNormal, number.significandBitPattern == 0, inverse.isNormal else { return nil }
    return inverse.bitPattern
  }

  mutating func compareFloats(_ condition: Condition, _ a: Int32, _ b: Int32) -> Int32 {
    let (x, y) = (self[a], self[b])
    if x.op == .constant && y.op == .constant {
      let holds = ConstantFolding.compareFloats(condition, x.type, x.constantBits, y.constantBits)
      return constant(.i32, holds ? 1 : 0)
    }
    return number(Instruction(.fcmp, .i32, flags: UInt16(condition.rawValue), a: a, b: b))
  }
}
