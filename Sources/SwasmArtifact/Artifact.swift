public import SwasmModule

/// What the compiler makes and the runtime runs: a linked set of modules as position-independent code and the
/// tables that go with it.
///
/// Machine code's conventions. Integer arguments: rdi rsi rdx rcx r8 r9 rax r10, float arguments xmm0–7, the rest on
/// the stack in order (8 bytes each, first lowest), popped by the callee. Results: rax rdx rcx rdi, xmm0–3,
/// the rest on the stack directly above the stack arguments. Callee-saved: rbx rbp r12–r15. r11 and xmm15 are scratch.
/// rsp is 16-byte aligned before every call. The upper half of a register that holds an i32 is zero.
/// In modules with ``ModuleArtifact/usesGS`` GS holds the base of memory 0.
public struct Artifact: Sendable {
  public var types: TypeTables
  /// Machine code of all modules and trampolines; every module's text begins on a page boundary.
  public var code: [UInt8]
  public var trampolines: Trampolines
  /// Modules inside others come before these; the last one is the root. See ``ModuleArtifact/isNested``.
  public var modules: [ModuleArtifact]
  /// CPU features that the code needs, a set of ``CPUFeatures``.
  public var features: CPUFeatures
  /// The code checks all accesses to memories and tables. Other code may run only where these have the address
  /// space that it relies on.
  public var checksBounds: Bool

  public init(
    types: TypeTables, code: [UInt8], trampolines: Trampolines, modules: [ModuleArtifact],
    features: CPUFeatures, checksBounds: Bool = false
  ) {
    self.types = types
    self.code = code
    self.trampolines = trampolines
    self.modules = modules
    self.features = features
    self.checksBounds = checksBounds
  }
}

/// One pair of trampolines per distinct signature of the set; their text needs no data block.
public struct Trampolines: Sendable {
  /// In ``Artifact/code``; page aligned.
  public var text: Range<Int>
  /// By canonical type index, relative to `text`: C ABI `void (code: rdi, slots: rsi)`; `slots` is an array of
  /// 16-byte slots which holds the arguments on entry and the results on return. UInt32.max: none was made.
  public var entries: [UInt32]
  /// By canonical type index, relative to `text`: called with wasm conventions and r11 = import slot; spills the
  /// arguments to 16-byte slots and calls `u32 hostFunction(hostContext, slots, data)`; a non-zero result is
  /// a ``TrapKind``. UInt32.max: none was made.
  public var hosts: [UInt32]

  public init(text: Range<Int>, entries: [UInt32], hosts: [UInt32]) {
    self.text = text
    self.entries = entries
    self.hosts = hosts
  }
}

public struct CPUFeatures: OptionSet, Sendable, Hashable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static let sse41 = CPUFeatures(rawValue: 1 << 0)
  public static let popcnt = CPUFeatures(rawValue: 1 << 1)
  public static let lzcnt = CPUFeatures(rawValue: 1 << 2)
  public static let bmi1 = CPUFeatures(rawValue: 1 << 3)
  public static let bmi2 = CPUFeatures(rawValue: 1 << 4)
  public static let avx = CPUFeatures(rawValue: 1 << 5)
  public static let avx2 = CPUFeatures(rawValue: 1 << 6)
  public static let fma = CPUFeatures(rawValue: 1 << 7)
  /// What all code takes for granted.
  public static let required: CPUFeatures = [.sse41, .popcnt]
  /// `wrgsbase` is allowed in user mode.
  public static let fsgsbase = CPUFeatures(rawValue: 1 << 8)
}

