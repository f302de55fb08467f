import SwasmArtifact
import SwasmModule
import Testing

private func expression(_ instructions: ConstantInstruction...) -> ConstantExpression {
  ConstantExpression(instructions, offset: 77)
}

/// An artifact with something of everything.
private func sample() -> Artifact {
  var types = TypeTables()
  let pair = types.intern(FunctionType(parameters: [.i32, .f64], results: [.i64]))
  let none = types.intern(FunctionType(parameters: [], results: []))
  // References to an earlier type and to itself.
  _ = types.intern(
    FunctionType(
      parameters: [ValueType(index: pair.rawValue, isNullable: false), .externref.nonNull],
      results: [ValueType(index: TypeTables.recursive, isNullable: true)]))
  let memory = MemoryType(limits: Limits(minimum: 1, maximum: 2))
  let table = TableType(element: .funcref, limits: Limits(minimum: 3))
  let global = GlobalType(value: .f32, isMutable: true)
  let module = ModuleArtifact(
    name: "sämple", text: 4096..<8192,
    layout: ContextLayout(
      memories: 2, tables: 2, importedFunctions: 1, importedGlobals: 1, definedGlobals: 2),
    usesGS: true, typeIndices: [none, pair], functionTypes: [pair, none], importStubs: [16],
    functions: [32],
    frames: [
      FrameRow(start: 32, end: 64, frameSize: 24, savedRegisters: 5, poppedBytes: 16)
    ],
    addressMap: AddressMap(starts: [0, 4], bytes: [3, 10, 4, 0x7e]),
    imports: [
      Import(module: "env", name: "f", item: .function(TypeIndex(UInt32(1))), offset: 9),
      Import(module: "env", name: "g", item: .global(global), offset: 10),
      Import(module: "env", name: "m", item: .memory(memory), offset: 11),
      Import(module: "env", name: "t", item: .table(table), offset: 12),
    ],
    exports: [
      Export(name: "run", kind: .function, index: 1, offset: 1),
      Export(name: "state", kind: .global, index: 1, offset: 2),
    ],
    tables: [table, table], memories: [memory, memory],
    globals: [
      global, GlobalType(value: .i64, isMutable: false), GlobalType(value: .f32, isMutable: true),
    ],
    elements: [
      ElementSegment(
        type: .funcref,
        mode: .active(TableIndex(0 as UInt32), offset: expression(.i32Const(-1))),
        items: .functions([FunctionIndex(1 as UInt32)]), offset: 3),
      ElementSegment(
        type: .externref, mode: .declarative,
        items: .expressions([expression(.refNull(.externref))]), offset: 4),
      ElementSegment(
        type: .funcref, mode: .passive,
        items: .expressions([expression(.refFunc(FunctionIndex(0 as UInt32)))]), offset: 5),
    ],
    data: [
      DataInitializer(
        mode: .active(
          MemoryIndex(0 as UInt32),
          offset: expression(.i32Const(-2), .i32Const(3), .i32Mul)), bytes: [5, 6, 7]),
      DataInitializer(mode: .passive, bytes: []),
    ],
    initializers: [
      .importItem(0), .importItem(1), .importItem(2), .importItem(3), .defineFunctions,
      .defineMemory(MemoryIndex(1 as UInt32)),
      .defineGlobal(
        GlobalIndex(1 as UInt32), initial: expression(.i64Const(7), .i64Const(-7), .i64Mul)),
      .defineGlobal(GlobalIndex(2 as UInt32), initial: expression(.f32Const(1))),
      .defineTable(TableIndex(1 as UInt32), initial: expression(.refNull(.funcref))),
      .applyElement(ElementIndex(0 as UInt32)), .applyData(DataIndex(0 as UInt32)),
      .start(FunctionIndex(1 as UInt32)),
    ],
    functionNames: [FunctionIndex(1 as UInt32): "run", FunctionIndex(0 as UInt32): "f"])
  return Artifact(
    types: types, code: (0..<8192).map { UInt8(truncatingIfNeeded: $0 / 7) },
    trampolines: Trampolines(
      text: 0..<4096, entries: [.max, 0, 16, .max], hosts: [.max, 32, .max, .max]),
    modules: [module], features: [.sse41, .avx2])
}

private let allFeatures = CPUFeatures(rawValue: .max)

private func decode(_ bytes: [UInt8], host: CPUFeatures = allFeatures) throws(ArtifactError)
  -> LoadedArtifact
{ try LoadedArtifact(decoding: bytes, host: host) }

