import SwasmModule

extension FunctionValidator {
  /// The type of a local that is read.
  @inline(__always)
  mutating func readLocal() throws(ValidationError) -> ValueType {
    let index = reader.readU32()
    let type = locals[index]
    guard LocalTypes.isReadable(type) else {
      throw error(type == .none ? .unknown(.local, index: index) : .uninitializedLocal(index))
    }
    return type
  }

  @inline(__always)
  mutating func checkLocalSet() throws(ValidationError) { try pop(try readLocalToSet()) }

  mutating func checkLocalTee() throws(ValidationError) {
    let type = try readLocalToSet()
    try pop(type)
    push(type)
  }

  /// The type of a local that gets a value.
  @inline(__always)
  private mutating func readLocalToSet() throws(ValidationError) -> ValueType {
    let index = reader.readU32()
    let type = locals[index]
    return LocalTypes.isReadable(type) ? type : try initialize(index, type)
  }

  @inline(never)
  private mutating func initialize(
    _ index: UInt32, _ type: ValueType
  ) throws(ValidationError) -> ValueType {
    if type == .none { throw error(.unknown(.local, index: index)) }
    locals.initialize(index)
    return LocalTypes.withoutMark(type)
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
