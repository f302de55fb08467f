import CSwasm
import Glibc
import SwasmArtifact
import SwasmModule

/// Makes an instance: runs its module's initializers in order, and those of the modules that it instantiates.
///
/// The instances around the one at hand wait in a list: how deep they are is the guest's to choose.
///
/// Everything up to the first guest instruction happens at once. A start function is a guest instruction; in a guest
/// process it may run only after lockdown, where nothing may be allocated. So with `defersCode` it, and the effects that
/// follow it, become ``steps`` which C code runs later: nothing that start functions compute decides what is
/// instantiated, so all of it can be prepared before.
struct InitializerInterpreter {
  private let store: Store
  private let defersCode: Bool
  private(set) var steps: [swasm_guest_step]
  /// The instance at hand.
  private var instance: InstanceRecord
  private var arguments: Arguments
  private var next = 0
  private var hasEvaluatedElements = false
  /// Instances that wait for one inside them.
  private var outer: [Suspended] = []

  /// Where an instance's imports come from.
  private enum Arguments {
    case environment(ImportEnvironment)
    /// Given by the instance around it.
    case values([ItemName: ExternalValue])
  }

  private struct Suspended {
    var instance: InstanceRecord
    var arguments: Arguments
    var next: Int
    var hasEvaluatedElements: Bool
  }

  init(
    store: Store, instance: InstanceRecord, imports: ImportEnvironment, defersCode: Bool,
    after steps: [swasm_guest_step] = []
  ) {
    self.steps = steps
    self.store = store
    self.instance = instance
    arguments = .environment(imports)
    self.defersCode = defersCode
  }

  mutating func run() throws(InstantiationError) {
    while true {
      if next < instance.artifact.initializers.count {
        let initializer = instance.artifact.initializers[next]
        let current = instance
        next += 1
        do throws(InstantiationFailure) {
          try run(initializer)
        } catch {
          throw InstantiationError(
            module: current.path, item: initializer.description(in: current.artifact),
            failure: error)
        }
        continue
      }
      do throws(InstantiationFailure) {
        try evaluateElements()
        try checkCompleteness()
      } catch {
        throw InstantiationError(module: instance.path, item: "", failure: error)
      }
      guard let waiting = outer.popLast() else { return }
      let made = instance
      (instance, arguments, next) = (waiting.instance, waiting.arguments, waiting.next)
      hasEvaluatedElements = waiting.hasEvaluatedElements
      instance.instances.append(.instance(made))
    }
  }

  private mutating func run(_ initializer: Initializer) throws(InstantiationFailure) {
    switch initializer {
    case .importItem(let index): try importItem(instance.artifact.imports[index])
    case .importValue(let index, let type):
      try importValue(instance.artifact.imports[index], type)
    case .importImplicitInstance(let index):
      guard case .instance(let value) = try argument(instance.artifact.imports[index].module)
      else { throw .unknownImport }
      instance.instances.append(value)
    case .aliasExport(let index, let kind, let name): try aliasExport(index, kind, name)
    case .aliasUpvalue(let number):
      guard number < instance.upvalues.count else { throw .malformed("upvalue") }
      instance.modules.append(instance.upvalues[number])
    case .defineModule(let module, let upvalues): try defineModule(module, upvalues)
    case .instantiate(let item): try instantiate(item)
    case .defineFunctions: try defineFunctions()
    case .defineTable(let index, let initial): try defineTable(index, initial)
    case .defineMemory(let index): try defineMemory(index)
    case .defineGlobal(let index, let initial): try defineGlobal(index, initial)
    case .applyElement(let index): try applyElement(index)
    case .applyData(let index): try applyData(index)
    case .start(let index): try start(index)
    }
  }

  // MARK: Modules and instances

  private func defineModule(
    _ module: Int, _ captured: [Upvalue]
  ) throws(InstantiationFailure) {
    let modules = instance.code.file.artifact.modules
    guard module < modules.count, captured.count == modules[module].module.upvalueCount else {
      throw .malformed("nested module")
    }
    var upvalues: [ModuleValue] = []
    for upvalue in captured {
      switch upvalue {
      case .module(let index) where index.position < instance.modules.count:
        upvalues.append(instance.modules[index.position])
      case .outer(let number) where number < instance.upvalues.count:
        upvalues.append(instance.upvalues[number])
      default: throw .malformed("upvalue")
      }
    }
    instance.modules.append(
      ModuleValue(code: instance.code, module: module, upvalues: upvalues))
  }

