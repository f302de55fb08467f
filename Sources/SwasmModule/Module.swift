/// A decoded module: what the bytes say, not yet known to be valid. Validation replaces the type indices in value types
/// of signatures, imports, tables, globals and segments by canonical ones.
///
/// Every index space is one array in which imported and aliased items, in the order of ``Module/items``, come
/// before defined ones; `importedXCount` counts both, so it says where the items defined here begin.
/// What an alias stands for isn't known before validation: until then its type is a placeholder.
public struct Module: Sendable {
  /// The module's bytes; ranges below point into it.
  public var source: [UInt8]
  public var types: [DefinedType] = []
  public var imports: [Import] = []
  /// The type of each function in the function index space.
  public var functions: [TypeIndex] = []
  public var tables: [TableType] = []
  public var memories: [MemoryType] = []
  public var globals: [GlobalType] = []
  /// The type of each tag in the tag index space.
  public var tags: [TypeIndex] = []
  public var importedFunctionCount = 0
  public var importedTableCount = 0
  public var importedMemoryCount = 0
  public var importedGlobalCount = 0
  public var importedTagCount = 0
  /// By defined table (none: every element starts as null).
  public var tableInitializers: [ConstantExpression?] = []
  /// By defined global.
  public var globalInitializers: [ConstantExpression] = []
  public var exports: [Export] = []
  public var start: Located<FunctionIndex>?
  public var elements: [ElementSegment] = []
  /// From the data count section, when there is one.
  public var dataCount: UInt32?
  public var dataSegments: [DataSegment] = []
  /// By defined function.
  public var bodies: [FunctionBody] = []
  public var names = NameSection()
  /// What the custom section of branch hints says, by function: ascending offsets.
  public var branchHints: [FunctionIndex: [BranchHint]] = [:]
  /// What comes before the function section, in its order.
  public var items: [ModuleItem] = []
  /// In the root of a linked set: all modules inside it, at any depth, inner ones before those around them.
  /// They share `source`. Elsewhere empty: deep trees of arrays would be released recursively.
  public var nested: [Module] = []
  /// The byte offset of each import, type, … for error messages.
  public var offsets = ItemOffsets()
  /// What decoding has met; bodies are validation's to read.
  public var use = FeatureUse()

  public init(source: [UInt8]) { self.source = source }

  /// The type of a function, when its type index is in range.
  public func functionType(_ index: FunctionIndex) -> FunctionType? {
    guard index.position < functions.count else { return nil }
    return functionType(functions[index.position])
  }

  public func functionType(_ index: TypeIndex) -> FunctionType? {
    guard index.position < types.count else { return nil }
    switch types[index.position] {
    case .function(let type): return type
    case .module, .instance, .outer: return nil
    }
  }
}

/// A value together with the byte offset at which the module says it.
public struct Located<Value: Sendable>: Sendable {
  public var value: Value
  public var offset: Int

  public init(_ value: Value, at offset: Int) {
    self.value = value
    self.offset = offset
  }
}

public struct Import: Sendable {
  public var module: String
  /// Empty for a single-level import.
  public var name: String
  /// Imports `module` itself, not one of its exports.
  public var isSingleLevel = false
  public var item: ImportItem
  public var offset: Int

  public init(module: String, name: String, item: ImportItem, offset: Int) {
    self.module = module
    self.name = name
    self.item = item
    self.offset = offset
  }
}

/// The type of an imported item. Imports enter their index space in the order in which they appear.
public enum ImportItem: Hashable, Sendable {
  case function(TypeIndex)
  case table(TableType)
  case memory(MemoryType)
  case global(GlobalType)
  case tag(TypeIndex)
  case module(TypeIndex)
  case instance(TypeIndex)

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

public struct Export: Sendable {
  public var name: String
  public var kind: ExternalKind
  public var index: UInt32
  public var offset: Int

