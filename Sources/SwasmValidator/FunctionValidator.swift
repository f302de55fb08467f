public import SwasmModule

/// Checks function bodies, one at a time: the specification's algorithm, with an explicit stack of
/// operand types and one of open blocks. Its buffers are reused, so a thread keeps one for all its
/// functions.
public struct FunctionValidator: Sendable {
  /// What may be used, if the modules say no less.
  private let supported: Features
  private(set) var operators: OperatorTable
  /// The features of the bodies checked so far.
  public private(set) var use = FeatureUse()
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

  /// - Parameter supported: bodies that use anything else are refused, although the module may use it.
  public init(supported: Features = .all) {
    self.supported = supported
    operators = OperatorTable(supported)
  }

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
      use.formUnion(reader.use)
    } catch {
      // After a fault the reader yields zeros, which may have been found invalid first.
      var first = error
      if let fault = reader.fault {
        first = ValidationError(.fault(fault.value), at: fault.offset)
      }
      if case .fault(.switchedOff(let feature, let what)) = first.cause,
        module.features.isSuperset(of: feature)
      {
        first.cause = .unsupported(feature, what: what)
      }
      first.function = function
      throw first
    }
  }

  private mutating func begin(
    _ body: FunctionBody, signature: Signature, in module: ValidatedModule
  ) throws(ValidationError) {
    let allowed = module.features.intersection(supported)
    if operators.features != allowed { operators = OperatorTable(allowed) }
    reader = InstructionReader(body, of: module.module, allowed: allowed)
    instruction = body.code.lowerBound
    height = 0
    isFinished = false
    frames.removeAll(keepingCapacity: true)
    frame = ControlFrame(kind: .body, floor: 0, signature: signature.withoutParameters)
    locals.removeAll()
    for position in signature.parameters {
      locals.append(count: 1, of: module.signatures.values[position])
    }
    for run in body.locals {
      let type = try canonical(run.type, in: module)
      if type.isDefaultable {
        locals.append(count: Int(run.count), of: type)
      } else {
        locals.appendUninitialized(count: Int(run.count), of: type)
      }
    }
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
      entry = operators[byte, number]
      sub = number
    }
    if entry.feature != [] { reader.use.insert(entry.feature, at: instruction) }
    switch entry.handling {
    case .plain: break
    case .access: entry.first = try checkAccess(entry, in: module)
    case .localGet: push(try readLocal())
    case .localSet: try checkLocalSet()
    case .localTee: try checkLocalTee()
    case .i32Constant: _ = reader.readI32()
    case .i64Constant: _ = reader.readI64()
    case .f32Constant: _ = reader.skip(4)
    case .f64Constant: _ = reader.skip(8)
    case .v128Constant: _ = reader.skip(16)
    case .special:
      try checkSpecial(entry.opcode, in: module)
      return try checkReader()
    case .switchedOff:
      let missing = entry.feature.subtracting(operators.features)
      reader.fail(.switchedOff(missing, what: entry.opcode.name), at: instruction)
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
  mutating func apply(_ entry: OperatorEntry) throws(ValidationError) {
    if entry.operandCount > 1 {
      if entry.operandCount > 2 { try pop(entry.third) }
      try pop(entry.second)
    }
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
