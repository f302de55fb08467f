import SwasmModule

extension FunctionValidator {
  mutating func checkBlock(
    _ kind: ControlFrame.Kind, in module: ValidatedModule
  ) throws(ValidationError) {
    let signature = try readBlockSignature(in: module)
    if kind == .ifTrue { try pop(.i32) }
    try pop(signature.parameters, in: module)
    try open(kind, signature, in: module)
  }

  mutating func readBlockSignature(in module: ValidatedModule) throws(ValidationError) -> Signature
  {
    let type = reader.readBlockType()
    switch type {
    case .empty: break
    case .function(let index): try requireFunctionType(index.rawValue, in: module)
    case .value(let value):
      if let index = value.definedIndex { try requireFunctionType(index, in: module) }
    }
    return module.signatures[type]
  }

  /// Begins a block whose parameters have been popped.
  mutating func open(
    _ kind: ControlFrame.Kind, _ signature: Signature, in module: ValidatedModule
  ) throws(ValidationError) {
    frames.append(frame)
    guard frames.count <= ImplementationLimits.nesting else {
      throw error(
        .limitExceeded("open blocks", count: frames.count, most: ImplementationLimits.nesting))
    }
    frame = ControlFrame(kind: kind, floor: height, signature: signature)
    frame.initialized = locals.initialized.count
    try push(signature.parameters, in: module)
  }

  mutating func checkElse(in module: ValidatedModule) throws(ValidationError) {
    guard frame.kind == .ifTrue else { throw error(.fault(.misplacedElse)) }
    try beginArm(.ifFalse, in: module)
    try push(frame.signature.parameters, in: module)
  }

  /// Ends a part of the innermost block and begins its next.
  mutating func beginArm(
    _ kind: ControlFrame.Kind, in module: ValidatedModule
  ) throws(ValidationError) {
    try popResults(in: module)
    frame.kind = kind
    frame.isUnreachable = false
    locals.reset(to: frame.initialized)
  }

  mutating func checkEnd(in module: ValidatedModule) throws(ValidationError) {
    try popResults(in: module)
    let signature = frame.signature
    if frame.kind == .ifTrue {
      // The missing arm passes the parameters on.
      guard matches(signature.parameters, signature.results, in: module) else {
        throw error(.ifWithoutElse)
      }
    }
    try closeFrame(signature, in: module)
  }

  /// Whether values of the first types, at positions of the signature table, are of the second ones.
  func matches(_ found: Range<Int>, _ expected: Range<Int>, in module: ValidatedModule) -> Bool {
    let values = module.signatures.values
    return found.count == expected.count
      && zip(values[found], values[expected]).allSatisfy { $0.matches($1) }
  }

  /// Goes on behind the innermost block.
  mutating func closeFrame(
    _ signature: Signature, in module: ValidatedModule
  ) throws(ValidationError) {
    locals.reset(to: frame.initialized)
    guard let outer = frames.popLast() else {
      isFinished = true
      return
    }
    frame = outer
    try push(signature.results, in: module)
  }

  /// The end of a block or of an arm: its results and nothing else are left.
  mutating func popResults(in module: ValidatedModule) throws(ValidationError) {
    try pop(frame.signature.results, in: module)
    guard height == frame.floor else { throw error(.valuesLeft(height - frame.floor)) }
  }

  mutating func checkBranch(in module: ValidatedModule) throws(ValidationError) {
    try pop(try readLabel(), in: module)
    markUnreachable()
  }

  mutating func checkBranchIf(in module: ValidatedModule) throws(ValidationError) {
    let types = try readLabel()
    try pop(.i32)
    try pop(types, in: module)
    try push(types, in: module)
  }

  mutating func checkBranchTable(in module: ValidatedModule) throws(ValidationError) {
    let count = Int(reader.readU32())
    guard count <= reader.remaining else {
      reader.fail(.unexpectedEnd, at: reader.position)
      return
    }
    guard count <= ImplementationLimits.branchTargets else {
      throw error(
        .limitExceeded(
          "labels of a br_table", count: count, most: ImplementationLimits.branchTargets))
    }
    try pop(.i32)
    var last = -1..<(-1)
    var arity = 0
    for position in 0...count {
      let types = try readLabel()
      // Many labels in a row are the same, and each may have many types.
      if types == last { continue }
      if position > 0, types.count != arity {
        throw error(.branchArity(expected: arity, found: types.count))
      }
      arity = types.count
      last = types
      try peek(types, in: module)
    }
    markUnreachable()
  }

  mutating func checkReturn(in module: ValidatedModule) throws(ValidationError) {
    try pop((frames.first ?? frame).signature.results, in: module)
    markUnreachable()
  }

  /// What a branch to the label takes.
  mutating func readLabel() throws(ValidationError) -> Range<Int> {
    let depth = reader.readU32()
    if depth == 0 { return frame.labelTypes }
    try require(depth, below: frames.count + 1, in: .label)
    return frames[frames.count - Int(depth)].labelTypes
  }
}
