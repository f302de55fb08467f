/// From intervals with places to a function on physical registers.
extension Allocator {
  mutating func rewrite(_ code: borrowing MachineFunction) {
    output.removeAll()
    moves.removeAll()
    indexPieces()
    assignSlots(code)
    resolver.prepare(slots: Int(output.slotCount))
    collectMoves(code)
    decideStores(code)
    moves.sort()
    emitBlocks(code)
    output.usedRegisters = usedRegisters
  }

  // MARK: Places

  /// Puts the pieces of every split value side by side, for searching by point.
  private mutating func indexPieces() {
    pieces.removeAll(keepingCapacity: true)
    pieceRuns.removeAll(keepingCapacity: true)
    for value in hints.indices {
      if intervals[value].next < 0 {
        pieceRuns.append(.empty)
        continue
      }
      let start = Int32(truncatingIfNeeded: pieces.count)
      var id = Int32(truncatingIfNeeded: value)
      while id >= 0 {
        pieces.append(id)
        id = intervals[Int(id)].next
      }
      pieceRuns.append(
        PoolRun(start: start, count: Int32(truncatingIfNeeded: pieces.count) - start))
    }
  }

  /// The piece that holds the value at a point.
  func piece(of value: Int, at point: Int32) -> Int {
    let run = pieceRuns[value]
    if run.count == 0 { return value }
    var low = Int(run.start)
    var high = Int(run.start + run.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if start(Int(pieces[middle])) <= point { low = middle } else { high = middle }
    }
    return Int(pieces[low])
  }

  private func location(ofPiece id: Int, _ code: borrowing MachineFunction) -> Location {
    let register = intervals[id].location
    if register >= 0 { return .register(register) }
    let value = Int(intervals[id].value)
    let template = code.virtuals[value].rematerialize
    if template >= 0 { return Location(kind: .template, index: template) }
    return Location(kind: .slot, index: slots[value])
  }

  private func location(
    of register: Register, at point: Int32, _ code: borrowing MachineFunction
  ) -> Location {
    let constant = code[register].constant
    if constant >= 0 { return Location(kind: .constant, index: constant) }
    return location(ofPiece: piece(of: valueIndex(register), at: point), code)
  }

  /// Gives each value that is ever in memory a slot, shared by values whose whole lives don't meet.
  private mutating func assignSlots(_ code: borrowing MachineFunction) {
    slots.removeAll(keepingCapacity: true)
    slots.append(contentsOf: repeatElement(-1, count: hints.count))
    unhandled.removeAll()
    inactive.removeAll()
    for value in hints.indices where intervals[value].ranges >= 0 {
      if code.virtuals[value].rematerialize < 0, isEverInMemory(value) {
        unhandled.push(start(value), Int32(truncatingIfNeeded: value))
      }
    }
    freeSlots.removeAll(keepingCapacity: true)
    freeVectorSlots.removeAll(keepingCapacity: true)
    while let (point, value) = unhandled.pop() {
      while let end = inactive.top, end <= point, let (_, value) = inactive.pop() {
        if code.virtuals[Int(value)].kind == .vector {
          freeVectorSlots.append(slots[Int(value)])
        } else {
          freeSlots.append(slots[Int(value)])
        }
      }
      slots[Int(value)] = takeSlot(isVector: code.virtuals[Int(value)].kind == .vector)
      inactive.push(wholeEnd(Int(value)), value)
    }
  }

  /// A free slot, or a new one; that of a vector is two, the first of them even.
  private mutating func takeSlot(isVector: Bool) -> Int32 {
    if isVector {
      output.hasVectorSlots = true
      if let free = freeVectorSlots.popLast() { return free }
      if output.slotCount & 1 != 0 {
        freeSlots.append(output.slotCount)
        output.slotCount += 1
      }
    } else if let free = freeSlots.popLast() {
      return free
    }
    let slot = output.slotCount
    output.slotCount += isVector ? 2 : 1
    return slot
  }

  private func isEverInMemory(_ value: Int) -> Bool {
    var id = value
    while id >= 0 {
      if intervals[id].location < 0 { return true }
      id = Int(intervals[id].next)
    }
    return false
  }

  private func wholeEnd(_ value: Int) -> Int32 {
    let run = pieceRuns[value]
    return run.count == 0
      ? intervals[value].end : intervals[Int(pieces[Int(run.start + run.count) - 1])].end
  }

  // MARK: Moves between pieces

