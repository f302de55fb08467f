import SwasmModule

extension FunctionValidator {
  mutating func checkCall(in module: ValidatedModule) throws(ValidationError) {
    try apply(try readCallee(in: module), in: module)
  }

  mutating func checkCallIndirect(in module: ValidatedModule) throws(ValidationError) {
    try apply(try readIndirectCallee(in: module), in: module)
  }

  mutating func checkCallRef(in module: ValidatedModule) throws(ValidationError) {
    try apply(try readReferredCallee(in: module), in: module)
  }

  mutating func checkReturnCall(in module: ValidatedModule) throws(ValidationError) {
    try leave(with: try readCallee(in: module), in: module)
  }

  mutating func checkReturnCallIndirect(in module: ValidatedModule) throws(ValidationError) {
    try leave(with: try readIndirectCallee(in: module), in: module)
  }

  mutating func checkReturnCallRef(in module: ValidatedModule) throws(ValidationError) {
    try leave(with: try readReferredCallee(in: module), in: module)
  }

  private mutating func readCallee(in module: ValidatedModule) throws(ValidationError) -> Signature
  {
    let index = reader.readU32()
    try require(index, below: module.module.functions.count, in: .function)
    return module.signature(of: FunctionIndex(index))
  }

  private mutating func readIndirectCallee(
    in module: ValidatedModule
  ) throws(ValidationError) -> Signature {
    let type = reader.readU32()
    let table = try readTable(in: module)
    guard table.element.matches(.funcref) else {
      throw error(.typeMismatch(expected: .funcref, found: table.element))
    }
    try requireFunctionType(type, in: module)
    try pop(table.address)
    return module.signatures[TypeIndex(type)]
  }

  private mutating func readReferredCallee(
    in module: ValidatedModule
  ) throws(ValidationError) -> Signature {
    let type = reader.readU32()
    try requireFunctionType(type, in: module)
    try pop(
      ValueType(index: module.canonicalTypes[Int(type)].rawValue, isNullable: true))
    return module.signatures[TypeIndex(type)]
  }

  /// A call that takes the place of this function.
  private mutating func leave(
    with callee: Signature, in module: ValidatedModule
  ) throws(ValidationError) {
    try pop(callee.parameters, in: module)
    let results = (frames.first ?? frame).signature.results
    guard matches(callee.results, results, in: module) else {
      throw error(.tailCallResults)
    }
    markUnreachable()
  }

  func requireFunctionType(_ type: UInt32, in module: ValidatedModule) throws(ValidationError) {
    try require(type, below: module.signatures.count, in: .type)
    guard module.signatures.isFunction(TypeIndex(type)) else {
      throw error(.linking(.typeOfOtherKind(TypeIndex(type), expected: .function)))
    }
  }

  private mutating func apply(
    _ signature: Signature, in module: ValidatedModule
  ) throws(ValidationError) {
    try pop(signature.parameters, in: module)
    try push(signature.results, in: module)
  }
}
