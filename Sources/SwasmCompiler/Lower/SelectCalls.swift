import SwasmArtifact
import SwasmModule

extension Selector {
  /// Registers that a call doesn't preserve: all but rbx rbp r12–r15 (and rsp).
  static var callClobbers: UInt32 { 0xffff_0fc7 }

  mutating func selectCall(_ i: Instruction) {
    let function = FunctionIndex(UInt32(bitPattern: i.c))
    let type = plan.functionTypes[function.position]
    let convention = plan.conventions[type.position]
    let uses = passArguments(PoolRun(start: i.a, count: i.b), convention)
    if function.position < plan.importedFunctions {
      let slot = plan.layout.importSlot(function) + ImportSlot.code
      emitCall(
        MachineInstruction(.callIndirect, .m, memory: .data(slot)), uses: uses, convention)
    } else {
      emitCall(
        MachineInstruction(.call, .none, immediate: Int32(bitPattern: function.rawValue)),
        uses: uses, convention)
    }
  }

  /// Bounds come from the table's reservation; a wrong type, null included, from one comparison.
  mutating func selectCallIndirect(_ i: Instruction) {
    let convention = plan.conventions[Int(i.c)]
    let target = indirectTarget(i)
    var uses = passArguments(PoolRun(start: i.a, count: i.b - 1), convention)
    uses.append(FixedOperand(register: target, physical: .r11))
    emitCall(MachineInstruction(.callIndirect, .r, r0: .r11), uses: uses, convention)
  }

