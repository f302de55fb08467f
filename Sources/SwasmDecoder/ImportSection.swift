import SwasmModule

extension ModuleDecoder {
  mutating func decodeImportSection() throws(DecodeError) {
    let count = try reader.count(of: "imports", most: ImplementationLimits.imports)
    let first = module.imports.count
    try checkTotal("imports", first + count, ImplementationLimits.imports)
    module.imports.reserveCapacity(first + count)
    for _ in 0..<count {
      let start = reader.position
      let (moduleName, name, item) = try decodeImport()
      add(item)
      var entry = Import(module: moduleName, name: name ?? "", item: item, offset: start)
      entry.isSingleLevel = name == nil
      module.imports.append(entry)
    }
    module.items.append(.imports(first..<module.imports.count))
  }

  /// One or two names and what they stand for. An empty second name before the byte 0xff is none.
  mutating func decodeImport() throws(DecodeError) -> (String, String?, ImportItem) {
    let moduleName = try reader.name()
    var name: String? = try reader.name()
    var kind = try reader.byte()
    if kind == 0xff, name == "" {
      name = nil
      kind = try reader.byte()
    }
    return (moduleName, name, try decodeItemType(kind))
  }

  /// What follows the kind, which has just been read.
  mutating func decodeItemType(_ kind: UInt8) throws(DecodeError) -> ImportItem {
    switch kind {
    case 0: return .function(try reader.index())
    case 1: return .table(try decodeTableType())
    case 2: return .memory(try decodeMemoryType())
    case 3: return .global(try decodeGlobalType())
    case 5: return .module(try reader.index())
    case 6: return .instance(try reader.index())
    case 4:
      throw reader.unsupported(
        .exceptions, "import kind", code: kind, at: reader.position - 1)
    default: throw DecodeError(.malformedImportKind(kind), at: reader.position - 1)
    }
  }

  /// Enters an imported item into its index space.
  private mutating func add(_ item: ImportItem) {
    switch item {
    case .function(let type):
      module.functions.append(type)
      module.importedFunctionCount += 1
    case .table(let type):
      module.tables.append(type)
      module.importedTableCount += 1
    case .memory(let type):
      module.memories.append(type)
      module.importedMemoryCount += 1
    case .global(let type):
      module.globals.append(type)
      module.importedGlobalCount += 1
    case .module, .instance: break
    }
  }
}
