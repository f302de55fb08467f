import SwasmArtifact

extension Selector {
  /// r0 = a op b with the best of immediate, memory and register for b.
  mutating func selectBinary(_ i: Instruction, _ op: MachineOperation, commutes: Bool) {
    let width = width(i.type)
    var (a, b) = (peel(Value(i.a), width: width), peel(Value(i.b), width: width))
    if commutes, isConstant(a) { swap(&a, &b) }
    if let constant = immediate(b, width: width) {
      let source = register(a)
      emit(
        MachineInstruction(
          op, .ti, width: width, r0: definition(), r1: source, immediate: constant))
      return
    }
    if commutes, isFoldableLoad(a), !isFoldableLoad(b) { swap(&a, &b) }
    if let memory = loadOperand(b, width: width) {
      let source = register(a)
      emitTraced(
        MachineInstruction(op, .tm, width: width, r0: definition(), r1: source, memory: memory))
      return
    }
    if commutes, sparesFirst(a, b) { swap(&a, &b) }
    let (left, right) = (register(a), register(b))
    emit(
      MachineInstruction(op, .tr, width: width, r0: definition(), r1: left, base: right))
  }

  /// An addition is a `lea` when that saves a move or an instruction.
  mutating func selectAdd(_ i: Instruction) {
    let width = width(i.type)
    let (a, b) = (peel(Value(i.a), width: width), peel(Value(i.b), width: width))
    if isFoldableLoad(a) || isFoldableLoad(b) { return selectBinary(i, .add, commutes: true) }
    var operand = sum(i)
    let isPlain = operand.flags.rawValue == 0 && !operand.base.isNone
    let overwrites =
      isPlain
      && (operand.index.isNone
        ? useCounts[a.position] == 1 || isConstant(a)
        : operand.displacement == 0
          && (useCounts[a.position] == 1 || useCounts[b.position] == 1))
    guard overwrites else {
      emit(MachineInstruction(.lea, .dm, width: width, r0: definition(), memory: operand))
      return
    }
    if operand.index.isNone {
      emit(
        MachineInstruction(
          .add, .ti, width: width, r0: definition(), r1: operand.base,
          immediate: operand.displacement))
      return
    }
    if useCounts[a.position] != 1, registers[b.position] == operand.index.id {
      swap(&operand.base, &operand.index)
    }
    emit(
      MachineInstruction(
        .add, .tr, width: width, r0: definition(), r1: operand.base, base: operand.index))
  }

  mutating func selectMultiply(_ i: Instruction) {
    let width = width(i.type)
    var (a, b) = (peel(Value(i.a), width: width), peel(Value(i.b), width: width))
    if isConstant(a) { swap(&a, &b) }
    guard let constant = immediate(b, width: width) else {
      return selectBinary(i, .imul, commutes: true)
    }
    if let scale: UInt8 = [3: 1, 5: 2, 9: 3][constant] {
      let source = register(a)
      let memory = MemoryOperand(
        base: source, index: source, flags: .scale(scale), displacement: 0)
      emit(MachineInstruction(.lea, .dm, width: width, r0: definition(), memory: memory))
    } else if let memory = loadOperand(a, width: width) {
      emitTraced(
        MachineInstruction(
          .imul, .dmi, width: width, r0: definition(), memory: memory, immediate: constant))
    } else {
      let source = register(a)
      emit(
        MachineInstruction(
          .imul, .dri, width: width, r0: definition(), r1: source, immediate: constant))
    }
  }

  /// xor with all ones is `not`.
  mutating func selectXor(_ i: Instruction) {
    let width = width(i.type)
    if immediate(Value(i.b), width: width) == -1 {
      let source = operand(Value(i.a), width: width)
      emit(MachineInstruction(.not, .t, width: width, r0: definition(), r1: source))
    } else {
      selectBinary(i, .xor, commutes: true)
    }
  }

  mutating func selectShift(_ i: Instruction, _ op: MachineOperation, _ bmi: MachineOperation) {
    let width = width(i.type)
    if let count = immediate(Value(i.b), width: 4) {
      let source = op == .shl ? operand(Value(i.a), width: width) : register(Value(i.a))
      let masked = count & Int32(width * 8 - 1)
      if op == .shl, masked >= 1, masked <= 3, useCounts[resolve(Value(i.a)).position] > 1 {
        let memory = MemoryOperand(
          base: .none, index: source, flags: .scale(UInt8(masked)), displacement: 0)
        emit(MachineInstruction(.lea, .dm, width: width, r0: definition(), memory: memory))
        return
      }
      emit(
        MachineInstruction(
          op, .ti, width: width, r0: definition(), r1: source, immediate: masked))
      return
    }
    let count = registerLow(Value(i.b))
    let source = operand(Value(i.a), width: width)
    guard bmi2 else { return shiftByCL(op, width: width, source, count) }
    emit(
      MachineInstruction(bmi, .drr, width: width, r0: definition(), r1: source, base: count))
  }

  mutating func selectRotate(_ i: Instruction, _ op: MachineOperation) {
    let width = width(i.type)
    let source = operand(Value(i.a), width: width)
    guard let count = immediate(Value(i.b), width: 4) else {
      let count = registerLow(Value(i.b))
      return shiftByCL(op, width: width, source, count)
    }
    let bits = Int32(width) * 8
    let right = (op == .ror ? count : 0 &- count) & (bits - 1)
    if bmi2 {
      emit(
        MachineInstruction(
          .rorx, .dri, width: width, r0: definition(), r1: source, immediate: right))
    } else {
      emit(
        MachineInstruction(
          .ror, .ti, width: width, r0: definition(), r1: source, immediate: right))
    }
  }

