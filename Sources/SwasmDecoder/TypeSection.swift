import SwasmModule

extension ModuleDecoder {
  mutating func decodeTypeSection() throws(DecodeError) {
    let count = try reader.count(of: "types", most: ImplementationLimits.types)
    module.types.reserveCapacity(count)
    module.offsets.types.reserveCapacity(count)
    for _ in 0..<count {
      let start = reader.position
      let form = try reader.byte()
      switch form {
      case 0x60: break
      case 0x61, 0x62:
        throw reader.unsupported(.moduleLinking, "type", code: form, at: start)
      case 0x4d...0x50, 0x5e, 0x5f:
        throw reader.unsupported(.garbageCollection, "type", code: form, at: start)
      default: throw DecodeError(.malformedTypeForm(form), at: start)
      }
      let parameters = try decodeValueTypes("parameters", most: ImplementationLimits.parameters)
      let results = try decodeValueTypes("results", most: ImplementationLimits.results)
      module.types.append(.function(FunctionType(parameters: parameters, results: results)))
      module.offsets.types.append(start)
    }
  }

  private mutating func decodeValueTypes(
    _ what: String, most: Int
  ) throws(DecodeError) -> [ValueType] {
    let count = try reader.count(of: what, most: most)
    var types: [ValueType] = []
    types.reserveCapacity(count)
    for _ in 0..<count { types.append(try reader.valueType()) }
    return types
  }
}
