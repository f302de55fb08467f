import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

private func constant(_ value: Int32) -> ConstantExpression {
  ConstantExpression([.i32Const(value)], offset: 0)
}

/// Without anything but imports, so that each test says which.
private func importing(_ item: ImportItem) -> (inout Artifact) -> Void {
  { artifact in
    artifact.modules[0].imports.append(Import(module: "other", name: "it", item: item, offset: 0))
    switch item {
    case .table(let type): artifact.modules[0].tables.insert(type, at: 0)
    case .memory(let type): artifact.modules[0].memories.insert(type, at: 0)
    case .global(let type): artifact.modules[0].globals.insert(type, at: 0)
    case .function, .tag, .module, .instance: break
    }
    let module = artifact.modules[0]
    artifact.modules[0].layout = ContextLayout(
      memories: module.memories.count, tables: module.tables.count, importedFunctions: 1,
      importedGlobals: module.globals.count - 1, definedGlobals: 1)
    // The defined items are left out: matching comes first.
    artifact.modules[0].initializers = [.importItem(0), .importItem(1)]
  }
}

@Suite struct ImportTests {
  private func failure(
    _ imports: ImportEnvironment, _ change: (inout Artifact) -> Void = { _ in }
  ) -> String? {
    do {
      _ = try makeInstance(imports: imports, change)
      return nil
    } catch { return "\(error)" }
  }

  @Test func unknownImportsAreNamed() {
    #expect(failure([:]) == "fixture: unknown import env.combine")
    let empty = ImportProvider.host(HostInstance(name: "env", functions: []))
    #expect(failure(["env": empty]) == "fixture: unknown import env.combine")
  }

  @Test func incompatibleFunctionsSayBothTypes() {
    #expect(
      failure(environment(combine, type: .one))
        == "fixture: incompatible import type for import env.combine: "
        + "needs a function [i32 i32] -> [i32]; the one provided is [i32] -> [i32]")
  }

  @Test(
    arguments: [
      (1, nil, 1, nil, true), (2, nil, 1, nil, true), (1, nil, 2, nil, false),
      (1, 2, 1, 2, true), (1, 2, 1, 3, true), (1, 3, 1, 2, false), (1, nil, 1, 2, false),
      (1, 2, 1, nil, true), (0, 2, 1, 2, false),
    ] as [(UInt64, UInt64?, UInt64, UInt64?, Bool)])
  func limitsMatch(
    _ minimum: UInt64, _ maximum: UInt64?, _ asked: UInt64, _ most: UInt64?, _ matches: Bool
  ) throws {
    let expected = Limits(minimum: asked, maximum: most)
    for isMemory in [true, false] {
      let store = try Store()
      let given = Limits(minimum: minimum, maximum: maximum)
      let item =
        isMemory
        ? try store.makeMemory(MemoryType(limits: given))
        : try store.makeTable(TableType(element: .externref, limits: given))
      var artifact = fixtureArtifact()
      importing(
        isMemory
          ? .memory(MemoryType(limits: expected))
          : .table(TableType(element: .externref, limits: expected)))(&artifact)
      var imports = environment()
      imports["other"] = .items(["it": item])
      let error = #expect(throws: InstantiationError.self) {
        try store.instantiate(try ArtifactFile(artifact), imports: imports)
      }
      // What matches fails later: the rest of the module is not made.
      if case .malformed = error?.failure {
        #expect(matches)
      } else if case .incompatibleImport = error?.failure {
        #expect(!matches)
      } else {
        Issue.record("\(String(describing: error))")
      }
    }
  }

  @Test(arguments: [
    (Value.i32(1), false, "needs a mutable global; the one provided is constant"),
    (.i64(1), true, "needs a global of i32; the one provided is of i64"),
  ])
  func globalsMatchExactly(_ value: Value, _ isMutable: Bool, _ words: String) throws {
    let store = try Store()
    var artifact = fixtureArtifact()
    importing(.global(GlobalType(value: .i32, isMutable: true)))(&artifact)
    var imports = environment()
    imports["other"] = .items(["it": store.makeGlobal(value, isMutable: isMutable)])
    let error = #expect(throws: InstantiationError.self) {
      try store.instantiate(try ArtifactFile(artifact), imports: imports)
    }
    #expect(
      error?.description
        == "fixture: incompatible import type for import other.it: \(words)")
  }

  @Test func functionsOfOtherInstancesAreCalled() throws {
    let store = try Store()
    let file = try ArtifactFile(fixtureArtifact())
    let first = try store.instantiate(file, imports: environment())
    let add = try #require(first.export("add"))
    let second = try store.instantiate(file, imports: ["env": .items(["combine": add])])
    #expect(try second.call("outer_host", [.i32(30), .i32(4)]) == [.i32(34)])
    let foreign = try Store()
    #expect(throws: InstantiationError.self) {
      try foreign.instantiate(file, imports: ["env": .items(["combine": add])])
    }
  }

  @Test func connectedInstancesMayNotDisagreeAboutGS() throws {
    let store = try Store()
    var artifact = fixtureArtifact()
    artifact.modules[0].usesGS = true
    let file = try ArtifactFile(artifact)
    let first = try store.instantiate(file, imports: environment())
    // Apart they may.
    let second = try store.instantiate(file, imports: environment())
    #expect(try second.call("gs_load", [.i32(16)]) == [.i32(0x0403_0201)])
    let imports: ImportEnvironment = ["env": .items(["combine": first.export("add")!])]
    let error = #expect(throws: InstantiationError.self) {
      try store.instantiate(file, imports: imports)
    }
    guard case .conflictingMemoryBase = error?.failure else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func connectedArtifactsHaveToNumberTypesAlike() throws {
    let store = try Store()
    let first = try store.instantiate(
      try ArtifactFile(fixtureArtifact()), imports: environment())
    var other = fixtureArtifact()
    other.types = TypeTables()
    for type in FixtureType.allCases.prefix(1) + FixtureType.allCases.dropFirst().reversed() {
      _ = other.types.intern(type.type)
    }
    let file = try ArtifactFile(other)
    // Apart they may differ.
    let second = try store.instantiate(file, imports: environment())
    #expect(try second.call("add", [.i32(1), .i32(2)]) == [.i32(3)])
    let imports: ImportEnvironment = ["env": .items(["combine": first.export("add")!])]
    let error = #expect(throws: InstantiationError.self) {
      try store.instantiate(file, imports: imports)
    }
    guard case .typesDiffer = error?.failure else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

