import SwasmModule

extension ModuleDecoder {
  mutating func decodeFunctionSection() throws(DecodeError) {
    let count = try reader.count(of: "functions", most: ImplementationLimits.functions)
    module.functions.reserveCapacity(module.functions.count + count)
    module.offsets.functions.reserveCapacity(count)
    for _ in 0..<count {
      module.offsets.functions.append(reader.position)
      module.functions.append(try reader.index())
    }
  }
}
