import SwasmModule

// Functions, tables, memories and globals, imported and defined.
extension ModuleValidator {
  /// Imported functions and aliases have been resolved already.
  func checkFunctions() throws(ValidationError) {
    for (position, type) in module.functions[module.importedFunctionCount...].enumerated() {
      guard type.position < declaredTypeCount else {
        throw ValidationError(
          .unknown(.type, index: type.rawValue), at: module.offsets.functions[position])
      }
      guard module.functionType(type) != nil else {
        throw ValidationError(
          .linking(.typeOfOtherKind(type, expected: .function)),
          at: module.offsets.functions[position])
      }
    }
  }

  mutating func checkTables() throws(ValidationError) {
    let offsets = offsets(of: .table, defined: module.offsets.tables)
    for (position, table) in module.tables.enumerated() {
      try Self.check(table, at: offsets[position])
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
      try Self.check(memory, at: offset)
      if position > 0, !features.contains(.multiMemory) {
        throw ValidationError(.multipleMemories(module.memories.count), at: offset)
      }
    }
  }

  static func check(_ table: TableType, at offset: Int) throws(ValidationError) {
    for size in [table.limits.minimum, table.limits.maximum ?? 0] where size > UInt32.max {
      throw ValidationError(.tableSize(size), at: offset)
    }
    try checkOrder(table.limits, at: offset)
  }

  static func check(_ memory: MemoryType, at offset: Int) throws(ValidationError) {
    for pages in [memory.limits.minimum, memory.limits.maximum ?? 0]
    where pages > ImplementationLimits.memoryPages {
      throw ValidationError(.memorySize(pages), at: offset)
    }
    try checkOrder(memory.limits, at: offset)
  }

  private static func checkOrder(_ limits: Limits, at offset: Int) throws(ValidationError) {
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
