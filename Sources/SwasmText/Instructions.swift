import SwasmModule

/// Something open around the instruction that is being read. A stack of these stands in for recursion, so that
/// nesting is bounded by memory only.
struct InstructionFrame {
  enum Kind {
    /// `block`, `loop` or `try_table` up to `end`.
    case block
    /// `if` up to `else` or `end`, then from `else`.
    case then, otherwise
    /// `try` up to its first clause or `end`, then from `catch`, from `catch_all`.
    case tryBody, tryCatch, tryCatchAll
    /// `(op` up to `)`: operands, all folded.
    case operands
    /// `(block`, `(loop` or `(try_table` up to `)`.
    case foldedBlock
    /// `(if` up to `(then`: conditions, all folded.
    case foldedCondition
    /// Inside `(then …)`, after it, inside `(else …)`, after it.
    case foldedThen, afterThen, foldedElse, afterElse
    /// `(try` up to `(do`, inside it, after it, inside `(catch …)`, after it.
    case foldedTry, foldedDo, afterDo, foldedCatch, afterCatch
    /// Inside `(catch_all …)`, after it, after `(delegate …)`.
    case foldedCatchAll, afterCatchAll, afterDelegate
  }

  var kind: Kind
  /// Where in `waiting` the instruction is that comes after its operands.
  var waitingStart = 0
  /// The label that `(then` brings into scope.
  var label = Label()
  /// Of the instruction that waits.
  var hint: UInt8?
}

extension ModuleEncoder {
  /// Reads instructions up to a closing parenthesis that isn't theirs.
  mutating func instructions() throws(TextError) {
    while try instruction() {}
  }

  /// Reads one folded instruction.
  mutating func foldedInstruction() throws(TextError) {
    repeat { _ = try instruction() } while !frames.isEmpty
  }

  /// Reads one step: a plain instruction, or the beginning or end of a folded one.
  ///
  /// - Returns: false at a closing parenthesis that closes no instruction.
  @inline(__always)
  private mutating func instruction() throws(TextError) -> Bool {
    switch cursor.token.kind {
    case .keyword: try plainInstruction()
    case .leftParenthesis: try openFolded()
    case .annotation where cursor.annotation == .branchHint && isInFunction:
      guard pendingHint == nil else {
        throw cursor.failure(
          .malformedAnnotation("metadata.code.branch_hint", "duplicate annotation"),
          at: cursor.token)
      }
      pendingHint = try cursor.branchHint()
      guard cursor.token.kind != .rightParenthesis, cursor.token.kind != .end else {
        throw cursor.unexpected("an instruction")
      }
    case .rightParenthesis:
      if frames.isEmpty { return false }
      try closeFolded()
    default: throw cursor.unexpected("an instruction")
    }
    return true
  }

  // MARK: Plain instructions

  private mutating func plainInstruction() throws(TextError) {
    guard case .instruction(let opcode) = cursor.token.meaning else {
      throw cursor.unexpected("an instruction")
    }
    switch frames.last?.kind {
    case .operands, .foldedCondition, .afterThen, .afterElse, .foldedTry, .afterDo, .afterCatch,
      .afterCatchAll,
      .afterDelegate:
      throw cursor.unexpected("'(' or ')'")
    default: break
    }
    writeHint(pendingHint)
    pendingHint = nil
    switch opcode {
    case .block, .loop, .if, .tryTable, .tryLegacy:
      try cursor.advance()
      let label = try blockHead(opcode)
      labels.push(label)
      let kind: InstructionFrame.Kind =
        opcode == .if ? .then : opcode == .tryLegacy ? .tryBody : .block
      frames.append(InstructionFrame(kind: kind))
    case .catchLegacy, .catchAll: try plainCatch(opcode)
    case .delegate: try plainDelegate()
    case .else: try plainElse()
    case .end: try plainEnd()
    default:
      try cursor.advance()
      try operation(opcode)
    }
  }

  private mutating func plainElse() throws(TextError) {
    guard frames.last?.kind == .then else { throw cursor.unexpected("an instruction") }
    try cursor.advance()
    try repeatedLabel()
    append(.else)
    frames[frames.count - 1].kind = .otherwise
  }

  private mutating func plainEnd() throws(TextError) {
    switch frames.last?.kind {
    case .block, .then, .otherwise, .tryBody, .tryCatch, .tryCatchAll: break
    default: throw cursor.unexpected("an instruction or ')'")
    }
    try cursor.advance()
    try repeatedLabel()
    closeBlock()
  }

  /// Reads the label after `else` or `end`, which must be that of the block.
  private mutating func repeatedLabel() throws(TextError) {
    let token = cursor.token
    guard let label = try cursor.optionalIdentifier() else { return }
    if label != labels.innermost {
      throw cursor.failure(.mismatchingLabel(cursor.text(of: token)), at: token)
    }
  }

  /// Reads the label and type of a block, and writes its beginning.
  private mutating func blockHead(_ opcode: Opcode) throws(TextError) -> Label {
    let symbol = try cursor.optionalIdentifier()
    let label = Label(symbol: symbol, annotated: try cursor.annotatedSymbol())
    append(opcode)
    try blockType()
    if opcode == .tryTable { try catchClauses() }
    return label
  }

  private mutating func closeBlock() {
    append(.end)
    labels.pop()
    frames.removeLast()
  }

  // MARK: Folded instructions

