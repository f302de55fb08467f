// Groups of instructions that choose among several opcodes.

extension Encoder {
  /// add, or, and, sub, xor, cmp: eight opcodes each, laid out alike.
  @inline(__always)
  mutating func arithmetic(_ instruction: MachineInstruction, _ digit: UInt8) {
    let width = instruction.width
    let first = digit << 3
    switch instruction.form {
    case .tr, .tm, .rr, .rm: operands(OpcodeBytes(first | 3).sized(width), instruction)
    case .mr: operands(OpcodeBytes(first | 1).sized(width), instruction)
    default:
      let value = instruction.immediate.narrowed(width)
      if width == 1 {
        withImmediate(
          instruction, accumulator: OpcodeBytes(first | 4), OpcodeBytes(0x81).sized(1), digit,
          .byte(value))
      } else if value.fitsByte {
        unary(OpcodeBytes(0x83).sized(width), digit, instruction, .byte(value))
      } else {
        withImmediate(
          instruction, accumulator: OpcodeBytes(first | 5).sizedWords(width),
          OpcodeBytes(0x81).sized(width), digit, Immediate(value: value, size: min(width, 4)))
      }
    }
  }

  /// The accumulator has an opcode of its own without ModRM byte.
  private mutating func withImmediate(
    _ instruction: MachineInstruction, accumulator: OpcodeBytes, _ opcode: OpcodeBytes,
    _ digit: UInt8,
    _ immediate: Immediate
  ) {
    if instruction.form != .mi && instruction.r0 == .rax {
      emitShort(accumulator, 0, immediate)
    } else {
      unary(opcode, digit, instruction, immediate)
    }
  }

  mutating func test(_ instruction: MachineInstruction) {
    let width = instruction.width
    switch instruction.form {
    case .rr:
      emit(
        OpcodeBytes(0x85).sized(width), reg: instruction.r1.number, rm: instruction.r0.number)
    case .mr: operands(OpcodeBytes(0x85).sized(width), instruction)
    default:
      let value = instruction.immediate.narrowed(width)
      withImmediate(
        instruction,
        accumulator: width == 1 ? OpcodeBytes(0xa8) : OpcodeBytes(0xa9).sizedWords(width),
        OpcodeBytes(0xf7).sized(width), 0, Immediate(value: value, size: min(width, 4)))
    }
  }

  mutating func multiply(_ instruction: MachineInstruction) {
    let width = instruction.width
    switch instruction.form {
    case .dri, .dmi:
      let value = instruction.immediate.narrowed(width)
      if value.fitsByte {
        operands(OpcodeBytes(0x6b).sizedWords(width), instruction, .byte(value))
      } else {
        operands(
          OpcodeBytes(0x69).sizedWords(width), instruction,
          Immediate(value: value, size: min(width, 4)))
      }
    default: operands(OpcodeBytes(0xaf, .map0F).sizedWords(width), instruction)
    }
  }

  /// Breaks the dependency on the old value and, unlike a move of 0, changes the flags.
  mutating func zero(_ register: Register) {
    let opcode = register.isVector ? OpcodeBytes(0x57, .map0F) : OpcodeBytes(0x33)
    emit(opcode, reg: register.number, rm: register.number)
  }

  @inline(__always)
  mutating func move(_ instruction: MachineInstruction) {
    let width = instruction.width
    switch instruction.form {
    case .di:
      setConstant(
        instruction.r0.number,
        width == 8
          ? Int64(instruction.immediate) : Int64(UInt32(bitPattern: instruction.immediate)))
    case .mr: operands(OpcodeBytes(0x89).sized(width), instruction)
    case .mi:
      unary(
        OpcodeBytes(0xc7).sized(width), 0, instruction,
        Immediate(value: instruction.immediate.narrowed(width), size: min(width, 4)))
    default: operands(OpcodeBytes(0x8b).sized(width), instruction)
    }
  }

  mutating func moveConstant(_ instruction: MachineInstruction) {
    setConstant(
      instruction.r0.number,
      Int64(instruction.displacement) << 32 | Int64(UInt32(bitPattern: instruction.immediate)))
  }

  /// Sets a whole register: 5, 7 or 10 bytes.
  private mutating func setConstant(_ register: UInt8, _ value: Int64) {
    let low = Immediate(value: Int32(truncatingIfNeeded: value), size: 4)
    if value == Int64(UInt32(truncatingIfNeeded: value)) {
      emitShort(OpcodeBytes(0xb8), register, low)
    } else if value == Int64(low.value) {
      emit(OpcodeBytes(0xc7).wide, reg: 0, rm: register, low)
    } else {
      emitShort(OpcodeBytes(0xb8).wide, register)
      buffer.append(UInt64(bitPattern: value), size: 8)
    }
  }

  mutating func signExtend(_ instruction: MachineInstruction, to width: UInt8) {
    switch instruction.width {
    case 1: operands(OpcodeBytes(0xbe, .map0F).byteRM.wide(width), instruction)
    case 2: operands(OpcodeBytes(0xbf, .map0F).wide(width), instruction)
    // Extending 32 bits to 32 is a plain move.
    default: operands(width == 8 ? OpcodeBytes(0x63).wide : OpcodeBytes(0x8b), instruction)
    }
  }

  mutating func shift(_ instruction: MachineInstruction, _ digit: UInt8) {
    switch instruction.form {
    case .t, .m: unary(OpcodeBytes(0xd3).sized(instruction.width), digit, instruction)
    default:
      if instruction.immediate == 1 {
        unary(OpcodeBytes(0xd1).sized(instruction.width), digit, instruction)
      } else {
        unary(
          OpcodeBytes(0xc1).sized(instruction.width), digit, instruction,
          .byte(instruction.immediate))
      }
    }
  }

