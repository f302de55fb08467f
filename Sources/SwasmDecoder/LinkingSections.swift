import SwasmModule

// The instance and alias sections of module linking; the module section is a matter of the loop that decodes modules.
extension ModuleDecoder {
  mutating func decodeInstanceSection() throws(DecodeError) {
    let count = try reader.count(of: "instances", most: ImplementationLimits.instances)
    for _ in 0..<count {
      let start = reader.position
      let form = try reader.byte()
      guard form == 0 else { throw DecodeError(.malformedInstanceForm(form), at: start) }
      let instantiated: ModuleIndex = try reader.index()
      let arguments = try reader.count(of: "arguments", most: ImplementationLimits.imports)
      var list: [Instantiation.Argument] = []
      for _ in 0..<arguments {
        let name = try reader.name()
        let kind = try decodeExportKind()
        list.append(Instantiation.Argument(name: name, kind: kind, index: try reader.u32()))
      }
      module.items.append(
        .instance(Instantiation(module: instantiated, arguments: list, offset: start)))
    }
  }

  mutating func decodeAliasSection() throws(DecodeError) {
    let count = try reader.count(of: "aliases", most: ImplementationLimits.aliases)
    try checkTotal("aliases", module.items.count + count, ImplementationLimits.aliases)
    for _ in 0..<count {
      let start = reader.position
      let form = try reader.byte()
      switch form {
      case 0: try decodeExportAlias(at: start)
      case 1: try decodeOuterAlias(at: start)
      default: throw DecodeError(.malformedAliasForm(form), at: start)
      }
    }
  }

  private mutating func decodeExportAlias(at start: Int) throws(DecodeError) {
    let instance: InstanceIndex = try reader.index()
    let kind = try decodeExportKind()
    let name = try reader.name()
    let index = addAlias(of: kind)
    module.items.append(
      .alias(
        Alias(
          .export(instance: instance, kind: kind, name: name, index: UInt32(index)),
          offset: start)))
  }

  /// Makes room in an index space for an item whose type only validation finds out, and returns its index.
  private mutating func addAlias(of kind: ExternalKind) -> Int {
    let limits = Limits(minimum: 0)
    switch kind {
    case .function:
      module.functions.append(TypeIndex(UInt32.max))
      module.importedFunctionCount += 1
      return module.functions.count - 1
    case .table:
      module.tables.append(TableType(element: .funcref, limits: limits))
      module.importedTableCount += 1
      return module.tables.count - 1
    case .memory:
      module.memories.append(MemoryType(limits: limits))
      module.importedMemoryCount += 1
      return module.memories.count - 1
    case .global:
      module.globals.append(GlobalType(value: .i32, isMutable: false))
      module.importedGlobalCount += 1
      return module.globals.count - 1
    case .tag:
      module.tags.append(TypeIndex(UInt32.max))
      module.importedTagCount += 1
      return module.tags.count - 1
    case .module, .instance: return 0
    }
  }

  private mutating func decodeOuterAlias(at start: Int) throws(DecodeError) {
    let depth = try reader.u32()
    let kindStart = reader.position
    let kind = try reader.byte()
    let target: Alias.Target
    switch kind {
    case 5: target = .outerModule(depth: depth, index: try reader.index())
    case 7:
      target = .outerType(TypeIndex(module.types.count))
      module.types.append(.outer(depth: depth, index: try reader.index()))
      module.offsets.types.append(start)
    default: throw DecodeError(.malformedAliasKind(kind), at: kindStart)
    }
    module.items.append(.alias(Alias(target, offset: start)))
  }
}
