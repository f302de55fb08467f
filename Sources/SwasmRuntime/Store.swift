import CSwasm
import Glibc
import SwasmArtifact
public import SwasmModule

/// What instances may take.
public struct RuntimeLimits: Sendable {
  /// Bytes of all linear memories together.
  public var memoryBytes: UInt64
  /// Bytes that tables, element lists, instances and all else may take besides; beyond, they take what memories leave.
  public static var otherBytes: UInt64 { 16 << 20 }
  /// Bytes of compiled code that are not counted.
  public static var freeProgramBytes: UInt64 { 64 << 20 }
  /// Bytes of address space that tables may grow into.
  public var tableRoomBytes: UInt64
  /// Elements that one table may grow to; 16 bytes of address space that counts as data each.
  public var tableElements: UInt64
  /// Bytes of the stack that compiled code runs on.
  public var stackBytes: UInt64
  /// Memories and tables have the address space that code which checks no bounds relies on; without, no such code is
  /// taken in.
  public var hasGuards: Bool

  public init(
    memoryBytes: UInt64 = 4 << 30, tableElements: UInt64 = ImplementationLimits.tableElements,
    stackBytes: UInt64 = 8 << 20, hasGuards: Bool = true
  ) {
    self.memoryBytes = memoryBytes
    tableRoomBytes = Self.tableRoom(for: memoryBytes)
    self.tableElements = tableElements
    self.stackBytes = stackBytes
    self.hasGuards = hasGuards
  }

  /// The kernel counts this room in full, so it is a part of the memory only.
  public static func tableRoom(for memoryBytes: UInt64) -> UInt64 { max(memoryBytes / 4, 4 << 20) }
}

extension RuntimeLimits {
  /// For exceptions that are alive, some 6,900 in a MiB. The budget and the kernel count this room in full, so it stays
  /// within what is free besides memories.
  var exceptionBytes: UInt64 { min(max(memoryBytes / 16, 1 << 20), Self.otherBytes - 1 << 20) }
}

/// A world of instances that may refer to each other. It owns all their code, memories and tables, and frees them when it
/// goes. A guest process has one. Not for use by several threads at a time.
public final class Store {
  public let limits: RuntimeLimits
  private var budget: MemoryBudget
  var references: FunctionReferences
  private(set) var codes: [LoadedCode] = []
  private(set) var instances: [InstanceRecord] = []
  private var groups = InstanceGroups()
  let raw: UnsafeMutablePointer<swasm_store>
  /// Made when the first module comes that has to do with exceptions.
  private(set) var exceptions: OpaquePointer?
  private var idleStacks: [CallStack] = []
  /// The fault handler's list of reservations has to stay true for the store's life.
  private var reservations: [AnyObject] = []

  public init(limits: RuntimeLimits = RuntimeLimits()) throws(InstantiationError) {
    self.limits = limits
    budget = MemoryBudget(limits)
    do throws(InstantiationFailure) {
      references = try FunctionReferences(isSmall: !limits.hasGuards)
    } catch {
      throw InstantiationError(module: "store", item: "", failure: error)
    }
    raw = .allocate(capacity: 1)
    raw.initialize(to: swasm_store())
  }

  deinit {
    swasm_exceptions_free(exceptions)
    swasm_store_free(raw)
    raw.deallocate()
  }

  // MARK: Taking in code

  func load(_ file: ArtifactFile) throws(InstantiationFailure) -> LoadedCode {
    if let known = codes.first(where: { $0.file === file }) { return known }
    guard limits.hasGuards || file.artifact.checksBounds else { throw .uncheckedCode }
    let size = UInt64(file.artifact.fileSize)
    try budget.take(.program, size - min(size, RuntimeLimits.freeProgramBytes))
    let code = try LoadedCode(file, position: codes.count)
    codes.append(code)
    swasm_store_add_trampolines(raw, swasm_range(code.trampolines.textRange))
    return code
  }

  /// Maps a module of an artifact; none of its items is made yet.
  func map(
    _ module: Int, of code: LoadedCode, upvalues: [ModuleValue] = [],
    within parent: InstanceRecord? = nil
  ) throws(InstantiationFailure) -> InstanceRecord {
    guard instances.count < ImplementationLimits.instances else { throw .tooManyInstances }
    let loaded = code.file.artifact.modules[module]
    let artifact = loaded.module
    try budget.takeInstance(of: loaded)
    let first = try references.append(artifact.functionTypes.count)
    let instance = try InstanceRecord(
      code: code, module: module, position: instances.count, firstReference: first,
      referenceBase: references.base, upvalues: upvalues, within: parent)
    instances.append(instance)
    groups.append(types: code.file.artifact.types.functionTypes)
    try prepareExceptions(for: artifact)
    instance.store(UInt64(UInt(bitPattern: exceptions)), at: ContextLayout.exceptions)
    let rows = code.file.frameRows(of: module)
    let landings = code.file.landings(of: module)
    swasm_store_add_text(
      raw,
      swasm_text(
        range: swasm_range(instance.region.textRange),
        data: UInt64(UInt(bitPattern: instance.region.data)), rows: rows.baseAddress,
        row_count: UInt64(rows.count), landings: landings.baseAddress,
        landing_count: UInt64(landings.count),
        tables_offset: UInt64(artifact.layout.table(TableIndex(0))),
        table_count: UInt32(artifact.layout.tables), artifact: UInt32(code.position),
        module: UInt32(module), zero: 0))
    return instance
  }

