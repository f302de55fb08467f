import SwasmModule

/// The type of something that an ordinary module imports or exports, by itself: without indices.
enum ItemType: Hashable {
  case function(FunctionType)
  case table(TableType)
  case memory(MemoryType)
  case global(GlobalType)
  case tag(FunctionType)

  /// The kind in the binary format.
  var kind: ExternalKind {
    switch self {
    case .function: .function
    case .table: .table
    case .memory: .memory
    case .global: .global
    case .tag: .tag
    }
  }

  /// `nil`: not something that an ordinary module imports, or an index out of range.
  init?(_ item: ImportItem, in module: Module) {
    if case .function(let index) = item {
      guard let type = module.functionType(index) else { return nil }
      self = .function(type)
    } else if case .tag(let index) = item {
      guard let type = module.functionType(index) else { return nil }
      self = .tag(type)
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
    } else if export.kind == .tag, index < module.tags.count,
      let type = module.functionType(module.tags[index])
    {
      self = .tag(type)
    } else {
      return nil
    }
  }

  /// Whether it refers to types of its module by their indices, which mean nothing elsewhere.
  var namesDefinedTypes: Bool {
    switch self {
    case .function(let type), .tag(let type):
      (type.parameters + type.results).contains { $0.definedIndex != nil }
    case .table(let type): type.element.definedIndex != nil
    case .global(let type): type.value.definedIndex != nil
    case .memory: false
    }
  }

  /// Import matching, as the core specification has it.
  func matches(_ expected: ItemType) -> Bool {
    switch (self, expected) {
    case (.table(let mine), .table(let other)): mine.matches(other)
    case (.memory(let mine), .memory(let other)): mine.matches(other)
    case (.global(let mine), .global(let other)): mine.matches(other)
    default: self == expected
    }
  }
}

extension ItemType {
  /// Why it does not match, in words.
  func difference(from expected: ItemType) -> String {
    switch (self, expected) {
    case (.function(let mine), .function(let other)): mine.difference(from: other, "function")
    case (.tag(let mine), .tag(let other)): mine.difference(from: other, "tag")
    case (.table(let mine), .table(let other)):
      mine.difference(from: other, isSame: mine.element == other.element) ?? description
    case (.memory(let mine), .memory(let other)): mine.difference(from: other) ?? description
    case (.global(let mine), .global(let other)):
      mine.difference(from: other, isSame: false) ?? description
    default: kind.difference(from: expected.kind)
    }
  }
}

extension ItemType: CustomStringConvertible {
  var description: String {
    switch self {
    case .function(let type): "function \(type)"
    case .table(let type):
      "\(type.is64 ? "64-bit " : "")table of \(type.element), \(Self.words(type.limits, "element"))"
    case .memory(let type):
      (type.isShared ? "shared " : "") + (type.is64 ? "64-bit " : "")
        + "memory, \(Self.words(type.limits, "page"))"
        + (type.pageSizeLog2 == 16 ? "" : " of 2^\(type.pageSizeLog2) bytes")
    case .tag(let type): "tag \(type)"
    case .global(let type): "\(type.isMutable ? "mutable" : "constant") global \(type.value)"
    }
  }

  private static func words(_ limits: Limits, _ unit: String) -> String {
    let least = limits.minimum
    guard let most = limits.maximum else {
      return "at least \(least) \(unit)\(least == 1 ? "" : "s")"
    }
    return "\(least) to \(most) \(unit)s"
  }
}
