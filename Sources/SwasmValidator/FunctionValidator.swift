import SwasmModule

/// Checks function bodies, one at a time: the specification's algorithm, with an explicit stack of
/// operand types and one of open blocks. Its buffers are reused, so a thread keeps one for all its
/// functions.
public struct FunctionValidator: Sendable {
  let operators = OperatorTable()
  var reader = InstructionReader([], in: 0..<0)
  /// The first `height` are in use.
  var operands: [ValueType] = []
  var height = 0
  /// The innermost block; the ones around it are in `frames`.
  var frame = ControlFrame(kind: .body, floor: 0, signature: .empty)
  var frames: [ControlFrame] = []
  var locals = LocalTypes()
  /// The offset of the instruction that is being checked.
  var instruction = 0
  /// Whether the `end` of the body has been met.
  var isFinished = false

  public init() {}

  /// Checks one body.
  ///
  /// - Parameter definedIndex: counts the functions with bodies only, not the imported ones.
  /// - Throws: ``ValidationError``; its ``Rejection`` tells malformed instructions from invalid ones.
  public mutating func validate(
    function definedIndex: Int, in module: ValidatedModule
  ) throws(ValidationError) {
    let function = module.functionIndex(defined: definedIndex)
    let body = module.module.bodies[definedIndex]
    do throws(ValidationError) {
      try begin(body, signature: module.signature(of: function), in: module)
      while !isFinished { try step(in: module) }
      if !reader.isAtEnd { throw error(.fault(.bytesAfterEnd)) }
    } catch {
      // After a fault the reader yields zeros, which may have been found invalid first.
      var first = error
      if let fault = reader.fault {
        first = ValidationError(.fault(fault.value), at: fault.offset)
      }
      first.function = function
      throw first
    }
  }

  private mutating func begin(
    _ body: FunctionBody, signature: Signature, in module: ValidatedModule
  ) throws(ValidationError) {
    reader = InstructionReader(body, of: module.module)
    instruction = body.code.lowerBound
    height = 0
    isFinished = false
    frames.removeAll(keepingCapacity: true)
    frame = ControlFrame(kind: .body, floor: 0, signature: signature.withoutParameters)
    locals.removeAll()
    for position in signature.parameters {
      locals.append(count: 1, of: module.signatures.values[position])
    }
    for run in body.locals { locals.append(count: Int(run.count), of: run.type) }
    guard locals.count <= ImplementationLimits.locals else {
      throw error(
        .limitExceeded("locals", count: locals.count, most: ImplementationLimits.locals))
    }
  }

  /// Checks one instruction. The commonest get by without the second dispatch of `checkSpecial`.
  @inline(__always)
  private mutating func step(in module: ValidatedModule) throws(ValidationError) {
    instruction = reader.position
    if reader.isAtEnd { throw error(.fault(.endExpected)) }
    let byte = reader.readByte()
    var entry = operators[byte]
    var sub: UInt32?
    if entry.handling == .prefix {
      let number = reader.readU32()
      entry = operators[prefixed: number]
      sub = number
    }
    switch entry.handling {
    case .plain: break
    case .access: try checkAccess(entry, in: module)
    case .localGet: push(try readLocal())
    case .localSet: try pop(try readLocal())
    case .localTee: try checkLocalTee()
    case .i32Constant: _ = reader.readI32()
    case .i64Constant: _ = reader.readI64()
    case .f32Constant: _ = reader.skip(4)
    case .f64Constant: _ = reader.skip(8)
    case .special:
      try checkSpecial(entry.opcode, in: module)
      return try checkReader()
    case .illegal, .prefix: reader.failOpcode(byte, sub: sub, at: instruction)
    }
    try checkReader()
    try apply(entry)
  }

  @inline(__always)
  private func checkReader() throws(ValidationError) {
    if reader.hasFailed { throw error(.fault(.unexpectedEnd)) }
  }

  /// Operands and result of an instruction whose types depend on nothing.
  @inline(__always)
  private mutating func apply(_ entry: OperatorEntry) throws(ValidationError) {
    if entry.operandCount > 1 { try pop(entry.second) }
    if entry.operandCount > 0 { try pop(entry.first) }
    if entry.result != .none { push(entry.result) }
  }

  func error(_ cause: ValidationError.Cause) -> ValidationError {
    ValidationError(cause, at: instruction)
  }

  func require(
    _ index: UInt32, below count: Int, in space: ValidationError.IndexSpace
  ) throws(ValidationError) {
    guard Int(index) < count else { throw error(.unknown(space, index: index)) }
  }
}
