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
        throw .incompatibleImport(difference(next.found, next.expected, types, in: store))
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

  /// Why it doesn't match, in words.
  private static func difference(
    _ found: ExternalValue, _ expected: EntityType, _ types: TypeTables, in store: Store
  ) -> String {
    switch (expected, found) {
    case (.function(let type), .function(let value)):
      store.type(of: value).difference(from: types[type], "function")
    case (.function(let type), .hostFunction(let value)):
      value.type.difference(from: types[type], "function")
    case (.tag(let type), .tag(let value)):
      store.type(of: value).difference(from: types[type], "tag")
    case (.table(let type), .table(let value)):
      value.type.difference(
        from: type, isSame: isSame(value.type.element, type.element, value.origin, types, in: store)
      )
        ?? other("table")
    case (.memory(let type), .memory(let value)):
      value.type.difference(from: type) ?? other("memory")
    case (.global(let type), .global(let value)):
      value.type.difference(from: type, isSame: false) ?? other("global")
    case (.module, .module): other("module")
    default: found.kind.difference(from: expected.kind)
    }
  }

  private static func other(_ kind: String) -> String {
    "needs another type of \(kind) than the one that is provided"
  }

  /// Whether two types of references are the same, each in terms of its own module's types.
  private static func isSame(
    _ found: ValueType, _ expected: ValueType, _ origin: Int?, _ types: TypeTables,
    in store: Store
  ) -> Bool {
    let limits = Limits(minimum: 0)
    return store.types(of: origin).matches(
      TableType(element: found, limits: limits), TableType(element: expected, limits: limits),
      in: types)
  }
}
