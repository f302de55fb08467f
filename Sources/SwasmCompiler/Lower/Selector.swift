import SwasmArtifact
import SwasmModule

/// Instruction selection: SSA form ─▶ machine instructions on virtual registers.
///
/// Does: walks blocks and instructions backwards, so that a value's users are selected before it. A value that
/// nothing asked for by then is either dead or was folded into its user, and costs nothing. Requires: blocks in
/// reverse post-order, so that every use comes later than its definition. Instructions are appended
/// in reverse and turned around at the end.
struct Selector: ~Copyable {
  var ir: IRFunction
  var code = MachineFunction()
  let plan: ModulePlan

  // By value of `ir`.
  /// The virtual register, or 0 when nothing has asked for the value yet.
  var registers: ContiguousArray<Int32> = []
  /// How often the value is used; 2 stands for more.
  var useCounts: ContiguousArray<UInt8> = []
  /// How often it is used outside of cold blocks; 2 stands for more.
  var warmUseCounts: ContiguousArray<UInt8> = []
  /// A load that its user has swallowed.
  var folded: ContiguousArray<Bool> = []
  /// Number of instructions with effects that come before the value in its block, for moving loads.
  var epochs: ContiguousArray<Int32> = []
  /// The block of each value.
  var homes: ContiguousArray<Int32> = []

  /// Instructions of the SSA instruction being selected, in order.
  var pending: ContiguousArray<MachineInstruction> = []
  var pendingSources: ContiguousArray<UInt32> = []
  /// The SSA instruction being selected.
  var current = 0
  var currentBlock: Int32 = 0
  var currentSource: UInt32 = 0
  /// The call that ends the block being selected and throws to a handler, or −1.
  var invokedCall: Int32 = -1

  /// Takes what the current instruction computes, if it isn't its value yet.
  var replacement = Register.none

  /// Virtual registers defined at entry on demand: bases of memories and tables.
  var memoryBases: ContiguousArray<Register> = []
  var tableBases: ContiguousArray<Register> = []

  let avx: Bool
  let avx2: Bool
  let bmi2: Bool
  let canonicalizesNaN: Bool

  init(plan: ModulePlan) {
    self.plan = plan
    ir = IRFunction(name: FunctionIndex(UInt32(0)), parameters: [], results: [])
    avx = plan.options.features.contains(.avx)
    avx2 = plan.options.features.isSuperset(of: [.avx, .avx2])
    canonicalizesNaN = plan.options.canonicalizesNaN
    bmi2 = plan.options.features.contains(.bmi2)
    memoryBases = ContiguousArray(repeating: .none, count: plan.layout.memories)
    tableBases = ContiguousArray(repeating: .none, count: plan.layout.tables)
  }

  /// Selects the function in `ir` into `code`.
  mutating func select() {
    code.reset()
    for i in memoryBases.indices { memoryBases[i] = .none }
    for i in tableBases.indices { tableBases[i] = .none }
    analyze()
    prepareEdges()
    for block in stride(from: ir.blocks.count - 1, through: 0, by: -1) { selectBlock(block) }
    reverse()
    connectEdges()
  }

  /// Counts uses and numbers effects.
  private mutating func analyze() {
    let count = ir.instructions.count
    registers.removeAll(keepingCapacity: true)
    registers.append(contentsOf: repeatElement(0, count: count))
    useCounts.removeAll(keepingCapacity: true)
    useCounts.append(contentsOf: repeatElement(0, count: count))
    warmUseCounts.removeAll(keepingCapacity: true)
    warmUseCounts.append(contentsOf: repeatElement(0, count: count))
    folded.removeAll(keepingCapacity: true)
    folded.append(contentsOf: repeatElement(false, count: count))
    epochs.removeAll(keepingCapacity: true)
    epochs.append(contentsOf: repeatElement(0, count: count))
    homes.removeAll(keepingCapacity: true)
    homes.append(contentsOf: repeatElement(-1, count: count))
    for block in ir.blocks.indices {
      var epoch: Int32 = 0
      let isCold = ir.blocks[block].isCold
      for i in ir.blocks[block].range {
        let instruction = ir.instructions[i]
        homes[i] = Int32(truncatingIfNeeded: block)
        if instruction.op.hasEffect { epoch += 1 }
        epochs[i] = epoch
        countUses(of: instruction, isCold: isCold)
      }
    }
    // An argument has its register in any case. That a cold block wants it too does not make it worth sparing.
    for edge in ir.edges
    where !ir.blocks[edge.to.position].isCold && !ir.blocks[edge.from.position].isCold {
      countRun(edge.arguments, isCold: false)
    }
  }

