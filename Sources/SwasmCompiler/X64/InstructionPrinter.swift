/// Prints machine instructions in Intel syntax, before allocation with virtual registers (`add v40d, v38d, v39d ; tied`),
/// after it as a disassembler prints them (`add eax, ecx`). Spill slots and incoming arguments are symbolic
/// (`[slot 3]`) unless a frame is given.
struct Printer {
  var frame: FrameLayout?

  init(frame: FrameLayout? = nil) { self.frame = frame }

  func text(_ instruction: MachineInstruction) -> String {
    switch instruction.op {
    case .entry, .nop, .cdq: return instruction.mnemonic
    case .jmp, .jcc:
      return instruction.form == .none
        ? "jmp function[\(instruction.immediate)]"
        : "\(instruction.mnemonic) L\(instruction.immediate)"
    case .call: return "call function[\(instruction.immediate)]"
    case .tailCall: return "jmp function[\(instruction.immediate)]"
    case .ret:
      return instruction.immediate == 0 ? "ret" : "ret \(Printer.hex(instruction.immediate, 8))"
    case .ud2:
      return instruction.width == 0
        ? "ud2" : "ud2 ; \(Printer.hex(instruction.immediate, instruction.width))"
    case .zero: return zero(instruction.r0)
    case .ones: return ones(instruction.r0)
    case .trapIf: return trap(instruction)
    default: break
    }
    let operands = operands(instruction).joined(separator: ", ")
    let isLoose = instruction.roles.contains(.r1Tied) && instruction.r0 != instruction.r1
    return "\(instruction.mnemonic) \(operands)\(isLoose ? " ; tied" : "")"
  }

  private func zero(_ register: Register) -> String {
    if register.isVirtual { return "zero \(register.name(width: 8))" }
    let name = register.name(width: 4)
    return "\(register.isVector ? "xorps" : "xor") \(name), \(name)"
  }

  private func ones(_ register: Register) -> String {
    let name = register.name(width: 8)
    return register.isVirtual ? "ones \(name)" : "pcmpeqd \(name), \(name)"
  }

  private func trap(_ instruction: MachineInstruction) -> String {
    let table =
      instruction.form == .r
      ? ", \(instruction.r0.name(width: 8)) of table \(instruction.displacement)" : ""
    return "\(instruction.mnemonic) \(instruction.immediate)\(table)"
  }

  // MARK: Operands

  private func operands(_ instruction: MachineInstruction) -> [String] {
    let (first, second) = Printer.widths(instruction)
    let r0 = instruction.r0.name(width: first)
    let r1 = instruction.r1.name(width: second)
    let r2 = instruction.r2.name(width: second)
    let tied = instruction.r0 == instruction.r1 ? [r0] : [r0, instruction.r1.name(width: first)]
    let immediate = Printer.immediate(instruction)
    switch instruction.form {
    case .none, .label: return []
    case .r, .d: return [r0]
    case .di: return constantMove(instruction)
    case .dr:
      let scratch =
        instruction.roles.contains(.baseWritten) ? [instruction.base.name(width: 8)] : []
      return [r0, r1] + scratch
    case .dri: return [r0, r1] + immediate
    case .rr: return instruction.op == .xchg ? exchanged(instruction) : [r0, r1]
    case .ri: return [r0] + immediate
    case .dm, .rm: return [r0, memory(instruction)]
    case .dmi: return [r0, memory(instruction)] + immediate
    case .drr: return [r0, instruction.r1.name(width: first), r2]
    case .drri: return [r0, instruction.r1.name(width: first), r2] + immediate
    case .drm, .drmi:
      return [r0, instruction.r1.name(width: first), memory(instruction)] + immediate
    case .dmr: return [r0, memory(instruction), r1]
    case .t: return tied + Printer.shiftCount(instruction)
    case .ti: return tied + immediate
    case .tr: return tied + [r2]
    case .tri: return tied + [r2] + immediate
    case .tm: return tied + [memory(instruction)]
    case .tmi: return tied + [memory(instruction)] + immediate
    case .mr: return [memory(instruction), r0]
    case .mri: return [memory(instruction), r0] + immediate
    case .trr: return tied + [r2, instruction.index.name(width: 8)]
    case .mi: return [memory(instruction)] + immediate
    case .m: return [memory(instruction)] + Printer.shiftCount(instruction)
    }
  }

  private func constantMove(_ instruction: MachineInstruction) -> [String] {
    guard let (value, width) = instruction.shortConstant else {
      return [instruction.r0.name(width: 8), Printer.hex(instruction.constant)]
    }
    return [instruction.r0.name(width: width), Printer.hex(value)]
  }

  /// The short form names the accumulator last.
  private func exchanged(_ instruction: MachineInstruction) -> [String] {
    let names = [instruction.r0, instruction.r1].map { $0.name(width: instruction.width) }
    return instruction.r0 == .rax && instruction.width >= 4 ? names.reversed() : names
  }

  private static func shiftCount(_ instruction: MachineInstruction) -> [String] {
    switch instruction.op {
    case .shl, .shr, .sar, .rol, .ror: ["cl"]
    default: []
    }
  }

  private static func immediate(_ instruction: MachineInstruction) -> [String] {
    let value = instruction.immediate
    switch instruction.op {
    case .cmpf, .cmpps, .cmppd: return []
    case .shl, .shr, .sar, .rol, .ror: return [value == 1 ? "1" : hex(value & 0xff, 4)]
    case .rorx, .bt, .round: return [hex(value & 0xff, 4)]
    default: break
    }
    if instruction.op.isPacked {
      switch instruction.form {
      case .ti, .dri, .dmi, .drri, .drmi, .tri, .tmi, .mri: return [hex(value, 1)]
      default: return []
      }
    }
    switch instruction.form {
    case .di, .dri, .dmi, .ti, .ri, .mi, .drri, .drmi, .tri, .tmi:
      return [hex(value, instruction.width)]
    default: return []
    }
  }