  /// shlx, shrx, sarx: the shifted operand is in `rm`, the count in `vvvv`.
  mutating func shiftTo(_ opcode: OpcodeBytes, _ instruction: MachineInstruction) {
    let opcode = opcode.vex.wide(instruction.width)
    if instruction.form == .drr {
      emit(
        opcode, reg: instruction.r0.number, vvvv: instruction.r2.number,
        rm: instruction.r1.number)
    } else {
      operands(opcode, instruction)
    }
  }

  /// blsr, blsi: the destination is in `vvvv`.
  mutating func lowestBit(_ digit: UInt8, _ instruction: MachineInstruction) {
    let opcode = OpcodeBytes(0xf3, .map0F38).vex.wide(instruction.width)
    let target = instruction.r0.number
    if instruction.form == .dm {
      emit(opcode, reg: digit, vvvv: target, memory: instruction)
    } else {
      emit(opcode, reg: digit, vvvv: target, rm: instruction.r1.number)
    }
  }

  mutating func bitTest(_ instruction: MachineInstruction) {
    let width = instruction.width
    if instruction.form == .ri {
      unary(
        OpcodeBytes(0xba, .map0F).sizedWords(width), 4, instruction, .byte(instruction.immediate))
    } else {
      emit(
        OpcodeBytes(0xa3, .map0F).sizedWords(width), reg: instruction.r1.number,
        rm: instruction.r0.number)
    }
  }

  mutating func pushOrPop(
    _ instruction: MachineInstruction, short: UInt8, long: UInt8, _ digit: UInt8
  ) {
    if instruction.form == .m {
      emit(OpcodeBytes(long), reg: digit, memory: instruction)
    } else {
      emitShort(OpcodeBytes(short), instruction.r0.number)
    }
  }

  /// With the accumulator one byte suffices, but `xchg eax, eax` would be a nop that keeps the upper half.
  mutating func exchange(_ instruction: MachineInstruction) {
    let (first, second) = (instruction.r0, instruction.r1)
    if instruction.width >= 4 && first != second && (first == .rax || second == .rax) {
      emitShort(
        OpcodeBytes(0x90).wide(instruction.width), first == .rax ? second.number : first.number)
    } else {
      emit(OpcodeBytes(0x87).sized(instruction.width), reg: second.number, rm: first.number)
    }
  }

  // MARK: Control

  @inline(__always)
  mutating func jump(_ instruction: MachineInstruction) {
    if instruction.form == .none {
      callOrJump(0xe9, instruction)
    } else {
      buffer.branch(
        instruction.op == .jmp
          ? CodeBuffer.Branch.unconditional : instruction.condition.rawValue,
        to: instruction.immediate)
    }
  }

  /// To a function of the module.
  mutating func callOrJump(_ opcode: UInt64, _ instruction: MachineInstruction) {
    buffer.append(opcode, size: 1)
    buffer.relocate(.function, instruction.immediate, trailing: 4)
    buffer.append(0, size: 4)
  }

  mutating func functionReturn(_ instruction: MachineInstruction) {
    if instruction.immediate == 0 {
      buffer.append(0xc3, size: 1)
    } else {
      assert(instruction.immediate > 0 && instruction.immediate < 0x10000)
      buffer.append(0xc2 | UInt64(instruction.immediate) << 8, size: 3)
    }
  }

  /// ud2 and what tells the trap handler why.
  mutating func trap(_ instruction: MachineInstruction) {
    assert(instruction.width <= 4)
    let payload = UInt64(UInt32(bitPattern: instruction.immediate))
    buffer.append(0x0b0f | payload << 16, size: 2 + Int(instruction.width))
  }

  // MARK: Floats

  mutating func moveFloat(_ instruction: MachineInstruction) {
    let prefix: OpcodeBytes.Prefix =
      instruction.width == 16
      ? .none : instruction.width == 8 ? .repeatNotEqual : .repeatEqual
    switch instruction.form {
    case .dr: operands(OpcodeBytes(0x28, .map0F), instruction)
    case .mr: operands(OpcodeBytes(0x11, .map0F, prefix), instruction)
    default: operands(OpcodeBytes(0x10, .map0F, prefix), instruction)
    }
  }

  /// dr: general register to xmm. dm: load of an xmm. mr: store of the general register, for an xmm that is spilled.
  mutating func moveToVector(_ instruction: MachineInstruction) {
    let width = instruction.width
    switch instruction.form {
    case .mr: operands(OpcodeBytes(0x89).wide(width), instruction)
    case .dm where width == 8: operands(OpcodeBytes(0x7e, .map0F, .repeatEqual), instruction)
    default: operands(OpcodeBytes(0x6e, .map0F, .operandSize).wide(width), instruction)
    }
  }

  /// dr: xmm to general register. mr: store of an xmm. dm: load of the general register, from an xmm that is spilled.
  mutating func moveToGeneral(_ instruction: MachineInstruction) {
    let width = instruction.width
    switch instruction.form {
    case .dm: operands(OpcodeBytes(0x8b).wide(width), instruction)
    case .mr where width == 8: operands(OpcodeBytes(0xd6, .map0F, .operandSize), instruction)
    case .mr: operands(OpcodeBytes(0x7e, .map0F, .operandSize), instruction)
    default:
      // The one move whose destination is in `rm`.
      emit(
        OpcodeBytes(0x7e, .map0F, .operandSize).wide(width), reg: instruction.r1.number,
        rm: instruction.r0.number)
    }
  }
}
