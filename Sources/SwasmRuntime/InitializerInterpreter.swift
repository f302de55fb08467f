import CSwasm
import SwasmArtifact
import SwasmModule

/// Makes an instance: runs its module's initializers in order.
///
/// Everything up to the first guest instruction happens at once. A start function is a guest instruction; in a guest
/// process it may run only after lockdown, where nothing may be allocated. So with `defersCode` it, and the effects that
/// follow it, become ``steps`` which C code runs later.
struct InitializerInterpreter {
  private let store: Store
  private let instance: InstanceRecord
  private let imports: ImportEnvironment
  private let defersCode: Bool
  private(set) var steps: [swasm_guest_step]
  private var hasEvaluatedElements = false

  init(
    store: Store, instance: InstanceRecord, imports: ImportEnvironment, defersCode: Bool,
    after steps: [swasm_guest_step] = []
  ) {
    self.steps = steps
    self.store = store
    self.instance = instance
    self.imports = imports
    self.defersCode = defersCode
  }

  mutating func run() throws(InstantiationError) {
    for initializer in instance.artifact.initializers {
      do throws(InstantiationFailure) {
        try run(initializer)
      } catch {
        throw InstantiationError(
          module: instance.name, item: describe(initializer), failure: error)
      }
    }
    do throws(InstantiationFailure) {
      try evaluateElements()
      try checkCompleteness()
    } catch {
      throw InstantiationError(module: instance.name, item: "", failure: error)
    }
  }

  private mutating func run(_ initializer: Initializer) throws(InstantiationFailure) {
    switch initializer {
    case .importItem(let index): try importItem(instance.artifact.imports[index])
    case .defineFunctions: try defineFunctions()
    case .defineTable(let index, let initial): try defineTable(index, initial)
    case .defineMemory(let index): try defineMemory(index)
    case .defineGlobal(let index, let initial): try defineGlobal(index, initial)
    case .applyElement(let index): try applyElement(index)
    case .applyData(let index): try applyData(index)
    case .start(let index): try start(index)
    }
  }

  // MARK: Imports

  private func importItem(_ item: Import) throws(InstantiationFailure) {
    let found = try resolve(item)
    let artifact = instance.artifact
    let expected: ImportMatching.Expected =
      switch item.item {
      case .function(let type):
        .function(instance.code.file.artifact.types[artifact.typeIndices[type.position]])
      case .table(let type): .table(type)
      case .memory(let type): .memory(type)
      case .global(let type): .global(type)
      }
    try ImportMatching.check(found, against: expected, in: store)
    switch found {
    case .function(let value): try appendImport(value)
    case .hostFunction(let host): try appendImport(host)
    case .table(let table): try append(table)
    case .memory(let memory): try append(memory)
    case .global(let global): try appendImport(global)
    }
  }

  private func resolve(_ item: Import) throws(InstantiationFailure) -> ExternalValue {
    let found: ExternalValue?
    switch imports[item.module] {
    case .host(let host):
      found = host.functions.first { $0.name.utf8.elementsEqual(item.name.utf8) }.map(ExternalValue.hostFunction)
    case .instance(let other):
      guard other.store === store else { throw .foreignStore }
      found = other.record.export(item.name)
    case .items(let items):
      if let external = items[item.name], external.store !== store { throw .foreignStore }
      found = items[item.name]?.value
    case nil: found = nil
    }
    guard let found else { throw .unknownImport }
    return found
  }

  private func nextImportedFunction() throws(InstantiationFailure) -> (FunctionIndex, Int) {
    let index = FunctionIndex(instance.functions.count)
    guard index.position < instance.layout.importedFunctions, !instance.hasDefinedFunctions else {
      throw .malformed("too many function imports")
    }
    return (index, instance.layout.importSlot(index))
  }

  private func appendImport(_ value: FunctionValue) throws(InstantiationFailure) {
    let (index, slot) = try nextImportedFunction()
    try store.connect(instance.position, value.instance)
    instance.store(value.code, at: slot + ImportSlot.code)
    append(code: value.code, of: index)
  }

