import SwasmArtifact
import SwasmModule
import SwasmRuntime
import SwasmText
import Testing

/// What a set is made of, and what is said when one of it fails.
@Suite struct SetTests {
  private func text(_ text: String) throws -> [UInt8] { try encode(text: Array(text.utf8)) }

  @Test func failuresNameThePath() throws {
    let error = #expect(throws: InstantiationError.self) {
      try LinkedWorld().add(
        text(
          """
          (module $root
            (module $middle
              (module $leaf (func $bad (unreachable)) (start $bad))
              (instance (instantiate $leaf)))
            (instance (instantiate $middle)))
          """))
    }
    #expect(error?.module == "root / middle / leaf")
    #expect(error?.item == "start function 0")
    guard case .trap(let trap) = error?.failure else {
      Issue.record("no trap")
      return
    }
    #expect(trap.kind == .unreachable)
  }

  /// 50 modules of three signatures: one pair of trampolines per signature of the set, not of each module.
  @Test func trampolinesAreShared() throws {
    var source = "(module\n"
    for number in 0..<49 {
      source += """
        (module $m\(number)
          (func (export "a") (result i32) (i32.const \(number)))
          (func (export "b") (param i64))
          (func (export "c") (param f32 f64) (result f64) (local.get 1)))

        """
    }
    source += "(func (export \"a\") (result i32) (i32.const 50)))"
    let file = try LinkedWorld().compile(text(source))
    #expect(file.artifact.modules.count == 50)
    #expect(file.artifact.roots == [49])
    // Entry 0 is no type.
    #expect(file.artifact.trampolines.entries.count == 4)
    #expect(file.artifact.trampolines.hosts.count == 4)
  }

  @Test func outputDoesNotDependOnWorkers() throws {
    let source = try text(
      """
      (module
        (module $a (func (export "f") (result i32) (i32.const 1)))
        (module $b (func (export "f") (result i32) (i32.const 2)) (func (param i64)))
        (instance $a (instantiate $a)) (instance $b (instantiate $b))
        (func (export "f") (result i32) (i32.add (call (func $a "f")) (call (func $b "f")))))
      """)
    let one = try LinkedWorld().compile(source, workers: 1).artifact
    let four = try LinkedWorld().compile(source, workers: 4).artifact
    #expect(one.modules.map(\.module.functions) == four.modules.map(\.module.functions))
    #expect(one.fileSize == four.fileSize)
  }

  /// The first byte of the memory that a host function works on tells which one that is.
  private static var firstByte: HostInstance {
    HostInstance(
      name: "host",
      functions: [
        HostFunction(
          name: "first", type: FunctionType(parameters: [], results: [.i32]),
          pointer: { _, slots, data in
            guard let memory = CallerMemory(data: data) else { return 1 }
            slots.storeBytes(of: UInt64(memory.base.load(as: UInt8.self)), as: UInt64.self)
            return 0
          }, context: nil)
      ])
  }

  /// It is the one exported as `memory`, wherever that comes from, else memory 0.
  @Test(arguments: [
    ("(memory $a 1) (memory $b (export \"memory\") 1)", UInt32(2)),
    ("(memory $a (export \"memory\") 1) (memory $b 1)", 1),
    ("(memory $a (export \"m\") 1) (memory $b (export \"n\") (export \"memory\") 1)", 2),
    ("(memory $a (export \"Memory\") 1) (memory $b 1)", 1),
    ("(memory $a 1) (memory $b 1) (func (export \"memory\"))", 1),
    ("(memory $a 1) (memory $b 1) (global (export \"memory\") i32 (i32.const 1))", 1),
    ("(memory $a 1) (memory $b i64 1) (export \"memory\" (memory $b))", 2),
  ])
  func hostFunctionsSeeTheMemoryOfThatName(_ memories: String, _ expected: UInt32) throws {
    let is64 = memories.contains("i64")
    let world = try LinkedWorld()
    let file = try world.compile(
      text(
        """
        (module
          (import "host" "first" (func $first (result i32)))
          \(memories)
          (data (memory $a) (i32.const 0) "\\01")
          (data (memory $b) (\(is64 ? "i64" : "i32").const 0) "\\02")
          (func (export "first") (result i32) (call $first)))
        """))
    let instance = try world.store.instantiate(file, imports: ["host": .host(Self.firstByte)])
    #expect(try instance.call("first") == [.i32(expected)])
  }

  /// In a set too: each member says so by its own exports.
  @Test func membersSayWhichMemoryIsTheirs() throws {
    let world = try LinkedWorld()
    let file = try world.compile(
      text(
        """
        (module
          (import "host" "first" (func $first (result i32)))
          (module $given (memory (export "b") 1) (data (i32.const 0) "\\01"))
          (instance $given (instantiate $given))
          (memory $a 1) (memory $b 1)
          (data (memory $a) (i32.const 0) "\\07") (data (memory $b) (i32.const 0) "\\02")
          (export "memory" (memory $b))
          (module $m
            (import "first" (func $first (result i32))) (import "b" (memory $b 1))
            (memory $own 1) (data (memory $own) (i32.const 0) "\\03")
            (func (export "call") (result i32) (call $first)))
          (module $reexporting
            (import "first" (func $first (result i32))) (import "b" (memory $b 1))
            (memory $own 1) (data (memory $own) (i32.const 0) "\\04")
            (export "memory" (memory $own)) (func (export "call") (result i32) (call $first)))
          (instance $i
            (instantiate $m (import "first" (func $first)) (import "b" (memory $given "b"))))
          (instance $j
            (instantiate $reexporting (import "first" (func $first)) (import "b" (memory $given "b"))))
          (export "none" (func $i "call")) (export "own" (func $j "call"))
          (func (export "root") (result i32) (call $first)))
        """))
    let instance = try world.store.instantiate(file, imports: ["host": .host(Self.firstByte)])
    #expect(try instance.call("root") == [.i32(2)])
    #expect(try instance.call("none") == [.i32(1)])
    #expect(try instance.call("own") == [.i32(4)])
  }

  /// An imported memory counts too, and it grows.
  @Test func anImportedMemoryMayBeTheOne() throws {
    let world = try LinkedWorld()
    let provider = try world.compile(
      text(
        """
        (module (memory (export "m") 0 1)
          (func (export "grow") (drop (memory.grow (i32.const 1)))))
        """))
    let store = world.store
    let given = try store.instantiate(provider, imports: [:])
    let host = HostInstance(
      name: "host",
      functions: [
        HostFunction(
          name: "length", type: FunctionType(parameters: [], results: [.i32]),
          pointer: { _, slots, data in
            slots.storeBytes(of: CallerMemory(data: data)?.byteLength ?? 7, as: UInt64.self)
            return 0
          }, context: nil)
      ])
    let user = try world.compile(
      text(
        """
        (module
          (import "host" "length" (func $length (result i32)))
          (import "p" "m" (memory 0)) (memory 2)
          (export "memory" (memory 0))
          (func (export "length") (result i32) (call $length)))
        """))
    let instance = try store.instantiate(
      user, imports: ["host": .host(host), "p": .instance(given)])
    #expect(try instance.call("length") == [.i32(0)])
    _ = try given.call("grow")
    #expect(try instance.call("length") == [.i32(65536)])
  }

  /// A function of the host's works on the memory of the instance that calls it, whoever gave it the function.
  @Test func hostFunctionsSeeTheCallersMemory() throws {
    let world = try LinkedWorld()
    let file = try world.compile(
      text(
        """
        (module
          (import "host" "first" (func $first (result i32)))
          (module $m
            (import "first" (func $first (result i32)))
            (memory 1) (data (i32.const 0) "\\09")
            (export "first" (func $first))
            (func (export "call") (result i32) (call $first)))
          (module $whole
            (import "host" "first" (func $first (result i32)))
            (memory 1) (data (i32.const 0) "\\08")
            (func (export "call") (result i32) (call $first)))
          (instance $m (instantiate $m (import "first" (func $first))))
          (instance $w (instantiate $whole (import "host" (instance 0))))
          (memory 1) (data (i32.const 0) "\\07")
          (export "inner" (func $m "call"))
          (export "handed" (func $w "call"))
          (func (export "own") (result i32) (call $first))
          (func (export "back") (result i32) (call (func $m "first"))))
        """))
    let instance = try world.store.instantiate(file, imports: ["host": .host(Self.firstByte)])
    #expect(try instance.call("inner") == [.i32(9)])
    #expect(try instance.call("handed") == [.i32(8)])
    #expect(try instance.call("own") == [.i32(7)])
    #expect(try instance.call("back") == [.i32(7)])
  }

  /// What one instance exports, the host can call and give to another.
  @Test func exportedModulesAndInstances() throws {
    let world = try LinkedWorld()
    let library = try world.add(
      text(
        """
        (module
          (module (export "m") (func (export "f") (result i32) (i32.const 3)))
          (module $x (func (export "g") (result i32) (i32.const 4)))
          (instance (export "i") (instantiate $x)))
        """))
    let module = try #require(library.export("m"))
    let made = try #require(library.export("i"))
    #expect(module.kind == .module)
    #expect(made.kind == .instance)
    guard case .instance(let inner) = made.provider else {
      Issue.record("no instance")
      return
    }
    #expect(try inner.call("g") == [.i32(4)])
    let user = try world.compile(
      text(
        """
        (module
          (import "m" (module $m (export "f" (func (result i32)))))
          (import "i" (instance $i (export "g" (func (result i32)))))
          (instance $a (instantiate $m))
          (func (export "run") (result i32) (i32.mul (call (func $a "f")) (call (func $i "g")))))
        """))
    let instance = try world.store.instantiate(
      user, imports: ["m": .item(module), "i": .item(made)])
    #expect(try instance.call("run") == [.i32(12)])
  }

  @Test func modulesAreImportedFromTheHost() throws {
    let world = try LinkedWorld()
    let inner = try world.compile(text("(module (func (export \"f\") (result i32) (i32.const 6)))"))
    let outer = try world.compile(
      text(
        """
        (module
          (import "m" (module $m (export "f" (func (result i32)))))
          (instance $i (instantiate $m))
          (func (export "f") (result i32) (i32.add (i32.const 1) (call (func $i "f")))))
        """))
    let module = try world.store.makeModule(inner)
    let instance = try world.store.instantiate(outer, imports: ["m": .item(module)])
    #expect(try instance.call("f") == [.i32(7)])
    let other = try world.compile(text("(module (func (export \"f\") (result i64) (i64.const 6)))"))
    #expect(throws: InstantiationError.self) {
      try world.store.instantiate(
        outer, imports: ["m": .item(try world.store.makeModule(other))])
    }
  }
}
