public import SwasmModule

/// The instance data block: everything that compiled code reaches by `[rip + disp32]`.
///
/// An instance's text is mapped at some address T and its data block at `T + textSize` (both page aligned),
/// so a text mapping carries its context with it and compiled code needs no context argument. Field
/// order, from offset 0:
///
///     header        instance, functionReferences, hostMemory, exceptions
///     libcalls      one C function pointer per ``Libcall``
///     memories      16 bytes each, one at least: base, definition   ─▶ MemoryDefinition {byteLength}
///     tables        16 bytes each: base, definition                 ─▶ TableDefinition {elementCount}
///     functions     48 bytes per imported function, see ``ImportSlot``
///     globals       8 bytes per imported global: pointer to its 16-byte cell
///     cells         16 bytes per defined global
///     tags          8 bytes each: the address that stands for the tag, that of the defining instance's slot
public struct ContextLayout: Hashable, Sendable {
  public var memories: Int
  public var tables: Int
  public var importedFunctions: Int
  public var importedGlobals: Int
  public var definedGlobals: Int
  public var tags: Int

  public init(
    memories: Int, tables: Int, importedFunctions: Int, importedGlobals: Int, definedGlobals: Int,
    tags: Int = 0
  ) {
    self.memories = memories
    self.tables = tables
    self.importedFunctions = importedFunctions
    self.importedGlobals = importedGlobals
    self.definedGlobals = definedGlobals
    self.tags = tags
  }

  public init(_ module: Module) {
    self.init(
      memories: module.memories.count, tables: module.tables.count,
      importedFunctions: module.importedFunctionCount,
      importedGlobals: module.importedGlobalCount,
      definedGlobals: module.globals.count - module.importedGlobalCount, tags: module.tags.count)
  }

  /// Opaque pointer of the runtime's, for host functions and trap reports.
  public static let instance = 0
  /// Base of the process's function reference table: 16-byte entries {code, canonical type id: u32, 0: u32},
  /// indexed by function reference id. Entry 0 is null.
  public static let functionReferences = 8
  /// u32: the function reference id of function 0; function i has this plus i.
  public static let firstFunctionReference = 16
  /// u32: offset of the slot of the memory that host functions work on. A slot of zeros is that of no memory.
  public static let hostMemory = 20
  /// Points at the store's ``CaughtException``.
  public static let exceptions = 24
  /// In the exceptions: what a host trampoline calls, (data, address of the return address, bytes that the caller expects to be
  /// popped), to throw the last exception made. Returns only when nobody catches it.
  public static let hostThrow = 24
  static let libcalls = 32
  static let libcallEnd = (libcalls + 8 * Libcall.allCases.count + 15) & ~15

  public static func libcall(_ call: Libcall) -> Int { libcalls + 8 * Int(call.rawValue) }
  /// Memory 0's slot is at the same place in every module.
  public static let memory0 = libcallEnd

  /// A memory's slot: base address (constant for the life of the instance) at +0, pointer to its definition at +8.
  public func memory(_ index: MemoryIndex) -> Int { Self.memory0 + 16 * index.position }
  public func table(_ index: TableIndex) -> Int {
    Self.memory0 + 16 * max(1, memories) + 16 * index.position
  }
  public func importSlot(_ index: FunctionIndex) -> Int {
    table(TableIndex(tables)) + ImportSlot.size * index.position
  }
  /// An imported global's slot holds a pointer to a cell; a defined one's cell is in the block.
  public func importedGlobal(_ index: GlobalIndex) -> Int {
    importSlot(FunctionIndex(importedFunctions)) + 8 * index.position
  }
  public func definedGlobal(_ index: GlobalIndex) -> Int {
    let cells = (importedGlobal(GlobalIndex(importedGlobals)) + 15) & ~15
    return cells + 16 * (index.position - importedGlobals)
  }
  /// Bytes of the block.
  public var size: Int { tag(tags) }

  public func tag(_ index: Int) -> Int {
    definedGlobal(GlobalIndex(importedGlobals + definedGlobals)) + 8 * index
  }
}

/// What an imported function's slot holds. Compiled code calls `[slot + code]`. For a function of another
/// instance that is its entry; for a host function it is the importing module's own import stub, which loads
/// the slot's address into r11 and jumps to `[slot + hostTrampoline]`.
public enum ImportSlot {
  public static let code = 0
  /// The set's host trampoline of the function's signature.
  public static let hostTrampoline = 8
  /// ``HostFunctionPointer``.
  public static let hostFunction = 16
  /// First argument of the host function.
  public static let hostContext = 24
  /// The importing instance's data block: third argument of the host function.
  public static let data = 32
  public static let size = 48
}

/// Bytes of one entry of a table: {code or value: u64, canonical type id: u32, function reference id: u32}.
///
/// For funcref tables null has all fields 0. For externref tables the first field is the value (0 is
/// null). A table lives in its own PROT_NONE reservation of 2³² entries; the accessible part is rounded up to
/// whole pages, and entries past the table's length are zero.
public enum TableEntry {
  public static let code = 0
  public static let type = 8
  public static let reference = 12
  public static let size = 16
}

/// Functions of the runtime that compiled code calls with the C calling convention. The first argument is
/// always the address of the caller's data block; all integers are passed zero-extended to 64 bits.
/// References are 64-bit: a function reference id, or a host value for externref; 0 is null.
/// Those that return a "failed" flag (u32: 0 or 1) never trap themselves: compiled code tests the flag.
public enum Libcall: UInt8, CaseIterable, Sendable {
  /// (data, memory, delta pages) → old pages, or 2³²−1 (all ones for the memory's index type).
  case memoryGrow
  /// (data, memory, destination, byte, length) → failed
  case memoryFill
  /// (data, destination memory, source memory, destination, source, length) → failed
  case memoryCopy
  /// (data, memory, segment, destination, source, length) → failed
  case memoryInit
  /// (data, segment)
  case dataDrop
  /// (data, table, initial reference, delta) → old length or 2³²−1
  case tableGrow
  /// (data, table, index, reference, length) → failed
  case tableFill
  /// (data, destination table, source table, destination, source, length) → failed
  case tableCopy
  /// (data, table, segment, destination, source, length) → failed
  case tableInit
  /// (data, segment)
  case elementDrop
  /// (data, table, index, reference) → failed
  case tableSet
  /// (data, tag address, payload slots) → address of a new exception's payload, 16 bytes for each of its values; it becomes
  /// the last one made. 0 when there is no room.
  case exceptionMake
  /// (data, exnref; 0: the last one made): throws. Returns only when nobody catches it.
  case exceptionThrow
  /// (data, is the value as expected, nanoseconds) → 1: it was not, 2: the time is over, 3: it never would be
  case memoryWait
}
