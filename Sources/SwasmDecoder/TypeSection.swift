import SwasmModule

extension ModuleDecoder {
  mutating func decodeTypeSection() throws(DecodeError) {
    let count = try reader.count(of: "types", most: ImplementationLimits.types)
    let first = module.types.count
    try checkTotal("types", first + count, ImplementationLimits.types)
    module.types.reserveCapacity(first + count)
    module.offsets.types.reserveCapacity(first + count)
    for _ in 0..<count {
      module.offsets.types.append(reader.position)
      module.types.append(try decodeType())
    }
    module.items.append(.types(first..<module.types.count))
  }

  /// Sections that may come several times share their limits.
  func checkTotal(_ what: String, _ count: Int, _ most: Int) throws(DecodeError) {
    guard count > most else { return }
    throw DecodeError(.limitExceeded(what, count: count, most: most), at: reader.position)
  }

  private mutating func decodeType() throws(DecodeError) -> DefinedType {
    let start = reader.position
    let form = try reader.byte()
    switch form {
    case 0x60:
      let parameters = try decodeValueTypes("parameters", most: ImplementationLimits.parameters)
      let results = try decodeValueTypes("results", most: ImplementationLimits.results)
      if results.count > 1 {
        try reader.require(.multiValue, for: "several results", at: start)
      }
      return .function(FunctionType(parameters: parameters, results: results))
    case 0x61:
      try reader.require(.moduleLinking, for: "module type", at: start)
      return .module(imports: try decodeTypedImports(), exports: try decodeTypedExports())
    case 0x62:
      try reader.require(.moduleLinking, for: "instance type", at: start)
      return .instance(exports: try decodeTypedExports())
    case 0x4d...0x50, 0x5e, 0x5f:
      throw reader.unsupported(.garbageCollection, "type", code: form, at: start)
    default: throw DecodeError(.malformedTypeForm(form), at: start)
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

  private mutating func decodeTypedImports() throws(DecodeError) -> [TypedImport] {
    let count = try reader.count(of: "imports", most: ImplementationLimits.imports)
    var imports: [TypedImport] = []
    for _ in 0..<count {
      let (name, field, item) = try decodeImport()
      imports.append(TypedImport(module: name, name: field, item: item))
    }
    return imports
  }

  private mutating func decodeTypedExports() throws(DecodeError) -> [TypedExport] {
    let count = try reader.count(of: "exports", most: ImplementationLimits.exports)
    var exports: [TypedExport] = []
    for _ in 0..<count {
      let name = try reader.name()
      exports.append(TypedExport(name: name, item: try decodeItemType(try reader.byte())))
    }
    return exports
  }
}
