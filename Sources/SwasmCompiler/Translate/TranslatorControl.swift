import SwasmArtifact
import SwasmModule

/// Constructs and branches.
extension Translator {
  // MARK: Constructs

  mutating func beginBlock() {
    let (parameters, results) = blockType()
    push(Frame.Kind.block, parameters, results)
  }

  mutating func beginLoop() {
    let assigned = loops.locals(of: reader, rows)
    let (parameters, results) = blockType()
    let base = stack.count - Int(parameters.count)
    let entry = edge(carrying: Int(parameters.count))
    jump(entry)
    let header = graph.openBlock(at: values.instructions.count)
    graph.blocks[Int(header)].isLoop = true
    graph.link(entry, to: header)
    enter(header)
    push(Frame.Kind.loop, parameters, results)
    frames[frames.count - 1].header = header
    for operand in 0..<Int(parameters.count) {
      let type = values[stack[base + operand]].type
      stack[base + operand] = parameter(
        of: header, type, local: -1, origin: Int32(operand), arguments: -1)
    }
    for position in assigned.range {
      let local = loops.locals[position]
      let record = graph.parameters.count
      // The type is that of the value that enters the loop, which is not looked up yet.
      let value = parameter(
        of: header, locals.type(local, values), local: local, origin: -1, arguments: -1)
      graph.parameters[record].origin = locals.write(local, value)
    }
  }

  mutating func beginIf(_ isLikely: Bool?) {
    let (parameters, results) = blockType()
    let condition = pop()
    let (tested, isInverted) = values.tested(condition)
    if values[tested].op == .constant {
      push(Frame.Kind.then, parameters, results)
      if (values[tested].constantBits != 0) == isInverted {
        isReachable = false
        if skipArm() == .else {
          frames[frames.count - 1].kind = .else
        } else {
          frames.removeLast()
        }
        isReachable = true
      }
      return
    }
    // The frame's state is that before the branch: what the branch sees, the merge sees.
    push(Frame.Kind.then, parameters, results)
    let (then, other) = branchEdges(isInverted, parameters)
    frames[frames.count - 1].elseEdge = other
    let first = min(then, other)
    terminate(
      Instruction(
        .branch, flags: branchFlags(isLikely, isInverted), a: tested, b: 2, c: first))
    continueBlock(from: then)
  }

  mutating func beginElse() {
    let position = frames.count - 1
    if frames[position].elseEdge < 0 {
      // Only the first arm is ever entered.
      _ = skipArm()
      return endConstruct()
    }
    let carried = Int(frames[position].results.count)
    let leaving = edge(carrying: carried)
    attach(leaving, to: position)
    jump(leaving)
    openElse()
  }

  /// Goes on with the second arm of the innermost `if`.
  private mutating func openElse() {
    let position = frames.count - 1
    let edge = frames[position].elseEdge
    frames[position].kind = .else
    frames[position].elseEdge = -1
    isReachable = true
    continueElsewhere(from: edge)
    restoreStack(
      Int(frames[position].base), from: edge, count: Int(frames[position].parameters.count))
  }

  mutating func endConstruct() {
    let frame = frames.removeLast()
    switch frame.kind {
    case .loop: return
    case .tryTable, .tryBody, .catchBody: endTry(frame)
    case .then where frame.elseEdge >= 0:
      // Without `else` the other arm passes the parameters on.
      prepend(frame.elseEdge, to: frame)
    case .function where frame.edgeCount == 0:
      if isReachable { finish() }
    default:
      if frame.edgeCount > 0 { merge(frame) }
      if frame.kind == .function { finish() }
    }
  }

  /// What has not left a try yet does, then come the handlers, then what follows the construct.
  private mutating func endTry(_ ended: Frame) {
    frames.append(ended)
    leaveArm(frames.count - 1)
    let ended = frames.removeLast()
    if ended.kind == .tryTable {
      handler = ended.outerHandler
      if ended.thrown.count > 0 { dispatchClauses(of: ended) }
    } else {
      endClauses(ended)
    }
    if ended.edgeCount > 0 { merge(ended) }
  }

  private mutating func prepend(_ edge: Int32, to frame: Frame) {
    var frame = frame
    graph.edges[Int(edge)].next = frame.firstEdge
    frame.firstEdge = edge
    if frame.lastEdge < 0 { frame.lastEdge = edge }
    frame.edgeCount += 1
    merge(frame)
  }

