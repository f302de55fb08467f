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

extension FunctionType {
  func refers(to index: UInt32) -> Bool {
    parameters.contains { $0.definedIndex == index }
      || results.contains { $0.definedIndex == index }
  }

  /// Gives the defined types that references name other indices.
  public mutating func replaceIndices<Failure: Error>(
    _ replacement: (UInt32) throws(Failure) -> UInt32
  ) throws(Failure) {
    for position in parameters.indices {
      parameters[position] = try parameters[position].replacingIndex(replacement)
    }
    for position in results.indices {
      results[position] = try results[position].replacingIndex(replacement)
    }
  }
}

extension ValueType {
  /// The same type, its defined type having another index.
  @inlinable
  public func replacingIndex<Failure: Error>(
    _ replacement: (UInt32) throws(Failure) -> UInt32
  ) throws(Failure) -> ValueType {
    guard let index = definedIndex else { return self }
    return ValueType(index: try replacement(index), isNullable: isNullable)
  }
}

/// Limits of a table (in elements) or a memory (in pages).
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
  /// Elements are counted with 64 bits.
  public var is64: Bool

  public init(element: ValueType, limits: Limits, is64: Bool = false) {
    self.element = element
    self.limits = limits
    self.is64 = is64
  }

  /// The type of indices.
  @inlinable public var address: ValueType { is64 ? .i64 : .i32 }

  /// Import matching: both in terms of the same types.
  public func matches(_ expected: TableType) -> Bool {
    element == expected.element && is64 == expected.is64 && limits.matches(expected.limits)
  }
}

public struct MemoryType: Hashable, Sendable {
  /// In pages.
  public var limits: Limits
  /// Addresses have 64 bits.
  public var is64: Bool
  public var isShared: Bool
  /// log2 of the size of a page in bytes: 16, or 0 for pages of one byte.
  public var pageSizeLog2: UInt8

  public init(
    limits: Limits, is64: Bool = false, isShared: Bool = false, pageSizeLog2: UInt8 = 16
  ) {
    self.limits = limits
    self.is64 = is64
    self.isShared = isShared
    self.pageSizeLog2 = pageSizeLog2
  }

  /// The type of addresses.
  @inlinable public var address: ValueType { is64 ? .i64 : .i32 }

  public func matches(_ expected: MemoryType) -> Bool {
    is64 == expected.is64 && isShared == expected.isShared
      && pageSizeLog2 == expected.pageSizeLog2 && limits.matches(expected.limits)
  }
}

public struct GlobalType: Hashable, Sendable {
  public var value: ValueType
  public var isMutable: Bool

  public init(value: ValueType, isMutable: Bool) {
    self.value = value
    self.isMutable = isMutable
  }

  /// Import matching: both in terms of the same types.
  public func matches(_ expected: GlobalType) -> Bool {
    guard isMutable == expected.isMutable else { return false }
    return isMutable ? value == expected.value : value.matches(expected.value)
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
  case tag = 4
  case module = 5
  case instance = 6

  public var description: String {
    switch self {
    case .function: "function"
    case .table: "table"
    case .memory: "memory"
    case .global: "global"
    case .tag: "tag"
    case .module: "module"
    case .instance: "instance"
    }
  }
}
