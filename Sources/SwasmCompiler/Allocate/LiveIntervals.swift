/// Program points. Instruction i has four: the gap before it (moves go there), its early uses, its definitions
/// and clobbers, and what comes after the definitions (late uses; operands defined in fixed registers).
enum Point {
  static func gap(_ instruction: Int32) -> Int32 { instruction &* 4 }
  static func early(_ instruction: Int32) -> Int32 { instruction &* 4 &+ 1 }
  static func definition(_ instruction: Int32) -> Int32 { instruction &* 4 &+ 2 }
  static func late(_ instruction: Int32) -> Int32 { instruction &* 4 &+ 3 }
  static func instruction(_ point: Int32) -> Int32 { point >> 2 }
}

/// Half-open range of points in which a value is live; a link of a list in ascending order.
struct LiveRange {
  var start: Int32
  var end: Int32
  var next: Int32
}

/// A place where a value is read or written.
struct UsePosition {
  enum Kind: UInt8 {
    /// A move takes it from wherever it is.
    case any
    /// A register is better, memory will do.
    case should
    case must
  }
  var point: Int32
  var next: Int32
  var kind: Kind
  /// Physical register that this use would like, or −1.
  var hint: Int8
  /// Cost of a memory access here.
  var weight: Float
}

/// A stretch of a virtual register's life that is in one place: at first its whole life, then one piece of it.
struct Interval {
  /// Index into `MachineFunction.virtuals`.
  var value: Int32
  /// First live range; −1 for an empty interval.
  var ranges: Int32 = -1
  var uses: Int32 = -1
  var end: Int32 = 0
  /// The next piece of the same value, in ascending order.
  var next: Int32 = -1
  /// Range at or after the scan's position.
  var cursor: Int32 = -1
  /// First use not yet passed by the scan, and the point of the last one passed.
  var useCursor: Int32 = -1
  var previousUse: Int32 = -1
  /// Physical register; −1: in memory (or made anew); −2: undecided.
  var location: Int8 = -2
  var isPiece = false
}

struct Clobber {
  var point: Int32
  var registers: UInt32
}

/// Builds the live intervals of a function: one backward pass over blocks and instructions. Blocks are in reverse
/// post-order with contiguous loops, so what is live at a loop's header is live in the whole loop and no iteration is needed.
extension Allocator {
  mutating func buildIntervals(_ code: borrowing MachineFunction) {
    let values = code.virtuals.count
    intervals.removeAll(keepingCapacity: true)
    for value in 0..<values { intervals.append(Interval(value: Int32(truncatingIfNeeded: value))) }
    ranges.removeAll(keepingCapacity: true)
    uses.removeAll(keepingCapacity: true)
    clobbers.removeAll(keepingCapacity: true)
    hints.removeAll(keepingCapacity: true)
    hints.append(contentsOf: repeatElement(Hints(), count: values))
    liveMark.removeAll(keepingCapacity: true)
    liveMark.append(contentsOf: repeatElement(-1, count: values))
    liveIn.removeAll(keepingCapacity: true)
    liveInRuns.removeAll(keepingCapacity: true)
    liveInRuns.append(contentsOf: repeatElement(.empty, count: code.blocks.count))
    for block in stride(from: code.blocks.count - 1, through: 0, by: -1) {
      buildBlock(block, code)
    }
    clobbers.reverse()
    hintEdges(code)
  }

  private mutating func buildBlock(_ number: Int, _ code: borrowing MachineFunction) {
    let block = code.blocks[number]
    weight = frequency(block)
    blockStart = Point.gap(block.start)
    let end = Point.gap(block.end)
    collectLiveOut(number, block, code, end)
    var i = block.end - 1
    while i >= block.start {
      visit(i, code)
      i -= 1
    }
    for p in block.parameters.range {
      let value = valueIndex(code.pool[p])
      liveMark[value] = -1
    }
    // What is left in `live` and still marked is live at the block's start.
    let start = Int32(truncatingIfNeeded: liveIn.count)
    for value in live where liveMark[Int(value)] == Int32(truncatingIfNeeded: number) {
      // Each value once, even if it left and came back.
      liveMark[Int(value)] = -1
      liveIn.append(value)
    }
    liveInRuns[number] = PoolRun(
      start: start, count: Int32(truncatingIfNeeded: liveIn.count) - start)
    if block.loop.position == number {
      let loopEnd = Point.gap(code.blocks[block.loopEnd.position - 1].end)
      for k in liveInRuns[number].range {
        addRange(Int(liveIn[k]), blockStart, loopEnd)
      }
    }
  }