  private mutating func collectMoves(_ code: borrowing MachineFunction) {
    storeWeights.removeAll(keepingCapacity: true)
    storeWeights.append(contentsOf: repeatElement(0, count: hints.count))
    for value in hints.indices where intervals[value].next >= 0 {
      var id = value
      var previous = -1
      while id >= 0 {
        let next = Int(intervals[id].next)
        if next >= 0 { collectGapMove(id, next, after: previous, code) }
        collectEdgeMoves(id, value, code)
        previous = id
        id = next
      }
    }
    for edge in code.edges.indices { collectArguments(edge, code) }
  }

  /// Between two pieces that meet inside of a block. Moves of a gap happen at once: what leaves a piece that
  /// begins in the same gap comes from the piece before that.
  private mutating func collectGapMove(
    _ a: Int, _ b: Int, after previous: Int, _ code: borrowing MachineFunction
  ) {
    let point = start(b)
    guard intervals[a].end == point else { return }
    let instruction = Point.instruction(point)
    let block = Int(blockOf[Int(instruction)])
    let blockStart = Point.gap(blockStarts[block])
    if point == blockStart { return }
    let isNew =
      previous >= 0 && start(a) == Point.gap(instruction) && start(a) != blockStart
      && intervals[previous].end == start(a)
    add(
      PendingMove(
        key: instruction, value: intervals[a].value,
        source: location(ofPiece: isNew ? previous : a, code),
        destination: location(ofPiece: b, code)),
      block: block, toEdge: false)
  }

  private mutating func add(_ move: PendingMove, block: Int, toEdge: Bool) {
    if move.source == move.destination || move.destination.kind == .template { return }
    if move.destination.kind == .slot, move.value >= 0 {
      storeWeights[Int(move.value)] += blockFrequencies[block]
    }
    if toEdge { moves.edges.append(move) } else { moves.gaps.append(move) }
  }

  /// Into every block at whose start the piece is live, from predecessors that leave the value elsewhere.
  private mutating func collectEdgeMoves(
    _ id: Int, _ value: Int, _ code: borrowing MachineFunction
  ) {
    let birth = start(value)
    var range = intervals[id].ranges
    while range >= 0 {
      let (first, end) = (ranges[Int(range)].start, ranges[Int(range)].end)
      var block = Int(blockOf[Int(Point.instruction(first))])
      if Point.gap(blockStarts[block]) < first { block += 1 }
      while block < code.blocks.count, Point.gap(blockStarts[block]) < end {
        if Point.gap(blockStarts[block]) != birth {
          enter(block, id, value, rangeStart: first, code)
        }
        block += 1
      }
      range = ranges[Int(range)].next
    }
  }

  private mutating func enter(
    _ block: Int, _ id: Int, _ value: Int, rangeStart: Int32, _ code: borrowing MachineFunction
  ) {
    let begin = Point.gap(blockStarts[block])
    for k in code.blocks[block].predecessors.range {
      let edge = code.pool[k].position
      let from = code.edges[edge].from.position
      let end = Point.gap(code.blocks[from].end) - 1
      if end >= rangeStart, end < begin { continue }
      let other = piece(of: value, at: end)
      if other == id { continue }
      add(
        PendingMove(
          key: Int32(truncatingIfNeeded: edge), value: Int32(truncatingIfNeeded: value),
          source: location(ofPiece: other, code), destination: location(ofPiece: id, code)),
        block: min(from, block), toEdge: true)
    }
  }

  private mutating func collectArguments(_ number: Int, _ code: borrowing MachineFunction) {
    let edge = code.edges[number]
    let target = code.blocks[edge.to.position]
    let begin = Point.gap(target.start)
    let end = Point.gap(code.blocks[edge.from.position].end) - 1
    for k in 0..<Int(edge.arguments.count) {
      let parameter = code.pool[Int(target.parameters.start) + k]
      let value = valueIndex(parameter)
      if intervals[value].ranges < 0 { continue }
      let source = location(
        of: code.pool[Int(edge.arguments.start) + k], at: end, code)
      let destination = location(ofPiece: piece(of: value, at: begin), code)
      if source == destination { continue }
      moves.edges.append(
        PendingMove(
          key: Int32(truncatingIfNeeded: number), value: Int32(truncatingIfNeeded: value),
          source: source, destination: destination, isArgument: true))
    }
  }

