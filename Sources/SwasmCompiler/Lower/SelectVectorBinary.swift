import SwasmArtifact

/// Operations of two vectors.
extension Selector {
  mutating func selectVectorBinary(_ i: Instruction) {
    let (a, b) = (Value(i.a), Value(i.b))
    if let op = i.vector.packed { return selectPacked(op, a, b) }
    if let op = i.vector.packedExchanged { return selectPacked(op, b, a) }
    if let predicate = i.vector.floatPredicate { return selectFloatComparison(i, predicate) }
    switch i.vector {
    case .i8x16Ne: selectNot(.pcmpeqb, a, b)
    case .i16x8Ne: selectNot(.pcmpeqw, a, b)
    case .i32x4Ne: selectNot(.pcmpeqd, a, b)
    case .i64x2Ne: selectNot(.pcmpeqq, a, b)
    case .i8x16LeS: selectLimit(.pminsb, .pcmpeqb, a, b)
    case .i8x16LeU: selectLimit(.pminub, .pcmpeqb, a, b)
    case .i8x16GeS: selectLimit(.pmaxsb, .pcmpeqb, a, b)
    case .i8x16GeU: selectLimit(.pmaxub, .pcmpeqb, a, b)
    case .i16x8LeS: selectLimit(.pminsw, .pcmpeqw, a, b)
    case .i16x8LeU: selectLimit(.pminuw, .pcmpeqw, a, b)
    case .i16x8GeS: selectLimit(.pmaxsw, .pcmpeqw, a, b)
    case .i16x8GeU: selectLimit(.pmaxuw, .pcmpeqw, a, b)
    case .i32x4LeS: selectLimit(.pminsd, .pcmpeqd, a, b)
    case .i32x4LeU: selectLimit(.pminud, .pcmpeqd, a, b)
    case .i32x4GeS: selectLimit(.pmaxsd, .pcmpeqd, a, b)
    case .i32x4GeU: selectLimit(.pmaxud, .pcmpeqd, a, b)
    case .i8x16LtU: selectNotLimit(.pmaxub, .pcmpeqb, a, b)
    case .i8x16GtU: selectNotLimit(.pminub, .pcmpeqb, a, b)
    case .i16x8LtU: selectNotLimit(.pmaxuw, .pcmpeqw, a, b)
    case .i16x8GtU: selectNotLimit(.pminuw, .pcmpeqw, a, b)
    case .i32x4LtU: selectNotLimit(.pmaxud, .pcmpeqd, a, b)
    case .i32x4GtU: selectNotLimit(.pminud, .pcmpeqd, a, b)
    case .i64x2GtS: selectGreater64(a, b, isInverted: false)
    case .i64x2LtS: selectGreater64(b, a, isInverted: false)
    case .i64x2LeS: selectGreater64(a, b, isInverted: true)
    case .i64x2GeS: selectGreater64(b, a, isInverted: true)
    case .i64x2Mul: selectMultiply64(a, b)
    case .i16x8Q15mulrSatS: selectRoundedMultiply(a, b)
    case .i8x16Swizzle: selectSwizzle(a, b)
    case .f32x4Min, .f64x2Min: selectVectorMinimum(i)
    case .f32x4Max, .f64x2Max: selectVectorMaximum(i)
    default: selectExtendedMultiply(i)
    }
  }

  private mutating func selectFloatComparison(
    _ i: Instruction, _ predicate: (op: MachineOperation, code: Int32, exchanged: Bool)
  ) {
    var (a, b) = (Value(i.a), Value(i.b))
    if predicate.exchanged { swap(&a, &b) }
    if let memory = memoryOperand(b) {
      let source = register(a)
      emitPacked(predicate.op, definition(), source, memory: memory, immediate: predicate.code)
      return
    }
    let (left, right) = (register(a), register(b))
    emitPacked(predicate.op, definition(), left, right, immediate: predicate.code)
  }

  // MARK: Integer comparisons