@Suite struct ArtifactFileTests {
  @Test func everythingComesBack() throws {
    let artifact = sample()
    let file = artifact.encode()
    let loaded = try decode(file)
    let module = loaded.modules[0]
    var expected = artifact.modules[0]
    #expect(Array(file[loaded.code]) == artifact.code)
    #expect(loaded.code.lowerBound % 4096 == 0)
    #expect(loaded.types.functionTypes == artifact.types.functionTypes)
    #expect(loaded.features == artifact.features)
    #expect("\(loaded.trampolines)" == "\(artifact.trampolines)")
    #expect(module.data.map { Array(file[$0]) } == expected.data.map { Array($0.bytes) })
    #expect(Array(file[module.addressMapBytes]) == expected.addressMap.bytes)
    #expect(Array(file[module.addressMapStarts]) == [0, 0, 0, 0, 4, 0, 0, 0])
    #expect(
      Array(file[module.frames])
        == [32, 0, 0, 0, 64, 0, 0, 0, 24, 0, 0, 0, 5, 0, 0, 0, 16, 0, 0, 0])
    #expect(
      Array(file[module.functionNames])
        == [0, 0, 0, 0, 1, 0, 0, 0, 0x66, 1, 0, 0, 0, 3, 0, 0, 0] + Array("run".utf8))
    // The rest is the same, once what stays in the file is taken away.
    expected.frames = []
    expected.addressMap = AddressMap(starts: [], bytes: [])
    expected.functionNames = [:]
    for index in expected.data.indices { expected.data[index].bytes = [] }
    #expect("\(module.module)" == "\(expected)")
  }

  @Test func encodingIntoABufferIsTheSame() throws {
    let artifact = sample()
    let file = artifact.encode()
    var buffer = [UInt8](repeating: 0xff, count: file.count + 10)
    let count = try buffer.withUnsafeMutableBytes { bytes throws(ArtifactError) in
      try artifact.encode(into: bytes)
    }
    #expect(count == file.count)
    #expect(Array(buffer.prefix(count)) == file)
    #expect(buffer.suffix(10).allSatisfy { $0 == 0xff })
    // A file may be longer than the artifact in it.
    #expect(try decode(buffer).fileSize == file.count)
    var small = [UInt8](repeating: 0, count: file.count - 1)
    #expect(throws: ArtifactError.bufferTooSmall(needed: file.count)) {
      try small.withUnsafeMutableBytes { bytes throws(ArtifactError) in
        try artifact.encode(into: bytes)
      }
    }
  }

  @Test func refusesWhatIsNotForThisProgram() {
    let file = sample().encode()
    var magic = file
    magic[1] = 0
    #expect(throws: ArtifactError.notAnArtifact) { try decode(magic) }
    #expect(throws: ArtifactError.notAnArtifact) { try decode([]) }
    #expect(throws: ArtifactError.fileTruncated(20, of: nil)) { try decode(Array(file[..<20])) }
    let most = file.count - 1
    #expect(throws: ArtifactError.fileTruncated(most, of: file.count)) {
      try decode(Array(file[..<most]))
    }
    var format = file
    format[8] = 9
    #expect(throws: ArtifactError.formatVersion(found: 9)) { try decode(format) }
    var compiler = file
    compiler[16] = UInt8(ascii: "S")
    #expect(
      throws: ArtifactError.compilerVersion(found: "S" + ArtifactFormat.compilerVersion.dropFirst())
    ) {
      try decode(compiler)
    }
    #expect(throws: ArtifactError.missingFeatures([.avx2])) {
      try decode(file, host: [.sse41, .popcnt])
    }
  }

  @Test func everyTruncationIsAnError() {
    let file = sample().encode()
    for size in stride(from: 0, to: file.count, by: 1) where size < 200 || size > 12000 {
      #expect(throws: ArtifactError.self) { try decode(Array(file.prefix(size))) }
    }
  }

  /// Any byte of header and metadata may be anything: decoding gives an error or an artifact, and what an artifact points at
  /// is there.
  @Test func everyCorruptionIsSurvived() throws {
    let file = sample().encode()
    let metadata = try LoadedArtifact.metadataRange(
      header: Array(file.prefix(ArtifactFormat.headerSize)), fileSize: file.count)
    var refused = 0
    for position in Array(0..<ArtifactFormat.headerSize) + Array(metadata) {
      for value in [0, 1, 0x7f, 0x80, 0xff, file[position] &+ 1] as [UInt8] {
        var corrupt = file
        corrupt[position] = value
        guard let loaded = try? decode(corrupt) else {
          refused += 1
          continue
        }
        check(loaded, fileSize: file.count)
      }
    }
    #expect(refused > 1000)
  }

  private func check(_ loaded: LoadedArtifact, fileSize: Int) {
    let whole = 0..<fileSize
    #expect(whole.contains(loaded.code.upperBound - 1))
    for module in loaded.modules {
      for range in module.data + [module.frames, module.addressMapBytes, module.functionNames] {
        #expect(range.isEmpty || whole.contains(range.upperBound - 1))
      }
      #expect(module.module.text.upperBound <= loaded.code.count)
      #expect(module.module.functions.allSatisfy { Int($0) < module.module.text.count })
      #expect(
        module.module.functionTypes.count
          == module.module.importStubs.count + module.module.functions.count)
    }
  }
}

@Suite struct AddressLookupTests {
  /// (3, 10), (7, 8), (200, 1000)
  private let pairs: [UInt8] = [3, 10, 4, 0x7e, 0xc1, 0x01, 0xe0, 0x07]

  @Test(
    arguments: [
      (0, nil), (2, nil), (3, 10), (6, 10), (7, 8), (199, 8), (200, 1000), (5000, 1000),
    ] as [(UInt32, Int?)])
  func findsTheLastPairAtOrBefore(_ code: UInt32, _ offset: Int?) {
    #expect(AddressLookup.wasmOffset(at: code, in: pairs) == offset)
  }

  @Test func survivesMalformedData() {
    for length in 0...pairs.count {
      _ = AddressLookup.wasmOffset(at: 5000, in: Array(pairs.prefix(length)))
    }
    let endless = [UInt8](repeating: 0x80, count: 40)
    #expect(AddressLookup.wasmOffset(at: 1, in: endless) == nil)
  }
}
