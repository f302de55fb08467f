import SwasmModule

/// An open block.
struct ControlFrame {
  enum Kind: UInt8 {
    case body, block, loop, ifTrue, ifFalse
    /// A legacy `try`, in its body, in a `catch` and in `catch_all`.
    case tryBody, catchTag, catchAll
  }

  var kind: Kind
  /// Code after an unconditional branch: the stack is as deep as it needs to be.
  var isUnreachable = false
  /// The height of the operand stack below the block.
  var floor: Int
  /// How many locals without a default value had one before the block.
  var initialized = 0
  var signature: Signature

  /// What a branch to the block takes.
  var labelTypes: Range<Int> { kind == .loop ? signature.parameters : signature.results }
}

// Operands. Types at or above `floor` belong to the innermost block.
extension FunctionValidator {
  @inline(__always)
  mutating func push(_ type: ValueType) {
    if height == operands.count { growOperands() }
    operands[height] = type
    height += 1
  }

  @inline(never)
  private mutating func growOperands() {
    operands += Array(repeating: .none, count: max(64, operands.count))
  }

  @inline(__always)
  mutating func pop(_ expected: ValueType) throws(ValidationError) {
    if height > frame.floor, operands[height - 1] == expected {
      height -= 1
    } else {
      try popUnusual(expected)
    }
  }

  @inline(never)
  private mutating func popUnusual(_ expected: ValueType) throws(ValidationError) {
    guard height > frame.floor else {
      if frame.isUnreachable { return }
      throw error(.typeMismatch(expected: expected, found: nil))
    }
    let found = operands[height - 1]
    guard found == .none || expected == .none || found.matches(expected) else {
      throw error(.typeMismatch(expected: expected, found: found))
    }
    height -= 1
  }

  /// A value of whatever type; `none` in unreachable code.
  mutating func popAny() throws(ValidationError) -> ValueType {
    guard height > frame.floor else {
      if frame.isUnreachable { return .none }
      throw error(.missingOperand)
    }
    height -= 1
    return operands[height]
  }

  /// A reference; ``ValueType/bottomReference`` in unreachable code.
  mutating func popReference() throws(ValidationError) -> ValueType {
    let type = try popAny()
    if type == .none { return .bottomReference }
    guard type.isReference else { throw error(.referenceExpected(found: type)) }
    return type
  }

  /// Pops values of the types at these positions of the signature table, last one first.
  mutating func pop(
    _ types: Range<Int>, in module: ValidatedModule
  ) throws(ValidationError) {
    for position in types.reversed() { try pop(module.signatures.values[position]) }
  }

  /// Pushes values of the types at these positions. Only here the stack can outgrow the body's bytes.
  mutating func push(
    _ types: Range<Int>, in module: ValidatedModule
  ) throws(ValidationError) {
    for position in types { push(module.signatures.values[position]) }
    guard height <= ImplementationLimits.operands else {
      throw error(
        .limitExceeded("operands", count: height, most: ImplementationLimits.operands))
    }
  }

  /// Checks that the stack ends in these types, and leaves them there.
  func peek(_ types: Range<Int>, in module: ValidatedModule) throws(ValidationError) {
    var position = height
    for type in types.reversed() {
      let expected = module.signatures.values[type]
      guard position > frame.floor else {
        if frame.isUnreachable { return }
        throw error(.typeMismatch(expected: expected, found: nil))
      }
      position -= 1
      let found = operands[position]
      guard found == .none || found.matches(expected) else {
        throw error(.typeMismatch(expected: expected, found: found))
      }
    }
  }

  /// What follows can't be reached: forgets the block's operands.
  mutating func markUnreachable() {
    height = frame.floor
    frame.isUnreachable = true
  }
}
