import SwasmModule

extension ModuleDecoder {
  mutating func decodeImportSection() throws(DecodeError) {
    let count = try reader.count(of: "imports", most: ImplementationLimits.imports)
    module.imports.reserveCapacity(count)
    for _ in 0..<count {
      let start = reader.position
      let moduleName = try reader.name()
      let name = try reader.name()
      let item = try decodeImportItem(name: name)
      add(item)
      module.imports.append(
        Import(module: moduleName, name: name, item: item, offset: start))
    }
  }

  private mutating func decodeImportItem(name: String) throws(DecodeError) -> ImportItem {
    let start = reader.position
    let kind = try reader.byte()
    switch kind {
    case 0: return .function(try reader.index())
    case 1: return .table(try decodeTableType())
    case 2: return .memory(try decodeMemoryType())
    case 3: return .global(try decodeGlobalType())
    case 4: throw reader.unsupported(.exceptions, "import kind", code: kind, at: start)
    case 5, 6:
      throw reader.unsupported(.moduleLinking, "import kind", code: kind, at: start)
    // An empty second name and this byte announce an import of a whole instance.
    case 0xff where name.isEmpty:
      throw reader.unsupported(.moduleLinking, "import kind", code: kind, at: start)
    default: throw DecodeError(.malformedImportKind(kind), at: start)
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
    }
  }
}
