import SwasmArtifact

/// Exceptions: what `throw` and handlers need of the data block and of the state behind it.
extension Selector {
  mutating func selectTagAddress(_ i: Instruction) {
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: definition(), memory: .data(plan.layout.tag(Int(i.c)))))
  }

  mutating func selectCaught(_ i: Instruction) {
    code.usesExceptions = true
    guard registers[current] != 0 else { return }
    let field = CaughtField(rawValue: i.c).unsafelyKnown
    let exceptions = temporary()
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: exceptions, memory: .data(ContextLayout.exceptions)))
    emit(
      MachineInstruction(
        .mov, .dm, width: 8, r0: definition(),
        memory: MemoryOperand(base: exceptions, displacement: 8 * field.rawValue)))
  }

  private mutating func payloadCell(_ i: Instruction) -> MemoryOperand {
    MemoryOperand(base: register(Value(i.a)), displacement: 16 * i.c)
  }

  mutating func selectPayloadLoad(_ i: Instruction) {
    let cell = payloadCell(i)
    emit(
      MachineInstruction(
        i.type.isFloat ? .movf : .mov, .dm, width: i.type.bytes, r0: definition(), memory: cell))
  }

  /// An integer fills 8 bytes, so that a collector may look at them.
  mutating func selectPayloadStore(_ i: Instruction) {
    let type = instruction(Value(i.b)).type
    let source = register(Value(i.b))
    let cell = payloadCell(i)
    emit(
      MachineInstruction(
        type.isFloat ? .movf : .mov, .mr, width: max(8, type.bytes), r0: source, memory: cell))
  }
}

extension IRType {
  /// Bytes of a value.
  var bytes: UInt8 {
    switch self {
    case .none: 0
    case .i32, .f32: 4
    case .i64, .f64: 8
    case .v128: 16
    }
  }
}
