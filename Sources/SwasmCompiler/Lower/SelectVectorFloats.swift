/// Minimum, maximum and the conversions for which x86-64 has no instruction that does what WebAssembly wants.
extension Selector {
  // MARK: Minimum and maximum

  private struct FloatShape {
    var isDouble: Bool
    func pick(_ single: MachineOperation, _ double: MachineOperation) -> MachineOperation {
      isDouble ? double : single
    }
  }

  /// minps gives its second operand when one is NaN or both are zeros: both ways round, then merged.
  mutating func selectVectorMinimum(_ i: Instruction) {
    let shape = FloatShape(isDouble: i.vector == .f64x2Min)
    let (a, b) = (register(Value(i.a)), register(Value(i.b)))
    let op = shape.pick(.minps, .minpd)
    let first = packed(op, a, b)
    let second = packed(op, b, a)
    // −0 and NaNs of either.
    let merged = packed(shape.pick(.orps, .orpd), first, second)
    quiet(merged, unorderedWith: second, shape)
  }

  mutating func selectVectorMaximum(_ i: Instruction) {
    let shape = FloatShape(isDouble: i.vector == .f64x2Max)
    let (a, b) = (register(Value(i.a)), register(Value(i.b)))
    let op = shape.pick(.maxps, .maxpd)
    let first = packed(op, a, b)
    let second = packed(op, b, a)
    let difference = packed(shape.pick(.xorps, .xorpd), first, second)
    let merged = packed(shape.pick(.orps, .orpd), first, difference)
    // 0 and −0 differ by the sign, which the subtraction takes off again.
    let signed = packed(shape.pick(.subps, .subpd), merged, difference)
    quiet(signed, unorderedWith: difference, shape)
  }

  /// Makes NaNs quiet and clears their payload.
  private mutating func quiet(
    _ value: Register, unorderedWith other: Register, _ shape: FloatShape
  ) {
    let unordered = packed(shape.pick(.cmpps, .cmppd), other, value, immediate: 3)
    let merged = packed(shape.pick(.orps, .orpd), value, unordered)
    let payload = shifted(
      shape.pick(.psrld, .psrlq), unordered, shape.isDouble ? 13 : 10)
    emitPacked(shape.pick(.andnps, .andnpd), definition(), payload, merged)
  }

  // MARK: Conversions

  mutating func selectVectorConversion(_ i: Instruction) {
    let a = register(Value(i.a))
    switch i.vector {
    case .f32x4ConvertI32x4U: convertUnsigned(a)
    case .f64x2ConvertLowI32x4U:
      // The number as the low bits of 2⁵².
      let wide = packed(.punpckldq, a, Self.splat(0x4330_0000, width: 4))
      emitPacked(.subpd, definition(), wide, memory: constant(Self.splat(0x4330 << 48, width: 8)))
    case .i32x4TruncSatF32x4S: truncateSigned(a)
    case .i32x4TruncSatF32x4U, .i32x4RelaxedTruncF32x4U: truncateUnsigned(a)
    case .i32x4TruncSatF64x2SZero: truncateDoubleSigned(a)
    case .i32x4TruncSatF64x2UZero, .i32x4RelaxedTruncF64x2UZero: truncateDoubleUnsigned(a)
    default: preconditionFailure("\(i.vector) is no operation of one vector")
    }
  }

  /// The low halves are exact; the high ones are too as twice their half; their sum is rounded once.
  private mutating func convertUnsigned(_ a: Register) {
    let zero = materialize(vector: 0)
    let low = packed(.pblendw, zero, a, immediate: 0x55)
    let high = shifted(.psrld, packed(.psubd, a, low), 1)
    let half = packed(.cvtdq2ps, high)
    let converted = packed(.addps, half, half)
    emitPacked(.addps, definition(), converted, packed(.cvtdq2ps, low))
  }

  /// cvttps2dq gives the lowest number for all that doesn't fit.
  private mutating func truncateSigned(_ a: Register) {
    let ordered = packed(.cmpps, a, a, immediate: 0)
    let number = packed(.pand, a, ordered)
    // The sign bit says "not negative" of numbers; with a negative result, that it is too large.
    let positive = packed(.pxor, ordered, number)
    let converted = packed(.cvttps2dq, number)
    let overflow = shifted(.psrad, packed(.pand, positive, converted), 31)
    emitPacked(.pxor, definition(), converted, overflow)
  }

  /// What is 2³¹ or more is the sum of two conversions, of which the first gives 2³¹.
  private mutating func truncateUnsigned(_ a: Register) {
    // NaN and negative numbers are 0.
    let number = packed(.maxps, a, materialize(vector: 0))
    let limit = materialize(vector: Self.splat(UInt64(Float(0x1p31).bitPattern), width: 4))
    let excess = packed(.subps, number, limit)
    let overflow = packed(.cmpps, limit, excess, immediate: 2)
    let limited = packed(.pxor, packed(.cvttps2dq, excess), overflow)
    let rest = packed(.pmaxsd, limited, materialize(vector: 0))
    emitPacked(.paddd, definition(), packed(.cvttps2dq, number), rest)
  }

  private mutating func truncateDoubleSigned(_ a: Register) {
    let ordered = packed(.cmppd, a, a, immediate: 0)
    let highest = packed(.andpd, ordered, Self.splat(2_147_483_647.0.bitPattern, width: 8))
    // NaN is neither less nor more: 0.
    emitPacked(.cvttpd2dq, definition(), packed(.minpd, a, highest))
  }

  /// Rounded towards zero and added to 2⁵², the number is in the low half.
  private mutating func truncateDoubleUnsigned(_ a: Register) {
    let positive = packed(.maxpd, a, materialize(vector: 0))
    let limited = packed(.minpd, positive, Self.splat(4_294_967_295.0.bitPattern, width: 8))
    let whole = packed(.roundpd, limited, immediate: 11)
    let low = packed(.addpd, whole, Self.splat(0x4330 << 48, width: 8))
    emitPacked(.shufps, definition(), low, materialize(vector: 0), immediate: 0x88)
  }
}
