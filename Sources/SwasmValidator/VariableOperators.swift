import SwasmModule

extension FunctionValidator {
  @inline(__always)
  mutating func readLocal() throws(ValidationError) -> ValueType {
    let index = reader.readU32()
    let type = locals[index]
    if type == .none { throw error(.unknown(.local, index: index)) }
    return type
  }

  mutating func checkLocalTee() throws(ValidationError) {
    let type = try readLocal()
    try pop(type)
    push(type)
  }

  mutating func readGlobal(
    in module: ValidatedModule
  ) throws(ValidationError) -> (index: GlobalIndex, type: GlobalType) {
    let index = reader.readU32()
    try require(index, below: module.module.globals.count, in: .global)
    return (GlobalIndex(index), module.module.globals[Int(index)])
  }

  mutating func checkGlobalSet(in module: ValidatedModule) throws(ValidationError) {
    let global = try readGlobal(in: module)
    guard global.type.isMutable else { throw error(.immutableGlobal(global.index)) }
    try pop(global.type.value)
  }
}
