/// Operations of one vector, and shifts.
extension Selector {
  mutating func selectVectorUnary(_ i: Instruction) {
    let a = Value(i.a)
    if let (op, immediate) = i.vector.packedUnary {
      return selectPacked(op, a, immediate: immediate)
    }
    switch i.vector {
    case .v128Not:
      let source = register(a)
      emitPacked(.pxor, definition(), source, materialize(vector: .max))
    case .i8x16Neg: selectNegation(.psubb, a)
    case .i16x8Neg: selectNegation(.psubw, a)
    case .i32x4Neg: selectNegation(.psubd, a)
    case .i64x2Neg: selectNegation(.psubq, a)
    case .i64x2Abs: selectAbsolute64(a)
    case .i8x16Popcnt: selectVectorPopcount(a)
    case .f32x4Abs: selectMask(.pand, a, Self.splat(0x7fff_ffff, width: 4))
    case .f64x2Abs: selectMask(.pand, a, Self.splat(0x7fff_ffff_ffff_ffff, width: 8))
    case .f32x4Neg: selectMask(.pxor, a, Self.splat(0x8000_0000, width: 4))
    case .f64x2Neg: selectMask(.pxor, a, Self.splat(1 << 63, width: 8))
    case .i16x8ExtaddPairwiseI8x16S:
      // The first operand of pmaddubsw is the unsigned one.
      let source = register(a)
      emitPacked(.pmaddubsw, definition(), materialize(vector: Self.splat(1, width: 1)), source)
    case .i16x8ExtaddPairwiseI8x16U: selectMask(.pmaddubsw, a, Self.splat(1, width: 1))
    case .i32x4ExtaddPairwiseI16x8S: selectMask(.pmaddwd, a, Self.splat(1, width: 2))
    case .i32x4ExtaddPairwiseI16x8U:
      // As signed numbers, each 2¹⁵ less.
      let source = register(a)
      let signed = packed(.pxor, source, Self.splat(0x8000, width: 2))
      let sums = packed(.pmaddwd, signed, Self.splat(1, width: 2))
      emitPacked(.paddd, definition(), sums, memory: constant(Self.splat(0x1_0000, width: 4)))
    case .i16x8ExtendHighI8x16S: selectHighExtended(a, .punpckhbw, .psraw, 8)
    case .i32x4ExtendHighI16x8S: selectHighExtended(a, .punpckhwd, .psrad, 16)
    case .i64x2ExtendHighI32x4S:
      let source = register(a)
      emitPacked(.pmovsxdq, definition(), packed(.pshufd, source, immediate: 0xee))
    case .i16x8ExtendHighI8x16U: selectHighUnsigned(.punpckhbw, a)
    case .i32x4ExtendHighI16x8U: selectHighUnsigned(.punpckhwd, a)
    case .i64x2ExtendHighI32x4U: selectHighUnsigned(.punpckhdq, a)
    default: selectVectorConversion(i)
    }
  }

  private mutating func selectMask(_ op: MachineOperation, _ a: Value, _ bits: UInt128) {
    let source = register(a)
    emitPacked(op, definition(), source, memory: constant(bits))
  }

  private mutating func selectNegation(_ op: MachineOperation, _ a: Value) {
    let source = register(a)
    emitPacked(op, definition(), materialize(vector: 0), source)
  }

  /// (a xor sign) − sign.
  private mutating func selectAbsolute64(_ a: Value) {
    let source = register(a)
    let sign = packed(.pshufd, shifted(.psrad, source, 31), immediate: 0xf5)
    emitPacked(.psubq, definition(), packed(.pxor, source, sign), sign)
  }

  /// The counts of both halves of each byte, from a table.
  private mutating func selectVectorPopcount(_ a: Value) {
    let source = register(a)
    let mask = materialize(vector: Self.splat(0x0f, width: 1))
    let table = materialize(vector: 0x0403_0302_0302_0201_0302_0201_0201_0100)
    let low = packed(.pshufb, table, packed(.pand, source, mask))
    let high = packed(.pand, shifted(.psrlw, source, 4), mask)
    emitPacked(.paddb, definition(), low, packed(.pshufb, table, high))
  }

