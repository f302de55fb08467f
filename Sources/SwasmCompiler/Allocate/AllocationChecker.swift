/// Checks an allocation by walking the allocated function beside the one on virtual registers: every operand has
/// to be where the rewritten instruction reads it, on all paths.
///
/// Does: keeps what is known of every register and slot at the start of every block, until that no longer shrinks,
/// following moves and forgetting what instructions overwrite. Knows nothing of intervals: it trusts only operand
/// roles, fixed operands, and that `origins` names an instruction's original. For debug builds and fuzzing.
struct AllocationChecker {
  /// Where and what.
  struct Violation: Error, CustomStringConvertible {
    var description: String
  }

  private let allocated: AllocatedFunction
  private var state: PlaceContents
  /// What the handler of the call that ends the block at hand finds: all that the call has left alone.
  private var thrown: PlaceContents?
  /// By block: what is known at its start; nil: not reached yet.
  private var entries: ContiguousArray<PlaceContents?> = []
  private var templates: [MachineInstruction] = []
  /// What a pushed slot held, until it is popped.
  private var pushed: [[KnownContent]] = []
  private var worklist: [Int] = []

  /// The first violation found in the allocation of `code`, if there is one.
  static func check(
    _ allocated: AllocatedFunction, of code: borrowing MachineFunction
  ) -> Violation? {
    var checker = AllocationChecker(allocated)
    do throws(Violation) {
      try checker.run(code)
    } catch {
      return error
    }
    return nil
  }

  private init(_ allocated: AllocatedFunction) {
    self.allocated = allocated
    state = PlaceContents(slots: Int(allocated.slotCount))
  }

  private mutating func run(_ code: borrowing MachineFunction) throws(Violation) {
    for template in code.templates where !templates.contains(where: { $0.isSameTemplate(template) })
    {
      templates.append(template)
    }
    entries = ContiguousArray(repeating: nil, count: code.blocks.count)
    entries[0] = state
    worklist = [0]
    while let block = worklist.popLast() {
      guard let entry = entries[block] else { continue }
      state = entry
      try walk(block, code)
      try leave(block, code)
    }
  }

  // MARK: Control flow

  private mutating func walk(_ number: Int, _ code: borrowing MachineFunction) throws(Violation) {
    let block = code.blocks[number]
    try checkCalls(of: block, code)
    var next = block.start
    for k in allocated.blocks[number].range {
      let origin = allocated.origins[k]
      guard origin >= 0 else {
        // What is defined without an instruction is there before the moves that follow.
        try skip(&next, to: block.end, code, onlyEntry: true)
        try move(allocated.instructions[k], code)
        continue
      }
      try skip(&next, to: origin, code)
      guard next == origin else { throw violation("instruction \(origin) is out of order") }
      try step(origin, allocated.instructions[k], code)
      next += 1
    }
    try skip(&next, to: block.end, code)
  }

  /// The one call that throws to a handler is the last instruction of a block that says so.
  private func checkCalls(
    of block: MachineBlock, _ code: borrowing MachineFunction
  ) throws(Violation) {
    let isInvoke = block.terminator.kind == .invoke
    for i in block.range {
      let isLast = isInvoke && i == Int(block.end) - 1
      guard code.instructions[i].throwsToHandler == isLast else {
        throw violation("\(i): a call that throws \(isLast ? "is missing" : "inside a block")")
      }
    }
    guard !isInvoke || block.start < block.end else { throw violation("an invoke of nothing") }
  }

  /// Instructions that leave no trace in the output.
  private mutating func skip(
    _ next: inout Int32, to end: Int32, _ code: borrowing MachineFunction, onlyEntry: Bool = false
  ) throws(Violation) {
    while next < end {
      let instruction = code.instructions[Int(next)]
      if onlyEntry, instruction.op != .entry { return }
      guard instruction.op == .entry || instruction.op == .nop else {
        throw violation("instruction \(next) is missing")
      }
      if instruction.fixed != 0 { define(code.fixed[instruction.fixedIndex], code) }
      next += 1
    }
  }

  private mutating func leave(_ number: Int, _ code: borrowing MachineFunction) throws(Violation) {
    let terminator = code.blocks[number].terminator
    let end = state
    for e in 0..<terminator.count {
      let number = Int(terminator.edge + e)
      state = end
      if terminator.kind == .invoke, e == 1, let thrown { state = thrown }
      for k in allocated.edges[number].range { try move(allocated.instructions[k], code) }
      let edge = code.edges[number]
      let target = edge.to.position
      let arguments = edge.arguments.range.map { content(of: code.pool[$0], code) }
      let parameters = code.blocks[target].parameters.range.map { index(code.pool[$0]) }
      state.pass(arguments, to: parameters)
      if entries[target] == nil {
        entries[target] = state
        worklist.append(target)
      } else if entries[target]?.merge(state) == true {
        worklist.append(target)
      }
    }
  }

