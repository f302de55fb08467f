/// NaNs that don't depend on the machine, where the options ask for that.
///
/// Instructions that compute give the positive NaN with only the highest bit of its fraction; those that only move bits
/// or choose a value do already what the specification says, whatever the bits.
extension Selector {
  mutating func selectWithCanonicalNaN(_ i: Instruction) {
    guard canonicalizesNaN, registers[current] != 0, let lanes = nanLanes(i) else {
      return selectInstruction(i)
    }
    let result = definition()
    let raw = temporary(VirtualRegister.Kind(i.type))
    replacement = raw
    selectInstruction(i)
    replacement = .none
    if i.type == .v128 {
      canonicalize(raw, lanes, into: result)
    } else {
      let canonical = materializeFloat(.constant(i.type, Self.canonical(lanes)))
      emit(MachineInstruction(.ucomi, .rr, width: width(i.type), r0: raw, r1: raw))
      var choice = MachineInstruction(
        .selectf, .tr, width: width(i.type), condition: .parity, r0: result, r1: raw)
      choice.r2 = canonical
      emit(choice)
    }
  }

  private mutating func canonicalize(_ raw: Register, _ lanes: IRType, into result: Register) {
    let isDouble = lanes == .f64
    let unordered = packed(isDouble ? .cmppd : .cmpps, raw, raw, immediate: 3)
    let numbers = packed(isDouble ? .andnpd : .andnps, unordered, raw)
    let bits = Self.splat(Self.canonical(lanes), width: isDouble ? 8 : 4)
    emitPacked(
      isDouble ? .orpd : .orps, result, numbers,
      packed(isDouble ? .andpd : .andps, unordered, bits))
  }

  private static func canonical(_ type: IRType) -> UInt64 {
    type == .f64 ? 0x7ff8_0000_0000_0000 : 0x7fc0_0000
  }

  /// The type of the floats that the instruction computes, if it may make a NaN of its own.
  private func nanLanes(_ i: Instruction) -> IRType? {
    switch i.op {
    case .fadd, .fsub, .fmul, .fdiv, .fmin, .fmax, .ceil, .floor, .trunc, .nearest, .sqrt, .promote,
      .demote:
      i.type
    case .vunary, .vbinary, .vternary: i.vector.nanLanes
    default: nil
    }
  }
}

extension VectorOperation {
  fileprivate var nanLanes: IRType? {
    switch self {
    case .f32x4Ceil, .f32x4Floor, .f32x4Trunc, .f32x4Nearest, .f32x4Sqrt, .f32x4Add, .f32x4Sub,
      .f32x4Mul, .f32x4Div, .f32x4Min, .f32x4Max, .f32x4DemoteF64x2Zero, .f32x4RelaxedMadd,
      .f32x4RelaxedNmadd, .f32x4RelaxedMin, .f32x4RelaxedMax:
      .f32
    case .f64x2Ceil, .f64x2Floor, .f64x2Trunc, .f64x2Nearest, .f64x2Sqrt, .f64x2Add, .f64x2Sub,
      .f64x2Mul, .f64x2Div, .f64x2Min, .f64x2Max, .f64x2PromoteLowF32x4, .f64x2RelaxedMadd,
      .f64x2RelaxedNmadd, .f64x2RelaxedMin, .f64x2RelaxedMax:
      .f64
    default: nil
    }
  }
}
