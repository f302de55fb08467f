import SwasmModule

/// The specification's import matching.
enum ImportMatching {
  /// What a module asks for, with its function type looked up.
  enum Expected {
    case function(FunctionType)
    case table(TableType)
    case memory(MemoryType)
    case global(GlobalType)
  }

  static func check(
    _ found: ExternalValue, against expected: Expected, in store: Store
  ) throws(InstantiationFailure) {
    let matches =
      switch (expected, found) {
      case (.function(let type), .function(let value)): store.type(of: value) == type
      case (.function(let type), .hostFunction(let value)): value.type == type
      case (.table(let type), .table(let value)):
        type.element == value.element && value.type.limits.matches(type.limits)
      case (.memory(let type), .memory(let value)): value.type.limits.matches(type.limits)
      case (.global(let type), .global(let value)): type == value.type
      default: false
      }
    guard matches else {
      throw .incompatibleImport(
        expected: describe(expected), found: describe(expectation(of: found, in: store)))
    }
  }

  private static func expectation(of found: ExternalValue, in store: Store) -> Expected {
    switch found {
    case .function(let value): .function(store.type(of: value))
    case .hostFunction(let value): .function(value.type)
    case .table(let value): .table(value.type)
    case .memory(let value): .memory(value.type)
    case .global(let value): .global(value.type)
    }
  }

  private static func describe(_ item: Expected) -> String {
    switch item {
    case .function(let type): "function \(type)"
    case .table(let type): "table of \(describe(type.limits)) \(type.element)"
    case .memory(let type): "memory of \(describe(type.limits)) pages"
    case .global(let type): "\(type.isMutable ? "mutable" : "constant") global \(type.value)"
    }
  }

  private static func describe(_ limits: Limits) -> String {
    limits.maximum.map { "\(limits.minimum) to \($0)" } ?? "at least \(limits.minimum)"
  }
}
