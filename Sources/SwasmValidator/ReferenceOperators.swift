import SwasmModule

extension FunctionValidator {
  mutating func checkRefIsNull() throws(ValidationError) {
    let type = try popAny()
    guard type == .none || type.isReference else {
      throw error(.referenceExpected(found: type))
    }
    push(.i32)
  }

  mutating func checkRefFunc(in module: ValidatedModule) throws(ValidationError) {
    let index = reader.readU32()
    try require(index, below: module.isDeclared.count, in: .function)
    guard module.isDeclared[Int(index)] else {
      throw error(.undeclaredFunctionReference(FunctionIndex(index)))
    }
    push(.funcref)
  }
}
