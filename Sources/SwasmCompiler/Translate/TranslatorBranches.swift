import SwasmArtifact
import SwasmModule

/// Edges, and the instructions that end blocks.
extension Translator {
  /// A new edge from the present point with the topmost operands.
  mutating func edge(carrying count: Int) -> Int32 {
    let operands = Int32(truncatingIfNeeded: graph.operands.count)
    for position in (stack.count - count)..<stack.count { graph.operands.append(stack[position]) }
    graph.edges.append(
      ConstructionGraph.Edge(
        from: block, to: -1, time: locals.snapshot(), scope: values.scopes.current,
        point: values.count, operands: operands, next: -1, slot: 0))
    return Int32(truncatingIfNeeded: graph.edges.count - 1)
  }

  /// Lets `edge` lead to the label of the frame at `position`.
  mutating func attach(_ edge: Int32, to position: Int) {
    if frames[position].kind == .loop {
      return graph.link(edge, to: frames[position].header)
    }
    let last = frames[position].lastEdge
    if last < 0 {
      frames[position].firstEdge = edge
    } else {
      graph.edges[Int(last)].next = edge
    }
    frames[position].lastEdge = edge
    frames[position].edgeCount += 1
  }

  /// Two edges of a branch in the order of the instruction: taken when the tested value is not 0, when it is 0.
  mutating func branchEdges(_ isInverted: Bool, _ carried: PoolRun) -> (then: Int32, other: Int32) {
    let first = edge(carrying: Int(carried.count))
    let second = edge(carrying: Int(carried.count))
    return isInverted ? (second, first) : (first, second)
  }

  /// Ends the block.
  mutating func terminate(_ instruction: Instruction, source: UInt32 = 0) {
    values.append(instruction, source: source)
    graph.blocks[Int(block)].end = values.count
  }

  mutating func jump(_ edge: Int32) { terminate(Instruction(.jump, b: 1, c: edge)) }

  /// Starts filling a block that was just opened.
  mutating func enter(_ next: Int32) {
    block = next
    values.blockStart = values.count
  }

  /// Begins a block that is reached only by the edge from the block just ended.
  mutating func continueBlock(from edge: Int32) {
    let next = graph.openBlock(at: values.instructions.count)
    graph.link(edge, to: next)
    enter(next)
  }

  /// Begins a block that is reached only by an edge from an earlier block.
  mutating func continueElsewhere(from edge: Int32) {
    continueBlock(from: edge)
    let state = graph.edges[Int(edge)]
    values.scopes.open(
      ScopeTree.Scope(
        start: locals.tick(), cutoff: state.time, startPoint: values.count,
        cutoffPoint: state.point,
        parent: state.scope, jump: 0, depth: 0, block: block, isMerge: false))
  }

  /// Makes the operands of an edge the stack above `base`.
  mutating func restoreStack(_ base: Int, from edge: Int32, count: Int) {
    stack.removeLast(stack.count - base)
    let first = Int(graph.edges[Int(edge)].operands)
    for operand in 0..<count { stack.append(graph.operands[first + operand]) }
  }

  func frame(_ depth: Int) -> Int { frames.count - 1 - depth }

  mutating func branch(_ depth: Int) {
    let target = frame(depth)
    if target == 0 { return finish() }
    let leaving = edge(carrying: Int(frames[target].label.count))
    attach(leaving, to: target)
    jump(leaving)
    isReachable = false
  }

  mutating func branchIf(_ depth: Int, _ isLikely: Bool?) {
    let (tested, isInverted) = values.tested(pop())
    if values[tested].op == .constant {
      if (values[tested].constantBits != 0) != isInverted { branch(depth) }
      return
    }
    branch(depth, if: tested, isInverted, flags: branchFlags(isLikely, isInverted))
  }

  /// Ends the block with a branch, taken when the tested value is not 0; inverted, when it is 0.
  private mutating func branch(
    _ depth: Int, if tested: Int32, _ isInverted: Bool, flags: UInt16 = 0
  ) {
    let target = frame(depth)
    let (taken, other) = branchEdges(isInverted, frames[target].label)
    attach(taken, to: target)
    terminate(Instruction(.branch, flags: flags, a: tested, b: 2, c: min(taken, other)))
    continueBlock(from: other)
  }

  /// `br_on_null`: the reference stays where it is not null.
  mutating func branchOnNull(_ depth: Int) {
    let reference = pop()
    let isNull = values.isZero(reference)
    let (tested, isInverted) = values.tested(isNull)
    if values[tested].op == .constant {
      if (values[tested].constantBits != 0) != isInverted { branch(depth) } else { push(reference) }
      return
    }
    branch(depth, if: tested, isInverted)
    push(reference)
  }

  /// `br_on_non_null`: the reference goes with the branch.
  mutating func branchOnNonNull(_ depth: Int) {
    let reference = stack[stack.count - 1]
    let isNull = values.isZero(reference)
    let (tested, isInverted) = values.tested(isNull)
    if values[tested].op == .constant {
      if (values[tested].constantBits != 0) != isInverted {
        stack.removeLast()
      } else {
        branch(depth)
      }
      return
    }
    branch(depth, if: tested, !isInverted)
    stack.removeLast()
  }

  mutating func branchTable() {
    let index = pop()
    let count = Int(reader.u32())
    if values[index].op == .constant {
      let chosen = min(values[index].constantBits, UInt64(count))
      for _ in 0..<chosen { reader.skipNumber() }
      let depth = Int(reader.u32())
      for _ in Int(chosen)..<count { reader.skipNumber() }
      return branch(depth)
    }
    let start = reader.position
    let first = reader.u32()
    var isUniform = true
    for _ in 0..<count where reader.u32() != first { isUniform = false }
    if isUniform { return branch(Int(first)) }
    reader.position = start
    let firstEdge = Int32(truncatingIfNeeded: graph.edges.count)
    for _ in 0...count {
      let target = frame(Int(reader.u32()))
      attach(edge(carrying: Int(frames[target].label.count)), to: target)
    }
    terminate(
      Instruction(.branchTable, a: index, b: Int32(truncatingIfNeeded: count + 1), c: firstEdge))
    isReachable = false
  }

  /// Returns the topmost operands.
  mutating func finish() {
    let count = Int(signature.resultRun.count)
    let start = Int32(truncatingIfNeeded: pool.count)
    for position in (stack.count - count)..<stack.count { pool.append(stack[position]) }
    terminate(
      Instruction(.return, a: start, b: Int32(truncatingIfNeeded: count)))
    isReachable = false
  }

  mutating func trap(_ kind: TrapKind, at position: Int) {
    terminate(
      Instruction(.trap, flags: UInt16(kind.rawValue)), source: UInt32(truncatingIfNeeded: position)
    )
    isReachable = false
  }
}

extension ConstructionGraph {
  /// Makes a list of edges those that lead to `block`.
  mutating func adopt(_ first: Int32, _ last: Int32, to block: Int32) {
    var edge = first
    var slot: Int32 = 0
    while edge >= 0 {
      edges[Int(edge)].to = block
      edges[Int(edge)].slot = slot
      slot += 1
      edge = edges[Int(edge)].next
    }
    blocks[Int(block)].firstEdge = first
    blocks[Int(block)].lastEdge = last
    blocks[Int(block)].edgeCount = slot
  }
}