  /// Begins an instance; the one at hand goes on when it is complete.
  private mutating func instantiate(_ item: Instantiation) throws(InstantiationFailure) {
    guard item.module.position < instance.modules.count else { throw .malformed("module order") }
    let module = instance.modules[item.module.position]
    var values: [ItemName: ExternalValue] = [:]
    for argument in item.arguments {
      values[ItemName(argument.name)] = try value(argument.kind, Int(argument.index))
    }
    let inner = try store.map(
      module.module, of: module.code, upvalues: module.upvalues, within: instance)
    outer.append(
      Suspended(
        instance: instance, arguments: arguments, next: next,
        hasEvaluatedElements: hasEvaluatedElements))
    instance = inner
    arguments = .values(values)
    next = 0
    hasEvaluatedElements = false
  }

  private func value(
    _ kind: ExternalKind, _ index: Int
  ) throws(InstantiationFailure) -> ExternalValue {
    switch kind {
    case .function where index < instance.functions.count: .function(instance.functions[index])
    case .table where index < instance.tables.count: .table(instance.tables[index])
    case .memory where index < instance.memories.count: .memory(instance.memories[index])
    case .global where index < instance.globals.count: .global(instance.globals[index])
    case .tag where index < instance.tags.count: .tag(instance.tags[index])
    case .module where index < instance.modules.count: .module(instance.modules[index])
    case .instance where index < instance.instances.count: .instance(instance.instances[index])
    default: throw .malformed("\(kind) order")
    }
  }

  private func aliasExport(
    _ index: InstanceIndex, _ kind: ExternalKind, _ name: String
  ) throws(InstantiationFailure) {
    guard index.position < instance.instances.count else { throw .malformed("instance order") }
    let found = try instance.instances[index.position].export(name, in: store)
    guard let found, found.kind == kind else { throw .missingExport(name) }
    try append(found)
  }

  /// Puts an imported or aliased item at the end of its index space.
  private func append(_ value: ExternalValue) throws(InstantiationFailure) {
    switch value {
    case .function(let value):
      // A host's function works on the memory of whoever calls it.
      if let host = value.host { try appendImport(host) } else { try appendImport(value) }
    case .hostFunction(let host): try appendImport(host)
    case .table(let table): try append(table)
    case .memory(let memory): try append(memory)
    case .global(let global): try appendImport(global)
    case .tag(let tag): try append(tag)
    case .module(let module): instance.modules.append(module)
    case .instance(let value): instance.instances.append(value)
    }
  }

  // MARK: Imports

  private func argument(_ name: String) throws(InstantiationFailure) -> ExternalValue? {
    switch arguments {
    case .environment(let environment): try environment[name]?.value(in: store)
    case .values(let values): values[ItemName(name)]
    }
  }

  private func importItem(_ item: Import) throws(InstantiationFailure) {
    let found = try resolve(item)
    let artifact = instance.artifact
    let expected: EntityType =
      switch item.item {
      case .function(let type): .function(artifact.typeIndices[type.position])
      case .table(let type): .table(type)
      case .memory(let type): .memory(type)
      case .global(let type): .global(type)
      case .tag(let type): .tag(artifact.typeIndices[type.position])
      case .module, .instance: throw .malformed("import of a module")
      }
    try ImportMatching.check(
      found, against: expected, instance.code.file.artifact.types, in: store)
    try append(found)
  }

  /// Within a set validation has made sure of the types; from outside anything may come.
  private func importValue(
    _ item: Import, _ type: LinkingTypeIndex
  ) throws(InstantiationFailure) {
    let found = try resolve(item)
    if case .environment = arguments {
      try ImportMatching.check(
        found, against: item.item.kind == .module ? .module(type) : .instance(type),
        instance.code.file.artifact.types, in: store)
    }
    guard found.kind == item.item.kind else { throw .malformed("import of another kind") }
    try append(found)
  }

  private func resolve(_ item: Import) throws(InstantiationFailure) -> ExternalValue {
    guard let first = try argument(item.module) else { throw .unknownImport }
    if item.isSingleLevel { return first }
    guard case .instance(let provider) = first,
      let found = try provider.export(item.name, in: store)
    else { throw .unknownImport }
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
    append(code: stub, of: index, host: host)
  }

