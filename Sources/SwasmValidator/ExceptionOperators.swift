import SwasmModule

extension FunctionValidator {
  mutating func checkTryTable(in module: ValidatedModule) throws(ValidationError) {
    let signature = try readBlockSignature(in: module)
    let count = Int(reader.readU32())
    guard count <= ImplementationLimits.catchClauses else {
      throw error(
        .limitExceeded(
          "catch clauses", count: count, most: ImplementationLimits.catchClauses))
    }
    // Clauses name the labels around the block.
    for _ in 0..<count { try checkCatchClause(in: module) }
    try pop(signature.parameters, in: module)
    try open(.block, signature, in: module)
  }

  private mutating func checkCatchClause(in module: ValidatedModule) throws(ValidationError) {
    guard let kind = reader.readCatchKind() else { throw error(.fault(.unexpectedEnd)) }
    let values = module.signatures.values
    var given: [ValueType] = []
    if kind.hasTag { given += values[try readTag(in: module).parameters] }
    if kind.hasReference { given.append(.exnref.nonNull) }
    let label = try readLabel()
    guard given.count == label.count else {
      throw error(.branchArity(expected: given.count, found: label.count))
    }
    for (found, expected) in zip(given, values[label]) where !found.matches(expected) {
      throw error(.typeMismatch(expected: expected, found: found))
    }
  }

  private mutating func readTag(in module: ValidatedModule) throws(ValidationError) -> Signature {
    let index = reader.readU32()
    try require(index, below: module.module.tags.count, in: .tag)
    return module.signatures[module.module.tags[Int(index)]]
  }

  mutating func checkThrow(in module: ValidatedModule) throws(ValidationError) {
    try pop(try readTag(in: module).parameters, in: module)
    markUnreachable()
  }

  mutating func checkThrowRef() throws(ValidationError) {
    try pop(.exnref)
    markUnreachable()
  }

  // MARK: The older form

  mutating func checkCatch(in module: ValidatedModule) throws(ValidationError) {
    guard frame.kind == .tryBody || frame.kind == .catchTag else { throw error(.misplacedCatch) }
    try beginArm(.catchTag, in: module)
    try push(try readTag(in: module).parameters, in: module)
  }

  mutating func checkCatchAll(in module: ValidatedModule) throws(ValidationError) {
    guard frame.kind == .tryBody || frame.kind == .catchTag else { throw error(.misplacedCatch) }
    try beginArm(.catchAll, in: module)
  }

  /// Ends a `try` whose exceptions go on as if thrown at a label around it.
  mutating func checkDelegate(in module: ValidatedModule) throws(ValidationError) {
    guard frame.kind == .tryBody else { throw error(.misplacedCatch) }
    try popResults(in: module)
    let depth = reader.readU32()
    try require(depth, below: frames.count, in: .label)
    try closeFrame(frame.signature, in: module)
  }

  mutating func checkRethrow() throws(ValidationError) {
    let depth = reader.readU32()
    try require(depth, below: frames.count + 1, in: .label)
    let kind = depth == 0 ? frame.kind : frames[frames.count - Int(depth)].kind
    guard kind == .catchTag || kind == .catchAll else {
      throw error(.rethrowOutsideCatch(depth))
    }
    markUnreachable()
  }
}
