/// Up to eight bytes of an instruction on their way to the buffer.
private struct Head {
  var bits: UInt64 = 0
  var size = 0

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    bits |= UInt64(byte) << UInt64(8 * size)
    size &+= 1
  }

  /// Prefixes and opcode. `reg`, `vvvv` are register numbers; `x` and `b` are the high bits of index and base.
  @inline(__always)
  mutating func append(
    _ opcode: OpcodeBytes, reg: UInt8, vvvv: UInt8, x: UInt8, b: UInt8, byteRegister: Bool
  ) {
    if opcode.isVex {
      appendVex(opcode, reg: reg, vvvv: vvvv, x: x, b: b)
      append(opcode.byte)
      return
    }
    if opcode.prefixNumber != 0 {
      append(UInt8(truncatingIfNeeded: 0xf2_f366_00 >> UInt32(8 * opcode.prefixNumber)))
    }
    let rex: UInt8 = (opcode.isWide ? 8 : 0) | (reg >> 3) << 2 | x << 1 | b
    if rex != 0 || byteRegister { append(0x40 | rex) }
    if opcode.mapNumber != 0 {
      append(0x0f)
      if opcode.mapNumber == 2 { append(0x38) }
      if opcode.mapNumber == 3 { append(0x3a) }
    }
    append(opcode.byte)
  }

  /// VEX stores the register bits inverted.
  private mutating func appendVex(
    _ opcode: OpcodeBytes, reg: UInt8, vvvv: UInt8, x: UInt8, b: UInt8
  ) {
    let high: UInt8 = reg >= 8 ? 0 : 0x80
    let last = (~vvvv & 15) << 3 | opcode.prefixNumber
    if x | b == 0 && !opcode.isWide && opcode.mapNumber == OpcodeBytes.Map.map0F.rawValue {
      append(0xc5)
      append(high | last)
    } else {
      append(0xc4)
      append(high | (x ^ 1) << 6 | (b ^ 1) << 5 | opcode.mapNumber)
      append((opcode.isWide ? 0x80 : 0) | last)
    }
  }
}

extension Encoder {
  /// An instruction whose operands are `reg` (or an opcode's extension), perhaps `vvvv`, and the register `rm`.
  @inline(__always)
  mutating func emit(
    _ opcode: OpcodeBytes, reg: UInt8, vvvv: UInt8 = 0, rm: UInt8, _ immediate: Immediate = .none
  ) {
    var head = Head()
    head.append(
      opcode, reg: reg, vvvv: vvvv, x: 0, b: rm >> 3,
      byteRegister: (opcode.regIsByte && reg >= 4) || (opcode.rmIsByte && rm >= 4))
    head.append(0xc0 | (reg & 7) << 3 | rm & 7)
    buffer.append(head.bits, size: head.size)
    if immediate.size != 0 { buffer.append(immediate.bits, size: Int(immediate.size)) }
  }

  /// An instruction without ModRM byte whose register is part of the opcode.
  @inline(__always)
  mutating func emitShort(
    _ opcode: OpcodeBytes, _ register: UInt8, _ immediate: Immediate = .none
  ) {
    var head = Head()
    head.append(opcode, reg: 0, vvvv: 0, x: 0, b: register >> 3, byteRegister: false)
    head.bits += UInt64(register & 7) << UInt64(8 * (head.size - 1))
    buffer.append(head.bits, size: head.size)
    if immediate.size != 0 { buffer.append(immediate.bits, size: Int(immediate.size)) }
  }

  /// An instruction whose operands are `reg` (or an opcode's extension), perhaps `vvvv`, and `memory`'s memory operand.
  mutating func emit(
    _ opcode: OpcodeBytes, reg: UInt8, vvvv: UInt8 = 0, memory: MachineInstruction,
    _ immediate: Immediate = .none
  ) {
    let address = Address(memory, frame)
    if memory.address.contains(.gs) { buffer.append(0x65, size: 1) }
    if memory.address.contains(.wrap32) {
      assert(address.base != Address.rip, "the data block is addressed with 64 bits")
      buffer.append(0x67, size: 1)
    }
    let isRegular = address.base < 16
    var head = Head()
    head.append(
      opcode, reg: reg, vvvv: vvvv, x: address.index < 16 ? address.index >> 3 : 0,
      b: isRegular ? address.base >> 3 : 0, byteRegister: opcode.regIsByte && reg >= 4)
    let middle = (reg & 7) << 3
    var displacementSize: UInt8 = 4
    if isRegular {
      let mode: UInt8
      if address.displacement == 0 && address.base & 7 != 5 {
        (displacementSize, mode) = (0, 0)
      } else if address.displacement.fitsByte {
        (displacementSize, mode) = (1, 0x40)
      } else {
        mode = 0x80
      }
      if address.index < 16 {
        head.append(mode | middle | 4)
        head.append(address.scaleLog2 << 6 | (address.index & 7) << 3 | address.base & 7)
      } else {
        head.append(mode | middle | address.base & 7)
        if address.base & 7 == 4 { head.append(0x24) }
      }
    } else if address.base == Address.rip {
      head.append(middle | 5)
    } else {
      head.append(middle | 4)
      let index = address.index < 16 ? address.index & 7 : 4
      head.append(address.scaleLog2 << 6 | index << 3 | 5)
    }
    buffer.append(head.bits, size: head.size)
    if address.base == Address.rip {
      buffer.relocate(address.relocation, address.target, trailing: 4 + immediate.size)
    }
    let displacement = Immediate(value: address.displacement, size: displacementSize)
    let tail = displacement.bits | immediate.bits << UInt64(8 * displacementSize)
    let size = displacementSize + immediate.size
    if size != 0 { buffer.append(tail, size: Int(size)) }
  }
}