  private mutating func invert(_ a: Register) {
    emitPacked(.pxor, definition(), a, materialize(vector: .max))
  }

  private mutating func selectNot(_ op: MachineOperation, _ a: Value, _ b: Value) {
    let (left, right) = (register(a), register(b))
    invert(packed(op, left, right))
  }

  /// a ≤ b when the lesser of both is a; a ≥ b when the greater is.
  private mutating func selectLimit(
    _ limit: MachineOperation, _ equal: MachineOperation, _ a: Value, _ b: Value
  ) {
    let (left, right) = (register(a), register(b))
    emitPacked(equal, definition(), packed(limit, left, right), left)
  }

  private mutating func selectNotLimit(
    _ limit: MachineOperation, _ equal: MachineOperation, _ a: Value, _ b: Value
  ) {
    let (left, right) = (register(a), register(b))
    invert(packed(equal, packed(limit, left, right), left))
  }

  /// a > b. SSE4.1 has no such instruction for 64 bits: the high halves decide, and when they are equal, the borrow of
  /// the difference does.
  private mutating func selectGreater64(_ a: Value, _ b: Value, isInverted: Bool) {
    let (left, right) = (register(a), register(b))
    if avx {
      if isInverted { return invert(packed(.pcmpgtq, left, right)) }
      return emitPacked(.pcmpgtq, definition(), left, right)
    }
    let borrow = packed(.psubq, right, left)
    let decided = packed(.pand, packed(.pcmpeqd, left, right), borrow)
    let halves = packed(.por, packed(.pcmpgtd, left, right), decided)
    if isInverted {
      invert(packed(.pshufd, halves, immediate: 0xf5))
    } else {
      emitPacked(.pshufd, definition(), halves, immediate: 0xf5)
    }
  }

  // MARK: Multiplication

  /// low × low + (low × high + high × low) << 32.
  private mutating func selectMultiply64(_ a: Value, _ b: Value) {
    let (left, right) = (register(a), register(b))
    let first = packed(.pmuludq, shifted(.psrlq, left, 32), right)
    let second = packed(.pmuludq, shifted(.psrlq, right, 32), left)
    let high = shifted(.psllq, packed(.paddq, first, second), 32)
    emitPacked(.paddq, definition(), packed(.pmuludq, left, right), high)
  }

  /// Only −1 × −1 comes out wrong, as −1.
  private mutating func selectRoundedMultiply(_ a: Value, _ b: Value) {
    let (left, right) = (register(a), register(b))
    let product = packed(.pmulhrsw, left, right)
    let wrong = packed(.pcmpeqw, product, Self.splat(0x8000, width: 2))
    emitPacked(.pxor, definition(), product, wrong)
  }

  private mutating func selectExtendedMultiply(_ i: Instruction) {
    let (left, right) = (register(Value(i.a)), register(Value(i.b)))
    switch i.vector {
    case .i16x8ExtmulLowI8x16S, .i16x8ExtmulLowI8x16U:
      let extend: MachineOperation = i.vector == .i16x8ExtmulLowI8x16S ? .pmovsxbw : .pmovzxbw
      emitPacked(.pmullw, definition(), packed(extend, left), packed(extend, right))
    case .i16x8ExtmulHighI8x16S:
      emitPacked(
        .pmullw, definition(), highExtended(left, .punpckhbw, .psraw, 8),
        highExtended(right, .punpckhbw, .psraw, 8))
    case .i16x8ExtmulHighI8x16U:
      let zero = materialize(vector: 0)
      emitPacked(
        .pmullw, definition(), packed(.punpckhbw, left, zero), packed(.punpckhbw, right, zero))
    case .i32x4ExtmulLowI16x8S: multiplyWords(left, right, .pmulhw, .punpcklwd)
    case .i32x4ExtmulHighI16x8S: multiplyWords(left, right, .pmulhw, .punpckhwd)
    case .i32x4ExtmulLowI16x8U: multiplyWords(left, right, .pmulhuw, .punpcklwd)
    case .i32x4ExtmulHighI16x8U: multiplyWords(left, right, .pmulhuw, .punpckhwd)
    case .i64x2ExtmulLowI32x4S: multiplyLongs(left, right, .pmuldq, 0x50)
    case .i64x2ExtmulHighI32x4S: multiplyLongs(left, right, .pmuldq, 0xfa)
    case .i64x2ExtmulLowI32x4U: multiplyLongs(left, right, .pmuludq, 0x50)
    case .i64x2ExtmulHighI32x4U: multiplyLongs(left, right, .pmuludq, 0xfa)
    default: preconditionFailure("\(i.vector) is no operation of two vectors")
    }
  }

