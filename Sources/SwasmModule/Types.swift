/// A function type: parameters and results.
public struct FunctionType: Hashable, Sendable, CustomStringConvertible {
  public var parameters: [ValueType]
  public var results: [ValueType]

  public init(parameters: [ValueType], results: [ValueType]) {
    self.parameters = parameters
    self.results = results
  }

  public var description: String {
    "[\(parameters.map(\.description).joined(separator: " "))] -> "
      + "[\(results.map(\.description).joined(separator: " "))]"
  }
}

/// Limits of a table (in elements) or a memory (in pages of 64 KiB).
public struct Limits: Hashable, Sendable {
  public var minimum: UInt64
  public var maximum: UInt64?

  public init(minimum: UInt64, maximum: UInt64? = nil) {
    self.minimum = minimum
    self.maximum = maximum
  }

  /// Import matching: may something with these limits be given where `expected` is asked for?
  public func matches(_ expected: Limits) -> Bool {
    guard minimum >= expected.minimum else { return false }
    guard let most = expected.maximum else { return true }
    guard let mine = maximum else { return false }
    return mine <= most
  }
}

public struct TableType: Hashable, Sendable {
  public var element: ValueType
  public var limits: Limits

  public init(element: ValueType, limits: Limits) {
    self.element = element
    self.limits = limits
  }
}

public struct MemoryType: Hashable, Sendable {
  /// In pages of 64 KiB.
  public var limits: Limits

  public init(limits: Limits) { self.limits = limits }
}

public struct GlobalType: Hashable, Sendable {
  public var value: ValueType
  public var isMutable: Bool

  public init(value: ValueType, isMutable: Bool) {
    self.value = value
    self.isMutable = isMutable
  }
}

/// What an item of a module's type index space is. Indices in module and instance types are those of the module
/// that defines them.
public enum DefinedType: Hashable, Sendable {
  case function(FunctionType)
  case module(imports: [TypedImport], exports: [TypedExport])
  case instance(exports: [TypedExport])
  /// A type of an enclosing module; depth 0 is the nearest one.
  case outer(depth: UInt32, index: TypeIndex)
}

/// An import in a module type.
public struct TypedImport: Hashable, Sendable {
  public var module: String
  /// `nil`: a single-level import.
  public var name: String?
  public var item: ImportItem

  public init(module: String, name: String?, item: ImportItem) {
    self.module = module
    self.name = name
    self.item = item
  }
}

/// An export in a module or instance type.
public struct TypedExport: Hashable, Sendable {
  public var name: String
  public var item: ImportItem

  public init(name: String, item: ImportItem) {
    self.name = name
    self.item = item
  }
}

/// The kinds of things that a module imports and exports.
public enum ExternalKind: UInt8, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case function = 0
  case table = 1
  case memory = 2
  case global = 3
  case module = 5
  case instance = 6

  public var description: String {
    switch self {
    case .function: "function"
    case .table: "table"
    case .memory: "memory"
    case .global: "global"
    case .module: "module"
    case .instance: "instance"
    }
  }
}
