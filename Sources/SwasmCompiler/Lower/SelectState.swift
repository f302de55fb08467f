import SwasmArtifact
import SwasmModule

/// Globals, sizes and tables: what lives in the data block or is reached from it.
extension Selector {
  private mutating func globalCell(_ global: Int) -> MemoryOperand {
    let index = GlobalIndex(global)
    guard global < plan.importedGlobals else { return .data(plan.layout.definedGlobal(index)) }
    let pointer = temporary()
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: pointer, memory: .data(plan.layout.importedGlobal(index))))
    return MemoryOperand(base: pointer, displacement: 0)
  }

  mutating func selectGlobalGet(_ i: Instruction) {
    let cell = globalCell(Int(i.c))
    let width = i.type == .v128 ? 16 : width(i.type)
    emit(
      MachineInstruction(
        i.type.isFloat ? .movf : .mov, .dm, width: width, r0: definition(), memory: cell))
  }

  mutating func selectGlobalSet(_ i: Instruction) {
    let type = plan.globalTypes[Int(i.c)]
    let width = type == .v128 ? 16 : width(type)
    let value = Value(i.a)
    if type.isInteger, let constant = immediate(value, width: width) {
      let cell = globalCell(Int(i.c))
      emit(
        MachineInstruction(.mov, .mi, width: width, memory: cell, immediate: constant))
      return
    }
    let source = register(value)
    let cell = globalCell(Int(i.c))
    emit(
      MachineInstruction(
        type.isFloat ? .movf : .mov, .mr, width: width, r0: source, memory: cell))
  }

  private mutating func loadPointer(_ offset: Int) -> Register {
    let pointer = temporary()
    emit(MachineInstruction(.mov, .dm, width: 8, r0: pointer, memory: .data(offset)))
    return pointer
  }

  mutating func selectMemorySize(_ i: Instruction) {
    let slot = plan.layout.memory(MemoryIndex(Int(i.flags)))
    let pointer = loadPointer(slot + 8)
    let bytes = temporary()
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: bytes, memory: MemoryOperand(base: pointer, displacement: 0)))
    let shift = Int32(plan.memoryPageLog2[Int(i.flags)])
    emit(
      MachineInstruction(.shr, .ti, width: 8, r0: definition(), r1: bytes, immediate: shift))
  }

  /// Where a memory keeps its length in bytes.
  private mutating func memoryLengthCell(_ memory: Int) -> MemoryOperand {
    let slot = plan.layout.memory(MemoryIndex(memory))
    let pointer = rematerializable(
      MachineInstruction(.mov, .dm, width: 8, memory: .data(slot + 8)))
    return MemoryOperand(base: pointer, displacement: 0)
  }

  mutating func selectMemoryLength(_ i: Instruction) {
    let cell = memoryLengthCell(Int(i.flags))
    emit(MachineInstruction(.mov, .dm, width: 8, r0: definition(), memory: cell))
  }

  mutating func selectTrapIf(_ i: Instruction) {
    let condition = lengthCondition(Value(i.a)) ?? selectCondition(Value(i.a)).condition
    emitTraced(
      MachineInstruction(.trapIf, .none, condition: condition, immediate: Int32(i.flags)))
  }

  /// "Is it above the memory's length?" as one comparison with memory.
  private mutating func lengthCondition(_ value: Value) -> ConditionCode? {
    let test = instruction(value)
    guard test.op == .icmp, test.condition == .gtU, isFoldable(value) else { return nil }
    let length = instruction(Value(test.b))
    guard length.op == .memoryLength, isFoldable(Value(test.b)) else { return nil }
    let end = register(Value(test.a))
    let cell = memoryLengthCell(Int(length.flags))
    emit(MachineInstruction(.cmp, .rm, width: 8, r0: end, memory: cell))
    return .above
  }

  mutating func selectTableSize(_ i: Instruction) {
    let pointer = loadPointer(plan.layout.table(TableIndex(Int(i.flags))) + 8)
    emit(
      MachineInstruction(
        .mov, .dm, width: width(i.type), r0: definition(),
        memory: MemoryOperand(base: pointer, displacement: 0)))
  }

  mutating func selectTableGet(_ i: Instruction) {
    let table = Int(i.flags)
    let index = register(Value(i.a))
    let pointer = loadPointer(plan.layout.table(TableIndex(table)) + 8)
    emit(
      MachineInstruction(
        .cmp, .rm, width: width(instruction(Value(i.a)).type), r0: index,
        memory: MemoryOperand(base: pointer, displacement: 0)))
    emitTraced(
      MachineInstruction(
        .trapIf, .none, condition: .aboveEqual,
        immediate: Int32(TrapKind.tableOutOfBounds.rawValue)))
    guard registers[current] != 0 else { return }
    let scaled = temporary()
    emit(MachineInstruction(.shl, .ti, width: 8, r0: scaled, r1: index, immediate: 4))
    let isFunction = plan.tableHoldsFunctions[table]
    let field = isFunction ? TableEntry.reference : TableEntry.code
    emit(
      MachineInstruction(
        .mov, .dm, width: isFunction ? 4 : 8, r0: definition(),
        memory: MemoryOperand(
          base: tableBase(table), index: scaled, displacement: Int32(truncatingIfNeeded: field))))
  }

  mutating func selectFunctionReference(_ i: Instruction) {
    let first = temporary()
    emit(
      MachineInstruction(
        .mov, .dm, width: 4, r0: first, memory: .data(ContextLayout.firstFunctionReference)))
    emit(
      MachineInstruction(.add, .ti, width: 4, r0: definition(), r1: first, immediate: i.c))
  }
}
