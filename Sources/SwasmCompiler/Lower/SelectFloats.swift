import SwasmArtifact

extension Selector {
  func signBit(_ type: IRType) -> UInt64 { type == .f32 ? 0x8000_0000 : 1 << 63 }

  /// A float operand in memory: a constant, or a load that folds.
  mutating func floatOperand(_ value: Value, width: UInt8) -> MemoryOperand? {
    let i = instruction(value)
    if i.op == .constant { return poolConstant(i.constantBits) }
    return loadOperand(value, width: width)
  }

  /// A memory operand for the constant; its displacement is an index into `code.constants`.
  mutating func poolConstant(_ bits: UInt64) -> MemoryOperand {
    constant(UInt128(bits))
  }

  mutating func materializeFloat(_ constant: Instruction) -> Register {
    let kind = VirtualRegister.Kind(constant.type)
    if constant.constantBits == 0 {
      let result = temporary(kind)
      emit(MachineInstruction(.zero, .d, width: 16, r0: result))
      return result
    }
    return rematerializable(
      MachineInstruction(
        .movf, .dm, width: width(constant.type), memory: poolConstant(constant.constantBits)), kind)
  }

  mutating func selectFloatBinary(_ i: Instruction, _ op: MachineOperation, commutes: Bool) {
    let width = width(i.type)
    var (a, b) = (Value(i.a), Value(i.b))
    if commutes, isConstant(a) || (isFoldableLoad(a) && !isFoldableLoad(b)) { swap(&a, &b) }
    if let memory = floatOperand(b, width: width) {
      let source = register(a)
      emitTraced(
        MachineInstruction(
          op, avx ? .drm : .tm, width: width, r0: definition(), r1: source, memory: memory))
      return
    }
    if !avx, commutes, sparesFirst(a, b) { swap(&a, &b) }
    let (left, right) = (register(a), register(b))
    emitVector(op, width: width, definition(), left, right)
  }

  /// r0 = left op right in the encoding that the CPU has.
  mutating func emitVector(
    _ op: MachineOperation, width: UInt8, _ result: Register, _ left: Register, _ right: Register
  ) {
    emit(
      MachineInstruction(
        op, avx ? .drr : .tr, width: width, r0: result, r1: left, base: right))
  }

  mutating func selectMinMax(_ i: Instruction, _ op: MachineOperation) {
    let (left, right) = (register(Value(i.a)), register(Value(i.b)))
    emit(
      MachineInstruction(
        op, .tr, width: width(i.type), r0: definition(), r1: left, base: right))
  }

  /// and, xor with a 16-byte constant whose low lane is the mask.
  mutating func selectSignBit(_ i: Instruction, _ op: MachineOperation, mask: UInt64) {
    let source = register(Value(i.a))
    emitMasked(op, type: i.type, definition(), source, mask)
  }

  private mutating func emitMasked(
    _ op: MachineOperation, type: IRType, _ result: Register, _ source: Register, _ mask: UInt64
  ) {
    let bits = type == .f32 ? mask & 0xffff_ffff : mask
    let memory = poolConstant(bits)
    emit(
      MachineInstruction(
        op, avx ? .drm : .tm, width: width(type), r0: result, r1: source, memory: memory))
  }

  mutating func selectCopysign(_ i: Instruction) {
    let (magnitude, sign) = (register(Value(i.a)), register(Value(i.b)))
    let absolute = temporary(.float)
    emitMasked(.andf, type: i.type, absolute, magnitude, ~signBit(i.type))
    let signOnly = temporary(.float)
    emitMasked(.andf, type: i.type, signOnly, sign, signBit(i.type))
    emitVector(.orf, width: width(i.type), definition(), absolute, signOnly)
  }

  mutating func selectRound(_ i: Instruction, _ mode: Int32) {
    let source = register(Value(i.a))
    var round = MachineInstruction(
      .round, avx ? .drri : .dri, width: width(i.type), r0: definition(), r1: source,
      immediate: mode)
    if avx { round.r2 = source }
    emit(round)
  }

  /// sqrt and the conversions between f32 and f64, whose upper lanes come from another register in VEX form.
  mutating func selectFloatUnary(_ i: Instruction, _ op: MachineOperation) {
    let source = register(Value(i.a))
    let width = width(instruction(Value(i.a)).type)
    emitVector(op, width: width, definition(), source, source)
  }

  mutating func selectTruncate(_ i: Instruction, _ kind: Int32) {
    let source = register(Value(i.a))
    let scratch = temporary()
    let isDouble = instruction(Value(i.a)).type == .f64
    emitTraced(
      MachineInstruction(
        .truncate, .dr, width: width(i.type), r0: definition(), r1: source, base: scratch,
        immediate: kind | (isDouble ? TruncationKind.double : 0)))
  }

  /// The destination's upper lanes come from a zeroed register, so that nothing waits for its old value.
  mutating func selectConvertSigned(_ i: Instruction) {
    let from = width(instruction(Value(i.a)).type)
    let source = operand(Value(i.a), width: from)
    emitConversion(i.type, from: from, source)
  }

  private mutating func emitConversion(_ type: IRType, from width: UInt8, _ source: Register) {
    let zero = temporary(.float)
    emit(MachineInstruction(.zero, .d, width: 16, r0: zero))
    emitVector(type == .f32 ? .cvtsi2ss : .cvtsi2sd, width: width, definition(), zero, source)
  }

  mutating func selectConvertUnsigned(_ i: Instruction) {
    if instruction(Value(i.a)).type == .i32 {
      // Zero-extended it is a small signed number.
      let source = register(Value(i.a))
      return emitConversion(i.type, from: 8, source)
    }
    let source = register(Value(i.a))
    let scratch = temporary()
    emit(
      MachineInstruction(
        .convertU64, .dr, width: width(i.type), r0: definition(), r1: source, base: scratch))
  }

  mutating func selectReinterpret(_ i: Instruction) {
    let value = Value(i.a)
    let width = width(i.type)
    let toVector = i.type.isFloat
    if let memory = loadOperand(value, width: width) {
      emitTraced(
        MachineInstruction(
          toVector ? .movf : .mov, .dm, width: width, r0: definition(), memory: memory))
      return
    }
    let source = register(value)
    emit(
      MachineInstruction(
        toVector ? .movdToVector : .movdToGeneral, .dr, width: width, r0: definition(),
        r1: source))
  }
}