  private func appendImport(_ host: HostFunction) throws(InstantiationFailure) {
    let (index, slot) = try nextImportedFunction()
    let type = instance.artifact.functionTypes[index.position]
    guard let trampoline = instance.code.host(type) else { throw .noTrampoline(host.type) }
    let stub = instance.region.text + UInt64(instance.artifact.importStubs[index.position])
    instance.store(stub, at: slot + ImportSlot.code)
    instance.store(trampoline, at: slot + ImportSlot.hostTrampoline)
    instance.store(
      UInt64(UInt(bitPattern: unsafeBitCast(host.pointer, to: UnsafeRawPointer.self))),
      at: slot + ImportSlot.hostFunction)
    instance.store(
      UInt64(UInt(bitPattern: host.context)), at: slot + ImportSlot.hostContext)
    instance.store(UInt64(UInt(bitPattern: instance.region.data)), at: slot + ImportSlot.data)
    append(code: stub, of: index)
  }

  private func append(code: UInt64, of index: FunctionIndex) {
    let type = instance.artifact.functionTypes[index.position]
    let reference = instance.firstReference + index.rawValue
    store.references.set(reference, code: code, type: type)
    instance.functions.append(
      FunctionValue(code: code, type: type, reference: reference, instance: instance.position))
  }

  private func append(_ table: TableInstance) throws(InstantiationFailure) {
    let index = TableIndex(instance.tables.count)
    guard index.position < instance.layout.tables else { throw .malformed("too many tables") }
    if let member = table.member { try store.connect(instance.position, member) }
    table.member = instance.position
    let slot = instance.layout.table(index)
    instance.store(table.table.base, at: slot)
    instance.store(UInt64(UInt(bitPattern: table.table.definition)), at: slot + 8)
    instance.tables.append(table)
  }

  private func append(_ memory: MemoryInstance) throws(InstantiationFailure) {
    let index = MemoryIndex(instance.memories.count)
    guard index.position < instance.layout.memories else { throw .malformed("too many memories") }
    let slot = instance.layout.memory(index)
    instance.store(memory.memory.base, at: slot)
    instance.store(UInt64(UInt(bitPattern: memory.memory.definition)), at: slot + 8)
    instance.memories.append(memory)
    if index.position == 0 { try store.setMemoryBase(of: instance) }
  }

  private func appendImport(_ global: GlobalInstance) throws(InstantiationFailure) {
    let index = GlobalIndex(instance.globals.count)
    guard index.position < instance.layout.importedGlobals else {
      throw .malformed("too many global imports")
    }
    if let member = global.member, global.type.value == .funcref {
      try store.connect(instance.position, member)
    }
    global.member = instance.position
    instance.store(
      UInt64(UInt(bitPattern: global.cell)), at: instance.layout.importedGlobal(index))
    instance.globals.append(global)
  }

  // MARK: Definitions

  private func defineFunctions() throws(InstantiationFailure) {
    let artifact = instance.artifact
    guard instance.functions.count == artifact.importStubs.count, !instance.hasDefinedFunctions
    else { throw .malformed("functions made before their imports") }
    instance.hasDefinedFunctions = true
    instance.functions.reserveCapacity(artifact.functionTypes.count)
    for offset in artifact.functions {
      append(
        code: instance.region.text + UInt64(offset), of: FunctionIndex(instance.functions.count))
    }
  }

  private func defineTable(
    _ index: TableIndex, _ initial: ConstantExpression?
  ) throws(InstantiationFailure) {
    guard index.position == instance.tables.count else { throw .malformed("table order") }
    let table = try store.addTable(instance.artifact.tables[index.position])
    try append(table)
    guard let initial else { return }
    let value = try ConstantEvaluator.evaluate(initial, in: instance).low
    guard table.element == .funcref else {
      table.table.fill(with: swasm_table_entry(code: value, type: 0, reference: 0))
      return
    }
    guard let entry = store.references.tableEntry(value) else {
      throw .malformed("function reference")
    }
    table.table.fill(with: entry)
  }

  private func defineMemory(_ index: MemoryIndex) throws(InstantiationFailure) {
    guard index.position == instance.memories.count else { throw .malformed("memory order") }
    try append(try store.addMemory(instance.artifact.memories[index.position]))
  }

  private func defineGlobal(
    _ index: GlobalIndex, _ initial: ConstantExpression
  ) throws(InstantiationFailure) {
    guard index.position == instance.globals.count,
      index.position >= instance.layout.importedGlobals
    else { throw .malformed("global order") }
    let value = try ConstantEvaluator.evaluate(initial, in: instance)
    let cell = instance.region.data + instance.layout.definedGlobal(index)
    let global = GlobalInstance(
      instance.artifact.globals[index.position],
      cell: cell.bindMemory(to: UInt64.self, capacity: 2))
    global.value = value
    global.member = instance.position
    instance.globals.append(global)
  }