  /// Each lane of the upper half in the upper half of a wider one, then shifted down.
  mutating func highExtended(
    _ source: Register, _ unpack: MachineOperation, _ shift: MachineOperation, _ count: Int32
  ) -> Register {
    shifted(shift, packed(unpack, source, source), count)
  }

  private mutating func selectHighExtended(
    _ a: Value, _ unpack: MachineOperation, _ shift: MachineOperation, _ count: Int32
  ) {
    let source = register(a)
    emitShift(shift, definition(), packed(unpack, source, source), count)
  }

  private mutating func selectHighUnsigned(_ unpack: MachineOperation, _ a: Value) {
    let source = register(a)
    emitPacked(unpack, definition(), source, materialize(vector: 0))
  }

  // MARK: Shifts

  private struct LaneShift {
    var op: MachineOperation
    /// Of a lane.
    var bits: Int32
  }

  mutating func selectVectorShift(_ i: Instruction) {
    let shift: LaneShift
    switch i.vector {
    case .i16x8Shl: shift = LaneShift(op: .psllw, bits: 16)
    case .i16x8ShrS: shift = LaneShift(op: .psraw, bits: 16)
    case .i16x8ShrU: shift = LaneShift(op: .psrlw, bits: 16)
    case .i32x4Shl: shift = LaneShift(op: .pslld, bits: 32)
    case .i32x4ShrS: shift = LaneShift(op: .psrad, bits: 32)
    case .i32x4ShrU: shift = LaneShift(op: .psrld, bits: 32)
    case .i64x2Shl: shift = LaneShift(op: .psllq, bits: 64)
    case .i64x2ShrU: shift = LaneShift(op: .psrlq, bits: 64)
    case .i64x2ShrS: return selectShift64(i)
    default: return selectByteShift(i)
    }
    let source = register(Value(i.a))
    if let count = immediate(Value(i.b), width: 4) {
      return emitShift(shift.op, definition(), source, count & (shift.bits - 1))
    }
    emitPacked(shift.op, definition(), source, count(Value(i.b), modulo: shift.bits))
  }

  /// The count modulo the lane's width, and more, in a vector register.
  private mutating func count(_ value: Value, modulo bits: Int32, plus more: Int32 = 0) -> Register
  {
    var count = registerLow(value)
    let masked = temporary()
    emit(
      MachineInstruction(.and, .ti, width: 4, r0: masked, r1: count, immediate: bits - 1))
    count = masked
    if more != 0 {
      count = temporary()
      emit(MachineInstruction(.add, .ti, width: 4, r0: count, r1: masked, immediate: more))
    }
    let result = vector()
    emit(MachineInstruction(.movdToVector, .dr, width: 4, r0: result, r1: count))
    return result
  }

  /// There is no arithmetic shift of 64 bits before AVX-512: shifted as unsigned, then sign-extended from where the sign is.
  private mutating func selectShift64(_ i: Instruction) {
    let source = register(Value(i.a))
    if let constant = immediate(Value(i.b), width: 4) {
      let count = constant & 63
      let sign = materialize(vector: Self.splat(1 << (63 - UInt64(count)), width: 8))
      let shifted = shifted(.psrlq, source, count)
      return emitPacked(.psubq, definition(), packed(.pxor, shifted, sign), sign)
    }
    let count = count(Value(i.b), modulo: 64)
    let top = materialize(vector: Self.splat(1 << 63, width: 8))
    let sign = packed(.psrlq, top, count)
    let shifted = packed(.psrlq, source, count)
    emitPacked(.psubq, definition(), packed(.pxor, shifted, sign), sign)
  }

