/// What selecting vector operations is made of: packed instructions in the encoding that the CPU has, and their operands.
///
/// With AVX all have three operands and memory needs no alignment. Without, the first source is tied, and only
/// constants of the pool, which are aligned, are memory operands.
extension Selector {
  var twoOperands: AddressFlags { avx ? .vex : [] }

  mutating func vector() -> Register { temporary(.vector) }

  // MARK: Constants

  /// A register with the constant, made anew wherever it is wanted.
  mutating func materialize(vector bits: UInt128) -> Register {
    if bits == 0 || bits == .max {
      let result = vector()
      emit(MachineInstruction(bits == 0 ? .zero : .ones, .d, width: 16, r0: result))
      return result
    }
    return rematerializable(
      MachineInstruction(.movf, .dm, width: 16, memory: constant(bits)), .vector)
  }

  mutating func constant(_ bits: UInt128) -> MemoryOperand {
    code.constants.append(bits)
    return MemoryOperand(
      base: .constantPool, displacement: Int32(truncatingIfNeeded: code.constants.count - 1))
  }

  /// The same number of `width` bytes in all lanes.
  static func splat(_ value: UInt64, width: UInt8) -> UInt128 {
    var bits = UInt128(width == 8 ? value : value & (1 << (8 * UInt64(width)) - 1))
    var filled = 8 * UInt128(width)
    while filled < 128 {
      bits |= bits << filled
      filled *= 2
    }
    return bits
  }

  func vectorConstant(_ value: Value) -> UInt128? {
    let i = instruction(value)
    return i.op == .vconst ? ir.vectors[Int(i.c)] : nil
  }

  // MARK: Operands

  /// Could the operand be in memory?
  private func isMemory(_ value: Value) -> Bool {
    if let bits = vectorConstant(value) { return bits != 0 && bits != .max }
    return avx && isFoldableLoad(value) && instruction(value).type == .v128
  }

  mutating func memoryOperand(_ value: Value) -> MemoryOperand? {
    guard isMemory(value) else { return nil }
    if let bits = vectorConstant(value) { return constant(bits) }
    return loadOperand(value, width: 16)
  }

  // MARK: Instructions

  /// result = a op b.
  mutating func emitPacked(
    _ op: MachineOperation, _ result: Register, _ a: Register, _ b: Register
  ) {
    emit(MachineInstruction(op, avx ? .drr : .tr, width: 16, r0: result, r1: a, base: b))
  }

  mutating func emitPacked(
    _ op: MachineOperation, _ result: Register, _ a: Register, _ b: Register, immediate: Int32
  ) {
    emit(
      MachineInstruction(
        op, avx ? .drri : .tri, width: 16, r0: result, r1: a, base: b, immediate: immediate))
  }

  mutating func emitPacked(
    _ op: MachineOperation, _ result: Register, _ a: Register, memory: MemoryOperand,
    immediate: Int32? = nil
  ) {
    let form: OperandForm = immediate == nil ? (avx ? .drm : .tm) : (avx ? .drmi : .tmi)
    emitTraced(
      MachineInstruction(
        op, form, width: 16, r0: result, r1: a, memory: memory, immediate: immediate ?? 0))
  }

  mutating func packed(_ op: MachineOperation, _ a: Register, _ b: Register) -> Register {
    let result = vector()
    emitPacked(op, result, a, b)
    return result
  }

  mutating func packed(
    _ op: MachineOperation, _ a: Register, _ b: Register, immediate: Int32
  ) -> Register {
    let result = vector()
    emitPacked(op, result, a, b, immediate: immediate)
    return result
  }

  /// a op constant.
  mutating func packed(_ op: MachineOperation, _ a: Register, _ bits: UInt128) -> Register {
    let result = vector()
    emitPacked(op, result, a, memory: constant(bits))
    return result
  }

  /// result = op a.
  mutating func emitPacked(_ op: MachineOperation, _ result: Register, _ a: Register) {
    emit(
      MachineInstruction(op, .dr, width: 16, r0: result, r1: a, address: twoOperands))
  }

  mutating func packed(_ op: MachineOperation, _ a: Register) -> Register {
    let result = vector()
    emitPacked(op, result, a)
    return result
  }

  /// pshufd, roundps and the like: result = a rearranged as the immediate says.
  mutating func emitPacked(
    _ op: MachineOperation, _ result: Register, _ a: Register, immediate: Int32
  ) {
    emit(
      MachineInstruction(
        op, .dri, width: 16, r0: result, r1: a, address: twoOperands, immediate: immediate))
  }

  mutating func packed(_ op: MachineOperation, _ a: Register, immediate: Int32) -> Register {
    let result = vector()
    emitPacked(op, result, a, immediate: immediate)
    return result
  }

  /// A shift of all lanes by a number.
  mutating func emitShift(
    _ op: MachineOperation, _ result: Register, _ a: Register, _ count: Int32
  ) {
    emit(
      MachineInstruction(
        op, avx ? .dri : .ti, width: 16, r0: result, r1: a, immediate: count))
  }

  mutating func shifted(_ op: MachineOperation, _ a: Register, _ count: Int32) -> Register {
    let result = vector()
    emitShift(op, result, a, count)
    return result
  }

  /// The current instruction as one packed instruction, with a memory operand where that can be.
  mutating func selectPacked(_ op: MachineOperation, _ first: Value, _ second: Value) {
    let commutes = op.packedRow.kind == .commutative
    var (a, b) = (first, second)
    if commutes, isMemory(a), !isMemory(b) { swap(&a, &b) }
    if let memory = memoryOperand(b) {
      let source = register(a)
      emitPacked(op, definition(), source, memory: memory)
      return
    }
    if !avx, commutes, sparesFirst(a, b) { swap(&a, &b) }
    let (left, right) = (register(a), register(b))
    emitPacked(op, definition(), left, right)
  }

  /// The current instruction as one packed instruction of one operand.
  mutating func selectPacked(_ op: MachineOperation, _ a: Value, immediate: Int32? = nil) {
    if op.packedRow.memory == 16, let memory = memoryOperand(a) {
      emitTraced(
        MachineInstruction(
          op, immediate == nil ? .dm : .dmi, width: 16, r0: definition(),
          memory: memory.adding(twoOperands), immediate: immediate ?? 0))
      return
    }
    let source = register(a)
    if let immediate {
      emitPacked(op, definition(), source, immediate: immediate)
    } else {
      emitPacked(op, definition(), source)
    }
  }
}

extension MemoryOperand {
  func adding(_ flags: AddressFlags) -> MemoryOperand {
    var operand = self
    operand.flags.formUnion(flags)
    return operand
  }
}