  private func prepareExceptions(for module: ModuleArtifact) throws(InstantiationFailure) {
    guard exceptions == nil, module.usesExceptions else { return }
    try budget.take(.instances, limits.exceptionBytes)
    exceptions = swasm_exceptions_create(raw, limits.exceptionBytes)
    guard exceptions != nil else {
      throw .addressSpaceRefused(
        what: "exceptions", bytes: limits.exceptionBytes, errno: errno)
    }
    // Functions of the host may throw when a module calls that has nothing to do with exceptions.
    for instance in instances {
      instance.store(UInt64(UInt(bitPattern: exceptions)), at: ContextLayout.exceptions)
    }
  }

  /// Lets the collection of exceptions see a global.
  func watch(_ global: GlobalInstance) {
    guard let exceptions, global.type.value.isException else { return }
    swasm_exceptions_add_global(exceptions, global.cell)
  }

  // MARK: Items

  func addMemory(_ type: MemoryType) throws(InstantiationFailure) -> MemoryInstance {
    let memory = try MemoryInstance(type, limits, budget)
    swasm_store_add_memory(raw, swasm_range(memory.memory.range))
    reservations.append(memory)
    return memory
  }

  func addTable(_ type: TableType) throws(InstantiationFailure) -> TableInstance {
    let most = min(limits.tableElements, UInt64(UInt32.max))
    let table = try TableInstance(
      type, maximum: try budget.takeTable(type, most: most), most: most, budget: budget.raw,
      hasGuards: limits.hasGuards)
    swasm_store_add_table(raw, swasm_range(table.table.range))
    if let exceptions, type.element.isException {
      swasm_exceptions_add_table(exceptions, table.table.definition)
    }
    reservations.append(table)
    return table
  }

  /// Counts what the runtime keeps for a module besides.
  func take(_ item: MemoryBudget.Item, _ bytes: Int) throws(InstantiationFailure) {
    try budget.take(item, UInt64(bytes))
  }

  /// Bytes by which memories may still grow, all together.
  var growthBytes: UInt64 { budget.left }

  /// Notes what everything takes by now.
  func noteBudget(in record: UnsafeMutablePointer<swasm_trap_record>) {
    swasm_note_budget(record, budget.raw)
  }

  func keepAlive(_ item: AnyObject) { reservations.append(item) }

  /// Where the memories are that may still grow.
  var growingMemories: [GrowingMemory] {
    var list: [GrowingMemory] = []
    for case let memory as MemoryInstance in reservations where memory.memory.canGrow {
      list.append(GrowingMemory(base: memory.memory.base, bits: memory.memory.bits))
    }
    return list
  }

  /// Where executable text is mapped.
  var texts: [UnsafeRawBufferPointer] {
    codes.map { UnsafeRawBufferPointer($0.trampolines.textRange) }
      + instances.map { UnsafeRawBufferPointer($0.region.textRange) }
  }

  /// Mappings whose rights never change any more once everything is instantiated: code and data blocks, tables,
  /// references, guards, memories that cannot grow.
  var unchanging: [UnsafeRawBufferPointer] {
    var list = [UnsafeRawBufferPointer(references.range)]
    for code in codes { list.append(UnsafeRawBufferPointer(code.trampolines.range)) }
    for instance in instances { list.append(UnsafeRawBufferPointer(instance.region.range)) }
    for item in reservations {
      if let memory = item as? MemoryInstance {
        list += memory.memory.unchanging
      } else if let table = item as? TableInstance {
        list.append(UnsafeRawBufferPointer(table.table.range))
      }
    }
    return list
  }

  // MARK: Connected instances

  /// The type of a function as its own instance numbers it.
  func type(of function: FunctionValue) -> FunctionType {
    instances[function.instance].code.file.artifact.types[function.type]
  }

  /// The types that an item of this instance, or of the host, is described in.
  func types(of origin: Int?) -> TypeTables {
    origin.map { instances[$0].code.file.artifact.types } ?? TypeTables()
  }

  func type(of tag: TagInstance) -> FunctionType {
    instances[tag.instance].code.file.artifact.types[tag.type]
  }

  /// Code of one instance may now reach code of the other.
  func connect(_ a: Int, _ b: Int) throws(InstantiationFailure) { try groups.connect(a, b) }

  func setMemoryBase(of instance: InstanceRecord) throws(InstantiationFailure) {
    if let base = instance.memoryBase { try groups.setMemoryBase(of: instance.position, to: base) }
  }

  /// What GS has to hold when a function of this instance is entered; 0: anything.
  func memoryBase(of instance: Int) -> UInt64 { groups.memoryBase(of: instance) }

  // MARK: Stacks

  /// A stack that nothing runs on. Give it back.
  func takeStack() throws(InstantiationFailure) -> CallStack {
    if let idle = idleStacks.popLast() { return idle }
    return try CallStack(store: raw, size: limits.stackBytes)
  }

  func giveBack(_ stack: CallStack) { idleStacks.append(stack) }
}

extension swasm_range {
  init(_ range: Range<UInt64>) { self.init(start: range.lowerBound, end: range.upperBound) }
}