  private mutating func multiplyWords(
    _ a: Register, _ b: Register, _ high: MachineOperation, _ join: MachineOperation
  ) {
    let low = packed(.pmullw, a, b)
    emitPacked(join, definition(), low, packed(high, a, b))
  }

  /// The shuffle puts the wanted lanes where pmuldq takes them.
  private mutating func multiplyLongs(
    _ a: Register, _ b: Register, _ op: MachineOperation, _ lanes: Int32
  ) {
    let left = packed(.pshufd, a, immediate: lanes)
    emitPacked(op, definition(), left, packed(.pshufd, b, immediate: lanes))
  }

  // MARK: Three vectors

  mutating func selectVectorTernary(_ i: Instruction) {
    switch i.vector {
    case .f32x4RelaxedMadd: selectMultiplyAdd(i, .vfmadd231ps, .mulps, .addps)
    case .f32x4RelaxedNmadd: selectMultiplyAdd(i, .vfnmadd231ps, .mulps, .subps)
    case .f64x2RelaxedMadd: selectMultiplyAdd(i, .vfmadd231pd, .mulpd, .addpd)
    case .f64x2RelaxedNmadd: selectMultiplyAdd(i, .vfnmadd231pd, .mulpd, .subpd)
    case .i32x4RelaxedDotI8x16I7x16AddS:
      let (a, b, c) = (register(Value(i.a)), register(Value(i.b)), register(Value(i.c)))
      let pairs = packed(.pmaddubsw, b, a)
      let sums = packed(.pmaddwd, pairs, Self.splat(1, width: 2))
      emitPacked(.paddd, definition(), sums, c)
    default: selectBits(i)
    }
  }

  /// (a and c) or (b and not c); a relaxed choice among lanes may be that too.
  private mutating func selectBits(_ i: Instruction) {
    let (a, b, c) = (register(Value(i.a)), register(Value(i.b)), register(Value(i.c)))
    let chosen = packed(.pand, a, c)
    emitPacked(.por, definition(), chosen, packed(.pandn, c, b))
  }

  /// c ± a × b, rounded once where the CPU can.
  private mutating func selectMultiplyAdd(
    _ i: Instruction, _ fused: MachineOperation, _ multiply: MachineOperation,
    _ add: MachineOperation
  ) {
    let (a, b, c) = (register(Value(i.a)), register(Value(i.b)), register(Value(i.c)))
    guard avx, plan.options.features.contains(.fma) else {
      return emitPacked(add, definition(), c, packed(multiply, a, b))
    }
    emit(
      MachineInstruction(
        fused, .trr, width: 16, r0: definition(), r1: c, base: a, index: b))
  }
}

