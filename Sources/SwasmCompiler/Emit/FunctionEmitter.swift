import SwasmArtifact

/// Machine functions on physical registers ─▶ bytes.
///
/// Does: lays out blocks (cold ones last), makes jumps of terminators, prologues, epilogues, trap sites and
/// the sequences of pseudo-instructions. Requires: an `AllocatedFunction` made from the same `MachineFunction`.
struct FunctionEmitter: ~Copyable {
  var encoder = Encoder()
  var frame = FrameLayout.empty
  /// Sequences that are seldom run, emitted after all blocks.
  var coldParts: ContiguousArray<ColdPart> = []
  private var layout: ContiguousArray<Int32> = []
  private var inlineEdges: ContiguousArray<Bool> = []
  private(set) var savedRegisters: UInt32 = 0
  /// Where the call that ends the block at hand throws to; −1 where no such call is left to come.
  private var landing: Int32 = -1

  init() {}

  /// Appends the function to `text` and tells how to walk out of its frame (offsets relative to its start).
  mutating func emit(
    _ code: borrowing MachineFunction, _ allocated: AllocatedFunction, into text: inout EncodedText
  ) -> FrameRow {
    encoder.buffer.reset()
    coldParts.removeAll(keepingCapacity: true)
    encoder.buffer.reserveLabels(code.blocks.count + code.edges.count)
    makeJumpTables(code, allocated)
    prepareFrame(code, allocated)
    inlineEdges.removeAll(keepingCapacity: true)
    inlineEdges.append(contentsOf: repeatElement(false, count: code.edges.count))
    prologue()
    layOut(code)
    for position in layout.indices {
      let block = Int(layout[position])
      let next = position + 1 < layout.count ? layout[position + 1] : -1
      encoder.buffer.bind(Int32(truncatingIfNeeded: block))
      let terminator = code.blocks[block].terminator
      if terminator.kind == .invoke { landing = label(terminator.edge + 1, code, allocated) }
      emitRun(allocated.blocks[block], code, allocated)
      // An exception would pass by its handler.
      precondition(landing < 0, "a block that ends in a call without one")
      emitTerminator(terminator, next: next, code, allocated)
    }
    emitEdges(code, allocated)
    emitColdParts(code)
    let function = encoder.buffer.finish(into: &text)
    return FrameRow(
      start: 0, end: UInt32(bitPattern: function.codeBytes),
      frameSize: UInt32(bitPattern: frame.localBytes), savedRegisters: savedMask,
      poppedBytes: UInt32(bitPattern: code.incomingBytes))
  }

  // MARK: Frame

  static var savedOrder: [Register] { [.rbx, .rbp, .r12, .r13, .r14, .r15] }

  private var savedMask: UInt8 {
    var mask: UInt8 = 0
    for (position, register) in FunctionEmitter.savedOrder.enumerated()
    where savedRegisters & register.bit != 0 {
      mask |= 1 << UInt8(position)
    }
    return mask
  }

  private mutating func prepareFrame(
    _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  ) {
    savedRegisters = allocated.usedRegisters & Allocator.calleeSaved
    var calls = false
    for instruction in code.instructions
    where instruction.op == .call || instruction.op == .callIndirect {
      calls = true
      break
    }
    frame = FrameLayout(
      outgoingBytes: code.outgoingBytes, slots: allocated.slotCount,
      savedRegisters: Int32(savedRegisters.nonzeroBitCount),
      isAligned: calls || allocated.hasVectorSlots)
  }

  private mutating func prologue() {
    for register in FunctionEmitter.savedOrder where savedRegisters & register.bit != 0 {
      encode(MachineInstruction(.push, .r, r0: register))
    }
    adjustStack(.sub, frame.localBytes)
    // The guard is 1 MiB: a larger frame touches the stack on its way down.
    var probe = frame.localBytes - 0x80000
    while probe > 0, frame.localBytes > 0x80000 {
      encode(
        MachineInstruction(
          .test, .mr, width: 4, r0: .rax, memory: .stack(probe)))
      probe -= 0x80000
    }
  }

  mutating func leaveFrame() {
    adjustStack(.add, frame.localBytes)
    for register in FunctionEmitter.savedOrder.reversed()
    where savedRegisters & register.bit != 0 {
      encode(MachineInstruction(.pop, .d, r0: register))
    }
  }

  private mutating func epilogue(popping bytes: Int32) {
    leaveFrame()
    encode(MachineInstruction(.ret, .none, immediate: bytes))
  }

