import SwasmArtifact
import SwasmModule
import SwasmRuntime
import SwasmText
import Testing

/// Exceptions that leave host functions: thrown by them, and passed on from calls that they make.
@Suite struct HostExceptionTests {
  /// What the host function of a test gets as its context.
  private final class Context {
    var tag: HostTag?
    var inner: Instance?
    var failure: TrapKind?
  }

  /// Defines the tags, and is called back.
  private static let library = """
    (module
      (tag (export "pair") (param i32 i64))
      (tag (export "none"))
      (func (export "fail") (param i32)
        (local.get 0) (i64.const -2) (throw 0)))
    """

  /// Calls the host with a frame in between that has saved registers, and with values that have to survive.
  private static let user = """
    (module
      (type $host (func (param i32) (result i32)))
      (type $many (func (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32 i64) (result i32)))
      (import "library" "pair" (tag $pair (param i32 i64)))
      (import "library" "none" (tag $none))
      (import "host" "throw" (func $throw (type $host)))
      (import "host" "many" (func $many (type $many)))
      (table funcref (elem $throw))
      (memory 1)
      (func $between (param i32) (result i32) (local $a i32) (local $b i32)
        (local.set $a (i32.add (local.get 0) (i32.const 1)))
        (local.set $b (i32.mul (local.get 0) (i32.const 3)))
        (call $throw (local.get 0))
        (i32.add (local.get $a))
        (i32.add (local.get $b)))
      (func $tail (param i32) (result i32) (return_call $throw (local.get 0)))
      (func $tailMany (param i32) (result i32)
        (return_call $many (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
          (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9) (local.get 0) (i64.const 10)))
      (func (export "direct") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $caught (result i32 i64)
          (try_table (catch $pair $caught) (return (call $throw (local.get 0))))
          (unreachable))
        (i32.wrap_i64) (i32.add) (i32.add (local.get $kept)))
      (func (export "through") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $caught (result i32 i64)
          (try_table (catch $pair $caught) (return (call $between (local.get 0))))
          (unreachable))
        (i32.wrap_i64) (i32.add) (i32.add (local.get $kept)))
      (func (export "indirect") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $other
          (block $caught (result i32 i64)
            (try_table (catch $none $other) (catch $pair $caught)
              (return (call_indirect (type $host) (local.get 0) (i32.const 0))))
            (unreachable))
          (i32.wrap_i64) (i32.add) (return (i32.add (local.get $kept))))
        (unreachable))
      (func (export "tail") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $caught (result i32 i64)
          (try_table (catch $pair $caught) (return (call $tail (local.get 0))))
          (unreachable))
        (i32.wrap_i64) (i32.add) (i32.add (local.get $kept)))
      (func (export "many") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $caught (result i32 i64)
          (try_table (catch $pair $caught)
            (return
              (call $many (i32.const 1) (i32.const 2) (i32.const 3) (i32.const 4) (i32.const 5)
                (i32.const 6) (i32.const 7) (i32.const 8) (i32.const 9) (local.get 0) (i64.const 10))))
          (unreachable))
        (i32.wrap_i64) (i32.add) (i32.add (local.get $kept)))
      (func (export "tailMany") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $caught (result i32 i64)
          (try_table (catch $pair $caught) (return (call $tailMany (local.get 0))))
          (unreachable))
        (i32.wrap_i64) (i32.add) (i32.add (local.get $kept)))
      (func (export "again") (param i32) (result i32) (local $kept i32)
        (local.set $kept (i32.xor (local.get 0) (i32.const 0x5500)))
        (block $caught (result i32 i64)
          (try_table (catch $pair $caught)
            (block $kept (result exnref)
              (try_table (catch_all_ref $kept) (return (call $throw (local.get 0))))
              (unreachable))
            (throw_ref))
          (unreachable))
        (i32.wrap_i64) (i32.add) (i32.add (local.get $kept)))
      (func (export "often") (param i32) (result i32) (local $n i32) (local $sum i32)
        (loop $more
          (block $done
            (block $caught (result i32 i64)
              (try_table (catch $pair $caught) (br $done (drop (call $throw (local.get 0)))))
              (unreachable))
            (i32.wrap_i64) (i32.add) (local.set $sum (i32.add (local.get $sum))))
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $more (i32.lt_u (local.get $n) (i32.const 100000))))
        (local.get $sum))
      (func (export "wrong") (param i32) (result i32)
        (block $caught
          (try_table (catch $none $caught) (return (call $throw (local.get 0)))))
        (i32.const 0)))
    """

  /// Calls in a module without tags or tries of its own.
  private static let plain = """
    (module
      (import "host" "throw" (func $throw (param i32) (result i32)))
      (func (export "plain") (param i32) (result i32)
        (i32.add (call $throw (local.get 0)) (i32.const 1))))
    """

  private func compile(_ text: String, in world: LinkedWorld) throws -> ArtifactFile {
    try world.compile(encode(text: Array(text.utf8)))
  }

  /// Throws {argument, -2} when the argument is odd, and returns it when it is even.
  private static let throwing: HostFunctionPointer = { context, slots, data in
    let context = Unmanaged<Context>.fromOpaque(context!).takeUnretainedValue()
    guard slots.load(as: UInt32.self) & 1 == 1, let tag = context.tag else { return 0 }
    let values = (slots.load(as: UInt64.self), UInt64(0), UInt64(bitPattern: -2), UInt64(0))
    return withUnsafeBytes(of: values) { tag.throw($0.baseAddress, data) }
  }

  /// The same with the tenth argument, which is on the stack.
  private static let throwingTenth: HostFunctionPointer = { context, slots, data in
    let tenth = slots.load(fromByteOffset: 16 * 9, as: UInt64.self)
    slots.storeBytes(of: tenth, as: UInt64.self)
    slots.storeBytes(of: tenth, toByteOffset: 8, as: UInt64.self)
    return throwing(context, slots, data)
  }

