import SwasmModule

extension ModuleValidator {
  mutating func checkExports() throws(ValidationError) {
    // Names are compared as bytes: `String` would take canonically equivalent ones to be equal.
    var names: Set<[UInt8]> = []
    names.reserveCapacity(module.exports.count)
    for export in module.exports {
      let index = export.index
      switch export.kind {
      case .function: try declare(FunctionIndex(index), at: export.offset)
      case .table:
        try require(
          TableIndex(index), below: module.tables.count, in: .table, at: export.offset)
      case .memory:
        try require(
          MemoryIndex(index), below: module.memories.count, in: .memory, at: export.offset)
      case .global:
        try require(
          GlobalIndex(index), below: module.globals.count, in: .global, at: export.offset)
        if module.globals[Int(index)].isMutable {
          try require(.mutableGlobals, for: "export of a mutable global", at: export.offset)
        }
      case .tag:
        try require(TagIndex(index), below: module.tags.count, in: .tag, at: export.offset)
      case .module:
        try require(ModuleIndex(index), below: moduleCount, in: .module, at: export.offset)
      case .instance:
        try require(InstanceIndex(index), below: instanceCount, in: .instance, at: export.offset)
      }
      guard names.insert(Array(export.name.utf8)).inserted else {
        throw ValidationError(.duplicateExportName(export.name), at: export.offset)
      }
    }
  }

  func checkStart() throws(ValidationError) {
    guard let start = module.start else { return }
    try require(
      start.value, below: module.functions.count, in: .function, at: start.offset)
    guard let type = module.functionType(start.value) else { return }
    guard type.parameters.isEmpty, type.results.isEmpty else {
      throw ValidationError(.startFunction(type), at: start.offset)
    }
  }
}
