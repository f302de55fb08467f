import SwasmModule

extension ModuleDecoder {
  mutating func decodeImportSection() throws(DecodeError) {
    let count = try reader.count(of: "imports", most: ImplementationLimits.imports)
    let first = module.imports.count
    try checkTotal("imports", first + count, ImplementationLimits.imports)
    module.imports.reserveCapacity(first + count)
    var entries = 0
    // Compact entries are several imports: some producers count those and not the entries.
    while entries < count, !reader.isAtEnd || module.imports.count - first != count {
      try decodeImportEntry()
      entries += 1
    }
    module.items.append(.imports(first..<module.imports.count))
  }

  /// An import, or several of one module: the names are then followed by how many.
  private mutating func decodeImportEntry() throws(DecodeError) {
    let start = reader.position
    let (moduleName, name, kind) = try decodeImportNames()
    try checkLinkingKind(kind)
    guard kind == 0x7e || kind == 0x7f, name == "" else {
      return try append(moduleName, name, try decodeItemType(kind), at: start)
    }
    // 0x7f: each has a type; 0x7e: all have the same.
    try reader.require(.compactImports, for: "compact imports", at: start)
    let shared = kind == 0x7e ? try decodeItemType(try reader.byte()) : nil
    let count = try reader.count(of: "imports", most: ImplementationLimits.imports)
    try checkTotal("imports", module.imports.count + count, ImplementationLimits.imports)
    for _ in 0..<count {
      let start = reader.position
      let name = try reader.name()
      let item: ImportItem
      if let shared { item = shared } else { item = try decodeItemType(try reader.byte()) }
      try append(moduleName, name, item, at: start)
    }
  }

  /// Modules and instances are imported by their types. Where there are no types at all there is no linking either, and to
  /// core WebAssembly the kinds are malformed.
  private func checkLinkingKind(_ kind: UInt8) throws(DecodeError) {
    guard kind == 5 || kind == 6 else { return }
    let hasAliases = module.items.contains { if case .alias = $0 { true } else { false } }
    guard !module.types.isEmpty || hasAliases else {
      throw DecodeError(.malformedImportKind(kind), at: reader.position - 1)
    }
  }

  private mutating func append(
    _ moduleName: String, _ name: String?, _ item: ImportItem, at start: Int
  ) throws(DecodeError) {
    if case .global(let type) = item, type.isMutable {
      try reader.require(.mutableGlobals, for: "import of a mutable global", at: start)
    }
    add(item)
    var entry = Import(module: moduleName, name: name ?? "", item: item, offset: start)
    entry.isSingleLevel = name == nil
    module.imports.append(entry)
  }

  /// One or two names and the kind of what they stand for. An empty second name before the byte 0xff is none.
  private mutating func decodeImportNames() throws(DecodeError) -> (String, String?, UInt8) {
    let moduleName = try reader.name()
    let name = try reader.name()
    let kind = try reader.byte()
    guard kind == 0xff, name == "" else { return (moduleName, name, kind) }
    try reader.require(.moduleLinking, for: "single-level import", at: reader.position)
    return (moduleName, nil, try reader.byte())
  }

  /// One or two names and what they stand for.
  mutating func decodeImport() throws(DecodeError) -> (String, String?, ImportItem) {
    let (moduleName, name, kind) = try decodeImportNames()
    return (moduleName, name, try decodeItemType(kind))
  }

  /// What follows the kind, which has just been read.
  mutating func decodeItemType(_ kind: UInt8) throws(DecodeError) -> ImportItem {
    switch kind {
    case 0: return .function(try reader.index())
    case 1: return .table(try decodeTableType())
    case 2: return .memory(try decodeMemoryType())
    case 3: return .global(try decodeGlobalType())
    case 4: return .tag(try decodeTagType())
    case 5: return .module(try reader.index())
    case 6: return .instance(try reader.index())
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
    case .tag(let type):
      module.tags.append(type)
      module.importedTagCount += 1
    case .module, .instance: break
    }
  }
}