  /// Bytes are shifted as words, and what came in from the neighbour is masked off.
  private mutating func selectByteShift(_ i: Instruction) {
    let source = register(Value(i.a))
    if let constant = immediate(Value(i.b), width: 4) {
      return shiftBytes(i.vector, source, constant & 7)
    }
    if i.vector == .i8x16ShrS {
      // Each byte as the upper half of a word.
      let count = count(Value(i.b), modulo: 8, plus: 8)
      let low = packed(.psraw, packed(.punpcklbw, source, source), count)
      let high = packed(.psraw, packed(.punpckhbw, source, source), count)
      return emitPacked(.packsswb, definition(), low, high)
    }
    // 0xff shifted right by the count, in every byte.
    let more = count(Value(i.b), modulo: 8, plus: 8)
    let words = packed(.psrlw, materialize(vector: .max), more)
    let mask = packed(.packuswb, words, words)
    let count = count(Value(i.b), modulo: 8)
    if i.vector == .i8x16Shl {
      emitPacked(.psllw, definition(), packed(.pand, source, mask), count)
    } else {
      emitPacked(.pand, definition(), packed(.psrlw, source, count), mask)
    }
  }

  private mutating func shiftBytes(_ op: VectorOperation, _ source: Register, _ count: Int32) {
    let kept = UInt64(0xff >> count)
    switch op {
    case _ where count == 0:
      emit(MachineInstruction(.movf, .dr, width: 16, r0: definition(), r1: source))
    case .i8x16Shl where count == 1: emitPacked(.paddb, definition(), source, source)
    case .i8x16Shl:
      let mask = Self.splat(UInt64(0xff << count) & 0xff, width: 1)
      let words = shifted(.psllw, source, count)
      emitPacked(.pand, definition(), words, memory: constant(mask))
    case .i8x16ShrU:
      let words = shifted(.psrlw, source, count)
      emitPacked(.pand, definition(), words, memory: constant(Self.splat(kept, width: 1)))
    case _ where count == 7: emitPacked(.pcmpgtb, definition(), materialize(vector: 0), source)
    default:
      let bytes = packed(.pand, shifted(.psrlw, source, count), Self.splat(kept, width: 1))
      let sign = materialize(vector: Self.splat(UInt64(0x80 >> count), width: 1))
      emitPacked(.psubb, definition(), packed(.pxor, bytes, sign), sign)
    }
  }
}

extension VectorOperation {
  /// The instruction that does just this.
  fileprivate var packedUnary: (MachineOperation, Int32?)? {
    switch self {
    case .i8x16Abs: (.pabsb, nil)
    case .i16x8Abs: (.pabsw, nil)
    case .i32x4Abs: (.pabsd, nil)
    case .i16x8ExtendLowI8x16S: (.pmovsxbw, nil)
    case .i16x8ExtendLowI8x16U: (.pmovzxbw, nil)
    case .i32x4ExtendLowI16x8S: (.pmovsxwd, nil)
    case .i32x4ExtendLowI16x8U: (.pmovzxwd, nil)
    case .i64x2ExtendLowI32x4S: (.pmovsxdq, nil)
    case .i64x2ExtendLowI32x4U: (.pmovzxdq, nil)
    case .f32x4Sqrt: (.sqrtps, nil)
    case .f64x2Sqrt: (.sqrtpd, nil)
    case .f32x4Nearest: (.roundps, 8)
    case .f32x4Floor: (.roundps, 9)
    case .f32x4Ceil: (.roundps, 10)
    case .f32x4Trunc: (.roundps, 11)
    case .f64x2Nearest: (.roundpd, 8)
    case .f64x2Floor: (.roundpd, 9)
    case .f64x2Ceil: (.roundpd, 10)
    case .f64x2Trunc: (.roundpd, 11)
    case .f64x2PromoteLowF32x4: (.cvtps2pd, nil)
    case .f32x4DemoteF64x2Zero: (.cvtpd2ps, nil)
    case .f32x4ConvertI32x4S: (.cvtdq2ps, nil)
    case .f64x2ConvertLowI32x4S: (.cvtdq2pd, nil)
    case .i32x4RelaxedTruncF32x4S: (.cvttps2dq, nil)
    case .i32x4RelaxedTruncF64x2SZero: (.cvttpd2dq, nil)
    default: nil
    }
  }
}
