import SwasmModule

/// The type of something that an ordinary module imports or exports, by itself: without indices.
enum ItemType: Hashable {
  case function(FunctionType)
  case table(TableType)
  case memory(MemoryType)
  case global(GlobalType)

  /// The kind in the binary format.
  var kind: ExternalKind {
    switch self {
    case .function: .function
    case .table: .table
    case .memory: .memory
    case .global: .global
    }
  }

  /// `nil`: not something that an ordinary module imports, or an index out of range.
  init?(_ item: ImportItem, in module: Module) {
    if case .function(let index) = item {
      guard let type = module.functionType(index) else { return nil }
      self = .function(type)
    } else if case .table(let type) = item {
      self = .table(type)
    } else if case .memory(let type) = item {
      self = .memory(type)
    } else if case .global(let type) = item {
      self = .global(type)
    } else {
      return nil
    }
  }

  init?(_ export: Export, in module: Module) {
    let index = Int(export.index)
    if export.kind == .function, let type = module.functionType(FunctionIndex(export.index)) {
      self = .function(type)
    } else if export.kind == .table, index < module.tables.count {
      self = .table(module.tables[index])
    } else if export.kind == .memory, index < module.memories.count {
      self = .memory(module.memories[index])
    } else if export.kind == .global, index < module.globals.count {
      self = .global(module.globals[index])
    } else {
      return nil
    }
  }

  /// Import matching, as the core specification has it.
  func matches(_ expected: ItemType) -> Bool {
    switch (self, expected) {
    case (.table(let mine), .table(let other)):
      mine.element == other.element && mine.limits.matches(other.limits)
    case (.memory(let mine), .memory(let other)): mine.limits.matches(other.limits)
    default: self == expected
    }
  }
}

extension ItemType: CustomStringConvertible {
  var description: String {
    switch self {
    case .function(let type): "function \(type)"
    case .table(let type): "table of \(type.element), \(Self.words(type.limits))"
    case .memory(let type): "memory, \(Self.words(type.limits)) pages"
    case .global(let type): "\(type.isMutable ? "mutable" : "constant") global \(type.value)"
    }
  }

  private static func words(_ limits: Limits) -> String {
    "\(limits.minimum) up to " + (limits.maximum.map { "\($0)" } ?? "any number of")
  }
}
