/// The results of operations on constants, exactly as the specification defines them.
enum ConstantFolding {
  /// `nil` when the operation traps. Operands and result are bit patterns of `type` (shift counts too).
  static func binary(_ op: Operation, _ type: IRType, _ a: UInt64, _ b: UInt64) -> UInt64? {
    let width = UInt64(type.width)
    let count = b & (width - 1)
    let (x, y) = (a.signed(type), b.signed(type))
    let bits: UInt64
    switch op {
    case .add: bits = a &+ b
    case .sub: bits = a &- b
    case .mul: bits = a &* b
    case .and: bits = a & b
    case .or: bits = a | b
    case .xor: bits = a ^ b
    case .shl: bits = a &<< count
    case .shrU: bits = a &>> count
    case .shrS: bits = UInt64(bitPattern: x &>> Int64(count))
    case .rotl: bits = count == 0 ? a : a &<< count | (a & type.mask) &>> (width - count)
    case .rotr: bits = count == 0 ? a : a &>> count | a &<< (width - count)
    case .divU:
      if b == 0 { return nil }
      bits = a / b
    case .remU:
      if b == 0 { return nil }
      bits = a % b
    case .divS:
      if b == 0 || (y == -1 && a == 1 &<< (width - 1)) { return nil }
      bits = UInt64(bitPattern: x / y)
    case .remS:
      if b == 0 { return nil }
      bits = y == -1 ? 0 : UInt64(bitPattern: x % y)
    default: return nil
    }
    return bits & type.mask
  }

  /// - Parameters:
  ///   - type: of the result.
  ///   - from: of the operand.
  static func unary(_ op: Operation, _ type: IRType, _ from: IRType, _ a: UInt64) -> UInt64? {
    let bits: UInt64
    switch op {
    case .clz: bits = UInt64(a.leadingZeroBitCount) - (64 - UInt64(type.width))
    case .ctz: bits = min(UInt64(a.trailingZeroBitCount), UInt64(type.width))
    case .popcnt: bits = UInt64(a.nonzeroBitCount)
    case .extend8S: bits = UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: a)))
    case .extend16S: bits = UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: a)))
    case .extend32S, .extendS: bits = UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: a)))
    case .wrap, .extendU: bits = a & 0xffff_ffff
    case .reinterpret: bits = a
    case .convertS: return convert(a.signed(from), type)
    case .convertU: return convert(a, type)
    case .truncS, .truncU, .truncSatS, .truncSatU: return truncate(op, type, from, a)
    default:
      return from == .f32
        ? float(op, Float(bitPattern: UInt32(truncatingIfNeeded: a)))
        : float(op, Double(bitPattern: a))
    }
    return bits & type.mask
  }

  private static func convert(_ number: some FixedWidthInteger, _ type: IRType) -> UInt64 {
    type == .f32 ? UInt64(Float(number).bitPattern) : Double(number).bitPattern
  }

  private static func truncate(
    _ op: Operation, _ type: IRType, _ from: IRType, _ a: UInt64
  ) -> UInt64? {
    let number =
      from == .f32
      ? Double(Float(bitPattern: UInt32(truncatingIfNeeded: a))) : Double(bitPattern: a)
    let isSigned = op == .truncS || op == .truncSatS
    let isSaturating = op == .truncSatS || op == .truncSatU
    // Exact: the bounds are powers of two.
    let top = type == .i32 ? (isSigned ? 0x1p31 : 0x1p32) : (isSigned ? 0x1p63 : 0x1p64)
    let whole = number.rounded(.towardZero)
    if number.isNaN { return isSaturating ? 0 : nil }
    if whole >= top {
      return isSaturating ? (isSigned ? type.mask >> 1 : type.mask) : nil
    }
    if whole < (isSigned ? -top : 0) {
      return isSaturating ? (isSigned ? 1 &<< UInt64(type.width - 1) : 0) : nil
    }
    return (isSigned ? UInt64(bitPattern: Int64(whole)) : UInt64(whole)) & type.mask
  }

  /// Of two floats; `nil` when one or the result is a NaN, whose bits the machine decides.
  static func floatBinary(_ op: Operation, _ type: IRType, _ a: UInt64, _ b: UInt64) -> UInt64? {
    if type == .f64 {
      return arithmetic(op, Double(bitPattern: a), Double(bitPattern: b))?.bitPattern
    }
    let result = arithmetic(
      op, Float(bitPattern: UInt32(truncatingIfNeeded: a)),
      Float(bitPattern: UInt32(truncatingIfNeeded: b)))
    return result.map { UInt64($0.bitPattern) }
  }

  private static func arithmetic<F: BinaryFloatingPoint>(_ op: Operation, _ a: F, _ b: F) -> F? {
    if a.isNaN || b.isNaN { return nil }
    let result: F
    switch op {
    case .fadd: result = a + b
    case .fsub: result = a - b
    case .fmul: result = a * b
    case .fdiv: result = a / b
    case .fmin: result = a < b || (a == b && a.sign == .minus) ? a : b
    case .fmax: result = a > b || (a == b && a.sign == .plus) ? a : b
    default: return nil
    }
    return result.isNaN ? nil : result
  }

  private static func float(_ op: Operation, _ a: Float) -> UInt64? {
    switch op {
    case .fabs: return UInt64(a.bitPattern & 0x7fff_ffff)
    case .fneg: return UInt64(a.bitPattern ^ 0x8000_0000)
    case .promote: return a.isNaN ? nil : Double(a).bitPattern
    default: return round(op, a).map { UInt64($0.bitPattern) }
    }
  }

  private static func float(_ op: Operation, _ a: Double) -> UInt64? {
    switch op {
    case .fabs: return a.bitPattern & ~(1 << 63)
    case .fneg: return a.bitPattern ^ (1 << 63)
    case .demote: return a.isNaN ? nil : UInt64(Float(a).bitPattern)
    default: return round(op, a)?.bitPattern
    }
  }

  private static func round<F: BinaryFloatingPoint>(_ op: Operation, _ a: F) -> F? {
    let result: F
    switch op {
    case .ceil: result = a.rounded(.up)
    case .floor: result = a.rounded(.down)
    case .trunc: result = a.rounded(.towardZero)
    case .nearest: result = a.rounded(.toNearestOrEven)
    case .sqrt: result = a.squareRoot()
    default: return nil
    }
    return result.isNaN ? nil : result
  }

  static func compareFloats(
    _ condition: Condition, _ type: IRType, _ a: UInt64, _ b: UInt64
  ) -> Bool {
    // Exact for f32 too.
    let (x, y) =
      type == .f64
      ? (Double(bitPattern: a), Double(bitPattern: b))
      : (
        Double(Float(bitPattern: UInt32(truncatingIfNeeded: a))),
        Double(Float(bitPattern: UInt32(truncatingIfNeeded: b)))
      )
    return switch condition {
    case .eq: x == y
    case .ne: x != y
    case .ltS, .ltU: x < y
    case .gtS, .gtU: x > y
    case .leS, .leU: x <= y
    case .geS, .geU: x >= y
    }
  }
}