  /// Calls the library, which throws.
  private static let callingBack: HostFunctionPointer = { context, slots, data in
    let context = Unmanaged<Context>.fromOpaque(context!).takeUnretainedValue()
    let argument = slots.load(as: UInt32.self)
    guard argument & 1 == 1, let inner = context.inner else { return 0 }
    do throws(CallError) {
      _ = try inner.call("fail", [.i32(argument)])
      return 0
    } catch {
      guard case .trap(let trap) = error else { return UInt32(TrapKind.unreachable.rawValue) }
      context.failure = trap.kind
      return HostTag.throwAgain(data)
    }
  }

  private func host(_ throwing: @escaping HostFunctionPointer, _ context: Context) -> HostInstance {
    let opaque = Unmanaged.passUnretained(context).toOpaque()
    let many = [ValueType](repeating: .i32, count: 10) + [.i64]
    return HostInstance(
      name: "host",
      functions: [
        HostFunction(
          name: "throw", type: FunctionType(parameters: [.i32], results: [.i32]),
          pointer: throwing, context: opaque),
        HostFunction(
          name: "many", type: FunctionType(parameters: many, results: [.i32]),
          pointer: Self.throwingTenth, context: opaque),
      ])
  }

  private func makeUser(
    _ world: LinkedWorld, _ throwing: @escaping HostFunctionPointer, _ context: Context
  ) throws -> Instance {
    let library = try world.store.instantiate(compile(Self.library, in: world))
    context.tag = try #require(library.export("pair")?.tag)
    context.inner = library
    return try world.store.instantiate(
      compile(Self.user, in: world),
      imports: ["library": .instance(library), "host": .host(host(throwing, context))])
  }

  private static let callers = [
    "direct", "through", "indirect", "tail", "many", "tailMany", "again",
  ]

  @Test(arguments: callers)
  func compiledCodeCatchesWhatTheHostThrows(_ caller: String) throws {
    let context = Context()
    try withExtendedLifetime(context) {
      let instance = try makeUser(LinkedWorld(), Self.throwing, context)
      for argument: UInt32 in [1, 77, 1, 12345] {
        let kept = argument ^ 0x5500
        #expect(try instance.call(caller, [.i32(argument)]) == [.i32(argument &- 2 &+ kept)])
      }
      let through: UInt32 = caller == "through" ? 1 + 4 * 8 : 0
      #expect(try instance.call(caller, [.i32(8)]) == [.i32(8 + through)])
    }
  }

  @Test(arguments: ["direct", "through", "indirect", "tail", "again"])
  func theHostPassesOnWhatACallOfItsThrows(_ caller: String) throws {
    let context = Context()
    try withExtendedLifetime(context) {
      let instance = try makeUser(LinkedWorld(), Self.callingBack, context)
      for argument: UInt32 in [1, 77, 12345] {
        let kept = argument ^ 0x5500
        #expect(try instance.call(caller, [.i32(argument)]) == [.i32(argument &- 2 &+ kept)])
        #expect(context.failure == .uncaughtException)
      }
    }
  }

  @Test func roomIsUsedAgain() throws {
    let context = Context()
    try withExtendedLifetime(context) {
      let instance = try makeUser(LinkedWorld(), Self.throwing, context)
      #expect(try instance.call("often", [.i32(5)]) == [.i32(300_000)])
    }
  }

  @Test func nobodyCatchesIt() throws {
    let context = Context()
    try withExtendedLifetime(context) {
      let instance = try makeUser(LinkedWorld(), Self.throwing, context)
      let error = #expect(throws: CallError.self) { try instance.call("wrong", [.i32(3)]) }
      guard case .trap(let trap) = error else {
        Issue.record("no trap")
        return
      }
      #expect(trap.kind == .uncaughtException)
      // The store goes on.
      #expect(try instance.call("wrong", [.i32(4)]) == [.i32(4)])
      #expect(try instance.call("direct", [.i32(1)]) == [.i32(0x5500)])
    }
  }

  /// A module that was made before the first with exceptions, and has none itself.
  @Test func throughAModuleWithoutExceptions() throws {
    let context = Context()
    try withExtendedLifetime(context) {
      let world = try LinkedWorld()
      let plain = try world.store.instantiate(
        compile(Self.plain, in: world), imports: ["host": .host(host(Self.throwing, context))])
      #expect(try plain.call("plain", [.i32(1)]) == [.i32(2)])
      _ = try makeUser(world, Self.throwing, context)
      let catcher = """
        (module
          (import "library" "pair" (tag $pair (param i32 i64)))
          (import "plain" "plain" (func $plain (param i32) (result i32)))
          (func (export "run") (param i32) (result i32)
            (block $caught (result i32 i64)
              (try_table (catch $pair $caught) (return (call $plain (local.get 0))))
              (unreachable))
            (i32.wrap_i64) (i32.add)))
        """
      let library = try #require(context.inner)
      let instance = try world.store.instantiate(
        compile(catcher, in: world),
        imports: ["library": .instance(library), "plain": .instance(plain)])
      #expect(try instance.call("run", [.i32(9)]) == [.i32(7)])
      #expect(try instance.call("run", [.i32(8)]) == [.i32(9)])
    }
  }

  @Test func onlyTagsAreTags() throws {
    let world = try LinkedWorld()
    let library = try world.store.instantiate(compile(Self.library, in: world))
    #expect(library.export("pair")?.tag?.valueCount == 2)
    #expect(library.export("none")?.tag?.valueCount == 0)
    #expect(library.export("fail")?.tag == nil)
  }
}