@Suite struct InitializerTests {
  @Test func segmentsOutOfBoundsTrapInOrder() throws {
    let store = try Store()
    let memory = try store.makeMemory(MemoryType(limits: Limits(minimum: 1)))
    var artifact = fixtureArtifact()
    artifact.modules[0].memories = [MemoryType(limits: Limits(minimum: 1))]
    artifact.modules[0].imports.append(
      Import(
        module: "other", name: "it", item: .memory(MemoryType(limits: Limits(minimum: 1))),
        offset: 0))
    artifact.modules[0].data = [
      DataInitializer(mode: .active(MemoryIndex(0), offset: constant(0)), bytes: [7]),
      DataInitializer(mode: .active(MemoryIndex(0), offset: constant(65535)), bytes: [1, 2]),
      DataInitializer(mode: .active(MemoryIndex(0), offset: constant(1)), bytes: [8]),
    ]
    artifact.modules[0].initializers = [
      .importItem(0), .defineFunctions, .defineTable(TableIndex(0), initial: nil),
      .defineTable(TableIndex(1), initial: nil), .importItem(1),
      .defineGlobal(GlobalIndex(0), initial: constant(0)), .applyData(DataIndex(0)),
      .applyData(DataIndex(1)), .applyData(DataIndex(2)),
    ]
    var imports = environment()
    imports["other"] = .items(["it": memory])
    let file = try ArtifactFile(artifact)
    let error = #expect(throws: InstantiationError.self) {
      try store.instantiate(file, imports: imports)
    }
    #expect(error?.description == "fixture: data segment 1: out of bounds memory access")
    #expect(Array(memory.memoryBytes![0..<2]) == [7, 0])
    #expect(memory.memoryBytes![65535] == 0)
  }

  @Test func elementsOutOfBoundsTrap() {
    let error = #expect(throws: InstantiationError.self) {
      try makeInstance {
        $0.modules[0].elements[0].mode = .active(TableIndex(0), offset: constant(3))
      }
    }
    #expect(error?.description == "fixture: element segment 0: out of bounds table access")
  }

  @Test func startFunctionRuns() throws {
    let (instance, _) = try makeInstance {
      $0.modules[0].initializers.append(.start(FixtureFunction.index("f_start")))
    }
    #expect(try instance.call("global") == [.i32(7)])
    #expect(instance.export("counter")?.globalValue == .i32(7))
  }

  @Test func startFunctionTraps() {
    let error = #expect(throws: InstantiationError.self) {
      try makeInstance {
        $0.modules[0].initializers.append(.start(FixtureFunction.index("f_unreachable")))
      }
    }
    #expect(error?.description == "fixture: start function 6: unreachable")
  }

  @Test func tablesTakeInitialValues() throws {
    let (instance, _) = try makeInstance {
      $0.modules[0].initializers[2] = .defineTable(
        TableIndex(0),
        initial: ConstantExpression([.refFunc(FixtureFunction.index("f_answer"))], offset: 0))
    }
    #expect(try instance.call("call_indirect", [.i32(3)]) == [.i32(42)])
  }

  /// A compiler that was taken over may write any initializers.
  @Test func malformedInitializersAreErrors() {
    let lists: [[Initializer]] = [
      [], [.defineFunctions], [.importItem(0)], [.importItem(0), .importItem(0)],
      [.importItem(0), .defineFunctions, .importItem(0)],
      [.defineTable(TableIndex(1), initial: nil)],
      [.defineGlobal(GlobalIndex(0), initial: ConstantExpression([], offset: 0))],
      [.defineGlobal(GlobalIndex(0), initial: ConstantExpression([.i32Add], offset: 0))],
      [
        .defineGlobal(
          GlobalIndex(0), initial: ConstantExpression([.globalGet(GlobalIndex(0))], offset: 0))
      ],
      [.applyData(DataIndex(0))], [.applyData(DataIndex(1))], [.applyElement(ElementIndex(1))],
      [.applyElement(ElementIndex(0))], [.start(FunctionIndex(3))],
    ]
    for list in lists {
      let error = #expect(throws: InstantiationError.self) {
        try makeInstance { $0.modules[0].initializers = list }
      }
      guard case .malformed = error?.failure else {
        Issue.record("\(list): \(String(describing: error))")
        continue
      }
    }
  }
}