  mutating func adjustStack(_ op: MachineOperation, _ bytes: Int32) {
    if bytes == 0 { return }
    encode(
      MachineInstruction(op, .ti, width: 8, r0: .rsp, r1: .rsp, immediate: bytes))
  }

  // MARK: Layout and jumps

  /// Blocks in their order, those that end badly after all others.
  private mutating func layOut(_ code: borrowing MachineFunction) {
    layout.removeAll(keepingCapacity: true)
    for block in code.blocks.indices where block == 0 || !code.blocks[block].isCold {
      layout.append(Int32(truncatingIfNeeded: block))
    }
    for block in code.blocks.indices where block != 0 && code.blocks[block].isCold {
      layout.append(Int32(truncatingIfNeeded: block))
    }
  }

  /// The label to jump to for an edge: the target block's, or that of the edge's own code.
  private func label(
    _ edge: Int32, _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  )
    -> Int32
  {
    if allocated.edges[Int(edge)].count > 0 {
      return Int32(truncatingIfNeeded: code.blocks.count) + edge
    }
    return code.edges[Int(edge)].to.id
  }

  private mutating func makeJumpTables(
    _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  ) {
    for table in code.jumpTables {
      var labels: ContiguousArray<Int32> = []
      for edge in table.range {
        labels.append(label(Int32(truncatingIfNeeded: edge), code, allocated))
      }
      _ = encoder.buffer.makeJumpTable(labels)
    }
  }

  mutating func jump(_ label: Int32) {
    encoder.buffer.branch(CodeBuffer.Branch.unconditional, to: label)
  }

  mutating func jump(_ condition: ConditionCode, _ label: Int32) {
    encoder.buffer.branch(condition.rawValue, to: label)
  }

  private mutating func emitTerminator(
    _ terminator: Terminator, next: Int32, _ code: borrowing MachineFunction,
    _ allocated: AllocatedFunction
  ) {
    switch terminator.kind {
    case .leave, .table: break
    case .jump, .invoke:
      let target =
        terminator.kind == .jump
        ? code.edges[Int(terminator.edge)].to.id : label(terminator.edge, code, allocated)
      if target != next { jump(target) }
    case .branch:
      branch(
        terminator.condition, terminator.edge, terminator.edge + 1, next: next, code, allocated)
    case .branchEqualFloat:
      let yes = label(terminator.edge, code, allocated)
      let no = label(terminator.edge + 1, code, allocated)
      jump(.parity, terminator.condition == .equal ? no : yes)
      branch(
        terminator.condition, terminator.edge, terminator.edge + 1, next: next, code, allocated,
        mayInline: false)
    }
  }

  private mutating func branch(
    _ condition: ConditionCode, _ yes: Int32, _ no: Int32, next: Int32,
    _ code: borrowing MachineFunction, _ allocated: AllocatedFunction, mayInline: Bool = true
  ) {
    let yesLabel = label(yes, code, allocated)
    let noLabel = label(no, code, allocated)
    if noLabel == next {
      inlineOrJump(condition, yes, yesLabel, next: noLabel, code, allocated, mayInline)
    } else if yesLabel == next {
      inlineOrJump(condition.inverted, no, noLabel, next: yesLabel, code, allocated, mayInline)
    } else if mayInline, isWorthInlining(yes, code, allocated) {
      jump(condition.inverted, noLabel)
      emitInline(yes, next: next, code, allocated)
    } else if mayInline, isWorthInlining(no, code, allocated) {
      jump(condition, yesLabel)
      emitInline(no, next: next, code, allocated)
    } else {
      jump(condition, yesLabel)
      if noLabel != next { jump(noLabel) }
    }
  }

  /// A back edge with moves of its own runs them in line.
  private mutating func inlineOrJump(
    _ condition: ConditionCode, _ edge: Int32, _ edgeLabel: Int32, next: Int32,
    _ code: borrowing MachineFunction, _ allocated: AllocatedFunction, _ mayInline: Bool
  ) {
    if mayInline, isWorthInlining(edge, code, allocated) {
      jump(condition.inverted, next)
      emitInline(edge, next: next, code, allocated)
    } else {
      jump(condition, edgeLabel)
    }
  }

  private func isWorthInlining(
    _ edge: Int32, _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  ) -> Bool {
    let e = code.edges[Int(edge)]
    return allocated.edges[Int(edge)].count > 0 && !code.blocks[e.to.position].isCold
      && e.to <= e.from
  }

