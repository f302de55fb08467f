import SwasmArtifact
import SwasmModule

// Exceptions. A call inside of a try ends its block with an `invoke` of it, whose second edge leads to the handler of the innermost
// try around it: one block behind the try's body that asks for the exception, compares its tag with the clauses' and
// branches to their labels, or throws on. Nothing is executed for a try that is not thrown out of.
extension Translator {
  // MARK: Throwing

  mutating func throwException(at position: Int) {
    let tag = Int32(bitPattern: reader.u32())
    let count = context.types[Int(context.tags[Int(tag)])].parameters.count
    let address = values.number(Instruction(.tagAddress, .i64, c: tag))
    let slots = values.constant(.i64, UInt64(count))
    let payload = libcall(.exceptionMake, [address, slots], .i64, at: position)
    trapIf(values.isZero(payload), .exceptionsExhausted, at: position)
    let base = stack.count - count
    for number in 0..<count {
      values.append(
        Instruction(
          .payloadStore, a: payload, b: stack[base + number], c: Int32(truncatingIfNeeded: number)))
    }
    stack.removeLast(count)
    raise(values.constant(.i64, 0), at: position)
  }

  mutating func throwReference(at position: Int) {
    let reference = pop()
    trapIfNull(reference, as: .nullExceptionReference, at: position)
    if isReachable { raise(reference, at: position) }
  }

  mutating func rethrow(at position: Int) {
    raise(frames[frame(Int(reader.u32()))].reference, at: position)
  }

  /// Throws an exception; 0 stands for the one made last.
  private mutating func raise(_ reference: Int32, at position: Int) {
    endIfThrowing(libcall(.exceptionThrow, [reference], .none, at: position))
    trap(.uncaughtException, at: position)
  }

  /// After a call: inside of a try it ends the block.
  mutating func endIfThrowing(_ call: Int32) {
    guard handler >= 0 else { return }
    let returning = edge(carrying: 0)
    let throwing = edge(carrying: 0)
    graph.append(throwing, to: &frames[Int(handler)].thrown)
    terminate(Instruction(.invoke, a: call, b: 2, c: returning))
    continueBlock(from: returning)
  }

  // MARK: try_table

  mutating func beginTryTable() {
    let (parameters, results) = blockType()
    push(.tryTable, parameters, results)
    frames[frames.count - 1].clauses = Int32(truncatingIfNeeded: reader.position)
    reader.skipCatchClauses()
    enterTry()
  }

  private mutating func enterTry() {
    frames[frames.count - 1].outerHandler = handler
    handler = Int32(truncatingIfNeeded: frames.count - 1)
  }

  /// Makes the handler of a `try_table`, which is no longer among the frames.
  mutating func dispatchClauses(of ended: Frame) {
    let caught = openHandler(of: ended)
    let end = reader.position
    defer { reader.position = end }
    reader.position = Int(ended.clauses)
    for _ in 0..<reader.u32() {
      let kind = CatchKind(rawValue: reader.byte()).unsafelyKnown
      let tag = kind.hasTag ? Int32(bitPattern: reader.u32()) : -1
      let label = Int(reader.u32())
      var next: Int32 = -1
      if kind.hasTag { next = compareTag(tag, caught) }
      if kind.hasReference { push(caught.reference) }
      branch(label)
      guard next >= 0 else { return }
      resume(from: next, base: ended.base)
    }
    raise(caught.reference, at: Int(ended.source))
  }

  // MARK: The older form

  mutating func beginTry() {
    let (parameters, results) = blockType()
    push(.tryBody, parameters, results)
    enterTry()
  }

  /// Begins a clause, `tag` −1 for `catch_all`, of the innermost frame.
  mutating func beginCatch(_ tag: Int32) {
    let position = frames.count - 1
    leaveArm(position)
    if frames[position].kind == .tryBody {
      handler = frames[position].outerHandler
      frames[position].kind = .catchBody
      // Nothing in the body throws: no clause is ever entered.
      if frames[position].thrown.count == 0 { return }
      let caught = openHandler(of: frames[position])
      (frames[position].reference, frames[position].tag) = (caught.reference, caught.tag)
      frames[position].payload = caught.payload
    } else {
      if frames[position].elseEdge < 0 { return }
      resume(from: frames[position].elseEdge, base: frames[position].base)
      frames[position].elseEdge = -1
    }
    let caught = Caught(frames[position])
    if tag >= 0 { frames[position].elseEdge = compareTag(tag, caught) }
  }

