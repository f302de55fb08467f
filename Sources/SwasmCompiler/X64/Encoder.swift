/// Turns machine instructions on physical registers into bytes. Each in its shortest form, except for branches, which
/// `CodeBuffer.finish` shortens; labels are bound, addresses recorded and constants made on `buffer`.
struct Encoder: ~Copyable {
  var buffer = CodeBuffer()
  /// That of the instruction being encoded.
  var frame = FrameLayout.empty

  init() {}

  /// Appends one instruction. Memory operands on spill slots and incoming arguments are resolved by `frame`.
  mutating func encode(_ instruction: MachineInstruction, frame: FrameLayout) {
    self.frame = frame
    assert(instruction.tieIsKept, "a tied operand is in another register")
    let width = instruction.width
    switch instruction.op {
    case .add: arithmetic(instruction, 0)
    case .or: arithmetic(instruction, 1)
    case .and: arithmetic(instruction, 4)
    case .sub: arithmetic(instruction, 5)
    case .xor: arithmetic(instruction, 6)
    case .cmp: arithmetic(instruction, 7)
    case .test: test(instruction)
    case .imul: multiply(instruction)
    case .not: unary(OpcodeBytes(0xf7).sized(width), 2, instruction)
    case .neg: unary(OpcodeBytes(0xf7).sized(width), 3, instruction)
    case .mul: unary(OpcodeBytes(0xf7).sized(width), 4, instruction)
    case .imulHigh: unary(OpcodeBytes(0xf7).sized(width), 5, instruction)
    case .div: unary(OpcodeBytes(0xf7).sized(width), 6, instruction)
    case .idiv: unary(OpcodeBytes(0xf7).sized(width), 7, instruction)
    case .mov: move(instruction)
    case .movabs: moveConstant(instruction)
    case .movzx:
      operands(
        width == 1 ? OpcodeBytes(0xb6, .map0F).byteRM : OpcodeBytes(0xb7, .map0F), instruction)
    case .movsx64: signExtend(instruction, to: 8)
    case .movsx32: signExtend(instruction, to: 4)
    case .lea:
      assert(!instruction.address.contains(.gs), "lea ignores segments")
      operands(OpcodeBytes(0x8d).wide(width), instruction)
    case .rol: shift(instruction, 0)
    case .ror: shift(instruction, 1)
    case .shl: shift(instruction, 4)
    case .shr: shift(instruction, 5)
    case .sar: shift(instruction, 7)
    case .shlx: shiftTo(OpcodeBytes(0xf7, .map0F38, .operandSize), instruction)
    case .shrx: shiftTo(OpcodeBytes(0xf7, .map0F38, .repeatNotEqual), instruction)
    case .sarx: shiftTo(OpcodeBytes(0xf7, .map0F38, .repeatEqual), instruction)
    case .rorx:
      operands(
        OpcodeBytes(0xf0, .map0F3A, .repeatNotEqual).vex.wide(width), instruction,
        .byte(instruction.immediate))
    case .andn: operands(OpcodeBytes(0xf2, .map0F38).wide(width), instruction)
    case .blsr: lowestBit(1, instruction)
    case .blsi: lowestBit(3, instruction)
    case .lzcnt: operands(OpcodeBytes(0xbd, .map0F, .repeatEqual).wide(width), instruction)
    case .tzcnt: operands(OpcodeBytes(0xbc, .map0F, .repeatEqual).wide(width), instruction)
    case .popcnt: operands(OpcodeBytes(0xb8, .map0F, .repeatEqual).wide(width), instruction)
    case .bsr: operands(OpcodeBytes(0xbd, .map0F).wide(width), instruction)
    case .bsf: operands(OpcodeBytes(0xbc, .map0F).wide(width), instruction)
    case .bt: bitTest(instruction)
    case .setcc:
      emit(
        OpcodeBytes(0x90 | instruction.condition.rawValue, .map0F).byteRM, reg: 0,
        rm: instruction.r0.number)
    case .cmovcc:
      operands(
        OpcodeBytes(0x40 | instruction.condition.rawValue, .map0F).sizedWords(width), instruction)
    case .cdq: buffer.append(width == 8 ? 0x9948 : 0x99, size: width == 8 ? 2 : 1)
    case .push: pushOrPop(instruction, short: 0x50, long: 0xff, 6)
    case .pop: pushOrPop(instruction, short: 0x58, long: 0x8f, 0)
    case .xchg: exchange(instruction)
    case .jmp, .jcc: jump(instruction)
    case .call: callOrJump(0xe8, instruction)
    case .jmpIndirect: unary(OpcodeBytes(0xff), 4, instruction)
    case .callIndirect: unary(OpcodeBytes(0xff), 2, instruction)
    case .tailCall: callOrJump(0xe9, instruction)
    case .tailCallIndirect: unary(OpcodeBytes(0xff), 4, instruction)
    case .ret: functionReturn(instruction)
    case .ud2: trap(instruction)
    case .zero: zero(instruction.r0)
    case .ones:
      let target = instruction.r0.number
      emit(OpcodeBytes(0x76, .map0F, .operandSize), reg: target, rm: target)
    case .entry, .nop: break
    default: instruction.op.isPacked ? encodePacked(instruction) : encodeFloat(instruction)
    }
  }

