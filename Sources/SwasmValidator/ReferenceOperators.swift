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
    let type = module.canonicalType(of: FunctionIndex(index))
    push(ValueType(index: type.rawValue, isNullable: false))
  }

  /// A type of the module's code in terms of the set.
  func canonical(
    _ type: ValueType, in module: ValidatedModule
  ) throws(ValidationError) -> ValueType {
    guard let index = type.definedIndex else { return type }
    try requireFunctionType(index, in: module)
    return ValueType(
      index: module.canonicalTypes[Int(index)].rawValue, isNullable: type.isNullable)
  }

  mutating func checkRefNull(in module: ValidatedModule) throws(ValidationError) {
    push(try canonical(reader.readHeapType(), in: module))
  }

  mutating func checkRefAsNonNull() throws(ValidationError) {
    push(try popReference().nonNull)
  }

  mutating func checkBranchOnNull(in module: ValidatedModule) throws(ValidationError) {
    let label = try readLabel()
    let type = try popReference()
    try pop(label, in: module)
    try push(label, in: module)
    push(type.nonNull)
  }

  mutating func checkBranchOnNonNull(in module: ValidatedModule) throws(ValidationError) {
    let label = try readLabel()
    guard let last = label.last else { throw error(.labelResult) }
    let expected = module.signatures.values[last]
    guard expected.isReference else { throw error(.labelResult) }
    try pop(expected.nullable)
    try pop(label.dropLast(), in: module)
    try push(label.dropLast(), in: module)
  }
}