  /// One store at the definition replaces all stores at splits, where that costs no more.
  private mutating func decideStores(_ code: borrowing MachineFunction) {
    storesAtDefinition.removeAll(keepingCapacity: true)
    storesAtDefinition.append(contentsOf: repeatElement(false, count: hints.count))
    var onEdges = ContiguousArray<PendingMove>()
    for value in hints.indices where storeWeights[value] > 0 {
      if intervals[value].location < 0 {
        // Born in memory, where it stays.
        storesAtDefinition[value] = true
        continue
      }
      let birth = birth(of: value)
      guard storeWeights[value] >= blockFrequencies[birth.block] else { continue }
      storesAtDefinition[value] = true
      var store = PendingMove(
        key: birth.instruction, value: Int32(truncatingIfNeeded: value),
        source: location(ofPiece: value, code),
        destination: Location(kind: .slot, index: slots[value]))
      if birth.instruction == code.blocks[birth.block].end {
        // The result of a call that ends its block, with all that moves on the way to the next: its register may
        // be another's there.
        store.key = code.blocks[birth.block].terminator.edge
        onEdges.append(store)
      } else {
        moves.gaps.append(store)
      }
    }
    let stored = storesAtDefinition
    moves.edges.removeAll {
      !$0.isArgument && $0.destination.kind == .slot && stored[Int($0.value)]
    }
    moves.edges.append(contentsOf: onEdges)
    removeSuperfluousGapStores()
  }

  /// The value's block, and the instruction before which it first exists.
  private func birth(of value: Int) -> (instruction: Int32, block: Int) {
    let point = start(value)
    let instruction = Point.instruction(point)
    let block = Int(blockOf[Int(instruction)])
    let isParameter = point == Point.gap(blockStarts[block])
    return (isParameter ? instruction : instruction + 1, block)
  }

  private mutating func removeSuperfluousGapStores() {
    let stored = storesAtDefinition
    var kept = ContiguousArray<PendingMove>()
    kept.reserveCapacity(moves.gaps.count)
    var birthStores = ValueSet(count: stored.count)
    for move in moves.gaps {
      if move.destination.kind == .slot, stored[Int(move.value)] {
        let value = Int(move.value)
        if intervals[value].location < 0 || move.key != birth(of: value).instruction { continue }
        // A split right behind the definition asks for the same store.
        if !birthStores.insert(value) { continue }
      }
      kept.append(move)
    }
    moves.gaps = kept
  }

  // MARK: Instructions

  private mutating func emitBlocks(_ code: borrowing MachineFunction) {
    var gap = 0
    output.edges.append(contentsOf: repeatElement(.empty, count: code.edges.count))
    indexEdgeMoves(code)
    for number in code.blocks.indices {
      let block = code.blocks[number]
      let start = output.position
      if block.predecessors.count == 1 {
        let edge = code.pool[Int(block.predecessors.start)].position
        let from = code.blocks[code.edges[edge].from.position]
        if from.terminator.count > 1 { emitEdge(edge, code) }
      }
      for i in block.start..<block.end {
        while gap < moves.gaps.count, moves.gaps[gap].key <= i {
          resolver.add(moves.gaps[gap], isGeneral: isGeneral[Int(moves.gaps[gap].value)])
          gap += 1
        }
        resolver.resolve(code, into: &output)
        emit(i, code)
      }
      if block.terminator.kind == .jump { emitEdge(Int(block.terminator.edge), code) }
      output.blocks.append(PoolRun(start: start, count: output.position - start))
    }
    emitCriticalEdges(code)
  }

  private mutating func indexEdgeMoves(_ code: borrowing MachineFunction) {
    edgeMoveStarts.removeAll(keepingCapacity: true)
    var k = 0
    for edge in 0...code.edges.count {
      while k < moves.edges.count, moves.edges[k].key < edge { k += 1 }
      edgeMoveStarts.append(Int32(truncatingIfNeeded: k))
    }
  }

  private mutating func emitEdge(_ edge: Int, _ code: borrowing MachineFunction) {
    for k in Int(edgeMoveStarts[edge])..<Int(edgeMoveStarts[edge + 1]) {
      resolver.add(moves.edges[k], isGeneral: isGeneral[Int(moves.edges[k].value)])
    }
    resolver.resolve(code, into: &output)
  }

  /// Edges from a block with several successors to one with several predecessors.
  private mutating func emitCriticalEdges(_ code: borrowing MachineFunction) {
    for number in code.edges.indices {
      let edge = code.edges[number]
      guard code.blocks[edge.from.position].terminator.count > 1,
        code.blocks[edge.to.position].predecessors.count > 1,
        edgeMoveStarts[number] < edgeMoveStarts[number + 1]
      else { continue }
      let start = output.position
      emitEdge(number, code)
      output.edges[number] = PoolRun(start: start, count: output.position - start)
    }
  }

