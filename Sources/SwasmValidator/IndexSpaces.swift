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
    for position in module.tables.indices {
      if position >= module.importedTableCount {
        module.tables[position].element = try canonical(
          module.tables[position].element, at: offsets[position])
      }
      try Self.check(module.tables[position], at: offsets[position])
    }
    for (index, initializer) in module.tableInitializers.enumerated() {
      let position = module.importedTableCount + index
      let element = module.tables[position].element
      guard let initializer else {
        guard element.isDefaultable else {
          throw ValidationError(
            .typeMismatch(expected: element, found: nil), at: offsets[position])
        }
        continue
      }
      // The table section comes before the global section: only imported globals exist yet.
      try check(initializer, leaves: element, globals: module.importedGlobalCount)
    }
  }

  mutating func checkMemories() throws(ValidationError) {
    let offsets = offsets(of: .memory, defined: module.offsets.memories)
    for (position, memory) in module.memories.enumerated() {
      let offset = offsets[position]
      try Self.check(memory, at: offset)
      if position > 0 { try require(.multiMemory, for: "memory \(position)", at: offset) }
    }
  }

  /// Notes the use of a feature.
  mutating func require(
    _ feature: Features, for what: String, at offset: Int
  ) throws(ValidationError) {
    module.use.insert(feature, at: offset)
    let missing = feature.subtracting(features)
    guard missing == [] else {
      throw ValidationError(.fault(.switchedOff(missing, what: what)), at: offset)
    }
  }

  static func check(_ table: TableType, at offset: Int) throws(ValidationError) {
    for size in [table.limits.minimum, table.limits.maximum ?? 0]
    where size > UInt32.max && !table.is64 {
      throw ValidationError(.tableSize(size), at: offset)
    }
    try checkOrder(table.limits, at: offset)
  }

  static func check(_ memory: MemoryType, at offset: Int) throws(ValidationError) {
    let bytes = memory.is64 ? UInt64.max : UInt64(UInt32.max)
    // All addresses, but for pages of one byte: their number has to be an address itself.
    let most = memory.pageSizeLog2 == 0 ? bytes : bytes >> UInt64(memory.pageSizeLog2) + 1
    for pages in [memory.limits.minimum, memory.limits.maximum ?? 0] where pages > most {
      throw ValidationError(.memorySize(pages, most: most), at: offset)
    }
    try checkOrder(memory.limits, at: offset)
    if memory.isShared, memory.limits.maximum == nil {
      throw ValidationError(.sharedWithoutMaximum, at: offset)
    }
  }

  /// Tags have no results.
  mutating func checkTags() throws(ValidationError) {
    let offsets = offsets(of: .tag, defined: module.offsets.tags)
    for (position, index) in module.tags.enumerated() {
      let offset = offsets[position]
      // Aliases have types beyond those declared.
      guard index.position < module.types.count else {
        throw ValidationError(.unknown(.type, index: index.rawValue), at: offset)
      }
      guard let type = module.functionType(index) else {
        throw ValidationError(
          .linking(.typeOfOtherKind(index, expected: .function)), at: offset)
      }
      guard type.results.isEmpty else { throw ValidationError(.tagWithResults(type), at: offset) }
    }
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
      module.globals[position].value = try canonical(
        module.globals[position].value, at: module.offsets.globals[index])
      try check(initializer, leaves: module.globals[position].value, globals: position)
    }
  }
}
