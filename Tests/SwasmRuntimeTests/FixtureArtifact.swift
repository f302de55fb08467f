import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

/// Canonical and module type indices of the fixture: they are the same.
enum FixtureType: UInt32, CaseIterable {
  case pair = 1
  case none, one, toI32, six, nine

  var type: FunctionType {
    let i32 = ValueType.i32
    return switch self {
    case .pair: FunctionType(parameters: [i32, i32], results: [i32])
    case .none: FunctionType(parameters: [], results: [])
    case .one: FunctionType(parameters: [i32], results: [i32])
    case .toI32: FunctionType(parameters: [], results: [i32])
    case .six: FunctionType(parameters: Array(repeating: i32, count: 6), results: [i32])
    case .nine: FunctionType(parameters: Array(repeating: i32, count: 9), results: [i32])
    }
  }
}

/// The fixture's functions: label, type, and how their frames look.
struct FixtureFunction {
  var label: String
  var type: FixtureType
  var frameSize: UInt32 = 0
  var saved: UInt8 = 0
  var popped: UInt32 = 0

  static let all: [FixtureFunction] = [
    .init(label: "f_add", type: .pair),
    .init(label: "f_call_host", type: .pair, frameSize: 8),
    .init(label: "f_load", type: .one),
    .init(label: "f_div", type: .pair),
    .init(label: "f_div_r9", type: .pair),
    .init(label: "f_unreachable", type: .none),
    .init(label: "f_recurse", type: .none, frameSize: 72, saved: 0b101),
    .init(label: "f_grow", type: .one, frameSize: 8),
    .init(label: "f_call_indirect", type: .one, frameSize: 8),
    .init(label: "f_answer", type: .toI32),
    .init(label: "f_outer", type: .one, frameSize: 32, saved: 0b1),
    .init(label: "f_start", type: .none),
    .init(label: "f_libcall", type: .six, frameSize: 8),
    .init(label: "f_global", type: .toI32),
    .init(label: "f_gs_load", type: .one),
    .init(label: "f_ninth", type: .nine, popped: 16),
    .init(label: "f_outer_host", type: .pair, frameSize: 16, saved: 0b1),
    .init(label: "f_large", type: .none, frameSize: 0x140000, saved: 0b101),
    .init(label: "f_wild", type: .toI32),
  ]

  /// Function 0 is the import.
  static func index(_ label: String) -> FunctionIndex {
    FunctionIndex(1 + all.firstIndex { $0.label == label }!)
  }
}

func offset(_ label: String) -> UInt32 { UInt32(Fixture.labels[label]!) }
func textOffset(_ label: String) -> UInt32 { offset(label) - 4096 }

private func bytes(_ hexadecimal: String, paddedTo size: Int) -> [UInt8] {
  let digits = Array(hexadecimal.utf8.filter { $0 != UInt8(ascii: "\n") })
  var bytes = stride(from: 0, to: digits.count, by: 2).map { index in
    UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)!
  }
  bytes += repeatElement(0, count: size - bytes.count)
  return bytes
}

private func constant(_ value: Int32) -> ConstantExpression {
  ConstantExpression([.i32Const(value)], offset: 0)
}

/// The fixture as the compiler would describe it; tests change what they are about.
func fixtureArtifact() -> Artifact {
  var types = TypeTables()
  for type in FixtureType.allCases { _ = types.intern(type.type) }
  let none = UInt32.max
  let trampolines = Trampolines(
    text: 0..<4096,
    entries: [
      none, offset("entry_pair"), offset("entry_none"), offset("entry_one"), offset("entry_one"),
      offset("entry_six"), offset("entry_nine"),
    ],
    hosts: [none, offset("host_pair"), none, none, none, none, none])
  return Artifact(
    types: types,
    code: bytes(Fixture.trampolines, paddedTo: 4096) + bytes(Fixture.text, paddedTo: 4096),
    trampolines: trampolines, modules: [fixtureModule()], features: [])
}