  /// Begins the block after a construct to whose end branches lead.
  mutating func merge(_ ended: Frame) {
    var frame = ended
    let count = Int(frame.results.count)
    if isReachable {
      let falling = edge(carrying: count)
      jump(falling)
      if frame.lastEdge < 0 {
        frame.firstEdge = falling
      } else {
        graph.edges[Int(frame.lastEdge)].next = falling
      }
      frame.lastEdge = falling
      frame.edgeCount += 1
    }
    isReachable = true
    if frame.edgeCount == 1 {
      continueElsewhere(from: frame.firstEdge)
      return restoreStack(Int(frame.base), from: frame.firstEdge, count: count)
    }
    let edges = EdgeList(first: frame.firstEdge, last: frame.lastEdge, count: frame.edgeCount)
    let target = openMerge(of: edges, from: frame)
    stack.removeLast(stack.count - Int(frame.base))
    for operand in 0..<count { push(mergedOperand(operand, target)) }
  }

  /// Begins the block that several edges from inside of a construct lead to.
  @discardableResult
  mutating func openMerge(of edges: EdgeList, from frame: Frame) -> Int32 {
    let target = graph.openBlock(at: values.instructions.count)
    graph.adopt(edges.first, edges.last, to: target)
    values.scopes.open(
      ScopeTree.Scope(
        start: locals.tick(), cutoff: frame.time, startPoint: values.count,
        cutoffPoint: frame.point, parent: frame.scope, jump: 0, depth: 0, block: target,
        isMerge: true))
    enter(target)
    return target
  }

  private mutating func mergedOperand(_ operand: Int, _ target: Int32) -> Int32 {
    var edge = graph.blocks[Int(target)].firstEdge
    let first = graph.operands[Int(graph.edges[Int(edge)].operands) + operand]
    while true {
      edge = graph.edges[Int(edge)].next
      if edge < 0 { return first }
      let other = graph.operands[Int(graph.edges[Int(edge)].operands) + operand]
      if other != first { break }
    }
    return parameter(
      of: target, values[first].type, local: -1, origin: Int32(operand), arguments: -1)
  }

  /// A new parameter of a block.
  private mutating func parameter(
    of block: Int32, _ type: IRType, local: Int32, origin: Int32, arguments: Int32
  ) -> Int32 {
    let record = Int32(truncatingIfNeeded: graph.parameters.count)
    let value = values.append(Instruction(.param, type, a: block, b: record))
    graph.add(
      ConstructionGraph.Parameter(
        value: value, block: block, local: local, origin: origin, arguments: arguments, next: -1))
    return value
  }

  mutating func push(_ kind: Frame.Kind, _ parameters: PoolRun, _ results: PoolRun) {
    frames.append(
      Frame(
        kind: kind, parameters: parameters, results: results,
        base: Int32(truncatingIfNeeded: stack.count) - parameters.count,
        scope: values.scopes.current, time: locals.snapshot(), point: values.count,
        source: Int32(truncatingIfNeeded: reader.position)))
  }

  mutating func blockType() -> (parameters: PoolRun, results: PoolRun) {
    if reader.hasHeapType {
      reader.skipBlockType()
      return (.empty, TranslationContext.run(of: .i64))
    }
    let code = reader.s64()
    if code >= 0 {
      let type = context.types[Int(code)]
      return (type.parameterRun, type.resultRun)
    }
    if code == -64 { return (.empty, .empty) }
    let type = ValueType(code: UInt8(truncatingIfNeeded: code & 0x7f)).unsafelyKnown
    return (.empty, TranslationContext.run(of: IRType(type)))
  }

  // MARK: Unreachable code

  /// Passes over the rest of an unreachable arm or construct and goes on behind it.
  mutating func skipUnreachable() {
    switch skipArm() {
    case .else:
      if frames[frames.count - 1].elseEdge >= 0 { return openElse() }
      _ = skipArm()
    case .catchLegacy: return beginCatch(Int32(bitPattern: reader.u32()))
    case .catchAll: return beginCatch(-1)
    case .delegate: return delegate()
    default: break
    }
    let frame = frames[frames.count - 1]
    if frame.edgeCount > 0 || frame.elseEdge >= 0 || frame.kind >= .tryTable {
      endConstruct()
    } else {
      frames.removeLast()
    }
  }

  /// Reads up to the `else`, clause or end that belongs to the innermost frame, which is returned.
  private mutating func skipArm() -> OperatorShape {
    var depth = 0
    while true {
      let row = rows[reader.opcode()]
      if depth == 0, row.shape.endsArm { return row.shape }
      depth += row.shape.nesting
      reader.skipImmediates(row.shape)
    }
  }
}
