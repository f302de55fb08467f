import SwasmModule

extension ModuleDecoder {
  mutating func decodeGlobalSection() throws(DecodeError) {
    let count = try reader.count(of: "globals", most: ImplementationLimits.globals)
    module.globals.reserveCapacity(module.globals.count + count)
    module.globalInitializers.reserveCapacity(count)
    for _ in 0..<count {
      module.offsets.globals.append(reader.position)
      module.globals.append(try decodeGlobalType())
      module.globalInitializers.append(try decodeConstantExpression())
    }
  }

  mutating func decodeGlobalType() throws(DecodeError) -> GlobalType {
    let value = try reader.valueType()
    let start = reader.position
    let mutability = try reader.byte()
    guard mutability <= 1 else {
      throw DecodeError(.malformedMutability(mutability), at: start)
    }
    return GlobalType(value: value, isMutable: mutability == 1)
  }
}