  /// The float operations.
  private mutating func encodeFloat(_ instruction: MachineInstruction) {
    let width = instruction.width
    switch instruction.op {
    case .movf: moveFloat(instruction)
    case .movdToVector: moveToVector(instruction)
    case .movdToGeneral: moveToGeneral(instruction)
    case .sqrtf: operands(.scalar(0x51, width), instruction)
    case .addf: operands(.scalar(0x58, width), instruction)
    case .mulf: operands(.scalar(0x59, width), instruction)
    case .subf: operands(.scalar(0x5c, width), instruction)
    case .minf: operands(.scalar(0x5d, width), instruction)
    case .divf: operands(.scalar(0x5e, width), instruction)
    case .maxf: operands(.scalar(0x5f, width), instruction)
    case .andf: operands(.packed(0x54, width), instruction)
    case .andnf: operands(.packed(0x55, width), instruction)
    case .orf: operands(.packed(0x56, width), instruction)
    case .xorf: operands(.packed(0x57, width), instruction)
    case .ucomi: operands(.packed(0x2e, width), instruction)
    case .round:
      operands(
        OpcodeBytes(width == 8 ? 0x0b : 0x0a, .map0F3A, .operandSize), instruction,
        .byte(instruction.immediate))
    case .cvtsi2ss: operands(OpcodeBytes(0x2a, .map0F, .repeatEqual).wide(width), instruction)
    case .cvtsi2sd: operands(OpcodeBytes(0x2a, .map0F, .repeatNotEqual).wide(width), instruction)
    case .cvttss2si: operands(OpcodeBytes(0x2c, .map0F, .repeatEqual).wide(width), instruction)
    case .cvttsd2si: operands(OpcodeBytes(0x2c, .map0F, .repeatNotEqual).wide(width), instruction)
    case .cvtss2sd: operands(OpcodeBytes(0x5a, .map0F, .repeatEqual), instruction)
    case .cvtsd2ss: operands(OpcodeBytes(0x5a, .map0F, .repeatNotEqual), instruction)
    case .cmpf: operands(.scalar(0xc2, width), instruction, .byte(instruction.immediate))
    default: preconditionFailure("an operation without encoding")
    }
  }

  /// Places the operands as most instructions have them: the destination or first operand in `reg`, the last
  /// register or the memory in `rm`, the middle one of three in VEX's `vvvv`.
  @inline(__always)
  mutating func operands(
    _ opcode: OpcodeBytes, _ instruction: MachineInstruction, _ immediate: Immediate = .none
  ) {
    let reg = instruction.r0.number
    let second = instruction.r1.number
    switch instruction.form {
    case .dr, .dri, .rr: emit(opcode, reg: reg, rm: second, immediate)
    case .tr, .tri: emit(opcode, reg: reg, rm: instruction.r2.number, immediate)
    case .dm, .dmi, .tm, .tmi, .rm, .mr:
      emit(opcode, reg: reg, memory: instruction, immediate)
    case .drr, .drri:
      emit(opcode.vex, reg: reg, vvvv: second, rm: instruction.r2.number, immediate)
    case .drm, .drmi, .dmr:
      emit(opcode.vex, reg: reg, vvvv: second, memory: instruction, immediate)
    default: preconditionFailure("an operation in a form that it does not have")
    }
  }

  /// An instruction with one operand and an extension of the opcode.
  @inline(__always)
  mutating func unary(
    _ opcode: OpcodeBytes, _ digit: UInt8, _ instruction: MachineInstruction,
    _ immediate: Immediate = .none
  ) {
    // The digit is no register: only `rm` may be a byte register.
    let opcode = opcode.withoutByteReg
    switch instruction.form {
    case .m, .mi: emit(opcode, reg: digit, memory: instruction, immediate)
    default: emit(opcode, reg: digit, rm: instruction.r0.number, immediate)
    }
  }
}

extension MachineInstruction {
  /// Are the registers of a tied form the same?
  fileprivate var tieIsKept: Bool {
    switch form {
    case .t, .ti, .tr, .tm, .tri, .tmi, .trr: r0 == r1
    default: true
    }
  }
}
