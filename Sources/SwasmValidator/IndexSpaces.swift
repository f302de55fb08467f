import SwasmModule

// Functions, tables, memories and globals, imported and defined.
extension ModuleValidator {
  func checkFunctions() throws(ValidationError) {
    for (position, type) in module.functions.enumerated()
    where type.position >= module.types.count {
      let offset = offsets(of: .function, defined: module.offsets.functions)[position]
      throw ValidationError(.unknown(.type, index: type.rawValue), at: offset)
    }
  }

  mutating func checkTables() throws(ValidationError) {
    let offsets = offsets(of: .table, defined: module.offsets.tables)
    for (position, table) in module.tables.enumerated() {
      let offset = offsets[position]
      for size in [table.limits.minimum, table.limits.maximum ?? 0] where size > UInt32.max {
        throw ValidationError(.tableSize(size), at: offset)
      }
      try checkOrder(table.limits, at: offset)
    }
    for (index, initializer) in module.tableInitializers.enumerated() {
      guard let initializer else { continue }
      // The table section comes before the global section: only imported globals exist yet.
      try check(
        initializer, leaves: module.tables[module.importedTableCount + index].element,
        globals: module.importedGlobalCount)
    }
  }

  func checkMemories() throws(ValidationError) {
    let offsets = offsets(of: .memory, defined: module.offsets.memories)
    for (position, memory) in module.memories.enumerated() {
      let offset = offsets[position]
      for pages in [memory.limits.minimum, memory.limits.maximum ?? 0]
      where pages > ImplementationLimits.memoryPages {
        throw ValidationError(.memorySize(pages), at: offset)
      }
      try checkOrder(memory.limits, at: offset)
      if position > 0, !features.contains(.multiMemory) {
        throw ValidationError(.multipleMemories(module.memories.count), at: offset)
      }
    }
  }

  private func checkOrder(_ limits: Limits, at offset: Int) throws(ValidationError) {
    guard let maximum = limits.maximum, maximum < limits.minimum else { return }
    throw ValidationError(
      .minimumAboveMaximum(minimum: limits.minimum, maximum: maximum), at: offset)
  }

  /// An initializer may read the immutable globals before its own.
  mutating func checkGlobals() throws(ValidationError) {
    for (index, initializer) in module.globalInitializers.enumerated() {
      let position = module.importedGlobalCount + index
      try check(initializer, leaves: module.globals[position].value, globals: position)
    }
  }
}
