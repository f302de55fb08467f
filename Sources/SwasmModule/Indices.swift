/// An index into one index space. Each space has its own type, so that a function index can't be
/// used where a table index is meant.
public protocol IndexType: Hashable, Comparable, Sendable, CustomStringConvertible {
  var rawValue: UInt32 { get }
  init(_ rawValue: UInt32)
}

extension IndexType {
  @inlinable public init(_ position: Int) { self.init(UInt32(position)) }
  /// The position in an array that holds the space.
  @inlinable public var position: Int { Int(rawValue) }
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
  public var description: String { "\(rawValue)" }
}

/// A type in a module's type index space.
@frozen public struct TypeIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A function type in ``TypeTables``: equal types have equal indices in a whole linked set. 0 is no type.
@frozen public struct CanonicalTypeIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A module or instance type in ``TypeTables``.
@frozen public struct LinkingTypeIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A module in a module's module index space.
@frozen public struct ModuleIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct InstanceIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

/// A function in a module's function index space (imports and aliases first).
@frozen public struct FunctionIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct TableIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct MemoryIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct GlobalIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct TagIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct ElementIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}

@frozen public struct DataIndex: IndexType {
  public let rawValue: UInt32
  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }
}
