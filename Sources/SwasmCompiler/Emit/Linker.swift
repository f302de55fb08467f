import SwasmArtifact
import SwasmModule
import SwasmValidator

/// Rounds up to whole pages.
private func pageAligned(_ size: Int) -> Int { (size + 4095) & ~4095 }

/// Fills the text up to a page boundary with `int3`.
private func padToPage(_ code: inout [UInt8]) {
  code.append(contentsOf: repeatElement(0xcc, count: pageAligned(code.count) - code.count))
}

/// Makes a pair of trampolines for every signature of the set.
func linkTrampolines(_ conventions: [CallingConvention], into code: inout [UInt8]) -> Trampolines {
  var emitter = TrampolineEmitter()
  var text = EncodedText()
  var entries: [UInt32] = []
  var hosts: [UInt32] = []
  for convention in conventions {
    entries.append(UInt32(emitter.emitEntry(convention, into: &text)))
    hosts.append(UInt32(emitter.emitHost(convention, into: &text)))
  }
  let start = code.count
  code.append(contentsOf: text.bytes)
  padToPage(&code)
  return Trampolines(text: start..<code.count, entries: entries, hosts: hosts)
}

/// Puts a module's batches one behind the other, adds its import stubs and resolves all relocations.
func link(
  _ source: SetPlan.Member, _ plan: ModulePlan, _ batches: [Batch], in set: SetPlan,
  into code: inout [UInt8]
) -> ModuleArtifact {
  let start = code.count
  let module = source.module.module
  var linker = ModuleLinker(start: start)
  linker.place(batches)
  let stubs = linker.appendStubs(plan)
  let textSize = pageAligned(linker.text.count)
  linker.resolve(batches, importedFunctions: plan.importedFunctions, dataBlock: textSize)
  code.append(contentsOf: linker.text)
  padToPage(&code)
  var artifact = ModuleArtifact(
    name: source.name ?? module.names.module, text: start..<code.count, layout: plan.layout,
    usesGS: plan.usesGS, typeIndices: source.module.canonicalTypes,
    functionTypes: plan.functionTypes, importStubs: stubs, functions: linker.functions,
    frames: linker.frames, addressMap: linker.addressMap(batches), imports: module.imports,
    exports: module.exports, tables: module.tables, memories: module.memories,
    globals: module.globals, elements: module.elements,
    data: module.dataSegments.map {
      DataInitializer(mode: $0.mode, bytes: module.source[$0.bytes])
    },
    initializers: initializers(of: source, in: set), functionNames: module.names.functions)
  artifact.landings = linker.landings(batches)
  artifact.tags = module.tags.map { source.module.canonicalTypes[$0.position] }
  // What holds references has to be known where they are collected.
  artifact.usesExceptions =
    batches.contains { $0.usesExceptions } || !module.tags.isEmpty
    || module.globals.contains { $0.value.isException }
    || module.tables.contains { $0.element.isException }
  artifact.isNested = source.isNested
  artifact.type = source.module.linking.type
  artifact.upvalueCount = source.module.linking.upvalues.count
  return artifact
}

private struct ModuleLinker {
  let start: Int
  var text: ContiguousArray<UInt8> = []
  var functions: [UInt32] = []
  var frames: [FrameRow] = []
  /// By batch: where it begins in `text`.
  private var bases: [Int] = []
  private var stubRelocations: [(function: Int, relocation: Relocation)] = []

  init(start: Int) { self.start = start }

  mutating func place(_ batches: [Batch]) {
    text.reserveCapacity(batches.reduce(0) { $0 + $1.text.count + 16 })
    for batch in batches {
      text.append(contentsOf: repeatElement(0xcc, count: -text.count & 15))
      let base = text.count
      bases.append(base)
      text.append(contentsOf: batch.text)
      for (function, frame) in zip(batch.functions, batch.frames) {
        let offset = UInt32(base) + UInt32(function.start)
        functions.append(offset)
        var row = frame
        row.start += offset
        row.end += offset
        frames.append(row)
      }
    }
  }

  mutating func appendStubs(_ plan: ModulePlan) -> [UInt32] {
    var emitter = TrampolineEmitter()
    var stubs = EncodedText()
    text.append(contentsOf: repeatElement(0xcc, count: -text.count & 15))
    let base = text.count
    var offsets: [UInt32] = []
    for index in 0..<plan.importedFunctions {
      let slot = plan.layout.importSlot(FunctionIndex(index))
      offsets.append(UInt32(base + emitter.emitImportStub(slot: slot, into: &stubs)))
    }
    text.append(contentsOf: stubs.bytes)
    for function in stubs.functions {
      for relocation in function.relocations {
        stubRelocations.append(
          (base + Int(function.start), stubs.relocations[Int(relocation)]))
      }
    }
    return offsets
  }

  mutating func resolve(_ batches: [Batch], importedFunctions: Int, dataBlock: Int) {
    for (batch, base) in zip(batches, bases) {
      for function in batch.functions {
        for k in function.relocations {
          let relocation = batch.relocations[Int(k)]
          let address =
            relocation.kind == .function
            ? Int(functions[Int(relocation.target) - importedFunctions])
            : dataBlock + Int(relocation.target)
          relocation.patch(&text, function: base + Int(function.start), address: address)
        }
      }
    }
    for (function, relocation) in stubRelocations {
      relocation.patch(&text, function: function, address: dataBlock + Int(relocation.target))
    }
  }

  /// In ascending order, as the calls are in the text.
  func landings(_ batches: [Batch]) -> [Landing] {
    var landings: [Landing] = []
    for (batch, base) in zip(batches, bases) {
      for function in batch.functions {
        let start = UInt32(base) + UInt32(function.start)
        for k in function.landings {
          let entry = batch.landings[Int(k)]
          landings.append(
            Landing(
              returnAddress: start + UInt32(entry.returnPosition),
              target: start + UInt32(entry.position)))
        }
      }
    }
    return landings
  }

  func addressMap(_ batches: [Batch]) -> AddressMap {
    var map = AddressMap(starts: [0], bytes: [])
    for batch in batches {
      for function in batch.functions {
        var (position, source) = (Int64(0), Int64(0))
        for k in function.addresses {
          let entry = batch.addresses[Int(k)]
          appendUnsigned(UInt64(Int64(entry.position) - position), to: &map.bytes)
          appendSigned(Int64(entry.source) - source, to: &map.bytes)
          (position, source) = (Int64(entry.position), Int64(entry.source))
        }
        map.starts.append(UInt32(map.bytes.count))
      }
    }
    return map
  }

  private func appendUnsigned(_ value: UInt64, to bytes: inout [UInt8]) {
    var value = value
    while value >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(value))
  }

  private func appendSigned(_ value: Int64, to bytes: inout [UInt8]) {
    var value = value
    while value < -0x40 || value >= 0x40 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 0x80)
      value >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: value) & 0x7f)
  }
}