  private mutating func collectLiveOut(
    _ number: Int, _ block: MachineBlock, _ code: borrowing MachineFunction, _ end: Int32
  ) {
    live.removeAll(keepingCapacity: true)
    mark = Int32(truncatingIfNeeded: number)
    for e in 0..<block.terminator.count {
      let edge = code.edges[Int(block.terminator.edge + e)]
      for k in liveInRuns[edge.to.position].range {
        markLive(Int(liveIn[k]), until: end)
      }
      for k in edge.arguments.range {
        let argument = code.pool[k]
        if !code[argument].isConstant { markLive(valueIndex(argument), until: end) }
      }
    }
  }

  private mutating func markLive(_ value: Int, until end: Int32) {
    if liveMark[value] == mark { return }
    liveMark[value] = mark
    live.append(Int32(truncatingIfNeeded: value))
    addRange(value, blockStart, end)
  }

  private mutating func visit(_ i: Int32, _ code: borrowing MachineFunction) {
    let instruction = code.instructions[Int(i)]
    let roles = instruction.roles
    if instruction.fixed != 0 { visitFixedDefinitions(i, code.fixed[instruction.fixedIndex], code) }
    if roles.contains(.r0Written), instruction.r0.isVirtual {
      define(instruction.r0, at: Point.definition(i), .must)
      let isCopy = instruction.op == .movf && instruction.form == .dr
      if roles.contains(.r1Tied) || isCopy, instruction.r1.isVirtual {
        tie(valueIndex(instruction.r0), valueIndex(instruction.r1))
      }
    }
    if roles.contains(.baseWritten), instruction.base.isVirtual {
      define(instruction.base, at: Point.definition(i), .must)
    }
    let tied = roles.contains(.r1Tied)
    let lateSources = roles.contains(.lateSources)
    // One operand at the most may be memory, and none if there is a memory operand already.
    let flexible = roles.contains(.memory) ? nil : flexibleOperand(instruction, code)
    if roles.contains(.r0Read), instruction.r0.isVirtual {
      use(
        instruction.r0, i, flexible == .r0 ? .should : .must,
        late: instruction.fixed != 0)
    }
    if roles.contains(.r1Read), instruction.r1.isVirtual {
      use(
        instruction.r1, i, tied ? .any : flexible == .r1 ? .should : .must,
        late: !tied && lateSources)
    }
    if roles.contains(.baseRead), instruction.base.isVirtual {
      // The tied value itself is in the result's register when it is read.
      use(
        instruction.base, i, flexible == .r2 ? .should : .must,
        late: lateSources || (tied && instruction.base != instruction.r1))
    }
    if roles.contains(.indexRead), instruction.index.isVirtual {
      use(
        instruction.index, i, .must,
        late: lateSources || (tied && instruction.index != instruction.r1))
    }
    if instruction.fixed != 0 { visitFixedUses(i, code.fixed[instruction.fixedIndex], code) }
  }

  /// The operand that may stay in memory, if there is one. A value that is made anew can if that is a load.
  private func flexibleOperand(
    _ instruction: MachineInstruction, _ code: borrowing MachineFunction
  ) -> FoldableOperand? {
    let candidates: InlineArray<3, (FoldableOperand, Register)> = [
      (.r2, instruction.r2), (.r1, instruction.r1), (.r0, instruction.r0),
    ]
    for k in candidates.indices {
      let (operand, register) = candidates[k]
      guard register.isVirtual, instruction.memoryForm(operand) != .none else { continue }
      // The slot or constant of a scalar has no 16 bytes.
      if code[register].kind != .vector, instruction.memoryBytes > 8 { continue }
      let template = Int(code[register].rematerialize)
      if template >= 0, !code.templates[template].isPlainLoad { continue }
      return operand
    }
    return nil
  }

  private mutating func visitFixedDefinitions(
    _ i: Int32, _ operands: FixedOperands, _ code: borrowing MachineFunction
  ) {
    if operands.clobbers != 0 {
      clobbers.append(Clobber(point: Point.definition(i), registers: operands.clobbers))
    }
    for k in operands.definitions.range {
      let operand = code.fixedPool[k]
      define(
        operand.register, at: Point.late(i), .any,
        hint: Int8(truncatingIfNeeded: operand.physical.id))
    }
  }

  private mutating func visitFixedUses(
    _ i: Int32, _ operands: FixedOperands, _ code: borrowing MachineFunction
  ) {
    for k in operands.uses.range {
      let operand = code.fixedPool[k]
      if code[operand.register].isConstant { continue }
      use(
        operand.register, i, .any, late: false,
        hint: Int8(truncatingIfNeeded: operand.physical.id))
    }
  }

