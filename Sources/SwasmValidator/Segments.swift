import SwasmModule

extension ModuleValidator {
  mutating func checkElementSegments() throws(ValidationError) {
    for segment in module.elements {
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
      let element = module.tables[table.position].element
      guard element == segment.type else {
        throw ValidationError(
          .typeMismatch(expected: element, found: segment.type), at: segment.offset)
      }
      try check(offset, leaves: .i32, globals: module.globals.count)
    }
  }

  mutating func checkDataSegments() throws(ValidationError) {
    for segment in module.dataSegments {
      guard case .active(let memory, let offset) = segment.mode else { continue }
      try require(memory, below: module.memories.count, in: .memory, at: segment.offset)
      try check(offset, leaves: .i32, globals: module.globals.count)
    }
  }
}
