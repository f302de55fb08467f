// Instructions on whole vectors.

extension Encoder {
  mutating func encodePacked(_ instruction: MachineInstruction) {
    let row = instruction.op.packedRow
    let opcode = instruction.isVexPacked ? row.opcode.vex : row.opcode
    let immediate = Immediate.byte(instruction.immediate)
    switch row.kind {
    case .binary, .commutative, .unary, .broadcast, .scalarPair, .mask, .test:
      operands(opcode, instruction)
    case .compare, .binaryImmediate, .scalarImmediate, .unaryImmediate, .insert:
      operands(opcode, instruction, immediate)
    case .half:
      // The store's opcode is the next one.
      operands(
        instruction.form == .mr ? OpcodeBytes(row.opcode.byte + 1, .map0F) : opcode, instruction)
    case .extract: extract(opcode, instruction, immediate)
    case .shift, .byteShift:
      if instruction.form == .dri || instruction.form == .ti {
        shiftPacked(instruction, immediate)
      } else {
        operands(opcode, instruction)
      }
    case .fused:
      emit(
        opcode, reg: instruction.r0.number, vvvv: instruction.r2.number,
        rm: instruction.index.number)
    }
  }

  /// pextrb and the like: the destination is in `rm`.
  private mutating func extract(
    _ opcode: OpcodeBytes, _ instruction: MachineInstruction, _ immediate: Immediate
  ) {
    if instruction.form == .mri {
      emit(opcode, reg: instruction.r0.number, memory: instruction, immediate)
    } else {
      emit(opcode, reg: instruction.r1.number, rm: instruction.r0.number, immediate)
    }
  }

  /// The shifted register is in `rm`; with VEX the destination is in `vvvv`.
  private mutating func shiftPacked(_ instruction: MachineInstruction, _ immediate: Immediate) {
    let (byte, digit) = instruction.op.shiftByImmediate
    let opcode = OpcodeBytes(byte, .map0F, .operandSize)
    let target = instruction.r0.number
    if instruction.form == .ti {
      emit(opcode, reg: digit, rm: target, immediate)
    } else {
      emit(opcode.vex, reg: digit, vvvv: target, rm: instruction.r1.number, immediate)
    }
  }
}
