import CSwasm
import SwasmArtifact
import SwasmModule

/// The runtime's side of an instance. Its store keeps it alive: tables and other instances may point into its code.
final class InstanceRecord {
  let code: LoadedCode
  /// The module's position in its artifact, and the instance's in its store.
  let module: Int
  let position: Int
  let artifact: ModuleArtifact
  let region: CodeRegion
  /// The reference id of function 0.
  let firstReference: UInt32
  var functions: [FunctionValue] = []
  var tables: [TableInstance] = []
  var memories: [MemoryInstance] = []
  var globals: [GlobalInstance] = []
  var tags: [TagInstance] = []
  var modules: [ModuleValue] = []
  var instances: [InstanceValue] = []
  /// What its module has captured.
  let upvalues: [ModuleValue]
  /// Where it is among instances inside others, for messages.
  var path: String {
    var names: [String] = []
    var at: InstanceRecord? = self
    while let record = at {
      names.append(record.artifact.name ?? "module \(record.module)")
      at = record.parent
    }
    return names.reversed().joined(separator: " / ")
  }
  /// The instance around it; their store keeps both.
  private unowned let parent: InstanceRecord?
  var isNested: Bool { parent != nil }
  var hasDefinedFunctions = false
  /// By name: where in the list of exports, when that is no ``ShortList``.
  private lazy var exportPositions: [ItemName: Int] = Dictionary(
    zip(artifact.exports.lazy.map { ItemName($0.name) }, artifact.exports.indices),
    uniquingKeysWith: { first, _ in first })
  private let raw: UnsafeMutablePointer<swasm_instance>
  private let dataSegments: UnsafeMutableBufferPointer<swasm_data_segment>
  private let elementSegments: UnsafeMutableBufferPointer<swasm_element_segment>
  /// The segments' references, one allocation each.
  private var references: [UnsafeMutablePointer<UInt64>] = []

  init(
    code: LoadedCode, module: Int, position: Int, firstReference: UInt32, referenceBase: UInt64,
    upvalues: [ModuleValue], within parent: InstanceRecord?
  ) throws(InstantiationFailure) {
    self.code = code
    self.module = module
    self.position = position
    self.firstReference = firstReference
    let loaded = code.file.artifact.modules[module]
    artifact = loaded.module
    self.upvalues = upvalues
    self.parent = parent
    let layout = loaded.module.layout
    let start = code.file.artifact.code.lowerBound
    let text = loaded.module.text
    region = try CodeRegion(
      file: code.file.file, text: start + text.lowerBound..<start + text.upperBound,
      dataSize: layout.size)
    dataSegments = .allocate(capacity: loaded.data.count)
    for (index, range) in loaded.data.enumerated() {
      let bytes = code.file.bytes(range)
      (dataSegments.baseAddress! + index).initialize(
        to: swasm_data_segment(
          bytes: bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), length: UInt64(bytes.count)
        ))
    }
    elementSegments = .allocate(capacity: loaded.module.elements.count)
    elementSegments.initialize(repeating: swasm_element_segment())
    raw = .allocate(capacity: 1)
    raw.initialize(
      to: swasm_instance(
        memories_offset: UInt64(ContextLayout.memory0),
        tables_offset: UInt64(layout.table(TableIndex(0))), data_segments: dataSegments.baseAddress,
        element_segments: elementSegments.baseAddress))
    writeHeader(referenceBase: referenceBase)
  }

  deinit {
    raw.deallocate()
    dataSegments.deallocate()
    elementSegments.deallocate()
    for list in references { list.deallocate() }
  }

  var layout: ContextLayout { artifact.layout }

  func store<T>(_ value: T, at offset: Int) {
    region.data.storeBytes(of: value, toByteOffset: offset, as: T.self)
  }

  private func writeHeader(referenceBase: UInt64) {
    store(UInt64(UInt(bitPattern: raw)), at: ContextLayout.instance)
    store(referenceBase, at: ContextLayout.functionReferences)
    store(firstReference, at: ContextLayout.firstFunctionReference)
    store(UInt32(artifact.hostMemorySlot), at: ContextLayout.hostMemory)
    for call in Libcall.allCases {
      store(swasm_libcall(UInt32(call.rawValue)), at: ContextLayout.libcall(call))
    }
  }

  /// What GS has to hold while this instance's code runs.
  var memoryBase: UInt64? {
    artifact.usesGS ? memories.first.map { $0.memory.base } : nil
  }

  /// The reference id of a function, which need not have been made yet: ids are given out beforehand.
  func reference(of function: FunctionIndex) throws(InstantiationFailure) -> UInt32 {
    guard function.position < artifact.functionTypes.count else {
      throw .malformed("function index \(function)")
    }
    return firstReference + function.rawValue
  }

  func setElements(_ segment: Int, to list: [UInt64]) {
    let copy = UnsafeMutablePointer<UInt64>.allocate(capacity: max(1, list.count))
    for (index, reference) in list.enumerated() { copy[index] = reference }
    references.append(copy)
    elementSegments[segment] = swasm_element_segment(
      references: copy, length: UInt64(list.count))
  }

  func dropElements(_ segment: Int) { elementSegments[segment].length = 0 }

  private func exportPosition(of name: String) -> Int? {
    let exports = artifact.exports
    let name = ItemName(name)
    guard exports.count > ShortList.most else {
      return exports.firstIndex { ItemName($0.name) == name }
    }
    return exportPositions[name]
  }

  func export(_ name: String) -> ExternalValue? {
    guard let position = exportPosition(of: name) else { return nil }
    let export = artifact.exports[position]
    let index = Int(export.index)
    switch export.kind {
    case .function: return functions.indices.contains(index) ? .function(functions[index]) : nil
    case .table: return tables.indices.contains(index) ? .table(tables[index]) : nil
    case .memory: return memories.indices.contains(index) ? .memory(memories[index]) : nil
    case .global: return globals.indices.contains(index) ? .global(globals[index]) : nil
    case .tag: return tags.indices.contains(index) ? .tag(tags[index]) : nil
    case .module: return modules.indices.contains(index) ? .module(modules[index]) : nil
    case .instance: return instances.indices.contains(index) ? .instance(instances[index]) : nil
    }
  }
}

extension ModuleArtifact {
  /// Where a data block has the slot of the memory that host functions work on. As WASI has it that is the one
  /// exported as `memory`, be it the module's own or not; without such an export it is memory 0.
  fileprivate var hostMemorySlot: Int {
    let name = ItemName("memory")
    let export = exports.first { $0.kind == .memory && ItemName($0.name) == name }
    guard let export, export.index < layout.memories else { return ContextLayout.memory0 }
    return layout.memory(MemoryIndex(export.index))
  }
}