  private mutating func openFolded() throws(TextError) {
    let head = cursor.ahead
    switch frames.last?.kind {
    case .foldedCondition where head.meaning == .word(.then): return try openThen()
    case .foldedTry:
      guard head.meaning == .word(.do) else { throw cursor.unexpected("'(do'") }
      try cursor.open(.do)
      frames[frames.count - 1].kind = .foldedDo
      return
    case .afterDo, .afterCatch: return try openClause()
    case .afterCatchAll, .afterDelegate: throw cursor.unexpected("')'")
    case .afterThen: return try openElse()
    case .afterElse: throw cursor.unexpected("')'")
    default: break
    }
    guard case .instruction(let opcode) = head.meaning, !opcode.continuesBlock else {
      throw cursor.unexpected("an instruction", head)
    }
    try cursor.advance()
    try cursor.advance()
    let start = code.count
    let hint = pendingHint.take()
    switch opcode {
    case .block, .loop, .tryTable, .tryLegacy:
      labels.push(try blockHead(opcode))
      frames.append(InstructionFrame(kind: opcode == .tryLegacy ? .foldedTry : .foldedBlock))
    case .if:
      let label = try blockHead(opcode)
      frames.append(
        InstructionFrame(
          kind: .foldedCondition, waitingStart: waiting.count, label: label, hint: hint))
      postpone(from: start)
    default:
      try operation(opcode)
      if cursor.token.kind == .rightParenthesis {
        writeHint(hint, at: start)
        return try cursor.advance()
      }
      frames.append(
        InstructionFrame(kind: .operands, waitingStart: waiting.count, hint: hint))
      postpone(from: start)
    }
  }

  /// The condition has been read: writes the `if`.
  private mutating func openThen() throws(TextError) {
    try cursor.open(.then)
    let frame = frames[frames.count - 1]
    writeHint(frame.hint)
    resume(frame.waitingStart)
    labels.push(frame.label)
    frames[frames.count - 1].kind = .foldedThen
  }

  private mutating func openElse() throws(TextError) {
    guard cursor.ahead.meaning == .instruction(.else) else { throw cursor.unexpected("'(else'") }
    try cursor.advance()
    try cursor.advance()
    append(.else)
    frames[frames.count - 1].kind = .foldedElse
  }

  /// Reads the closing parenthesis of the innermost frame.
  private mutating func closeFolded() throws(TextError) {
    let last = frames.count - 1
    switch frames[last].kind {
    case .operands:
      writeHint(frames[last].hint)
      resume(frames[last].waitingStart)
      frames.removeLast()
    case .foldedBlock, .afterThen, .afterElse, .afterDo, .afterCatch, .afterCatchAll: closeBlock()
    case .foldedDo: frames[last].kind = .afterDo
    case .foldedCatch: frames[last].kind = .afterCatch
    case .foldedCatchAll: frames[last].kind = .afterCatchAll
    case .afterDelegate: frames.removeLast()
    case .foldedTry: throw cursor.unexpected("'(do'")
    case .foldedThen: frames[last].kind = .afterThen
    case .foldedElse: frames[last].kind = .afterElse
    case .foldedCondition: throw cursor.unexpected("'(then'")
    case .block, .then, .otherwise, .tryBody, .tryCatch, .tryCatchAll:
      throw cursor.unexpected("end")
    }
    try cursor.advance()
  }

  /// Notes a hint about the instruction that is written next, or was written at an offset.
  private mutating func writeHint(_ hint: UInt8?, at offset: Int? = nil) {
    guard let hint else { return }
    hints.count += 1
    hints.bytes.appendCount(offset ?? code.count)
    hints.bytes += [0x01, hint]
  }

  /// Takes what was written since `start` back, until its operands are written.
  private mutating func postpone(from start: Int) {
    waiting.append(contentsOf: code[start...])
    code.removeSubrange(start...)
  }

  /// Writes what waits from `start` on.
  private mutating func resume(_ start: Int) {
    code.append(contentsOf: waiting[start...])
    waiting.removeSubrange(start...)
  }
}

/// The older form of exception handling: `try` with its clauses.
extension ModuleEncoder {
  fileprivate mutating func plainCatch(_ opcode: Opcode) throws(TextError) {
    guard frames.last?.kind == .tryBody || frames.last?.kind == .tryCatch else {
      throw cursor.unexpected("an instruction")
    }
    try cursor.advance()
    // The name behind `catch` is the tag's.
    if opcode == .catchAll { try repeatedLabel() }
    try operation(opcode)
    frames[frames.count - 1].kind = opcode == .catchAll ? .tryCatchAll : .tryCatch
  }

  /// `delegate` ends the block; its label is one of those around it.
  fileprivate mutating func plainDelegate() throws(TextError) {
    guard frames.last?.kind == .tryBody else { throw cursor.unexpected("an instruction") }
    try cursor.advance()
    labels.pop()
    try operation(.delegate)
    frames.removeLast()
  }

  /// Reads `(catch $tag`, `(catch_all` or `(delegate $label)`, which come after `(do …)`.
  fileprivate mutating func openClause() throws(TextError) {
    try cursor.open()
    guard case .instruction(let opcode) = cursor.token.meaning else {
      throw cursor.unexpected("catch, catch_all or delegate")
    }
    try cursor.advance()
    switch opcode {
    case .catchLegacy:
      try operation(opcode)
      frames[frames.count - 1].kind = .foldedCatch
    case .catchAll:
      try operation(opcode)
      frames[frames.count - 1].kind = .foldedCatchAll
    case .delegate where frames.last?.kind == .afterDo:
      labels.pop()
      try operation(opcode)
      try cursor.close()
      frames[frames.count - 1].kind = .afterDelegate
    default: throw cursor.unexpected("catch, catch_all or delegate")
    }
  }
}

extension Opcode {
  /// It belongs to an instruction that has been opened before.
  fileprivate var continuesBlock: Bool {
    switch self {
    case .else, .end, .catchLegacy, .catchAll, .delegate: true
    default: false
    }
  }
}