private func fixtureModule() -> ModuleArtifact {
  let functions = FixtureFunction.all
  let starts = functions.map { textOffset($0.label) }
  let ends = Array(starts.dropFirst()) + [textOffset("text_end")]
  let frames = functions.indices.map { index in
    FrameRow(
      start: starts[index], end: ends[index], frameSize: functions[index].frameSize,
      savedRegisters: functions[index].saved, poppedBytes: functions[index].popped)
  }
  let exports = functions.enumerated().map { index, function in
    Export(
      name: String(function.label.dropFirst(2)), kind: .function, index: UInt32(index + 1),
      offset: 0)
  }
  return ModuleArtifact(
    name: "fixture", text: 4096..<8192,
    layout: ContextLayout(
      memories: 1, tables: 2, importedFunctions: 1, importedGlobals: 0, definedGlobals: 1),
    usesGS: false, typeIndices: (0...6).map { CanonicalTypeIndex(UInt32($0)) },
    functionTypes: ([.pair] + functions.map(\.type)).map { CanonicalTypeIndex($0.rawValue) },
    importStubs: [textOffset("import_stub")], functions: starts, frames: frames,
    addressMap: fixtureAddressMap(),
    imports: [
      Import(
        module: "env", name: "combine",
        item: .function(TypeIndex(FixtureType.pair.rawValue)), offset: 0)
    ],
    exports: exports + [
      Export(name: "memory", kind: .memory, index: 0, offset: 0),
      Export(name: "functions", kind: .table, index: 0, offset: 0),
      Export(name: "values", kind: .table, index: 1, offset: 0),
      Export(name: "counter", kind: .global, index: 0, offset: 0),
    ],
    tables: [
      TableType(element: .funcref, limits: Limits(minimum: 4, maximum: 8)),
      TableType(element: .externref, limits: Limits(minimum: 2, maximum: 10)),
    ],
    memories: [MemoryType(limits: Limits(minimum: 1, maximum: 3))],
    globals: [GlobalType(value: .i32, isMutable: true)],
    elements: [
      ElementSegment(
        type: .funcref, mode: .active(TableIndex(0), offset: constant(1)),
        items: .functions([FunctionFixtures.answer, FunctionFixtures.add]), offset: 0),
      ElementSegment(
        type: .funcref, mode: .passive,
        items: .expressions([
          ConstantExpression([.refNull(.funcref)], offset: 0),
          ConstantExpression([.refFunc(FunctionFixtures.answer)], offset: 0),
        ]), offset: 0),
    ],
    data: [
      DataInitializer(mode: .active(MemoryIndex(0), offset: constant(16)), bytes: [1, 2, 3, 4]),
      DataInitializer(mode: .passive, bytes: [9, 8, 7]),
    ],
    initializers: [
      .importItem(0), .defineFunctions, .defineTable(TableIndex(0), initial: nil),
      .defineTable(TableIndex(1), initial: nil), .defineMemory(MemoryIndex(0)),
      .defineGlobal(
        GlobalIndex(0),
        initial: ConstantExpression(
          [.i32Const(3), .i32Const(4), .i32Mul, .i32Const(-7), .i32Add], offset: 0)),
      .applyElement(ElementIndex(0)), .applyData(DataIndex(0)),
    ],
    functionNames: [
      FixtureFunction.index("f_load"): "load", FixtureFunction.index("f_outer"): "outer",
    ])
}

enum FunctionFixtures {
  static let answer = FixtureFunction.index("f_answer")
  static let add = FixtureFunction.index("f_add")
}

/// `f_load`: the load is at wasm offset 100; `f_outer`: its call is at 200.
private func fixtureAddressMap() -> AddressMap {
  var map = AddressMap(starts: [], bytes: [])
  for function in FixtureFunction.all {
    map.starts.append(UInt32(map.bytes.count))
    let start = textOffset(function.label)
    switch function.label {
    case "f_load": map.bytes += [UInt8(textOffset("trap_load") - start), 0xe4, 0x00]
    case "f_outer": map.bytes += [UInt8(textOffset("outer_return") - 5 - start), 0xc8, 0x01]
    default: break
    }
  }
  map.starts.append(UInt32(map.bytes.count))
  return map
}

// Host functions for `env.combine`.

/// 100 a + b.
let combine: HostFunctionPointer = { _, slots, _ in
  let a = slots.load(as: UInt32.self)
  let b = slots.load(fromByteOffset: 16, as: UInt32.self)
  slots.storeBytes(of: UInt64(a * 100 + b), as: UInt64.self)
  return 0
}

/// The byte at address a of the caller's memory, plus what the context points at.
let peek: HostFunctionPointer = { context, slots, data in
  let address = slots.load(as: UInt32.self)
  guard let bytes = CallerMemory(data: data)?.bytes(at: address, count: 1) else {
    return UInt32(TrapKind.memoryOutOfBounds.rawValue)
  }
  slots.storeBytes(of: UInt64(bytes[0]) + context!.load(as: UInt64.self), as: UInt64.self)
  return 0
}

func environment(
  _ pointer: @escaping HostFunctionPointer = combine, type: FixtureType = .pair,
  context: UnsafeMutableRawPointer? = nil
) -> ImportEnvironment {
  [
    "env": .host(
      HostInstance(
        name: "env",
        functions: [
          HostFunction(name: "combine", type: type.type, pointer: pointer, context: context)
        ]))
  ]
}

/// An instance of the fixture in a store of its own.
func makeInstance(
  limits: RuntimeLimits = RuntimeLimits(stackBytes: 1 << 20),
  imports: ImportEnvironment = environment(), _ change: (inout Artifact) -> Void = { _ in }
) throws -> (instance: Instance, file: ArtifactFile) {
  var artifact = fixtureArtifact()
  change(&artifact)
  let file = try ArtifactFile(artifact)
  return (try Store(limits: limits).instantiate(file, imports: imports), file)
}

/// The trap that a call ends in.
func trap(_ instance: Instance, _ export: String, _ arguments: [Value] = []) throws -> Trap? {
  do throws(CallError) {
    _ = try instance.call(export, arguments)
    return nil
  } catch {
    if case .trap(let trap) = error { return trap }
    throw error
  }
}
