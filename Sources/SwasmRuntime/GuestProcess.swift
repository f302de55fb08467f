import CSwasm
import Glibc
import SwasmArtifact
public import SwasmModule

/// The pages in which a guest process leaves how it ended, shared with its launcher.
public struct RecordPage: ~Copyable {
  let raw: UnsafeMutablePointer<swasm_trap_record>

  /// Shared with the processes that this one forks.
  public init() throws(InstantiationFailure) { try self.init(descriptor: -1, anonymous: true) }

  /// The first `RecordPage.size` bytes of a memory file.
  public init(descriptor: CInt) throws(InstantiationFailure) {
    try self.init(descriptor: descriptor, anonymous: false)
  }

  public static var size: Int { Int(SWASM_RECORD_SIZE) }

  private init(descriptor: CInt, anonymous: Bool) throws(InstantiationFailure) {
    let flags = MAP_SHARED | (anonymous ? MAP_ANONYMOUS : 0)
    let start = mmap(nil, Self.size, PROT_READ | PROT_WRITE, flags, descriptor, 0)
    guard let start, start != MAP_FAILED else {
      throw .addressSpaceRefused(what: "trap record", bytes: UInt64(Self.size), errno: errno)
    }
    raw = start.bindMemory(to: swasm_trap_record.self, capacity: 1)
  }

  deinit { munmap(raw, Self.size) }

  /// What is in the record now: read it when the guest is dead.
  public var contents: TrapRecord { TrapRecord(raw.pointee) }

  /// Those of arguments and results, behind the record.
  static func slots(of record: UnsafeMutablePointer<swasm_trap_record>) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(record) + Int(SWASM_RECORD_SLOTS_OFFSET)
  }

  /// The entry export's results, of the types that the caller knows it to have.
  public func results(_ types: [ValueType]) -> [Value] {
    types.prefix(Int(SWASM_RECORD_SLOTS)).enumerated().map { index, type in
      let slot = Self.slots(of: raw) + 16 * index
      return Value(
        low: slot.load(as: UInt64.self), high: slot.load(fromByteOffset: 8, as: UInt64.self),
        as: type)
    }
  }
}

/// Address space of a memory that may grow: 2^bits bytes, at an address that is a multiple of that; the memory stays in the
/// lower half.
public struct GrowingMemory: Equatable, Sendable {
  public var base: UInt64
  public var bits: Int
}

/// A program that is ready to run: everything is mapped, nothing of the guest has run. Lock down, then ``run()``.
public struct PreparedGuest: ~Copyable {
  /// The memories that may grow: the filter has to allow mprotect in each.
  public let growingMemories: [GrowingMemory]
  /// Text of modules and trampolines.
  public var text: [UnsafeRawBufferPointer] { store.texts }
  /// Bytes by which its memories may still grow, all together.
  public var growthBytes: UInt64 { store.growthBytes }
  /// Mappings whose rights never change any more, for those who seal them; whole pages.
  public let unchanging: [UnsafeRawBufferPointer]

  private let store: Store
  private let stack: CallStack
  private let record: UnsafeMutablePointer<swasm_trap_record>
  private let steps: UnsafeMutableBufferPointer<swasm_guest_step>

  /// Instantiates the artifact's root module up to its first instruction.
  ///
  /// `entry` is an exported function (`nil`: only instantiate); its arguments, and its results after it has
  /// returned, are in the record, which has to outlive this value.
  public init(
    _ file: ArtifactFile, in store: Store, imports: ImportEnvironment, entry: String?,
    arguments: [Value] = [], record page: borrowing RecordPage
  ) throws(InstantiationError) {
    try self.init(
      file, in: store, names: [], imports: imports, entries: entry.map { [$0] } ?? [],
      arguments: arguments, record: page)
  }