  private mutating func countUses(of instruction: Instruction, isCold: Bool) {
    let uses = instruction.op.uses
    if uses.contains(.a) { countUse(instruction.a, isCold: isCold) }
    if uses.contains(.b) { countUse(instruction.b, isCold: isCold) }
    if uses.contains(.c) { countUse(instruction.c, isCold: isCold) }
    if uses.contains(.run) {
      countRun(PoolRun(start: instruction.a, count: instruction.b), isCold: isCold)
    }
  }

  private mutating func countRun(_ run: PoolRun, isCold: Bool) {
    for i in run.range { countUse(ir.pool[i], isCold: isCold) }
  }

  private mutating func countUse(_ value: Int32, isCold: Bool) {
    Self.countUse(Int(value), ir.instructions, &useCounts)
    if !isCold { Self.countUse(Int(value), ir.instructions, &warmUseCounts) }
  }

  private static func countUse(
    _ value: Int, _ instructions: ContiguousArray<Instruction>,
    _ counts: inout ContiguousArray<UInt8>
  ) {
    var i = value
    if counts[i] < 2 { counts[i] += 1 }
    // Selection looks through these: their uses are their operand's.
    while counts[i] == 2 {
      switch instructions[i].op {
      case .extendU, .extendS, .wrap: i = Int(instructions[i].a)
      default: return
      }
      if counts[i] == 2 { return }
      counts[i] = 2
    }
  }

  /// Of the operands of an operation that commutes and overwrites one of them: is it better the second? It is the
  /// one that nobody else wants. A cold block counts for nothing: mostly it is a handler, behind an
  /// earlier call.
  func sparesFirst(_ a: Value, _ b: Value) -> Bool {
    warmUseCounts[a.position] > 1 && warmUseCounts[b.position] <= 1
  }

  private mutating func selectBlock(_ block: Int) {
    currentBlock = Int32(truncatingIfNeeded: block)
    let source = ir.blocks[block]
    let end = Int32(truncatingIfNeeded: code.instructions.count)
    var i = Int(source.end) - 1
    invokedCall = ir.instructions[i].invokedCall
    while i >= Int(source.start) {
      current = i
      currentSource = ir.sources[i]
      let instruction = ir.instructions[i]
      if registers[i] != 0
        || (!folded[i] && (instruction.op.hasEffect || instruction.op.isLoad))
      {
        selectWithCanonicalNaN(instruction)
      }
      flush()
      i -= 1
    }
    if block == 0 { selectEntry() }
    let start = Int32(truncatingIfNeeded: code.instructions.count)
    code.blocks[block].start = end
    code.blocks[block].end = start
  }

  /// Moves the pending instructions to the (reversed) output.
  mutating func flush() {
    var i = pending.count - 1
    while i >= 0 {
      code.instructions.append(pending[i])
      code.sources.append(pendingSources[i])
      i -= 1
    }
    pending.removeAll(keepingCapacity: true)
    pendingSources.removeAll(keepingCapacity: true)
  }

  /// Turns the reversed output around.
  private mutating func reverse() {
    code.instructions.reverse()
    code.sources.reverse()
    let count = Int32(truncatingIfNeeded: code.instructions.count)
    for block in code.blocks.indices {
      let (start, end) = (code.blocks[block].start, code.blocks[block].end)
      code.blocks[block].start = count - end
      code.blocks[block].end = count - start
    }
  }

  // MARK: Operands

  mutating func emit(_ instruction: MachineInstruction) { append(instruction, source: 0) }

  /// Emits an instruction that may trap, or a call.
  mutating func emitTraced(_ instruction: MachineInstruction) {
    append(instruction, source: currentSource)
  }

  private mutating func append(_ instruction: MachineInstruction, source: UInt32) {
    var instruction = instruction
    // Immediates of narrow instructions are signed numbers of their width.
    if instruction.width <= 2, instruction.form == .mi || instruction.form == .ri {
      instruction.immediate =
        instruction.width == 1
        ? Int32(Int8(truncatingIfNeeded: instruction.immediate))
        : Int32(Int16(truncatingIfNeeded: instruction.immediate))
    }
    pending.append(instruction)
    pendingSources.append(source)
  }

