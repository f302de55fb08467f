/// A name of an import or export. Names are equal when their bytes are: `String` would take canonically
/// equivalent ones to be equal.
public struct ItemName: Hashable, Sendable, CustomStringConvertible {
  public var text: String

  public init(_ text: String) { self.text = text }

  public static func == (a: Self, b: Self) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  public func hash(into hasher: inout Hasher) {
    for byte in text.utf8 { hasher.combine(byte) }
    hasher.combine(0xff as UInt8)
  }

  public var description: String { text }
}

/// The type of an item that can be imported and exported, in terms of ``TypeTables``.
public enum EntityType: Hashable, Sendable {
  case function(CanonicalTypeIndex)
  case table(TableType)
  case memory(MemoryType)
  case global(GlobalType)
  /// What an exception carries: the parameters.
  case tag(CanonicalTypeIndex)
  case module(LinkingTypeIndex)
  case instance(LinkingTypeIndex)

  public var kind: ExternalKind {
    switch self {
    case .function: .function
    case .table: .table
    case .memory: .memory
    case .global: .global
    case .tag: .tag
    case .module: .module
    case .instance: .instance
    }
  }
}

public struct NamedEntity: Hashable, Sendable {
  public var name: ItemName
  public var type: EntityType

  public init(_ name: ItemName, _ type: EntityType) {
    self.name = name
    self.type = type
  }
}

/// A module type, or, without imports, an instance type. Two-level imports appear as the instances that they stand
/// for.
public struct LinkingType: Hashable, Sendable {
  public var imports: [NamedEntity]
  public var exports: [NamedEntity]

  public init(imports: [NamedEntity] = [], exports: [NamedEntity]) {
    self.imports = imports
    self.exports = exports
  }
}

/// A pair of types of which the first has to be a subtype of the second.
private struct Obligation: Hashable {
  var found: EntityType
  var expected: EntityType
  /// Contravariance swaps the tables that the two belong to.
  var isSwapped: Bool
}

extension TypeTables {
  /// Whether an item of type `found` may be given where `expected` of `other` is asked for: instances may have more
  /// exports, modules fewer imports; functions are equal; limits as the core specification says.
  ///
  /// Everything that has to hold is a conjunction, so a list of what is left to show takes the place of
  /// recursion, and each pair is looked at once.
  public func isSubtype(
    _ found: EntityType, of expected: EntityType, in other: TypeTables, areSame: Bool
  ) -> Bool {
    var open = [Obligation(found: found, expected: expected, isSwapped: false)]
    var seen: Set<Obligation> = []
    while let next = open.popLast() {
      if areSame, next.found == next.expected { continue }
      guard seen.insert(next).inserted else { continue }
      let (mine, theirs) = next.isSwapped ? (other, self) : (self, other)
      switch (next.found, next.expected) {
      case (.function(let a), .function(let b)), (.tag(let a), .tag(let b)):
        guard areSame ? a == b : mine.isEqual(a, to: b, in: theirs) else { return false }
      case (.table(let a), .table(let b)):
        guard areSame ? a.matches(b) : mine.matches(a, b, in: theirs) else { return false }
      case (.memory(let a), .memory(let b)):
        guard a.matches(b) else { return false }
      case (.global(let a), .global(let b)):
        guard areSame ? a.matches(b) : mine.matches(a, b, in: theirs) else { return false }
      case (.instance(let a), .instance(let b)):
        guard mine.addExports(a, theirs, b, next, to: &open) else { return false }
      case (.module(let a), .module(let b)):
        guard mine.addExports(a, theirs, b, next, to: &open),
          theirs.addImports(b, mine, a, next, to: &open)
        else { return false }
      default: return false
      }
    }
    return true
  }

  /// Every export of `expected` must be there.
  private func addExports(
    _ found: LinkingTypeIndex, _ other: TypeTables, _ expected: LinkingTypeIndex,
    _ pair: Obligation, to open: inout [Obligation]
  ) -> Bool {
    for export in other[expected].exports {
      guard let mine = self.export(export.name, of: found) else { return false }
      open.append(Obligation(found: mine, expected: export.type, isSwapped: pair.isSwapped))
    }
    return true
  }

  /// Everything that `found` imports must be among what `expected` says is given.
  private func addImports(
    _ expected: LinkingTypeIndex, _ other: TypeTables, _ found: LinkingTypeIndex,
    _ pair: Obligation, to open: inout [Obligation]
  ) -> Bool {
    for wanted in other[found].imports {
      guard let given = self.import(wanted.name, of: expected) else { return false }
      open.append(Obligation(found: given, expected: wanted.type, isSwapped: !pair.isSwapped))
    }
    return true
  }
}