  /// The code of the element that an indirect call asks for, once its type is known to be right.
  mutating func indirectTarget(_ i: Instruction) -> Register {
    let table = Int(i.flags)
    let index = registerOfTableIndex(Value(ir.pool[Int(i.a + i.b) - 1]))
    let base = tableBase(table)
    emitTraced(
      MachineInstruction(
        .cmp, .mi, width: 4,
        memory: MemoryOperand(
          base: base, index: index, flags: .mayTrap,
          displacement: Int32(truncatingIfNeeded: TableEntry.type)), immediate: i.c))
    emitTraced(
      MachineInstruction(
        .trapIf, .r, condition: .notEqual, r0: index,
        displacement: Int32(truncatingIfNeeded: table),
        immediate: Int32(TrapKind.indirectCall.rawValue)))
    let target = temporary()
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: target,
        memory: MemoryOperand(base: base, index: index, displacement: 0)))
    return target
  }

  mutating func selectCallRef(_ i: Instruction) {
    let convention = plan.conventions[Int(i.c)]
    let target = referenceTarget(i)
    var uses = passArguments(PoolRun(start: i.a, count: i.b - 1), convention)
    uses.append(FixedOperand(register: target, physical: .r11))
    emitCall(MachineInstruction(.callIndirect, .r, r0: .r11), uses: uses, convention)
  }

  /// The code of a function reference, which must not be null; validation knows its type.
  mutating func referenceTarget(_ i: Instruction) -> Register {
    let reference = register(Value(ir.pool[Int(i.a + i.b) - 1]))
    emit(MachineInstruction(.test, .rr, width: 4, r0: reference, r1: reference))
    emitTraced(
      MachineInstruction(
        .trapIf, .none, condition: .equal, immediate: Int32(TrapKind.nullFunctionReference.rawValue)
      ))
    let scaled = temporary()
    emit(MachineInstruction(.shl, .ti, width: 8, r0: scaled, r1: reference, immediate: 4))
    let functions = rematerializable(
      MachineInstruction(.mov, .dm, width: 8, memory: .data(ContextLayout.functionReferences)))
    let target = temporary()
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: target,
        memory: MemoryOperand(base: functions, index: scaled, displacement: 0)))
    return target
  }

  /// The index times the size of an entry.
  private mutating func registerOfTableIndex(_ value: Value) -> Register {
    let index = register(value)
    let scaled = temporary()
    emit(MachineInstruction(.shl, .ti, width: 8, r0: scaled, r1: index, immediate: 4))
    return scaled
  }

  /// Stores the stack arguments, from `start` on, and returns the register arguments.
  mutating func passArguments(
    _ run: PoolRun, _ convention: CallingConvention, above start: Int32 = 0
  ) -> [FixedOperand] {
    var uses: [FixedOperand] = []
    uses.reserveCapacity(convention.arguments.count + 1)
    for (position, place) in convention.arguments.enumerated() {
      let value = Value(ir.pool[Int(run.start) + position])
      if place.register.isNone {
        storeToStack(value, type: place.type, at: .stack(start + place.offset))
      } else {
        uses.append(FixedOperand(register: movable(value), physical: place.register))
      }
    }
    code.outgoingBytes = max(
      code.outgoingBytes, start + convention.stackArgumentBytes + convention.stackResultBytes)
    return uses
  }

  private mutating func storeToStack(_ value: Value, type: IRType, at memory: MemoryOperand) {
    if type.isFloat {
      let source = register(value)
      emit(
        MachineInstruction(
          .movf, .mr, width: type == .v128 ? 16 : 8, r0: source, memory: memory))
    } else if let constant = immediate(value, width: type == .i32 ? 4 : 8),
      type == .i64 || constant >= 0
    {
      emit(MachineInstruction(.mov, .mi, width: 8, memory: memory, immediate: constant))
    } else {
      let source = register(value)
      emit(MachineInstruction(.mov, .mr, width: 8, r0: source, memory: memory))
    }
  }

  /// Emits the call and takes its results, those that somebody asked for.
  private mutating func emitCall(
    _ call: MachineInstruction, uses: [FixedOperand], _ convention: CallingConvention
  ) {
    let first = convention.results.count == 1 ? current : firstOfSeveralResults
    var definitions: [FixedOperand] = []
    for (position, place) in convention.results.enumerated() where !place.register.isNone {
      let value = first + position
      guard registers[value] != 0 else { continue }
      definitions.append(
        FixedOperand(register: Register(registers[value]), physical: place.register))
    }
    var call = call
    if isInvoked { call.address.insert(.mayThrow) }
    // What the callee pops; the emitter takes it back.
    call.r1 = Register(convention.stackArgumentBytes)
    call.fixedIndex = addFixed(
      uses: uses, definitions: definitions, clobbers: Self.callClobbers)
    emitTraced(call)
  }

  /// Does the call being selected throw to a handler of this function?
  private var isInvoked: Bool { current == Int(invokedCall) }

  /// Where the results of the call being selected are: behind it, or at the start of the block that it returns to.
  private var firstOfSeveralResults: Int {
    isInvoked ? Int(ir.blocks[Int(currentBlock)].end) : current + 1
  }

  /// Results in registers belong to the call; the others are loaded from where it left them, before anything else
  /// is put there.
  mutating func selectResult(_ i: Instruction) {
    let call = ir.instructions[Int(i.a)]
    let type =
      call.op == .call
      ? plan.functionTypes[Int(call.c)] : CanonicalTypeIndex(UInt32(bitPattern: call.c))
    let place = plan.conventions[type.position].results[Int(i.c)]
    guard place.register.isNone, registers[current] != 0 else { return }
    emit(
      MachineInstruction(
        place.type.isFloat ? .movf : .mov, .dm, width: stackWidth(place.type), r0: definition(),
        memory: .stack(place.offset)))
  }

  private func stackWidth(_ type: IRType) -> UInt8 { type == .v128 ? 16 : 8 }

  mutating func selectLibcall(_ i: Instruction) {
    let libcall = Libcall(rawValue: UInt8(truncatingIfNeeded: i.flags)).unsafelyKnown
    let data = rematerializable(
      MachineInstruction(.lea, .dm, width: 8, memory: .data(0)))
    var uses = [FixedOperand(register: data, physical: .rdi)]
    let registers: [Register] = [.rsi, .rdx, .rcx, .r8, .r9]
    for position in 0..<Int(i.b) {
      let value = Value(ir.pool[Int(i.a) + position])
      uses.append(FixedOperand(register: movable(value), physical: registers[position]))
    }
    let trap = libcall.trap
    if libcall == .exceptionMake || libcall == .exceptionThrow { code.usesExceptions = true }
    var definitions: [FixedOperand] = []
    let isUsed = self.registers[current] != 0
    let result = isUsed ? definition() : trap != nil ? temporary() : Register.none
    if !result.isNone {
      definitions.append(FixedOperand(register: result, physical: .rax))
    }
    var call = MachineInstruction(
      .callIndirect, .m, memory: .data(ContextLayout.libcall(libcall)))
    if isInvoked { call.address.insert(.mayThrow) }
    call.r1 = Register(Int32(0))
    call.fixedIndex = addFixed(
      uses: uses, definitions: definitions, clobbers: Self.callClobbers)
    emitTraced(call)
    guard let trap else { return }
    emit(MachineInstruction(.test, .rr, width: 4, r0: result, r1: result))
    emitTraced(
      MachineInstruction(
        .trapIf, .none, condition: .notEqual, immediate: Int32(trap.rawValue)))
  }

  /// Results in registers; the others are stored above the caller's stack arguments.
  mutating func selectReturn(_ i: Instruction) {
    let convention = plan.conventions[plan.functionTypes[ir.name.position].position]
    var uses: [FixedOperand] = []
    for (position, place) in convention.results.enumerated() {
      let value = Value(ir.pool[Int(i.a) + position])
      if place.register.isNone {
        storeToStack(
          value, type: place.type,
          at: MemoryOperand(base: .incoming, displacement: place.offset))
      } else {
        uses.append(FixedOperand(register: movable(value), physical: place.register))
      }
    }
    var leave = MachineInstruction(
      .ret, .none, immediate: convention.stackArgumentBytes)
    leave.fixedIndex = addFixed(uses: uses, definitions: [], clobbers: 0)
    emit(leave)
  }

  /// The function's parameters, and the bases that its body asked for.
  mutating func selectEntry() {
    let convention = plan.conventions[plan.functionTypes[ir.name.position].position]
    code.incomingBytes = convention.stackArgumentBytes
    var definitions: [FixedOperand] = []
    var loads: [MachineInstruction] = []
    for i in ir.blocks[0].parameters.range {
      let value = Value(ir.pool[i])
      guard registers[value.position] != 0 else { continue }
      let register = Register(registers[value.position])
      let place = convention.arguments[Int(ir.instructions[value.position].b)]
      guard place.register.isNone else {
        definitions.append(FixedOperand(register: register, physical: place.register))
        continue
      }
      var template = MachineInstruction(
        place.type.isFloat ? .movf : .mov, .dm, width: stackWidth(place.type),
        memory: MemoryOperand(base: .incoming, displacement: place.offset))
      code[register].rematerialize = Int32(truncatingIfNeeded: code.templates.count)
      code.templates.append(template)
      template.r0 = register
      loads.append(template)
    }
    var entry = MachineInstruction(.entry, .none)
    entry.fixedIndex = addFixed(uses: [], definitions: definitions, clobbers: 0)
    emit(entry)
    for load in loads { emit(load) }
    defineBases()
    flush()
  }
}

extension Libcall {
  /// What its failure means; none for those that can't fail.
  var trap: TrapKind? {
    switch self {
    case .memoryGrow, .dataDrop, .tableGrow, .elementDrop, .exceptionMake, .exceptionThrow,
      .memoryWait:
      nil
    case .memoryFill, .memoryCopy, .memoryInit: .memoryOutOfBounds
    case .tableFill, .tableCopy, .tableInit, .tableSet: .tableOutOfBounds
    }
  }
}
