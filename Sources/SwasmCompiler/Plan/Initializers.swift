import SwasmArtifact
import SwasmModule
import SwasmValidator

/// What instantiating a module does, in the specification's order: first what its items say, in theirs.
func initializers(of member: SetPlan.Member, in set: SetPlan) -> [Initializer] {
  let module = member.module.module
  var list = itemInitializers(of: member, in: set)
  list.append(.defineFunctions)
  for index in module.importedMemoryCount..<module.memories.count {
    list.append(.defineMemory(MemoryIndex(index)))
  }
  // Globals before tables: a table's initial value may name one, and no global names a table.
  for (position, initial) in module.globalInitializers.enumerated() {
    list.append(
      .defineGlobal(GlobalIndex(module.importedGlobalCount + position), initial: initial))
  }
  for index in module.importedTableCount..<module.tables.count {
    let position = index - module.importedTableCount
    let initial =
      position < module.tableInitializers.count ? module.tableInitializers[position] : nil
    list.append(.defineTable(TableIndex(index), initial: initial))
  }
  for (index, segment) in module.elements.enumerated() {
    if case .passive = segment.mode { continue }
    list.append(.applyElement(ElementIndex(index)))
  }
  for (index, segment) in module.dataSegments.enumerated() {
    if case .passive = segment.mode { continue }
    list.append(.applyData(DataIndex(index)))
  }
  if let start = module.start { list.append(.start(start.value)) }
  return list
}

private func itemInitializers(of member: SetPlan.Member, in set: SetPlan) -> [Initializer] {
  let module = member.module.module
  let linking = member.module.linking
  var list: [Initializer] = []
  var implicit: Set<ItemName> = []
  var outerModules = linking.outerModules.makeIterator()
  for item in module.items {
    switch item {
    case .types: break
    case .imports(let range):
      for position in range {
        let item = module.imports[position]
        if linking.isStrict, !item.isSingleLevel,
          implicit.insert(ItemName(item.module)).inserted
        {
          list.append(.importImplicitInstance(position))
        }
        switch linking.importTypes[position] {
        case .module(let type), .instance(let type): list.append(.importValue(position, type))
        case .function, .table, .memory, .global, .tag: list.append(.importItem(position))
        }
      }
    case .alias(let alias):
      switch alias.target {
      case .export(let instance, let kind, let name, _):
        list.append(.aliasExport(instance, kind, name: name))
      case .outerModule:
        if let number = outerModules.next() { list.append(.aliasUpvalue(number)) }
      case .outerType: break
      }
    case .module(let position):
      // Nested modules of the set come first, in the order in which the decoder numbers them.
      let inner = member.firstNested + position
      list.append(
        .defineModule(inner, upvalues: set.members[inner].module.linking.upvalues))
    case .instance(let item): list.append(.instantiate(item))
    }
  }
  return list
}