  private func append(code: UInt64, of index: FunctionIndex, host: HostFunction? = nil) {
    let type = instance.artifact.functionTypes[index.position]
    let reference = instance.firstReference + index.rawValue
    store.references.set(reference, code: code, type: type)
    instance.functions.append(
      FunctionValue(
        code: code, type: type, reference: reference, instance: instance.position, host: host))
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

  private func append(_ tag: TagInstance) throws(InstantiationFailure) {
    let index = instance.tags.count
    guard index < instance.layout.tags else { throw .malformed("too many tags") }
    instance.store(tag.address, at: instance.layout.tag(index))
    instance.tags.append(tag)
  }

  private func appendImport(_ global: GlobalInstance) throws(InstantiationFailure) {
    let index = GlobalIndex(instance.globals.count)
    guard index.position < instance.layout.importedGlobals else {
      throw .malformed("too many global imports")
    }
    if let member = global.member, global.type.value.isFunction {
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
    // A tag is the place where its own instance keeps it.
    for type in artifact.tags.dropFirst(instance.tags.count) {
      let slot = instance.region.data + instance.layout.tag(instance.tags.count)
      try append(
        TagInstance(
          address: UInt64(UInt(bitPattern: slot)), type: type, instance: instance.position))
    }
  }

  private func defineTable(
    _ index: TableIndex, _ initial: ConstantExpression?
  ) throws(InstantiationFailure) {
    guard index.position == instance.tables.count else { throw .malformed("table order") }
    let table = try store.addTable(instance.artifact.tables[index.position])
    table.origin = instance.position
    try append(table)
    guard let initial else { return }
    let value = try ConstantEvaluator.evaluate(initial, in: instance).low
    guard table.element.isFunction else {
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
    store.watch(global)
    global.member = instance.position
    global.origin = instance.position
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
      if segment.type.isFunction, list.contains(where: { $0 >= store.references.count }) {
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
        SWASM_GUEST_ELEMENTS, target: table.rawValue, segment: index.rawValue, offset: offset,
        is64: instance.tables[table.position].type.is64)
    }
  }

  private mutating func applyData(_ index: DataIndex) throws(InstantiationFailure) {
    guard case .active(let memory, let offset) = instance.artifact.data[index.position].mode else {
      throw .malformed("passive data segment applied")
    }
    guard memory.position < instance.memories.count else { throw .malformed("memory order") }
    try perform(
      SWASM_GUEST_DATA, target: memory.rawValue, segment: index.rawValue, offset: offset,
      is64: instance.memories[memory.position].type.is64)
  }

  private mutating func perform(
    _ kind: swasm_guest_step_kind, target: UInt32, segment: UInt32, offset: ConstantExpression,
    is64: Bool
  ) throws(InstantiationFailure) {
    var step = swasm_guest_step()
    step.kind = kind.rawValue
    step.index = target
    step.segment = segment
    let start = try ConstantEvaluator.evaluate(offset, in: instance).low
    step.offset = is64 ? start : start & 0xffff_ffff
    step.data = instance.region.data.assumingMemoryBound(to: UInt8.self)
    if !steps.isEmpty {
      step.place = segmentPlace()
      steps.append(step)
      return
    }
    let kind = swasm_run_step(&step, nil)
    if kind != 0, defersCode {
      // The guest traps by it as by anything else that it does: nothing behind it will be run.
      step.place = segmentPlace()
      steps.append(step)
      return
    }
    guard kind == 0 else { throw .trap(Trap(kind: TrapKind(rawValue: UInt8(kind))!)) }
  }

  private mutating func start(_ index: FunctionIndex) throws(InstantiationFailure) {
    try evaluateElements()
    try checkCompleteness()
    guard index.position < instance.functions.count else { throw .malformed("start function") }
    let function = instance.functions[index.position]
    var step = try store.callStep(function, preferring: instance.code, slots: nil)
    if defersCode {
      step.place = place()
      steps.append(step)
    } else {
      try store.run(step)
    }
  }

  /// The initializer at hand as a step's ``swasm_guest_step/place``: whoever owns the steps frees it.
  private func place() -> UnsafePointer<CChar>? {
    instance.isNested ? copied("\(instance.path): \(item)") : nil
  }

  /// Of a segment no backtrace tells, so it is said of every instance.
  private func segmentPlace() -> UnsafePointer<CChar>? { place() ?? copied(item) }

  private var item: String {
    instance.artifact.initializers[next - 1].description(in: instance.artifact)
  }

  private func copied(_ place: String) -> UnsafePointer<CChar>? {
    let text = Array(place.utf8)
    // Of a long path the end says more.
    let kept = text.suffix(Int(SWASM_PLACE_SIZE) - 8)
    let mark = kept.count < text.count ? "… " : ""
    return UnsafePointer(strdup(mark + String(decoding: kept, as: UTF8.self)))
  }

  /// Compiled code relies on every slot of its data block.
  private func checkCompleteness() throws(InstantiationFailure) {
    let artifact = instance.artifact
    guard instance.functions.count == artifact.functionTypes.count,
      instance.tables.count == artifact.tables.count,
      instance.memories.count == artifact.memories.count,
      instance.globals.count == artifact.globals.count,
      instance.tags.count == artifact.tags.count
    else { throw .malformed("initializers leave items unmade") }
  }
}