  func instruction(_ value: Value) -> Instruction { ir.instructions[value.position] }

  /// Looks through extensions that cost nothing.
  func resolve(_ value: Value) -> Value {
    var value = value
    while ir.instructions[value.position].op == .extendU {
      value = Value(ir.instructions[value.position].a)
    }
    return value
  }

  /// Looks through what makes no difference to an instruction that reads only the low 32 bits.
  func resolveLow(_ value: Value) -> Value {
    var value = value
    while true {
      switch ir.instructions[value.position].op {
      case .extendU, .extendS, .wrap: value = Value(ir.instructions[value.position].a)
      default: return value
      }
    }
  }

  /// The virtual register of a value, which is then selected when the walk reaches it. A constant is
  /// put into a register right here.
  mutating func register(_ value: Value) -> Register {
    let value = resolve(value)
    let instruction = ir.instructions[value.position]
    if instruction.op == .constant { return materialize(instruction) }
    if instruction.op == .vconst { return materialize(vector: ir.vectors[Int(instruction.c)]) }
    return demand(value)
  }

  /// As `register`, for an instruction that reads only the low 32 bits of an integer.
  mutating func registerLow(_ value: Value) -> Register { register(resolveLow(value)) }

  mutating func demand(_ value: Value) -> Register {
    let known = registers[value.position]
    if known != 0 { return Register(known) }
    let made = code.makeVirtual(VirtualRegister.Kind(ir.instructions[value.position].type))
    registers[value.position] = made.id
    return made
  }

  /// As `register` but a constant stays one: for operands that a move puts in place.
  mutating func movable(_ value: Value) -> Register {
    let value = resolve(value)
    let instruction = ir.instructions[value.position]
    guard instruction.op.isConstant else { return demand(value) }
    let made = code.makeVirtual(VirtualRegister.Kind(instruction.type))
    code[made].constant = Int32(truncatingIfNeeded: code.constants.count)
    code.constants.append(
      instruction.op == .vconst
        ? ir.vectors[Int(instruction.c)] : UInt128(instruction.constantBits))
    return made
  }

  /// The register that the current instruction defines.
  mutating func definition() -> Register {
    replacement.isNone ? demand(Value(current)) : replacement
  }

  mutating func temporary(_ kind: VirtualRegister.Kind = .general) -> Register {
    code.makeVirtual(kind)
  }

  /// The value as an immediate of an instruction of this width: a constant that fits 32 bits, sign-extended.
  func immediate(_ value: Value, width: UInt8) -> Int32? {
    let instruction = ir.instructions[resolve(value).position]
    guard instruction.op == .constant else { return nil }
    if width <= 4 { return instruction.a }
    let bits = Int64(bitPattern: instruction.constantBits)
    return Int32(exactly: bits)
  }

  func isConstant(_ value: Value) -> Bool {
    ir.instructions[resolve(value).position].op == .constant
  }

  /// May the value be computed as part of the current instruction, its only user?
  func isFoldable(_ value: Value) -> Bool {
    useCounts[value.position] == 1 && homes[value.position] == currentBlock
      && registers[value.position] == 0
  }

  /// May this load be made by the current instruction: its only user, with no effect in between?
  func isFoldableLoad(_ value: Value) -> Bool {
    ir.instructions[value.position].op == .load && isFoldable(value)
      && !folded[value.position]
      && epochs[value.position] == epochs[current] - (ir.instructions[current].op.hasEffect ? 1 : 0)
  }

  private mutating func materialize(_ constant: Instruction) -> Register {
    if constant.type.isFloat { return materializeFloat(constant) }
    let result = temporary()
    emit(loadConstant(constant.constantBits, into: result))
    let template = loadConstant(constant.constantBits, into: .none)
    code[result].rematerialize = Int32(truncatingIfNeeded: code.templates.count)
    code.templates.append(template)
    return result
  }

  func loadConstant(_ bits: UInt64, into register: Register) -> MachineInstruction {
    MachineInstruction(loading: bits, into: register)
  }

  /// A register that the template makes; made again instead of spilled.
  mutating func rematerializable(
    _ template: MachineInstruction, _ kind: VirtualRegister.Kind = .general
  ) -> Register {
    let result = temporary(kind)
    var instruction = template
    instruction.r0 = result
    emit(instruction)
    code[result].rematerialize = Int32(truncatingIfNeeded: code.templates.count)
    code.templates.append(template)
    return result
  }
}
