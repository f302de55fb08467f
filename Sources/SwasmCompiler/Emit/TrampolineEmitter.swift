import SwasmArtifact

/// The bridges between C and wasm conventions, one pair per signature of the set; see `Trampolines` for what
/// they promise.
struct TrampolineEmitter: ~Copyable {
  private var encoder = Encoder()

  init() {}

  private mutating func encode(_ instruction: MachineInstruction) {
    encoder.encode(instruction, frame: .empty)
  }

  private static var savedOrder: [Register] { [.rbx, .rbp, .r12, .r13, .r14, .r15] }

  private func slot(_ base: Register, _ number: Int) -> MemoryOperand {
    MemoryOperand(base: base, displacement: Int32(truncatingIfNeeded: 16 * number))
  }

  private mutating func move(
    _ type: IRType, load register: Register, from memory: MemoryOperand
  ) {
    let op: MachineOperation = register.isVector ? .movf : .mov
    encode(
      MachineInstruction(op, .dm, width: width(type), r0: register, memory: memory))
  }

  private mutating func move(
    _ type: IRType, store register: Register, to memory: MemoryOperand
  ) {
    let op: MachineOperation = register.isVector ? .movf : .mov
    let width: UInt8 = type == .v128 ? 16 : 8
    encode(MachineInstruction(op, .mr, width: width, r0: register, memory: memory))
  }

  private func width(_ type: IRType) -> UInt8 {
    type == .i32 ? 4 : type == .v128 ? 16 : 8
  }

  /// The scratch register for a value of this type on its way between two places in memory.
  private func scratch(_ type: IRType, _ general: Register) -> Register {
    type.isFloat ? .xmm(15) : general
  }

  private mutating func adjustStack(_ op: MachineOperation, _ bytes: Int32) {
    if bytes != 0 {
      encode(
        MachineInstruction(op, .ti, width: 8, r0: .rsp, r1: .rsp, immediate: bytes))
    }
  }

  /// `void entry(code: rdi, slots: rsi)` in the C convention.
  mutating func emitEntry(_ convention: CallingConvention, into text: inout EncodedText) -> Int {
    encoder.buffer.reset()
    for register in Self.savedOrder { encode(MachineInstruction(.push, .r, r0: register)) }
    let area = convention.stackArgumentBytes + convention.stackResultBytes + 8
    adjustStack(.sub, area)
    encode(MachineInstruction(.mov, .dr, r0: .rbx, r1: .rsi))
    encode(MachineInstruction(.mov, .dr, r0: .rbp, r1: .rdi))
    for (number, place) in convention.arguments.enumerated() where place.register.isNone {
      let scratch = scratch(place.type, .rax)
      move(place.type, load: scratch, from: slot(.rbx, number))
      move(place.type, store: scratch, to: .stack(place.offset))
    }
    for (number, place) in convention.arguments.enumerated() where !place.register.isNone {
      move(place.type, load: place.register, from: slot(.rbx, number))
    }
    encode(MachineInstruction(.callIndirect, .r, r0: .rbp))
    adjustStack(.sub, convention.stackArgumentBytes)
    for (number, place) in convention.results.enumerated() where !place.register.isNone {
      move(place.type, store: place.register, to: slot(.rbx, number))
    }
    for (number, place) in convention.results.enumerated() where place.register.isNone {
      let scratch = scratch(place.type, .rax)
      move(place.type, load: scratch, from: .stack(place.offset))
      move(place.type, store: scratch, to: slot(.rbx, number))
    }
    adjustStack(.add, area)
    for register in Self.savedOrder.reversed() {
      encode(MachineInstruction(.pop, .d, r0: register))
    }
    encode(MachineInstruction(.ret, .none, immediate: 0))
    return Int(encoder.buffer.finish(into: &text).start)
  }