/// One module of the set. Code offsets are relative to `text.lowerBound`.
public struct ModuleArtifact: Sendable {
  /// From the name section, or the name it was loaded under.
  public var name: String?
  /// It is inside another module of the set, and instantiated only by way of that.
  public var isNested = false
  /// The module's own type; `nil` when it is too large to be used as a value.
  public var type: LinkingTypeIndex?
  /// Number of modules that it captures from those around it.
  public var upvalueCount = 0
  /// In ``Artifact/code``; page aligned at both ends. The data block follows directly after the mapped text.
  public var text: Range<Int>
  public var layout: ContextLayout
  /// Memory 0 is reached through GS, which has to hold its base whenever this module's code runs.
  public var usesGS: Bool
  /// Its code throws or catches: ``ContextLayout/exceptions`` is needed.
  public var usesExceptions = false
  /// By type index: the canonical type.
  public var typeIndices: [CanonicalTypeIndex]
  /// By function index, imports and aliases included: its type.
  public var functionTypes: [CanonicalTypeIndex]
  /// By imported or aliased function: its import stub (see ``ImportSlot``).
  public var importStubs: [UInt32]
  /// By defined function: its entry.
  public var functions: [UInt32]
  /// By defined function.
  public var frames: [FrameRow]
  /// In ascending order of return addresses.
  public var landings: [Landing] = []
  /// See ``AddressMap``.
  public var addressMap: AddressMap
  public var imports: [Import]
  public var exports: [Export]
  public var tables: [TableType]
  public var memories: [MemoryType]
  public var globals: [GlobalType]
  /// By tag index, imports and aliases included: the parameters are what an exception carries.
  public var tags: [CanonicalTypeIndex] = []
  public var elements: [ElementSegment]
  public var data: [DataInitializer]
  public var initializers: [Initializer]
  public var functionNames: [FunctionIndex: String]

  public init(
    name: String?, text: Range<Int>, layout: ContextLayout, usesGS: Bool,
    typeIndices: [CanonicalTypeIndex], functionTypes: [CanonicalTypeIndex], importStubs: [UInt32],
    functions: [UInt32], frames: [FrameRow], addressMap: AddressMap, imports: [Import],
    exports: [Export], tables: [TableType], memories: [MemoryType], globals: [GlobalType],
    elements: [ElementSegment], data: [DataInitializer], initializers: [Initializer],
    functionNames: [FunctionIndex: String]
  ) {
    self.name = name
    self.text = text
    self.layout = layout
    self.usesGS = usesGS
    self.typeIndices = typeIndices
    self.functionTypes = functionTypes
    self.importStubs = importStubs
    self.functions = functions
    self.frames = frames
    self.addressMap = addressMap
    self.imports = imports
    self.exports = exports
    self.tables = tables
    self.memories = memories
    self.globals = globals
    self.elements = elements
    self.data = data
    self.initializers = initializers
    self.functionNames = functionNames
  }
}

/// A data segment with its bytes.
public struct DataInitializer: Sendable {
  public var mode: DataMode
  public var bytes: ArraySlice<UInt8>

  public init(mode: DataMode, bytes: ArraySlice<UInt8>) {
    self.mode = mode
    self.bytes = bytes
  }
}

/// How to walk out of a function's frame: the prologue is `push` of each saved register in the order rbx (1 byte),
/// rbp (1), r12 r13 r14 r15 (2 each), then `sub rsp, frameSize`.
public struct FrameRow: Sendable, Hashable {
  /// Code offset of the function's first byte, and of the byte after its last.
  public var start: UInt32
  public var end: UInt32
  /// Bytes that `sub rsp` takes.
  public var frameSize: UInt32
  /// Bit i: the i-th of rbx rbp r12 r13 r14 r15 is pushed.
  public var savedRegisters: UInt8
  /// Bytes of stack arguments that `ret` pops.
  public var poppedBytes: UInt32

  public init(
    start: UInt32, end: UInt32, frameSize: UInt32, savedRegisters: UInt8, poppedBytes: UInt32
  ) {
    self.start = start
    self.end = end
    self.frameSize = frameSize
    self.savedRegisters = savedRegisters
    self.poppedBytes = poppedBytes
  }
}

/// Where an exception that leaves a call goes on: in the frame of the function that called, with its callee-saved
/// registers, the exception being the one that ``ContextLayout/exceptions`` tells of. Code offsets.
public struct Landing: Sendable, Hashable {
  public var returnAddress: UInt32
  public var target: UInt32

  public init(returnAddress: UInt32, target: UInt32) {
    self.returnAddress = returnAddress
    self.target = target
  }
}

/// Which wasm byte offset a code offset comes from, for every instruction that may trap and every call: where it begins.
/// A return address belongs to the call that ends there, so it is looked up as the byte before it.
///
/// Packed per defined function: `starts[i] ..< starts[i + 1]` in `bytes` is a sequence of pairs of
/// LEB128 numbers, each the difference from the pair before: (code offset from the function's start: unsigned, wasm byte offset in
/// the module: signed).
public struct AddressMap: Sendable {
  public var starts: [UInt32]
  public var bytes: [UInt8]

  public init(starts: [UInt32], bytes: [UInt8]) {
    self.starts = starts
    self.bytes = bytes
  }
}