  /// Falls out of the arm of a try at hand to the end.
  mutating func leaveArm(_ position: Int) {
    guard isReachable else { return }
    let leaving = edge(carrying: Int(frames[position].results.count))
    attach(leaving, to: position)
    jump(leaving)
    isReachable = false
  }

  /// Ends a try whose exceptions are another's to catch: the one around the label.
  mutating func delegate() {
    let depth = Int(reader.u32())
    leaveArm(frames.count - 1)
    let ended = frames.removeLast()
    handler = ended.outerHandler
    var target = frames.count - 1 - depth
    while target >= 0, frames[target].kind != .tryTable, frames[target].kind != .tryBody {
      target -= 1
    }
    passOn(ended.thrown, to: Int32(truncatingIfNeeded: target), from: ended)
    if ended.edgeCount > 0 { merge(ended) }
  }

  /// Lets what a try has not caught go to another frame's handler, or out of the function.
  private mutating func passOn(_ thrown: EdgeList, to target: Int32, from ended: Frame) {
    if thrown.count == 0 { return }
    if target >= 0 { return graph.append(thrown, to: &frames[Int(target)].thrown) }
    let caught = openHandler(of: ended)
    let outer = handler
    handler = -1
    raise(caught.reference, at: Int(ended.source))
    handler = outer
  }

  /// The end of a try without clauses, or of its last clause, which is no longer among the frames.
  mutating func endClauses(_ ended: Frame) {
    if ended.kind == .tryBody {
      handler = ended.outerHandler
      passOn(ended.thrown, to: handler, from: ended)
    } else if ended.elseEdge >= 0 {
      resume(from: ended.elseEdge, base: ended.base)
      raise(ended.reference, at: Int(ended.source))
    }
  }

  // MARK: Handlers

  /// What a handler knows of its exception.
  private struct Caught {
    var reference: Int32
    var tag: Int32
    var payload: Int32

    init(_ frame: Frame) { (reference, tag, payload) = (frame.reference, frame.tag, frame.payload) }

    init(reference: Int32, tag: Int32, payload: Int32) {
      (self.reference, self.tag, self.payload) = (reference, tag, payload)
    }
  }

  /// Begins the block that the exceptions of a try's body lead to.
  private mutating func openHandler(of frame: Frame) -> Caught {
    assert(!isReachable)
    isReachable = true
    if frame.thrown.count == 1 {
      continueElsewhere(from: frame.thrown.first)
    } else {
      openMerge(of: frame.thrown, from: frame)
    }
    stack.removeLast(stack.count - Int(frame.base))
    func caught(_ field: CaughtField) -> Int32 {
      values.append(Instruction(.caught, .i64, c: field.rawValue))
    }
    return Caught(
      reference: caught(.reference), tag: caught(.tag), payload: caught(.payload))
  }

  /// Goes on where the tag is another; nothing of the arm before is on the stack.
  private mutating func resume(from edge: Int32, base: Int32) {
    isReachable = true
    continueElsewhere(from: edge)
    stack.removeLast(stack.count - Int(base))
  }

  /// Goes on with the exception's values on the stack if it is of this tag; returns the edge for others.
  private mutating func compareTag(_ tag: Int32, _ caught: Caught) -> Int32 {
    let address = values.number(Instruction(.tagAddress, .i64, c: tag))
    let isEqual = values.compare(.eq, caught.tag, address)
    let matching = edge(carrying: 0)
    let other = edge(carrying: 0)
    terminate(Instruction(.branch, a: isEqual, b: 2, c: matching))
    continueBlock(from: matching)
    let types = context.types[Int(context.tags[Int(tag)])].parameters
    for (number, type) in types.enumerated() {
      push(
        values.append(
          Instruction(
            .payloadLoad, type, a: caught.payload, c: Int32(truncatingIfNeeded: number))))
    }
    return other
  }
}