  private mutating func emit(_ i: Int32, _ code: borrowing MachineFunction) {
    var instruction = code.instructions[Int(i)]
    let roles = instruction.roles
    let early = Point.early(i)
    var folded: (FoldableOperand, Location)?
    if roles.contains(.r0Written) { replace(&instruction.r0, Point.definition(i), code) }
    if roles.contains(.r1Tied) {
      moveTied(&instruction, early, code)
    } else if roles.contains(.r1Read) {
      replaceOrFold(&instruction.r1, early, .r1, &folded, code)
    }
    if roles.contains(.r0Read), !roles.contains(.r0Written) {
      replaceOrFold(&instruction.r0, early, .r0, &folded, code)
    }
    if roles.contains(.baseRead) { replaceOrFold(&instruction.base, early, .r2, &folded, code) }
    if roles.contains(.baseWritten) { replace(&instruction.base, Point.definition(i), code) }
    if roles.contains(.indexRead) { replace(&instruction.index, early, code) }
    if let (operand, location) = folded { fold(&instruction, operand, location, code) }
    let fixed = instruction.fixed != 0 ? instruction.fixedIndex : -1
    if fixed >= 0 {
      for k in code.fixed[fixed].uses.range {
        let use = code.fixedPool[k]
        resolver.add(
          PendingMove(
            key: 0, value: Int32(truncatingIfNeeded: valueIndex(use.register)),
            source: location(of: use.register, at: early, code),
            destination: .physical(use.physical)),
          isGeneral: code[use.register].kind == .general)
      }
    }
    resolver.resolve(code, into: &output)
    if instruction.op != .nop, instruction.op != .entry {
      output.append(instruction, source: code.sources[Int(i)], origin: i)
    }
    if fixed >= 0 { takeResults(i, code.fixed[fixed], code) }
  }

  private mutating func takeResults(
    _ i: Int32, _ operands: FixedOperands, _ code: borrowing MachineFunction
  ) {
    for k in operands.definitions.range {
      let definition = code.fixedPool[k]
      let destination = location(of: definition.register, at: Point.late(i), code)
      if destination.kind == .template { continue }
      resolver.add(
        PendingMove(
          key: 0, value: Int32(truncatingIfNeeded: valueIndex(definition.register)),
          source: .physical(definition.physical), destination: destination),
        isGeneral: code[definition.register].kind == .general)
    }
    resolver.resolve(code, into: &output)
  }

  private func replace(
    _ register: inout Register, _ point: Int32, _ code: borrowing MachineFunction
  ) {
    guard register.isVirtual else { return }
    let location = location(of: register, at: point, code)
    precondition(location.kind == .register, "an operand that must be in a register isn't")
    register = Register(location.index)
  }

  private func replaceOrFold(
    _ register: inout Register, _ point: Int32, _ operand: FoldableOperand,
    _ folded: inout (FoldableOperand, Location)?, _ code: borrowing MachineFunction
  ) {
    guard register.isVirtual else { return }
    let location = location(of: register, at: point, code)
    if location.kind == .register {
      register = Register(location.index)
    } else {
      precondition(folded == nil, "two operands in memory")
      folded = (operand, location)
    }
  }

  /// The tied operand is moved to the result's register together with the fixed operands.
  private mutating func moveTied(
    _ instruction: inout MachineInstruction, _ early: Int32, _ code: borrowing MachineFunction
  ) {
    guard instruction.r1.isVirtual else { return }
    resolver.add(
      PendingMove(
        key: 0, value: Int32(truncatingIfNeeded: valueIndex(instruction.r1)),
        source: location(of: instruction.r1, at: early, code),
        destination: .physical(instruction.r0)),
      isGeneral: code[instruction.r1].kind == .general)
    instruction.r1 = instruction.r0
  }

  /// Makes an operand in memory a memory operand.
  private func fold(
    _ instruction: inout MachineInstruction, _ operand: FoldableOperand, _ location: Location,
    _ code: borrowing MachineFunction
  ) {
    if location.kind == .slot {
      let done = instruction.fold(operand, intoSlot: location.index)
      precondition(done, "an operand that must be in a register is in memory")
      return
    }
    precondition(location.kind == .template, "a constant operand")
    let template = code.templates[Int(location.index)]
    let done = instruction.fold(operand, intoSlot: 0)
    precondition(done && template.form == .dm, "an operand that must be in a register is nowhere")
    instruction.base = template.base
    instruction.index = template.index
    instruction.address.formUnion(template.address)
    instruction.displacement = template.displacement
  }
}

/// A set of value numbers.
private struct ValueSet {
  private var bits: ContiguousArray<Bool>

  init(count: Int) { bits = ContiguousArray(repeating: false, count: count) }

  /// False when the value was in it already.
  mutating func insert(_ value: Int) -> Bool {
    if bits[value] { return false }
    bits[value] = true
    return true
  }
}