  public init(name: String, kind: ExternalKind, index: UInt32, offset: Int) {
    self.name = name
    self.kind = kind
    self.index = index
    self.offset = offset
  }
}

/// One instruction of a constant expression.
public enum ConstantInstruction: Hashable, Sendable {
  case i32Const(Int32)
  case i64Const(Int64)
  /// The bit pattern.
  case f32Const(UInt32)
  case f64Const(UInt64)
  /// The lower and the upper eight bytes.
  case v128Const(UInt64, UInt64)
  case globalGet(GlobalIndex)
  case refNull(ValueType)
  case refFunc(FunctionIndex)
  case i32Add, i32Sub, i32Mul
  case i64Add, i64Sub, i64Mul
}

/// A constant expression in postfix order, without its `end`.
public struct ConstantExpression: Sendable, Hashable {
  public var instructions: [ConstantInstruction]
  public var offset: Int

  public init(_ instructions: [ConstantInstruction], offset: Int) {
    self.instructions = instructions
    self.offset = offset
  }
}

// Two types rather than a generic one: a start copies them, and the runtime would make the metadata of a generic one
// first, a search through 4,000 conformances in every guest.

public enum ElementMode: Sendable {
  case passive
  case active(TableIndex, offset: ConstantExpression)
  case declarative
}

public enum DataMode: Sendable {
  case passive
  case active(MemoryIndex, offset: ConstantExpression)
}

public struct ElementSegment: Sendable {
  public var type: ValueType
  public var mode: ElementMode
  public var items: Items
  public var offset: Int

  /// What its elements are: function indices are never null.
  public var elementType: ValueType {
    switch items {
    case .functions: type.nonNull
    case .expressions: type
    }
  }

  public enum Items: Sendable {
    case functions([FunctionIndex])
    case expressions([ConstantExpression])
  }

  public init(type: ValueType, mode: ElementMode, items: Items, offset: Int) {
    self.type = type
    self.mode = mode
    self.items = items
    self.offset = offset
  }
}

public struct DataSegment: Sendable {
  public var mode: DataMode
  /// The bytes, in the module's `source`.
  public var bytes: Range<Int>
  public var offset: Int

  public init(mode: DataMode, bytes: Range<Int>, offset: Int) {
    self.mode = mode
    self.bytes = bytes
    self.offset = offset
  }
}

/// An entry of the code section: its locals, run-length encoded, and its instructions' bytes.
public struct FunctionBody: Sendable {
  public var locals: [LocalRun]
  /// The expression, with its final `end`, in the module's `source`.
  public var code: Range<Int>
  /// Where the locals begin.
  public var start: Int

  public init(locals: [LocalRun], code: Range<Int>, start: Int? = nil) {
    self.locals = locals
    self.code = code
    self.start = start ?? code.lowerBound
  }
}

public struct LocalRun: Sendable {
  public var count: UInt32
  public var type: ValueType

  public init(count: UInt32, type: ValueType) {
    self.count = count
    self.type = type
  }
}

/// The parts of the name section that backtraces show. A malformed name section is ignored, as the
/// specification says of custom sections.
public struct NameSection: Sendable {
  public var module: String?
  public var functions: [FunctionIndex: String] = [:]

  public init() {}
}

/// Whether a branch is likely to be taken.
public struct BranchHint: Hashable, Sendable {
  /// Of an `if` or `br_if`, or, when the producer was wrong, of anything: in the module's bytes.
  public var offset: Int
  public var isLikely: Bool

  public init(offset: Int, isLikely: Bool) {
    self.offset = offset
    self.isLikely = isLikely
  }
}

/// Where the items without an `offset` of their own begin.
public struct ItemOffsets: Sendable {
  /// By type index.
  public var types: [Int] = []
  /// By defined function, table, memory, global and tag.
  public var functions: [Int] = []
  public var tables: [Int] = []
  public var memories: [Int] = []
  public var globals: [Int] = []
  public var tags: [Int] = []

  public init() {}
}