  func valueIndex(_ register: Register) -> Int {
    register.position - Int(Register.firstVirtual)
  }

  /// A definition ends (going backwards) the range in which it lies, or makes a range of its own when unused.
  private mutating func define(
    _ register: Register, at point: Int32, _ kind: UsePosition.Kind, hint: Int8 = -1
  ) {
    let value = valueIndex(register)
    let first = intervals[value].ranges
    if first >= 0, liveMark[value] == mark {
      ranges[Int(first)].start = point
      liveMark[value] = -1
    } else {
      addRange(value, point, (point | 3) + 1)
    }
    addUse(value, point, kind, hint)
    if hint >= 0 { hints[value].fixed = hint }
  }

  private mutating func use(
    _ register: Register, _ i: Int32, _ kind: UsePosition.Kind, late: Bool, hint: Int8 = -1
  ) {
    let value = valueIndex(register)
    let end = late ? Point.gap(i + 1) : Point.definition(i)
    if liveMark[value] != mark {
      liveMark[value] = mark
      live.append(Int32(truncatingIfNeeded: value))
      addRange(value, blockStart, end)
    } else if late, let first = firstRange(value), ranges[first].end < end {
      ranges[first].end = end
      if ranges[first].next < 0 { intervals[value].end = end }
    }
    addUse(value, late ? Point.late(i) : Point.early(i), kind, hint)
  }

  private func firstRange(_ value: Int) -> Int? {
    let first = intervals[value].ranges
    return first < 0 ? nil : Int(first)
  }

  private mutating func addUse(
    _ value: Int, _ point: Int32, _ kind: UsePosition.Kind, _ hint: Int8
  ) {
    var point = point
    // The list ascends even when an instruction reads a value early and late.
    let first = intervals[value].uses
    if first >= 0, uses[Int(first)].point < point { point = uses[Int(first)].point }
    uses.append(
      UsePosition(
        point: point, next: first, kind: kind, hint: hint, weight: weight))
    intervals[value].uses = Int32(truncatingIfNeeded: uses.count - 1)
  }

  /// Adds a range at the front, merging it with those that it touches.
  private mutating func addRange(_ value: Int, _ start: Int32, _ end: Int32) {
    var end = end
    var next = intervals[value].ranges
    while next >= 0, ranges[Int(next)].start <= end {
      end = max(end, ranges[Int(next)].end)
      next = ranges[Int(next)].next
    }
    if next < 0 { intervals[value].end = end }
    let first = intervals[value].ranges
    if first >= 0, ranges[Int(first)].start <= end {
      // Reuse the first of the merged ones.
      ranges[Int(first)] = LiveRange(
        start: min(start, ranges[Int(first)].start), end: end, next: next)
    } else {
      ranges.append(LiveRange(start: start, end: end, next: next))
      intervals[value].ranges = Int32(truncatingIfNeeded: ranges.count - 1)
    }
  }

  /// How often a block runs, as a guess.
  func frequency(_ block: MachineBlock) -> Float {
    if block.isCold { return 0.05 }
    var result: Float = 1
    for _ in 0..<min(block.loopDepth, 6) { result *= 8 }
    return result
  }

  // MARK: Hints

  private mutating func tie(_ result: Int, _ source: Int) {
    hints[result].near = Int32(truncatingIfNeeded: source)
    if hints[source].far < 0 { hints[source].far = Int32(truncatingIfNeeded: result) }
  }

  /// A parameter and its arguments want the same register.
  private mutating func hintEdges(_ code: borrowing MachineFunction) {
    for edge in code.edges {
      let parameters = code.blocks[edge.to.position].parameters
      for k in 0..<Int(edge.arguments.count) {
        let argument = code.pool[Int(edge.arguments.start) + k]
        if code[argument].isConstant { continue }
        let parameter = valueIndex(code.pool[Int(parameters.start) + k])
        let value = valueIndex(argument)
        let isBack = edge.to <= edge.from
        // The argument that comes first in the order decides; one from a back edge follows.
        if !isBack, hints[parameter].near < 0 {
          hints[parameter].near = Int32(truncatingIfNeeded: value)
        }
        hints[value].far = Int32(truncatingIfNeeded: parameter)
      }
    }
  }
}

/// Where a value would like to be.
struct Hints {
  /// Physical register in which it is defined, or −1.
  var fixed: Int8 = -1
  /// A value it comes from: the source of a tie, an argument of the parameter.
  var near: Int32 = -1
  /// A value it becomes.
  var far: Int32 = -1
}
