/// One way to understand a rewritten instruction: where it reads and writes each operand of its original.
struct OperandReading {
  enum Place {
    case register(Register)
    case slot(Int32)
    /// Memory from which a template would load the operand: this instruction's.
    case memory(MachineInstruction)
  }
  struct Operand {
    var register: Register
    var place: Place
  }
  var reads: [Operand] = []
  var writes: [Operand] = []
  /// Of the memory operand.
  var memoryBytes: UInt8 = 0

  /// All ways that fit; none when the instruction isn't a rewriting of the original at all.
  static func all(
    of original: MachineInstruction, as rewritten: MachineInstruction
  ) -> [OperandReading] {
    if let plain = OperandReading(original, rewritten, original, inMemory: nil) { return [plain] }
    var readings: [OperandReading] = []
    for operand in FoldableOperand.allCases {
      for holdsI32 in [false, true] {
        var folded = original
        guard folded.fold(operand, intoSlot: 0, slotHoldsI32: holdsI32) else { continue }
        folded.base = rewritten.base
        folded.index = rewritten.index
        folded.address = rewritten.address
        if original.address.contains(.vex) != rewritten.address.contains(.vex) { continue }
        folded.displacement = rewritten.displacement
        if let reading = OperandReading(original, rewritten, folded, inMemory: operand) {
          readings.append(reading)
        }
      }
    }
    return readings
  }

  /// - Parameter shape: the original as it has to look on virtual registers, `operand` being in memory.
  private init?(
    _ original: MachineInstruction, _ rewritten: MachineInstruction, _ shape: MachineInstruction,
    inMemory operand: FoldableOperand?
  ) {
    guard shape.op == rewritten.op, shape.form == rewritten.form, shape.width == rewritten.width,
      shape.condition == rewritten.condition, shape.address == rewritten.address,
      shape.fixed == rewritten.fixed, shape.displacement == rewritten.displacement,
      shape.immediate == rewritten.immediate
    else { return nil }
    let roles = shape.roles
    memoryBytes = shape.memoryBytes
    if roles.contains(.r0Written) { add(shape.r0, rewritten.r0, to: \.writes) }
    if roles.contains(.baseWritten) { add(shape.base, rewritten.base, to: \.writes) }
    if roles.contains(.r0Read) { add(shape.r0, rewritten.r0, to: \.reads) }
    if roles.contains(.r1Tied) {
      guard rewritten.r1 == rewritten.r0 else { return nil }
      add(shape.r1, rewritten.r0, to: \.reads)
    } else if roles.contains(.r1Read) {
      add(shape.r1, rewritten.r1, to: \.reads)
    } else if shape.r1 != rewritten.r1 {
      return nil
    }
    if operand == nil, roles.contains(.baseRead) { add(shape.base, rewritten.base, to: \.reads) }
    if operand == nil, roles.contains(.indexRead) { add(shape.index, rewritten.index, to: \.reads) }
    if let operand, !addMemory(operand, original, rewritten) { return nil }
    guard areRegisters, !roles.contains(.lateSources) || areApart else { return nil }
  }

  private mutating func add(
    _ original: Register, _ rewritten: Register, to list: WritableKeyPath<OperandReading, [Operand]>
  ) {
    if original.id < 0, rewritten == original { return }
    self[keyPath: list].append(Operand(register: original, place: .register(rewritten)))
  }

  private mutating func addMemory(
    _ operand: FoldableOperand, _ original: MachineInstruction, _ rewritten: MachineInstruction
  ) -> Bool {
    let isSlot = rewritten.base == .spillSlot
    let place: Place = isSlot ? .slot(rewritten.displacement) : .memory(rewritten)
    switch operand {
    case .r0:
      let isWritten = original.roles.contains(.r0Written)
      if isWritten, !isSlot { return false }
      let list = isWritten ? \OperandReading.writes : \OperandReading.reads
      self[keyPath: list].append(Operand(register: original.r0, place: place))
    case .r1: reads.append(Operand(register: original.r1, place: place))
    case .r2: reads.append(Operand(register: original.r2, place: place))
    case .tied:
      if !isSlot { return false }
      reads.append(Operand(register: original.r1, place: place))
      writes.append(Operand(register: original.r0, place: place))
    }
    return true
  }

  /// Physical registers stay what they are, virtual ones have become physical.
  private var areRegisters: Bool {
    (reads + writes).allSatisfy {
      guard case .register(let found) = $0.place else { return true }
      return $0.register.isVirtual ? found.id >= 0 && found.id < 32 : found == $0.register
    }
  }

  /// Everything written is in registers of its own.
  private var areApart: Bool {
    var registers: [Register] = []
    for operand in writes + reads {
      if case .register(let register) = operand.place { registers.append(register) }
    }
    let written = registers.prefix(writes.count)
    return written.allSatisfy { w in registers.count(where: { $0 == w }) == 1 }
  }
}