  private mutating func shiftByCL(
    _ op: MachineOperation, width: UInt8, _ source: Register, _ count: Register
  ) {
    var shift = MachineInstruction(op, .t, width: width, r0: definition(), r1: source)
    shift.fixedIndex = addFixed(
      uses: [FixedOperand(register: count, physical: .rcx)], definitions: [],
      clobbers: Register.rcx.bit)
    emit(shift)
  }

  mutating func addFixed(
    uses: [FixedOperand], definitions: [FixedOperand], clobbers: UInt32
  ) -> Int {
    let start = Int32(truncatingIfNeeded: code.fixedPool.count)
    code.fixedPool.append(contentsOf: uses)
    code.fixedPool.append(contentsOf: definitions)
    code.fixed.append(
      FixedOperands(
        uses: PoolRun(start: start, count: Int32(truncatingIfNeeded: uses.count)),
        definitions: PoolRun(
          start: start + Int32(truncatingIfNeeded: uses.count),
          count: Int32(truncatingIfNeeded: definitions.count)),
        clobbers: clobbers))
    return code.fixed.count - 1
  }

  /// `div` and `idiv` trap by themselves on zero and overflow; the emitter puts the sign extension or
  /// zeroing of rdx before them.
  mutating func selectDivision(_ i: Instruction) {
    let width = width(i.type)
    let isSigned = i.op == .divS || i.op == .remS
    let wantsRemainder = i.op == .remS || i.op == .remU
    var divisor = operand(Value(i.b), width: width)
    if i.op == .remS { divisor = avoidingMinusOne(divisor, Value(i.b), width: width) }
    let dividend = movable(Value(i.a))
    var division = MachineInstruction(isSigned ? .idiv : .div, .r, width: width, r0: divisor)
    let isUsed = registers[current] != 0
    let result = FixedOperand(
      register: isUsed ? definition() : .none, physical: wantsRemainder ? .rdx : .rax)
    division.fixedIndex = addFixed(
      uses: [FixedOperand(register: dividend, physical: .rax)],
      definitions: isUsed ? [result] : [], clobbers: Register.rax.bit | Register.rdx.bit)
    emitTraced(division)
  }

  /// The remainder of a division by −1 is that of a division by 1, but doesn't overflow.
  private mutating func avoidingMinusOne(
    _ divisor: Register, _ value: Value, width: UInt8
  ) -> Register {
    if let constant = immediate(value, width: width), constant != -1 { return divisor }
    let one = temporary()
    emit(loadConstant(1, into: one))
    emit(MachineInstruction(.cmp, .ri, width: width, r0: divisor, immediate: -1))
    let result = temporary()
    var move = MachineInstruction(
      .cmovcc, .tr, width: width, condition: .notEqual, r0: result, r1: one)
    move.r2 = divisor
    emit(move)
    return result
  }

  /// The upper half of rdx:rax = rax × the other operand.
  mutating func selectMultiplyHigh(_ i: Instruction, _ op: MachineOperation) {
    let factor = register(Value(i.b))
    var product = MachineInstruction(op, .r, width: 8, r0: factor)
    product.fixedIndex = addFixed(
      uses: [FixedOperand(register: movable(Value(i.a)), physical: .rax)],
      definitions: [FixedOperand(register: definition(), physical: .rdx)],
      clobbers: Register.rax.bit | Register.rdx.bit)
    emit(product)
  }

  mutating func selectCount(_ i: Instruction, _ op: MachineOperation) {
    let width = width(i.type)
    let features = plan.options.features
    if op == .lzcnt, !features.contains(.lzcnt) { return selectBitScan(i, .bsr) }
    if op == .tzcnt, !features.contains(.bmi1) { return selectBitScan(i, .bsf) }
    let source = operand(Value(i.a), width: width)
    emit(MachineInstruction(op, .dr, width: width, r0: definition(), r1: source))
  }

  /// Leading and trailing zeros where lzcnt and tzcnt don't exist.
  private mutating func selectBitScan(_ i: Instruction, _ op: MachineOperation) {
    let width = width(i.type)
    let bits = UInt64(width) * 8
    let source = operand(Value(i.a), width: width)
    let otherwise = temporary()
    emit(loadConstant(op == .bsr ? 2 * bits - 1 : bits, into: otherwise))
    let scanned = temporary()
    emit(MachineInstruction(op, .dr, width: width, r0: scanned, r1: source))
    let chosen = op == .bsr ? temporary() : definition()
    var move = MachineInstruction(
      .cmovcc, .tr, width: width, condition: .equal, r0: chosen, r1: scanned)
    move.r2 = otherwise
    emit(move)
    guard op == .bsr else { return }
    emit(
      MachineInstruction(
        .xor, .ti, width: width, r0: definition(), r1: chosen, immediate: Int32(bits - 1)))
  }

  /// Sign extension; a load of just these bytes is made to extend.
  mutating func selectExtend(_ i: Instruction, from bytes: UInt8) {
    let op: MachineOperation = i.type == .i64 ? .movsx64 : .movsx32
    let value = resolveLow(Value(i.a))
    if let memory = loadOperand(value, width: bytes) {
      emitTraced(MachineInstruction(op, .dm, width: bytes, r0: definition(), memory: memory))
      return
    }
    let source = register(value)
    emit(MachineInstruction(op, .dr, width: bytes, r0: definition(), r1: source))
  }

  mutating func selectWrap(_ i: Instruction) {
    let source = registerLow(Value(i.a))
    emit(MachineInstruction(.mov, .dr, width: 4, r0: definition(), r1: source))
  }
}

extension Register {
  /// This physical register in a set of registers.
  var bit: UInt32 { 1 << UInt32(truncatingIfNeeded: id) }
}
