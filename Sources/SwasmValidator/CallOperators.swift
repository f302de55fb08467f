import SwasmModule

extension FunctionValidator {
  mutating func checkCall(in module: ValidatedModule) throws(ValidationError) {
    let index = reader.readU32()
    try require(index, below: module.module.functions.count, in: .function)
    try apply(module.signature(of: FunctionIndex(index)), in: module)
  }

  mutating func checkCallIndirect(in module: ValidatedModule) throws(ValidationError) {
    let type = reader.readU32()
    let element = try readTable(in: module).element
    guard element == .funcref else {
      throw error(.typeMismatch(expected: .funcref, found: element))
    }
    try requireFunctionType(type, in: module)
    try pop(.i32)
    try apply(module.signatures[TypeIndex(type)], in: module)
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