  /// Called with wasm conventions and r11 = import slot; calls `u32 hostFunction(context, slots, data)`. Throws when that returns
  /// all ones, of which the sign is asked.
  mutating func emitHost(_ convention: CallingConvention, into text: inout EncodedText) -> Int {
    encoder.buffer.reset()
    let slots = max(convention.arguments.count, convention.results.count)
    let area = Int32(16 * slots) + 8
    // Stack arguments lie above the slots and the return address.
    let incoming = area + 8
    adjustStack(.sub, area)
    for (number, place) in convention.arguments.enumerated() where !place.register.isNone {
      move(place.type, store: place.register, to: slot(.rsp, number))
    }
    for (number, place) in convention.arguments.enumerated() where place.register.isNone {
      let scratch = scratch(place.type, .rax)
      move(place.type, load: scratch, from: .stack(incoming + place.offset))
      move(place.type, store: scratch, to: slot(.rsp, number))
    }
    encode(loadField(ImportSlot.hostContext, into: .rdi))
    encode(MachineInstruction(.mov, .dr, r0: .rsi, r1: .rsp))
    encode(loadField(ImportSlot.data, into: .rdx))
    // Above the slots is room that aligns the stack.
    let data = slot(.rsp, slots)
    encode(MachineInstruction(.mov, .mr, width: 8, r0: .rdx, memory: data))
    encode(MachineInstruction(.callIndirect, .m, memory: field(ImportSlot.hostFunction)))
    encode(MachineInstruction(.test, .rr, width: 4, r0: .rax, r1: .rax))
    let trap = encoder.buffer.makeLabel()
    encoder.buffer.branch(ConditionCode.notEqual.rawValue, to: trap)
    for (number, place) in convention.results.enumerated() where place.register.isNone {
      let scratch = scratch(place.type, .r11)
      move(place.type, load: scratch, from: slot(.rsp, number))
      move(place.type, store: scratch, to: .stack(incoming + place.offset))
    }
    for (number, place) in convention.results.enumerated() where !place.register.isNone {
      move(place.type, load: place.register, from: slot(.rsp, number))
    }
    adjustStack(.add, area)
    encode(MachineInstruction(.ret, .none, immediate: convention.stackArgumentBytes))
    encoder.buffer.bind(trap)
    let thrown = encoder.buffer.makeLabel()
    encoder.buffer.branch(ConditionCode.sign.rawValue, to: thrown)
    emitTrap(.host)
    encoder.buffer.bind(thrown)
    encode(MachineInstruction(.mov, .dm, r0: .rdi, memory: data))
    let memory = MemoryOperand(base: .rsp, displacement: area)
    encode(MachineInstruction(.lea, .dm, width: 8, r0: .rsi, memory: memory))
    encode(
      MachineInstruction(.mov, .di, width: 4, r0: .rdx, immediate: convention.stackArgumentBytes))
    let exceptions = MemoryOperand(
      base: .rdi, displacement: Int32(truncatingIfNeeded: ContextLayout.exceptions))
    encode(MachineInstruction(.mov, .dm, r0: .rax, memory: exceptions))
    let hostThrow = MemoryOperand(
      base: .rax, displacement: Int32(truncatingIfNeeded: ContextLayout.hostThrow))
    encode(MachineInstruction(.callIndirect, .m, memory: hostThrow))
    emitTrap(.uncaughtException)
    return Int(encoder.buffer.finish(into: &text).start)
  }

  private mutating func emitTrap(_ kind: TrapKind) {
    encode(MachineInstruction(.ud2, .none, width: 1, immediate: Int32(kind.rawValue)))
  }

  private func field(_ offset: Int) -> MemoryOperand {
    MemoryOperand(base: .r11, displacement: Int32(truncatingIfNeeded: offset))
  }

  private func loadField(_ offset: Int, into register: Register) -> MachineInstruction {
    MachineInstruction(.mov, .dm, r0: register, memory: field(offset))
  }

  /// `lea r11, [import slot]; jmp [import slot + hostTrampoline]`.
  mutating func emitImportStub(slot: Int, into text: inout EncodedText) -> Int {
    encoder.buffer.reset()
    encode(MachineInstruction(.lea, .dm, r0: .r11, memory: .data(slot)))
    encode(
      MachineInstruction(.jmpIndirect, .m, memory: .data(slot + ImportSlot.hostTrampoline)))
    return Int(encoder.buffer.finish(into: &text).start)
  }
}