extension VectorOperation {
  /// The instruction that does just this.
  fileprivate var packed: MachineOperation? {
    switch self {
    case .i8x16Eq: .pcmpeqb
    case .i16x8Eq: .pcmpeqw
    case .i32x4Eq: .pcmpeqd
    case .i64x2Eq: .pcmpeqq
    case .i8x16GtS: .pcmpgtb
    case .i16x8GtS: .pcmpgtw
    case .i32x4GtS: .pcmpgtd
    case .v128And: .pand
    case .v128Or: .por
    case .v128Xor: .pxor
    case .i8x16NarrowI16x8S: .packsswb
    case .i8x16NarrowI16x8U: .packuswb
    case .i16x8NarrowI32x4S: .packssdw
    case .i16x8NarrowI32x4U: .packusdw
    case .i8x16Add: .paddb
    case .i8x16AddSatS: .paddsb
    case .i8x16AddSatU: .paddusb
    case .i8x16Sub: .psubb
    case .i8x16SubSatS: .psubsb
    case .i8x16SubSatU: .psubusb
    case .i8x16MinS: .pminsb
    case .i8x16MinU: .pminub
    case .i8x16MaxS: .pmaxsb
    case .i8x16MaxU: .pmaxub
    case .i8x16AvgrU: .pavgb
    case .i16x8Add: .paddw
    case .i16x8AddSatS: .paddsw
    case .i16x8AddSatU: .paddusw
    case .i16x8Sub: .psubw
    case .i16x8SubSatS: .psubsw
    case .i16x8SubSatU: .psubusw
    case .i16x8Mul: .pmullw
    case .i16x8MinS: .pminsw
    case .i16x8MinU: .pminuw
    case .i16x8MaxS: .pmaxsw
    case .i16x8MaxU: .pmaxuw
    case .i16x8AvgrU: .pavgw
    case .i32x4Add: .paddd
    case .i32x4Sub: .psubd
    case .i32x4Mul: .pmulld
    case .i32x4MinS: .pminsd
    case .i32x4MinU: .pminud
    case .i32x4MaxS: .pmaxsd
    case .i32x4MaxU: .pmaxud
    case .i32x4DotI16x8S: .pmaddwd
    case .i64x2Add: .paddq
    case .i64x2Sub: .psubq
    case .f32x4Add: .addps
    case .f32x4Sub: .subps
    case .f32x4Mul: .mulps
    case .f32x4Div: .divps
    case .f64x2Add: .addpd
    case .f64x2Sub: .subpd
    case .f64x2Mul: .mulpd
    case .f64x2Div: .divpd
    case .i8x16RelaxedSwizzle: .pshufb
    case .f32x4RelaxedMin: .minps
    case .f32x4RelaxedMax: .maxps
    case .f64x2RelaxedMin: .minpd
    case .f64x2RelaxedMax: .maxpd
    case .i16x8RelaxedQ15mulrS: .pmulhrsw
    default: nil
    }
  }

  /// The instruction that does this with its operands exchanged. minps gives its second operand when neither is less,
  /// which is what pmin gives of its first; pmaddubsw's first operand is the unsigned one.
  fileprivate var packedExchanged: MachineOperation? {
    switch self {
    case .i8x16LtS: .pcmpgtb
    case .i16x8LtS: .pcmpgtw
    case .i32x4LtS: .pcmpgtd
    case .v128Andnot: .pandn
    case .f32x4Pmin: .minps
    case .f32x4Pmax: .maxps
    case .f64x2Pmin: .minpd
    case .f64x2Pmax: .maxpd
    case .i16x8RelaxedDotI8x16I7x16S: .pmaddubsw
    default: nil
    }
  }

  /// cmpps's predicate.
  fileprivate var floatPredicate: (op: MachineOperation, code: Int32, exchanged: Bool)? {
    switch self {
    case .f32x4Eq: (.cmpps, 0, false)
    case .f32x4Ne: (.cmpps, 4, false)
    case .f32x4Lt: (.cmpps, 1, false)
    case .f32x4Gt: (.cmpps, 1, true)
    case .f32x4Le: (.cmpps, 2, false)
    case .f32x4Ge: (.cmpps, 2, true)
    case .f64x2Eq: (.cmppd, 0, false)
    case .f64x2Ne: (.cmppd, 4, false)
    case .f64x2Lt: (.cmppd, 1, false)
    case .f64x2Gt: (.cmppd, 1, true)
    case .f64x2Le: (.cmppd, 2, false)
    case .f64x2Ge: (.cmppd, 2, true)
    default: nil
    }
  }
}