  /// Widths by which r0 and the other registers are named.
  private static func widths(_ instruction: MachineInstruction) -> (UInt8, UInt8) {
    let width = instruction.width
    switch instruction.op {
    case .movzx, .movsx32: return (4, width)
    case .movsx64: return (8, width)
    case .setcc: return (1, 1)
    case .push, .pop, .jmpIndirect, .callIndirect, .tailCallIndirect: return (8, 8)
    case .movf, .addf, .subf, .mulf, .divf, .minf, .maxf, .sqrtf, .andf, .andnf, .orf, .xorf,
      .ucomi, .round, .cmpf, .cvtss2sd, .cvtsd2ss:
      return (8, 8)
    case .selectf, .fmin, .fmax: return (8, 8)
    case .convertU64: return (8, 8)
    case .truncate: return (width, 8)
    case .movdToVector: return instruction.form == .mr ? (width, width) : (8, width)
    case .movdToGeneral: return instruction.form == .mr ? (8, 8) : (width, 8)
    case .cvtsi2ss, .cvtsi2sd: return (8, width)
    case .cvttss2si, .cvttsd2si: return (width, 8)
    default: return instruction.op.isPacked ? packedWidths(instruction) : (width, width)
    }
  }

  /// General registers among those of packed instructions are named by 4 bytes, but for quadwords.
  private static func packedWidths(_ instruction: MachineInstruction) -> (UInt8, UInt8) {
    switch instruction.op.packedRow.kind {
    case .insert: (8, instruction.op == .pinsrq ? 8 : 4)
    case .extract where instruction.form == .dri: (instruction.op == .pextrq ? 8 : 4, 8)
    case .mask: (4, 8)
    default: (8, 8)
    }
  }

  // MARK: Memory

  private func memory(_ instruction: MachineInstruction) -> String {
    let size: String =
      switch instruction.memoryBytes {
      case 1: "BYTE PTR "
      case 2: "WORD PTR "
      case 4: "DWORD PTR "
      case 8: "QWORD PTR "
      case 16: "XMMWORD PTR "
      default: ""
      }
    return size + (instruction.address.contains(.gs) ? "gs:" : "") + address(instruction)
  }

  private func address(_ instruction: MachineInstruction) -> String {
    var instruction = instruction
    let displacement = instruction.displacement
    switch instruction.base {
    case .dataBlock: return "[data\(Printer.signed(displacement))\(index(instruction))]"
    case .constantPool: return "[const \(displacement)]"
    case .jumpTable: return "[table \(displacement)]"
    case .spillSlot:
      guard let frame else { return "[slot \(displacement)\(index(instruction))]" }
      instruction.displacement = frame.slotOffset(displacement)
    case .incoming:
      guard let frame else {
        return "[incoming\(Printer.signed(displacement))\(index(instruction))]"
      }
      instruction.displacement = frame.incomingOffset + displacement
    default: return registerAddress(instruction)
    }
    instruction.base = .rsp
    return registerAddress(instruction)
  }

  private func index(_ instruction: MachineInstruction) -> String {
    if instruction.index.isNone { return "" }
    return "+\(instruction.index.name(width: 8))*\(1 << instruction.address.scaleLog2)"
  }

  /// Physical registers in the order in which they are encoded.
  private func registerAddress(_ instruction: MachineInstruction) -> String {
    let width: UInt8 = instruction.address.contains(.wrap32) ? 4 : 8
    var (base, index) = (instruction.base, instruction.index)
    var scale = 1 << instruction.address.scaleLog2
    if !base.isVirtual && !index.isVirtual {
      let address = Address(instruction, .empty)
      base = address.base < 16 ? Register(Int(address.base)) : .none
      index = address.index < 16 ? Register(Int(address.index)) : .none
      scale = 1 << address.scaleLog2
    }
    let value = instruction.displacement
    if base.isNone && index.isNone {
      let prefix = instruction.address.contains(.gs) ? "" : "ds:"
      return prefix + Printer.hex(value, 8)
    }
    var terms: [String] = []
    if !base.isNone { terms.append(base.name(width: width)) }
    if !index.isNone { terms.append("\(index.name(width: width))*\(scale)") }
    let sum = terms.joined(separator: "+")
    if value == 0 {
      // These take a displacement even so.
      let isExplicit = base.isNone || base == .rbp || base == .r13
      return isExplicit ? "[\(sum)+0x0]" : "[\(sum)]"
    }
    let sign = value < 0 ? "-" : "+"
    return "[\(sum)\(sign)0x\(String(value.magnitude, radix: 16))]"
  }

  // MARK: Numbers

  /// The low `width` bytes.
  private static func hex(_ value: Int32, _ width: UInt8) -> String {
    let bits = UInt64(bitPattern: Int64(value))
    let kept = width >= 8 ? bits : bits & (1 << (8 * UInt64(width)) - 1)
    return "0x\(String(kept, radix: 16))"
  }

  private static func hex(_ value: Int64) -> String {
    "0x\(String(UInt64(bitPattern: value), radix: 16))"
  }

  private static func signed(_ value: Int32) -> String {
    value < 0 ? "\(value)" : "+\(value)"
  }
}

extension MachineInstruction: CustomStringConvertible {
  var description: String { Printer().text(self) }
}