  // MARK: Moves

  /// An instruction that the allocator added.
  private mutating func move(
    _ i: MachineInstruction, _ code: borrowing MachineFunction
  ) throws(Violation) {
    let isSlot = i.base == .spillSlot && i.roles.contains(.memory)
    let slot = isSlot ? PlaceContents.place(slot: i.displacement) : 0
    switch (i.op, i.form) {
    case (.xchg, .rr):
      state.exchange(i.r0.position, i.r1.position)
      try noteWrite(i.r1)
    case (.mov, .dr), (.movf, .dr), (.movdToVector, .dr), (.movdToGeneral, .dr):
      state[i.r0.position] = state[i.r1.position]
    case (.movf, .dm) where isSlot && i.width == 16:
      state[i.r0.position] = state.vectors(at: slot)
    case (.mov, .dm) where isSlot, (.movf, .dm) where isSlot:
      state[i.r0.position] = state[slot].filter { !isWide($0, code) }
    case (.movf, .mr) where isSlot && i.width == 16:
      state.storeVector(state[i.r0.position], at: slot)
      return
    case (.mov, .mr) where isSlot, (.movf, .mr) where isSlot:
      state[slot] = state[i.r0.position]
      return
    case (.mov, .mi) where isSlot:
      state[slot] = [.constant(UInt128(UInt64(bitPattern: Int64(i.immediate))))]
      return
    case (.push, .m) where isSlot:
      pushed.append(state[slot])
      return
    case (.pop, .m) where isSlot:
      state[slot] = pushed.popLast() ?? []
      return
    default:
      guard let content = made(by: i, code) else { throw violation("not a move: \(i)") }
      state[i.r0.position] = [content]
    }
    let isFlagged = i.op == .zero && !i.r0.isVector
    guard i.width >= 8 || i.form != .dr, !isFlagged else { throw violation("bad move: \(i)") }
    try noteWrite(i.r0)
  }

  /// Is it more than 8 bytes?
  private func isWide(_ content: KnownContent, _ code: borrowing MachineFunction) -> Bool {
    switch content {
    case .value(let value): code.virtuals[Int(value)].kind == .vector
    case .constant(let bits): bits > UInt128(UInt64.max)
    default: false
    }
  }

  /// What an instruction without register operands puts into r0.
  private func made(
    by i: MachineInstruction, _ code: borrowing MachineFunction
  ) -> KnownContent? {
    switch (i.op, i.form) {
    case (.zero, .d): return .constant(0)
    case (.ones, .d): return .constant(.max)
    case (.mov, .di):
      return .constant(
        UInt128(
          i.width == 4
            ? UInt64(UInt32(bitPattern: i.immediate)) : UInt64(bitPattern: Int64(i.immediate))))
    case (.movabs, .di):
      let high = UInt64(UInt32(bitPattern: i.displacement)) << 32
      return .constant(UInt128(high | UInt64(UInt32(bitPattern: i.immediate))))
    case (.movf, .dm) where i.base == .constantPool && i.width >= 8:
      return .constant(code.constants[Int(i.displacement)])
    default:
      let number = templates.firstIndex { $0.isSameTemplate(i) }
      return number.map { .template(Int32(truncatingIfNeeded: $0)) }
    }
  }

  // MARK: Instructions

  private mutating func step(
    _ origin: Int32, _ rewritten: MachineInstruction, _ code: borrowing MachineFunction
  ) throws(Violation) {
    let original = code.instructions[Int(origin)]
    let readings = OperandReading.all(of: original, as: rewritten)
    guard !readings.isEmpty else {
      throw violation("\(origin): \(original) became \(rewritten)")
    }
    // Several operands could have been the one in memory: one reading has to do.
    var missing: String?
    var taken: OperandReading?
    for reading in readings where taken == nil {
      missing = unsatisfied(reading, code)
      if missing == nil { taken = reading }
    }
    guard let taken else {
      throw violation("\(origin): \(original) became \(rewritten): \(missing ?? "")")
    }
    try checkFixedUses(origin, original, code)
    state.forgetRegisters(rewritten.op.overwrites)
    if original.throwsToHandler { thrown = state }
    if original.fixed != 0 { state.forgetRegisters(code.fixed[original.fixedIndex].clobbers) }
    for written in taken.writes {
      if written.register.isVirtual { state.forget(index(written.register)) }
      let place = place(written.place)
      state[place] = written.register.isVirtual ? [content(of: written.register, code)] : []
      if case .register(let register) = written.place { try noteWrite(register) }
    }
    if original.fixed != 0 { define(code.fixed[original.fixedIndex], code) }
  }

