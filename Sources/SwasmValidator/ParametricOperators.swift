import SwasmModule

extension FunctionValidator {
  /// Without a type, `select` is for numbers only.
  mutating func checkSelect() throws(ValidationError) {
    try pop(.i32)
    let second = try popAny()
    let first = try popAny()
    for type in [first, second] where type.isReference {
      throw error(.numberExpected(found: type))
    }
    guard first == second || first == .none || second == .none else {
      throw error(.typeMismatch(expected: first, found: second))
    }
    push(first == .none ? second : first)
  }

  mutating func checkTypedSelect(in module: ValidatedModule) throws(ValidationError) {
    let count = Int(reader.readU32())
    guard count == 1 else { throw error(.invalidResultArity(count)) }
    let type = try canonical(reader.readValueType(), in: module)
    try pop(.i32)
    try pop(type)
    try pop(type)
    push(type)
  }
}
