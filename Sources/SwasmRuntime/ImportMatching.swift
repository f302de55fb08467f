import SwasmArtifact
import SwasmModule

/// The specification's import matching, with that of instances and modules.
enum ImportMatching {
  /// An item that has to be of a type.
  private struct Obligation {
    var found: ExternalValue
    var expected: EntityType
  }

  /// `expected` is in terms of `types`.
  static func check(
    _ found: ExternalValue, against expected: EntityType, _ types: TypeTables, in store: Store
  ) throws(InstantiationFailure) {
    // Instances inside instances: a list instead of recursion.
    var open = [Obligation(found: found, expected: expected)]
    while let next = open.popLast() {
      if case .instance(let instance) = next.found, case .instance(let type) = next.expected {
        for export in types[type].exports {
          guard let value = try instance.export(export.name.text, in: store) else {
            throw .missingExport(export.name.text)
          }
          open.append(Obligation(found: value, expected: export.type))
        }
        continue
      }
      guard matches(next.found, next.expected, types, in: store) else {
        throw .incompatibleImport(
          expected: describe(next.expected, types), found: describe(next.found, in: store))
      }
    }
  }

  private static func matches(
    _ found: ExternalValue, _ expected: EntityType, _ types: TypeTables, in store: Store
  ) -> Bool {
    switch (expected, found) {
    case (.function(let type), .function(let value)):
      return store.types(of: value.instance).isEqual(value.type, to: type, in: types)
    case (.function(let type), .hostFunction(let value)): return value.type == types[type]
    case (.table(let type), .table(let value)):
      return store.types(of: value.origin).matches(value.type, type, in: types)
    case (.memory(let type), .memory(let value)):
      return value.type.matches(type)
    case (.global(let type), .global(let value)):
      return store.types(of: value.origin).matches(value.type, type, in: types)
    case (.tag(let type), .tag(let value)):
      return store.types(of: value.instance).isEqual(value.type, to: type, in: types)
    case (.module, .module(let value)):
      guard let type = value.type else { return false }
      return value.code.file.artifact.types.isSubtype(
        .module(type), of: expected, in: types, areSame: false)
    default: return false
    }
  }

  private static func describe(_ found: ExternalValue, in store: Store) -> String {
    switch found {
    case .function(let value): "function \(store.type(of: value))"
    case .hostFunction(let value): "function \(value.type)"
    case .table(let value): describe(.table(value.type), TypeTables())
    case .memory(let value): describe(.memory(value.type), TypeTables())
    case .global(let value): describe(.global(value.type), TypeTables())
    case .tag(let value): "tag \(store.type(of: value))"
    case .module: "module of another type"
    case .instance: "instance"
    }
  }

  private static func describe(_ item: EntityType, _ types: TypeTables) -> String {
    switch item {
    case .function(let type): "function \(types[type])"
    case .table(let type): "table of \(describe(type.limits)) \(type.element)"
    case .memory(let type): "memory of \(describe(type.limits)) pages"
    case .global(let type): "\(type.isMutable ? "mutable" : "constant") global \(type.value)"
    case .tag(let type): "tag \(types[type])"
    case .module: "module"
    case .instance: "instance"
    }
  }

  private static func describe(_ limits: Limits) -> String {
    limits.maximum.map { "\(limits.minimum) to \($0)" } ?? "at least \(limits.minimum)"
  }
}