  private func unsatisfied(_ reading: OperandReading, _ code: borrowing MachineFunction) -> String?
  {
    for read in reading.reads where read.register.isVirtual {
      if case .slot(let slot) = read.place, reading.memoryBytes == 16 {
        let place = PlaceContents.place(slot: slot)
        if state.vectors(at: place).contains(content(of: read.register, code)) { continue }
        return "\(read.register.name(width: 8)) isn't whole at \(read.place)"
      }
      if case .memory(let instruction) = read.place {
        let template = Int(code[read.register].rematerialize)
        if template >= 0, instruction.readsMemory(of: code.templates[template]) { continue }
      } else if isHeld(read.register, at: place(read.place), code) {
        continue
      }
      return "\(read.register.name(width: 8)) isn't at \(read.place)"
    }
    return nil
  }

  private func checkFixedUses(
    _ origin: Int32, _ original: MachineInstruction, _ code: borrowing MachineFunction
  ) throws(Violation) {
    if original.fixed == 0 { return }
    for k in code.fixed[original.fixedIndex].uses.range {
      let use = code.fixedPool[k]
      guard isHeld(use.register, at: use.physical.position, code) else {
        throw violation(
          "\(origin): \(use.register.name(width: 8)) isn't in \(use.physical.name(width: 8))")
      }
    }
  }

  private mutating func define(_ operands: FixedOperands, _ code: borrowing MachineFunction) {
    for k in operands.definitions.range { state.forget(index(code.fixedPool[k].register)) }
    for k in operands.definitions.range {
      let definition = code.fixedPool[k]
      state[definition.physical.position] = [content(of: definition.register, code)]
    }
  }

  // MARK: Places and contents

  private func place(_ place: OperandReading.Place) -> Int {
    switch place {
    case .register(let register): register.position
    case .slot(let slot): PlaceContents.place(slot: slot)
    case .memory: 0
    }
  }

  private func index(_ register: Register) -> Int32 { register.id - Register.firstVirtual }

  private func isHeld(
    _ register: Register, at place: Int, _ code: borrowing MachineFunction
  ) -> Bool {
    state.holds(content(of: register, code), at: place)
  }

  /// What stands for the value: its bits or its template, when it has such, or itself.
  private func content(of register: Register, _ code: borrowing MachineFunction) -> KnownContent {
    let known = code[register]
    if known.constant >= 0 { return .constant(code.constants[Int(known.constant)]) }
    guard known.rematerialize >= 0,
      let made = made(by: code.templates[Int(known.rematerialize)], code)
    else { return .value(index(register)) }
    return made
  }

  /// The prologue saves only what the allocator says it uses.
  private func noteWrite(_ register: Register) throws(Violation) {
    guard register.id >= 0, register.bit & Allocator.calleeSaved & ~allocated.usedRegisters == 0,
      register != .rsp
    else { throw violation("\(register.name(width: 8)) is written, but not saved") }
  }

  private func violation(_ text: String) -> Violation { Violation(description: text) }
}

extension MachineInstruction {
  /// Is the memory operand all or a part of what the template loads?
  fileprivate func readsMemory(of template: MachineInstruction) -> Bool {
    template.form == .dm && template.op != .lea && memoryBytes <= template.width
      && address.subtracting(.vex) == template.address && base == template.base
      && index == template.index && displacement == template.displacement
  }

  private var isLoad: Bool { form == .dm && (op == .mov || op == .movf) }

  /// Do both make the same value, whatever the register?
  fileprivate func isSameTemplate(_ other: MachineInstruction) -> Bool {
    (op == other.op || (isLoad && other.isLoad)) && form == other.form && width == other.width
      && address == other.address
      && base == other.base && index == other.index && displacement == other.displacement
      && immediate == other.immediate
  }
}

extension MachineOperation {
  /// Registers that the instruction writes whatever its operands are.
  fileprivate var overwrites: UInt32 {
    switch self {
    case .div, .idiv, .mul, .imulHigh: Register.rax.bit | Register.rdx.bit
    case .call, .callIndirect: Selector.callClobbers
    default: 0
    }
  }
}
