import Testing

/// Linked sets on the command line: modules and instances given by `--preload`, and `inspect --linked`.
@Suite struct LinkedSetTests {
  /// A counter, with a module inside that it exports and an instance of that.
  private static let library = """
    (module $lib
      (global $n (mut i32) (i32.const 10))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
      (func (export "other") (param i64))
      (module $cell (export "cell")
        (memory 1)
        (func (export "add") (param i32) (result i32)
          (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (local.get 0)))
          (i32.load (i32.const 0))))
      (instance (export "made") (instantiate $cell)))
    """

  private func run(_ root: String, preload: [String] = ["lib=lib.wat"]) throws -> LauncherResult {
    let scratch = try Scratch()
    _ = try scratch.file("lib.wat", Self.library)
    _ = try scratch.file("root.wat", root)
    let options = preload.flatMap { ["--preload", $0] }
    return try LauncherRun.run(
      ["run"] + options + ["--invoke", "run", "root.wat"], directory: scratch.path)
  }

  @Test(
    arguments: [
      // An instance; the library has more exports than it is asked for.
      (
        """
        (module
          (import "lib" (instance $lib (export "next" (func (result i32)))))
          (func (export "run") (result i32)
            (drop (call (func $lib "next"))) (call (func $lib "next"))))
        """, "12\n"
      ),
      // The module itself, instantiated twice: two states.
      (
        """
        (module
          (import "lib" (module $lib (export "next" (func (result i32)))))
          (instance $a (instantiate $lib)) (instance $b (instantiate $lib))
          (func (export "run") (result i32)
            (drop (call (func $a "next"))) (drop (call (func $a "next")))
            (i32.add (i32.mul (call (func $a "next")) (i32.const 100)) (call (func $b "next")))))
        """, "1311\n"
      ),
      // A module that the library exports, and an instance of it that it has made.
      (
        """
        (module
          (import "lib" (instance $lib
            (export "cell" (module (export "add" (func (param i32) (result i32)))))
            (export "made" (instance (export "add" (func (param i32) (result i32)))))))
          (alias $lib "cell" (module $cell))
          (alias $lib "made" (instance $made))
          (instance $own (instantiate $cell))
          (func (export "run") (result i32)
            (drop (call (func $made "add") (i32.const 4)))
            (drop (call (func $own "add") (i32.const 1)))
            (i32.add (i32.mul (call (func $made "add") (i32.const 4)) (i32.const 10))
              (call (func $own "add") (i32.const 1)))))
        """, "82\n"
      ),
    ]) func preloads(_ root: String, _ output: String) throws
  {
    let result = try run(root)
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stdout == output)
  }

  @Test(
    arguments: [
      ("(import \"lib\" (instance (export \"gone\" (func))))", "lib.gone"),
      ("(import \"lib\" (instance (export \"next\" (func))))", "incompatible import type"),
      ("(import \"lib\" (module (export \"next\" (func))))", "incompatible import type"),
      ("(import \"lib\" \"cell\" (instance))", "incompatible import type"),
      ("(import \"lib\" \"next\" (module))", "incompatible import type"),
      ("(import \"nobody\" (instance (export \"f\" (func))))", "--preload nobody=FILE supplies it"),
      ("(import \"nobody\" (module))", "--preload nobody=FILE supplies it"),
    ]) func refusals(_ item: String, _ words: String) throws
  {
    let result = try run("(module \(item) (func (export \"run\")))")
    #expect(result.status == 126)
    #expect(result.stderr.contains(words), "\(result.stderr)")
  }

  /// A preloaded module may import instances and modules of those before it.
  @Test func preloadsOfPreloads() throws {
    let scratch = try Scratch()
    _ = try scratch.file("lib.wat", Self.library)
    _ = try scratch.file(
      "middle.wat",
      """
      (module
        (import "lib" (module $lib (export "next" (func (result i32)))))
        (instance (export "own") (instantiate $lib)))
      """)
    _ = try scratch.file(
      "root.wat",
      """
      (module
        (import "middle" (instance $m (export "own" (instance (export "next" (func (result i32)))))))
        (func (export "run") (result i32) (call (func $m "own" "next"))))
      """)
    let result = try LauncherRun.run(
      [
        "run", "--preload", "lib=lib.wat", "--preload", "middle=middle.wat", "--invoke", "run",
        "root.wat",
      ], directory: scratch.path)
    #expect(result.stdout == "11\n", "\(result.stderr)")
  }

  /// Whether it is the start function that traps or a segment after one, the message says of which instance.
  @Test(
    arguments: [
      ("(start $bad)", "unreachable in root / middle / leaf: start function 0\n"),
      (
        "(memory 1) (data (i32.const 65536) \"x\")",
        "out of bounds memory access in root / middle / leaf: data segment 0\n"
      ),
    ]) func failingInstances(_ fields: String, _ words: String) throws
  {
    let scratch = try Scratch()
    for before in ["", "(module $first (func) (start 0)) (instance (instantiate $first))"] {
      _ = try scratch.file(
        "set.wat",
        """
        (module $root \(before)
          (module $middle
            (module $leaf (func $bad (unreachable)) \(fields))
            (instance (instantiate $leaf)))
          (instance (instantiate $middle)))
        """)
      let result = try LauncherRun.run(["run", "set.wat"], directory: scratch.path)
      #expect(result.stderr.contains(words), "\(result.stderr)")
      #expect(result.status == 134)
    }
  }

  /// What runs when all instances are made is nobody's place.
  @Test func entryHasNoPlace() throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "set.wat",
      """
      (module $root
        (module $leaf (func) (start 0))
        (instance (instantiate $leaf))
        (func (export "_start") (unreachable)))
      """)
    let result = try LauncherRun.run(["run", "set.wat"], directory: scratch.path)
    #expect(result.stderr.hasPrefix("swasm-sandbox: set.wat trapped: unreachable\n"))
  }

  // MARK: inspect --linked

  private func inspect(_ text: String) throws -> LauncherResult {
    let scratch = try Scratch()
    _ = try scratch.file("set.wat", text)
    return try LauncherRun.run(["inspect", "--linked", "set.wat"], directory: scratch.path)
  }

  /// Without what depends on the code that is made.
  private func stable(_ text: String) -> String {
    text.replacing(#/\d+ (bytes?|of them)/#) { "N \($0.output.1)" }
  }

  @Test func modulesAndInstances() throws {
    let result = try inspect(
      """
      (module $root
        (import "host" (instance $host (export "f" (func (param i32)))))
        (import "given" (module $given))
        (module $leaf (func (export "g") (result i32) (i32.const 1)))
        (module $middle
          (import "f" (func (param i32)))
          (module $inner
            (instance $l (instantiate (module outer 1 $leaf)))
            (export "g" (func $l "g")))
          (instance $i (instantiate $inner))
          (export "made" (instance $i))
          (func $start (call 0 (i32.const 1)))
          (start $start))
        (instance $a (instantiate $middle (import "f" (func $host "f"))))
        (instance $b (instantiate $given))
        (instance $c (instantiate $leaf))
        (func (export "run") (result i32) (call (func $a "made" "g"))))
      """)
    #expect(
      stable(result.stdout) == """
        modules (4)
          module 3 root: 1 function, N bytes of code
            import host
            import given
            module 0 leaf: 1 function, N bytes of code
              functions
            module 2 middle: 1 function, N bytes of code, closing over module 1
              import f
              module 1 inner: 0 functions, N bytes of code, closing over upvalue 0
                alias outer module (upvalue 0)
                instantiate module 0 ()
                alias function g of instance 0
                functions
              instantiate module 0 ()
              functions
              start function 1
            alias function f of instance 0
            instantiate module 2 (f=function 0)
            instantiate module 0 ()
            instantiate module 1 ()
            alias instance made of instance 1
            alias function g of instance 4
            functions
        instances (6)
          module 3 root
            module 2 middle
              module 1 inner
                module 0 leaf
            a module that is imported
            module 0 leaf
        types        9: 3 signatures, 6 module and instance types
        trampolines  6: 3 into compiled code, 3 out of it; 12 if each module had its own
        code         N bytes in whole pages, N of them of functions

        """, "\(result.stdout)\(result.stderr)")
  }

  /// 50 modules of four signatures: 4 pairs of trampolines instead of some for each of them.
  @Test func trampolinesBeforeAndAfterSharing() throws {
    var text = "(module\n"
    for number in 0..<49 {
      text += """
        (module $m\(number)
          (func (export "a") (result i32) (i32.const \(number)))
          (func (export "b") (param i64))
          (func (export "c") (param f32 f64) (result f64) (local.get 1))
          (func (export "d") (param i32 i32) (result i32) (local.get 1)))
        (instance $i\(number) (instantiate $m\(number)))

        """
    }
    text += "(func (export \"a\") (result i32) (call (func $i7 \"a\"))))"
    let result = try inspect(text)
    #expect(
      result.stdout.contains(
        "trampolines  8: 4 into compiled code, 4 out of it; 394 if each module had its own\n"),
      "\(result.stdout.suffix(400))\(result.stderr)")
    #expect(result.stdout.contains("\ninstances (50)\n"))
  }

  /// More instances than anybody would read, and modules nested as deep as may be.
  @Test func largeSetsAreCut() throws {
    var text = "(module (module $m0)\n"
    for number in 1...40 {
      let inner = "(instance (instantiate (module outer 0 $m\(number - 1))))"
      text += "(module $m\(number) \(inner) \(inner))\n"
    }
    let bomb = try inspect(text + "(instance (instantiate $m40)))")
    #expect(bomb.stdout.contains("\ninstances (more than 1000)\n"), "\(bomb.stderr)")
    let deep =
      String(repeating: "(module ", count: 500)
      + String(repeating: ") (instance (instantiate 0))", count: 499) + ")"
    let nested = try inspect(deep)
    #expect(nested.stdout.contains("\ninstances (500)\n"), "\(nested.stderr)")
  }

  @Test func misuse() throws {
    let scratch = try Scratch()
    _ = try scratch.file("set.wat", "(module)")
    let both = try LauncherRun.run(
      ["inspect", "--linked", "--json", "set.wat"], directory: scratch.path)
    #expect(both.status == 2)
    let invalid = try inspect("(module (module (func (result i32))))")
    #expect(invalid.status == 126)
    #expect(invalid.stderr.contains("type mismatch"))
  }
}