  /// Instantiates a linked set up to its first instruction: the modules before the root each under its name,
  /// by which later ones import it.
  ///
  /// `entries` are exported functions of the root, called one after the other; all but the last take no
  /// arguments.
  public init(
    _ file: ArtifactFile, in store: Store, names: [String], imports: ImportEnvironment,
    entries: [String], arguments: [Value] = [], record page: borrowing RecordPage
  ) throws(InstantiationError) {
    record = page.raw
    record.initialize(to: swasm_trap_record())
    self.store = store
    var imports = imports
    var list: [swasm_guest_step] = []
    for (module, name) in zip(file.artifact.roots, names) {
      if file.artifact.importsAsModule(name) {
        imports[name] = .item(try store.moduleValue(module, of: file))
        continue
      }
      let made = try store.instantiate(
        file, module: module, imports: imports, defersCode: true, after: list)
      imports[name] = .instance(made.instance)
      list = made.steps
      // A reactor is to be initialised before anything of it is called.
      if made.instance.functionType(of: "_initialize") == FunctionType(parameters: [], results: [])
      {
        list.append(
          try Self.entryStep("_initialize", of: made.instance, arguments: [], record: record))
      }
    }
    let instance: Instance
    (instance, list) = try store.instantiate(
      file, imports: imports, defersCode: true, after: list)
    for (index, entry) in entries.enumerated() {
      let isLast = index == entries.count - 1
      list.append(
        try Self.entryStep(
          entry, of: instance, arguments: isLast ? arguments : [], record: record))
    }
    stack = try Self.stack(for: &list, of: instance, record: record)
    steps = .allocate(capacity: list.count)
    _ = steps.initialize(from: list)
    growingMemories = store.growingMemories
    store.noteBudget(in: record)
    unchanging = store.unchanging + [UnsafeRawBufferPointer(stack.range)]
  }

  deinit {
    for step in steps { free(UnsafeMutablePointer(mutating: step.place)) }
    steps.deallocate()
  }

  /// Notes the time in the record, for those who want to know how long the start took.
  public func noteStart() { swasm_note_start(record) }

  /// Runs start functions and the entry export. Returns when it has returned; a trap ends the process with status 134
  /// and leaves its record. Neither allocates nor makes a system call of its own.
  public func run() {
    swasm_become_guest(record)
    swasm_run_guest(steps.baseAddress, UInt64(steps.count), stack.activation)
  }

  private static func entryStep(
    _ entry: String, of instance: Instance, arguments: [Value],
    record: UnsafeMutablePointer<swasm_trap_record>
  ) throws(InstantiationError) -> swasm_guest_step {
    func failure(_ failure: InstantiationFailure) -> InstantiationError {
      InstantiationError(module: instance.name, item: "export \(entry)", failure: failure)
    }
    guard case .function(let function) = instance.record.export(entry) else {
      throw failure(.noSuchFunction)
    }
    let type = instance.store.type(of: function)
    guard instance.store.accepts(arguments, as: type.parameters) else {
      throw failure(.argumentMismatch(type))
    }
    guard max(type.parameters.count, type.results.count) <= Int(SWASM_RECORD_SLOTS) else {
      throw failure(.tooManyValues(type))
    }
    let slots = RecordPage.slots(of: record)
    for (index, argument) in arguments.enumerated() {
      slots.storeBytes(of: argument.slot.low, toByteOffset: 16 * index, as: UInt64.self)
      slots.storeBytes(of: argument.slot.high, toByteOffset: 16 * index + 8, as: UInt64.self)
    }
    do throws(InstantiationFailure) {
      return try instance.store.callStep(
        function, preferring: instance.record.code, slots: slots)
    } catch let error {
      throw failure(error)
    }
  }

  /// The guest's stack, with the thread's fault handling in place. Without FSGSBASE GS is set once, here.
  private static func stack(
    for steps: inout [swasm_guest_step], of instance: Instance,
    record: UnsafeMutablePointer<swasm_trap_record>
  ) throws(InstantiationError) -> CallStack {
    do throws(InstantiationFailure) {
      try instance.store.prepareThread()
      let stack = try instance.store.takeStack()
      stack.activation.pointee.record = record
      stack.activation.pointee.exits_on_trap = 1
      if swasm_has_fsgsbase() == 0 {
        let bases = Set(steps.map(\.gs_base)).subtracting([0])
        guard bases.count <= 1 else { throw .conflictingMemoryBase }
        if let base = bases.first { swasm_set_gs_base(base) }
        for index in steps.indices { steps[index].gs_base = 0 }
      }
      return stack
    } catch {
      throw InstantiationError(module: instance.name, item: "", failure: error)
    }
  }
}