  // MARK: Segments and start

  /// All element segments become lists of references before the first of them is used; libcalls can't evaluate
  /// expressions.
  private mutating func evaluateElements() throws(InstantiationFailure) {
    guard !hasEvaluatedElements else { return }
    hasEvaluatedElements = true
    for (position, segment) in instance.artifact.elements.enumerated() {
      var list: [UInt64] = []
      switch segment.items {
      case .functions(let functions):
        list.reserveCapacity(functions.count)
        for function in functions { list.append(UInt64(try instance.reference(of: function))) }
      case .expressions(let expressions):
        list.reserveCapacity(expressions.count)
        for expression in expressions {
          list.append(try ConstantEvaluator.evaluate(expression, in: instance).low)
        }
      }
      if segment.type == .funcref, list.contains(where: { $0 >= store.references.count }) {
        throw .malformed("function reference")
      }
      instance.setElements(position, to: list)
    }
  }

  private mutating func applyElement(_ index: ElementIndex) throws(InstantiationFailure) {
    try evaluateElements()
    switch instance.artifact.elements[index.position].mode {
    case .passive: throw .malformed("passive element segment applied")
    case .declarative: instance.dropElements(index.position)
    case .active(let table, let offset):
      guard table.position < instance.tables.count else { throw .malformed("table order") }
      try perform(
        SWASM_GUEST_ELEMENTS, target: table.rawValue, segment: index.rawValue, offset: offset)
    }
  }

  private mutating func applyData(_ index: DataIndex) throws(InstantiationFailure) {
    guard case .active(let memory, let offset) = instance.artifact.data[index.position].mode else {
      throw .malformed("passive data segment applied")
    }
    guard memory.position < instance.memories.count else { throw .malformed("memory order") }
    try perform(
      SWASM_GUEST_DATA, target: memory.rawValue, segment: index.rawValue, offset: offset)
  }

  private mutating func perform(
    _ kind: swasm_guest_step_kind, target: UInt32, segment: UInt32, offset: ConstantExpression
  ) throws(InstantiationFailure) {
    var step = swasm_guest_step()
    step.kind = kind.rawValue
    step.index = target
    step.segment = segment
    step.offset = UInt32(
      truncatingIfNeeded: try ConstantEvaluator.evaluate(offset, in: instance).low)
    step.data = instance.region.data.assumingMemoryBound(to: UInt8.self)
    if !steps.isEmpty {
      steps.append(step)
      return
    }
    let kind = swasm_run_step(&step, nil)
    guard kind == 0 else { throw .trap(Trap(kind: TrapKind(rawValue: UInt8(kind))!)) }
  }

  private mutating func start(_ index: FunctionIndex) throws(InstantiationFailure) {
    try evaluateElements()
    try checkCompleteness()
    guard index.position < instance.functions.count else { throw .malformed("start function") }
    let function = instance.functions[index.position]
    let step = try store.callStep(function, preferring: instance.code, slots: nil)
    if defersCode {
      steps.append(step)
    } else {
      try store.run(step)
    }
  }

  /// Compiled code relies on every slot of its data block.
  private func checkCompleteness() throws(InstantiationFailure) {
    let artifact = instance.artifact
    guard instance.functions.count == artifact.functionTypes.count,
      instance.tables.count == artifact.tables.count,
      instance.memories.count == artifact.memories.count,
      instance.globals.count == artifact.globals.count
    else { throw .malformed("initializers leave items unmade") }
  }

  private func describe(_ initializer: Initializer) -> String {
    switch initializer {
    case .importItem(let index):
      "import \(instance.artifact.imports[index].module).\(instance.artifact.imports[index].name)"
    case .defineFunctions: "functions"
    case .defineTable(let index, _): "table \(index)"
    case .defineMemory(let index): "memory \(index)"
    case .defineGlobal(let index, _): "global \(index)"
    case .applyElement(let index): "element segment \(index)"
    case .applyData(let index): "data segment \(index)"
    case .start(let index): "start function \(index)"
    }
  }
}
