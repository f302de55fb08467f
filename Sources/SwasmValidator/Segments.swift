import SwasmModule

extension ModuleValidator {
  mutating func checkElementSegments() throws(ValidationError) {
    for position in module.elements.indices {
      module.elements[position].type = try canonical(
        module.elements[position].type, at: module.elements[position].offset)
      let segment = module.elements[position]
      switch segment.items {
      case .functions(let functions):
        for function in functions { try declare(function, at: segment.offset) }
      case .expressions(let expressions):
        for expression in expressions {
          try check(expression, leaves: segment.type, globals: module.globals.count)
        }
      }
      guard case .active(let table, let offset) = segment.mode else { continue }
      try require(table, below: module.tables.count, in: .table, at: segment.offset)
      let type = module.tables[table.position]
      guard segment.elementType.matches(type.element) else {
        throw ValidationError(
          .typeMismatch(expected: type.element, found: segment.type), at: segment.offset)
      }
      try check(offset, leaves: type.address, globals: module.globals.count)
    }
  }

  mutating func checkDataSegments() throws(ValidationError) {
    for segment in module.dataSegments {
      guard case .active(let memory, let offset) = segment.mode else { continue }
      try require(memory, below: module.memories.count, in: .memory, at: segment.offset)
      try check(
        offset, leaves: module.memories[memory.position].address, globals: module.globals.count)
    }
  }
}