  private mutating func emitInline(
    _ edge: Int32, next: Int32, _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  ) {
    inlineEdges[Int(edge)] = true
    encoder.buffer.bind(label(edge, code, allocated))
    emitRun(allocated.edges[Int(edge)], code, allocated)
    let target = code.edges[Int(edge)].to.id
    if target != next { jump(target) }
  }

  private mutating func emitEdges(
    _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  ) {
    for edge in code.edges.indices
    where allocated.edges[edge].count > 0 && !inlineEdges[edge] {
      let number = Int32(truncatingIfNeeded: edge)
      encoder.buffer.bind(label(number, code, allocated))
      emitRun(allocated.edges[edge], code, allocated)
      jump(code.edges[edge].to.id)
    }
  }

  // MARK: Instructions

  private mutating func emitRun(
    _ run: PoolRun, _ code: borrowing MachineFunction, _ allocated: AllocatedFunction
  ) {
    for i in run.range { emit(allocated.instructions[i], allocated.sources[i], code) }
  }

  mutating func encode(_ instruction: MachineInstruction) {
    encoder.encode(instruction, frame: frame)
  }

  mutating func record(_ source: UInt32) {
    if source != 0 { encoder.buffer.recordAddress(source) }
  }

  private mutating func recordLanding() {
    precondition(landing >= 0, "a call that throws, but not at the end of its block")
    encoder.buffer.recordLanding(landing)
    landing = -1
  }

  private mutating func emit(
    _ instruction: MachineInstruction, _ source: UInt32, _ code: borrowing MachineFunction
  ) {
    var instruction = instruction
    if instruction.base == .constantPool, instruction.roles.contains(.memory) {
      useConstant(&instruction, code)
    }
    switch instruction.op {
    case .call, .callIndirect:
      record(source)
      encode(instruction)
      if instruction.address.contains(.mayThrow) { recordLanding() }
      adjustStack(.sub, max(instruction.r1.id, 0))
    case .tailCall, .tailCallIndirect:
      emitTailCall(instruction, incomingBytes: code.incomingBytes)
    case .ret: epilogue(popping: instruction.immediate)
    case .div:
      encode(MachineInstruction(.xor, .tr, width: 4, r0: .rdx, r1: .rdx, base: .rdx))
      record(source)
      encode(instruction)
    case .idiv:
      encode(MachineInstruction(.cdq, .none, width: instruction.width))
      record(source)
      encode(instruction)
    case .trapIf: jump(instruction.condition, addCold(.trap, instruction, source))
    case .zero: emitZero(instruction.r0)
    case .selectf: emitSelect(instruction)
    case .fmin, .fmax: emitMinMax(instruction)
    case .truncate: emitTruncate(instruction, source)
    case .convertU64: emitConvert(instruction)
    case .mov
    where instruction.form == .dr && instruction.width == 8
      && instruction.r0 == instruction.r1:
      break
    case .movf where instruction.form == .dr && instruction.r0 == instruction.r1: break
    default:
      record(source)
      encode(instruction)
    }
  }

  /// From a number in `MachineFunction.constants` to one in the encoder's pool.
  private mutating func useConstant(
    _ instruction: inout MachineInstruction, _ code: borrowing MachineFunction
  ) {
    let bits = code.constants[Int(instruction.displacement)]
    instruction.displacement = poolIndex(bits, width: instruction.memoryBytes)
  }

  /// Index of a constant of `width` bytes (those that aren't kept apart are made 8).
  mutating func poolIndex(_ bits: UInt128, width: UInt8) -> Int32 {
    let low = UInt64(truncatingIfNeeded: bits)
    return switch width {
    case 16:
      encoder.buffer.constants.index(
        low: low, high: UInt64(truncatingIfNeeded: bits >> 64), size: 16)
    case 4:
      encoder.buffer.constants.index(low: low & 0xffff_ffff, size: 4)
    default: encoder.buffer.constants.index(low: low, size: 8)
    }
  }

  mutating func emitZero(_ register: Register) {
    if register.isVector {
      encode(
        MachineInstruction(.xorf, .tr, width: 4, r0: register, r1: register, base: register))
    } else {
      encode(
        MachineInstruction(.xor, .tr, width: 4, r0: register, r1: register, base: register))
    }
  }

  private mutating func emitSelect(_ instruction: MachineInstruction) {
    let skip = encoder.buffer.makeLabel()
    jump(instruction.condition.inverted, skip)
    encode(MachineInstruction(.movf, .dr, width: 8, r0: instruction.r0, r1: instruction.r2))
    encoder.buffer.bind(skip)
  }
}
