import SwasmModule

extension FunctionValidator {
  mutating func checkAccess(
    _ entry: OperatorEntry, in module: ValidatedModule
  ) throws(ValidationError) {
    let argument = reader.readMemoryArgument()
    let natural = UInt32(entry.alignment)
    try require(argument.memory.rawValue, below: module.module.memories.count, in: .memory)
    guard argument.alignment <= natural else {
      throw error(.alignmentTooLarge(log2: argument.alignment, natural: natural))
    }
    guard argument.offset <= UInt32.max else {
      throw error(.offsetOutOfRange(argument.offset))
    }
  }

  private mutating func readMemory(in module: ValidatedModule) throws(ValidationError) {
    let index = reader.readU32()
    try require(index, below: module.module.memories.count, in: .memory)
  }

  mutating func checkMemorySize(in module: ValidatedModule) throws(ValidationError) {
    try readMemory(in: module)
    push(.i32)
  }

  mutating func checkMemoryGrow(in module: ValidatedModule) throws(ValidationError) {
    try readMemory(in: module)
    try pop(.i32)
    push(.i32)
  }

  mutating func checkMemoryFill(in module: ValidatedModule) throws(ValidationError) {
    try readMemory(in: module)
    try popThreeIntegers()
  }

  mutating func checkMemoryCopy(in module: ValidatedModule) throws(ValidationError) {
    try readMemory(in: module)
    try readMemory(in: module)
    try popThreeIntegers()
  }

  mutating func checkMemoryInit(in module: ValidatedModule) throws(ValidationError) {
    let segment = reader.readU32()
    try readMemory(in: module)
    try requireDataSegment(segment, in: module)
    try popThreeIntegers()
  }

  mutating func readDataSegment(in module: ValidatedModule) throws(ValidationError) {
    let segment = reader.readU32()
    try requireDataSegment(segment, in: module)
  }

  /// Bodies come before the data, so a module that names segments must have counted them first.
  private func requireDataSegment(
    _ index: UInt32, in module: ValidatedModule
  ) throws(ValidationError) {
    guard let count = module.module.dataCount else {
      throw error(.fault(.dataCountRequired))
    }
    try require(index, below: Int(count), in: .dataSegment)
  }
}
