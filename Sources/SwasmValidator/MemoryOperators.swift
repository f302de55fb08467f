import SwasmModule

extension FunctionValidator {
  /// The immediates of an access; returns the type of its address.
  @inline(__always)
  mutating func checkAccess(
    _ entry: OperatorEntry, in module: ValidatedModule
  ) throws(ValidationError) -> ValueType {
    let argument = reader.readMemoryArgument()
    let natural = UInt32(entry.alignment)
    try require(argument.memory.rawValue, below: module.memoryAddresses.count, in: .memory)
    guard argument.alignment <= natural else {
      throw error(.alignmentTooLarge(log2: argument.alignment, natural: natural))
    }
    let address = module.memoryAddresses[argument.memory.position]
    guard argument.offset <= UInt32.max || address == .i64 else {
      throw error(.offsetOutOfRange(argument.offset))
    }
    return address
  }

  /// As ``checkAccess(_:in:)``, where the alignment has to be the natural one.
  mutating func checkAtomicAccess(
    _ entry: OperatorEntry, in module: ValidatedModule
  ) throws(ValidationError) -> ValueType {
    var copy = reader
    let alignment = copy.readMemoryArgument().alignment
    let address = try checkAccess(entry, in: module)
    guard alignment == entry.alignment else {
      throw error(.unequalAlignment(log2: alignment, natural: UInt32(entry.alignment)))
    }
    return address
  }

  /// The type of a memory's addresses.
  private mutating func readMemory(
    in module: ValidatedModule
  ) throws(ValidationError) -> ValueType {
    let start = reader.position
    let index = reader.readU32()
    if index > 0 { reader.require(.multiMemory, for: "memory index", at: start) }
    try require(index, below: module.memoryAddresses.count, in: .memory)
    return module.memoryAddresses[Int(index)]
  }

  mutating func checkMemorySize(in module: ValidatedModule) throws(ValidationError) {
    push(try readMemory(in: module))
  }

  mutating func checkMemoryGrow(in module: ValidatedModule) throws(ValidationError) {
    let address = try readMemory(in: module)
    try pop(address)
    push(address)
  }

  mutating func checkMemoryFill(in module: ValidatedModule) throws(ValidationError) {
    let address = try readMemory(in: module)
    try pop(address)
    try pop(.i32)
    try pop(address)
  }

  mutating func checkMemoryCopy(in module: ValidatedModule) throws(ValidationError) {
    let destination = try readMemory(in: module)
    let source = try readMemory(in: module)
    try popRange(to: destination, from: source)
  }

  mutating func checkMemoryInit(in module: ValidatedModule) throws(ValidationError) {
    let segment = reader.readU32()
    let address = try readMemory(in: module)
    try requireDataSegment(segment, in: module)
    try popRange(to: address, from: .i32)
  }

  /// The operands of copies: both addresses, and a length that fits both.
  mutating func popRange(
    to destination: ValueType, from source: ValueType
  ) throws(ValidationError) {
    try pop(destination == source ? source : .i32)
    try pop(source)
    try pop(destination)
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
