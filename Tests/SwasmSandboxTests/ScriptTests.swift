import Foundation
import SwasmModule
import SwasmRuntime
import Testing

@testable import SwasmSandbox

/// `wast`: scripts, read by one process and run by another.
@Suite struct ScriptTests {
  private func run(_ text: String, _ options: [String] = []) throws -> LauncherResult {
    let scratch = try Scratch()
    _ = try scratch.file("a.wast", text)
    return try LauncherRun.run(["wast"] + options + ["a.wast"], directory: scratch.path)
  }

  /// What goes beyond version 2.0, as the scripts in `Scripts` say that it runs.
  @Test(arguments: [
    "tail-calls", "exceptions", "legacy-exceptions", "wide-and-checked", "import-differences",
  ])
  func runsAsTheScriptSays(_ name: String) throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    let script = folder.appendingPathComponent("Scripts/\(name).wast")
    let result = try LauncherRun.run(["wast", script.path])
    #expect(result.stdout.hasSuffix(", 0 failed\n"), "\(result.stdout)\(result.stderr)")
    #expect(result.status == 0)
  }

  /// Each line of a script that is wrong, and what is said of it.
  @Test(
    arguments: [
      (
        "(assert_return (invoke \"one\") (i32.const 2))",
        "expected (i32.const 2), got (i32.const 1)"
      ),
      ("(assert_return (invoke \"one\"))", "expected nothing, got (i32.const 1)"),
      (
        "(assert_return (invoke \"one\") (i64.const 1))",
        "expected (i64.const 1), got (i32.const 1)"
      ),
      ("(assert_return (invoke \"trap\"))", "expected nothing, got trap \"unreachable\""),
      (
        "(assert_return (get \"g\") (f32.const 2))", "expected (f32.const 2.0), got (f32.const 1.5)"
      ),
      (
        "(assert_return (invoke \"nan\") (f64.const nan:canonical))",
        "expected (f64.const nan:canonical), got (f64.const nan:0x8000000000001)"
      ),
      (
        "(assert_return (invoke \"null\") (ref.extern 1))",
        "expected (ref.extern 1), got (ref.null extern)"
      ),
      (
        "(assert_trap (invoke \"one\") \"unreachable\")",
        "expected trap \"unreachable\", got (i32.const 1)"
      ),
      (
        "(assert_trap (invoke \"trap\") \"integer overflow\")",
        "expected trap \"integer overflow\", got trap \"unreachable\""
      ),
      ("(assert_exhaustion (invoke \"one\") \"call stack exhausted\")", "got (i32.const 1)"),
      ("(invoke \"trap\")", "trap \"unreachable\""),
      ("(invoke $b \"one\")", "there is no instance $b"),
      ("(register \"c\" $b)", "there is no instance $b"),
      ("(assert_invalid (module) \"type mismatch\")", "the module is accepted"),
      (
        "(assert_malformed (module (func (drop))) \"unexpected token\")",
        "the module is invalid: type mismatch"
      ),
      ("(assert_unlinkable (module) \"unknown import\")", "the module is instantiated"),
      (
        "(assert_unlinkable (module (import \"a\" \"one\" (func))) \"unknown import\")",
        "got module: incompatible import type for import a.one"
      ),
      (
        "(assert_trap (module (func $f (unreachable)) (start $f)) \"integer overflow\")",
        "got module: start function 0: unreachable"
      ),
      (
        "(module (import \"b\" \"f\" (func)))", "cannot be instantiated: module: unknown import b.f"
      ),
      ("(module (func (drop)))", "the module is invalid: type mismatch"),
      ("(thread $t (invoke \"one\"))", "there is no command 'thread' (at 8:2)"),
      ("(assert_return (invoke \"one\") (i32.konst 1))", "unknown operator i32.konst"),
      ("(invoke \"one\" \"one\")", "unexpected token '\"one\"', expected ')' (at 8:15)"),
      ("(module (func (nonsense)))", "unknown operator nonsense"),
      (
        "(module $o (module $i (func $f (unreachable)) (start $f)) (instance (instantiate $i)))",
        "cannot be instantiated: $o / i: start function 0: unreachable"
      ),
    ]) func failures(_ line: String, _ words: String) throws
  {
    let module = """
      (module $a
        (global (export "g") f32 (f32.const 1.5))
        (func (export "one") (result i32) (i32.const 1))
        (func (export "trap") (unreachable))
        (func (export "nan") (result f64) (f64.const nan:0x8000000000001))
        (func (export "null") (result externref) (ref.null extern)))
      (assert_return (invoke "one") (i32.const 1))
      """
    let result = try run(module + "\n" + line)
    #expect(result.status == 1)
    let lines = result.stdout.split(separator: "\n")
    #expect(lines.count == 2, "\(result.stdout)\(result.stderr)")
    #expect(lines.first?.hasPrefix("a.wast:8: ") == true, "\(result.stdout)")
    #expect(lines.first?.contains(words) == true, "\(result.stdout)")
    #expect(lines.last == "1 script: 2 passed, 1 failed")
  }

  /// A command that can't be read is lost, and no other.
  @Test func goesOnAfterWhatIsNoCommand() throws {
    let result = try run(
      """
      (module (func (export "one") (result i32) (i32.const 1)))
      (assert_quick (invoke "one" "(" ) (; ) ;) )
      (assert_return (invoke "one") (i32.const 1))
      """)
    #expect(
      result.stdout
        == "a.wast:2: there is no command 'assert_quick' (at 2:2)\n1 script: 2 passed, 1 failed\n")
  }

  /// What is switched off makes modules wrong, as they were before there was such a thing.
  @Test(arguments: [
    ("(memory 1) (memory 1)", "invalid", "multi-memory"),
    ("(table 1 funcref) (table 1 funcref)", "invalid", "reference-types"),
    ("(func (drop (i32.extend8_s (i32.const 1))))", "invalid", "sign-extension"),
    ("(memory 0x1_0000_0000)", "malformed", "memory64"),
    ("(table 0 0x1_0000_0000 funcref)", "malformed", "memory64"),
  ])
  func featuresAreSwitchedOff(_ fields: String, _ kind: String, _ feature: String) throws {
    let script = "(assert_\(kind) (module \(fields)) \"of its time\")"
    let off = try run(script, ["--features", "-\(feature)"])
    #expect(off.stdout == "1 script: 1 passed, 0 failed\n", "\(off.stdout)\(off.stderr)")
    #expect(try run(script).status == 1)
    let wrong = try run(script, ["--features", "none-such"])
    #expect(wrong.status == 2)
    #expect(wrong.stderr.contains("unknown feature 'none-such'"))
  }

  /// Whatever happens, the commands after it are run, on what the ones before it left.
  @Test func statesLast() throws {
    let result = try run(
      """
      (module $m
        (memory (export "m") 1 3) (global $n (mut i32) (i32.const 0))
        (func (export "next") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
        (func (export "grow") (result i32) (memory.grow (i32.const 1)))
        (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func $deep (export "deep") (call $deep)))
      (assert_return (invoke "next") (i32.const 1))
      (assert_trap (invoke "load" (i32.const 65536)) "out of bounds memory access")
      (assert_exhaustion (invoke "deep") "call stack exhausted")
      (assert_return (invoke "grow") (i32.const 1))
      (assert_return (invoke "load" (i32.const 65536)) (i32.const 0))
      (assert_return (invoke "next") (i32.const 2))
      (assert_unlinkable (module (import "m" "m" (memory 3))) "incompatible import type")
      (module (import "m" "m" (memory 2)) (data (i32.const 65536) "\\07"))
      (assert_return (invoke $m "load" (i32.const 65536)) (i32.const 7))
      (assert_trap
        (module (import "m" "m" (memory 1)) (data (i32.const 8) "\\09") (data (i32.const 131072) "x"))
        "out of bounds memory access")
      (assert_return (invoke $m "load" (i32.const 8)) (i32.const 9))
      (module definition $d (func (export "f") (result i32) (i32.const 4)))
      (module instance $x $d) (module instance $y $d)
      (register "x" $x)
      (module (import "x" "f" (func $f (result i32))) (export "g" (func $f)))
      (assert_return (invoke "g") (i32.const 4))
      (assert_return (invoke $y "f") (either (i32.const 3) (i32.const 4)))
      """)
    #expect(result.stdout == "1 script: 19 passed, 0 failed\n", "\(result.stdout)\(result.stderr)")
    #expect(result.status == 0)
  }

  @Test func checkRunsNothing() throws {
    let script = """
      (module (import "nobody" "f" (func $f)) (func (export "g") (call $f)))
      (assert_return (invoke "g") (i32.const 1))
      (assert_invalid (module (func (result i32))) "type mismatch")
      """
    #expect(try run(script).status == 1)
    let checked = try run(script, ["--check"])
    #expect(checked.status == 0)
    #expect(checked.stdout == "1 script: 1 passed, 0 failed\n")
  }

  @Test func brokenScripts() throws {
    let broken = try run("(module)\n (assert_return")
    #expect(broken.status == 1)
    #expect(broken.stdout.hasPrefix("a.wast:2:16: "), "\(broken.stdout)")
    let empty = try run("")
    #expect(empty.stdout == "1 script: 0 passed, 0 failed\n")
    let scratch = try Scratch()
    let missing = try LauncherRun.run(["wast", "no.wast"], directory: scratch.path)
    #expect(missing.status == 127)
    let none = try LauncherRun.run(["wast"], directory: scratch.path)
    #expect(none.status == 2)
  }

  /// What is nested, repeated or cut off without end is refused or answered, and nothing falls over.
  @Test(
    arguments: [
      (String(repeating: "(", count: 100_000), "a.wast:1:2: unexpected token"),
      (String(repeating: "(module ", count: 100_000), "unexpected token end of text"),
      (
        "(module (func " + String(repeating: "(block ", count: 200_000),
        "unexpected token end of text"
      ),
      (
        "(module (func " + String(repeating: "(block ", count: 200_000)
          + String(repeating: ")", count: 200_002), "a.wast:1: the module is too large"
      ),
      ("(assert_return (invoke \"f\") " + String(repeating: "(either ", count: 100_000), "either"),
      (String(repeating: "(@a ", count: 100_000), "unclosed annotation"),
      ("(module binary \"\\00asm\\01\\00\\00\\00\\01\\ff\\ff\\ff\\ff\\0f\")", "malformed"),
      (
        String(repeating: "(invoke \"f\")\n", count: 150_000),
        "more failures than there is room for"
      ),
    ]) func hostileScripts(_ script: String, _ words: String) throws
  {
    let result = try run(script)
    #expect(result.status == 1, "\(result.stderr)")
    #expect(result.stdout.contains(words), "\(result.stdout.prefix(300))")
    #expect(result.stderr.isEmpty, "\(result.stderr)")
  }

  @Test func endlessScriptsEnd() throws {
    let result = try run(
      "(module (func (export \"f\") (loop (br 0))))\n(invoke \"f\")", ["--timeout", "500ms"])
    #expect(result.status == 124)
    #expect(result.stderr.contains("time limit of 500ms"))
  }

  /// The process that runs compiled code is locked down, and has neither a descriptor nor a call to spare.
  @Test func scriptsAreLockedDown() throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wast", "(module (func (export \"f\") (loop (br 0))))\n(invoke \"f\")")
    let run = try LauncherRun(["wast", "--timeout", "20s", "a.wast"], directory: scratch.path)
    defer {
      run.process.terminate()
      _ = run.finish()
    }
    let pid = try #require(
      ProcessTable.locked("swasm-script", below: run.process.processIdentifier))
    let status = ProcessTable.status(of: pid)
    #expect(status["NoNewPrivs"] == "1")
    #expect(status["CapEff"] == "0000000000000000")
  }

  private static let plan = ScriptPlan(
    commands: [
      .init(line: 1, step: .failed("no")), .init(line: 2, step: .unusable("no", name: "a")),
      .init(line: 3, step: .instantiate(module: 4, name: nil)),
      .init(line: 4, step: .register("x", instance: "y")),
      .init(line: 5, step: .action(.init(instance: nil, export: "f", arguments: nil))),
      .init(
        line: 6,
        step: .assertReturn(
          .init(
            instance: "i", export: "f",
            arguments: [.i32(1), .f64(2), .v128(low: 3, high: 4), .externref(5), .funcref(nil)]),
          [
            .init(
              text: "t",
              alternatives: [
                .init(type: .i32, mask: .init(low: 1, high: 2), bits: .init(low: 3, high: 4)),
                .init(type: nil, isReference: true),
              ])
          ])),
      .init(line: 7, step: .assertTrap(.init(export: "f", arguments: []), "m")),
      .init(line: 8, step: .assertException(.init(export: "f", arguments: []))),
      .init(line: 9, step: .assertUnlinkable(module: 1, "m")),
      .init(line: 10, step: .assertUninstantiable(module: 2, "m")),
    ], judged: 11, skipped: 12)

  @Test func plansSurviveTheWay() throws {
    let bytes = Self.plan.message.bytes
    var reader = MessageReader(bytes)
    #expect(try ScriptPlan(&reader) == Self.plan)
    for count in 0..<bytes.count {
      var reader = MessageReader(Array(bytes[..<count]))
      #expect(throws: MessageError.self) { try ScriptPlan(&reader) }
    }
    for report in [ScriptReport.failed(line: 1, "a"), .done(passed: 1, skipped: 2), .broken("b")] {
      var reader = MessageReader(report.message.bytes)
      #expect(try ScriptReport(&reader) == report)
    }
    let process = ScriptProcessPlan(size: 1, memoryBytes: 2, cpuMilliseconds: 3)
    reader = MessageReader(process.message.bytes)
    #expect(try ScriptProcessPlan(&reader) == process)
  }

  /// A script has limits of its own, over all of its modules.
  @Test(
    arguments: [
      (
        // The specification's own instance has two pages.
        ["--memory", "1MiB"], "(module (memory 10)) (module (memory 10))",
        "memory would take 1441792 bytes with its memories; 1048576 are allowed"
      ),
      (
        ["--cpu-time", "200ms"],
        "(module (func (export \"f\") (loop $l (br $l)))) (assert_return (invoke \"f\"))",
        "the processor time limit of 200ms was reached here"
      ),
      (["--compile-time", "1ms"], "(module)", "--compile-time allows more"),
    ] as [([String], String, String)]) func limits(
      _ options: [String], _ script: String, _ words: String
    ) throws
  {
    let result = try run(script, options)
    #expect(result.status == 1)
    #expect(result.stdout.contains(words), "\(result.stdout)\(result.stderr)")
  }

  /// Damaged plans are refused or understood, and never a trap.
  @Test func damagedPlans() {
    let bytes = Self.plan.message.bytes
    var random = SystemRandomNumberGenerator()
    var understood = 0
    for _ in 0..<5000 {
      var damaged = bytes
      for _ in 0..<3 {
        damaged[Int.random(in: damaged.indices, using: &random)] =
          [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &random)!
      }
      var reader = MessageReader(damaged)
      if (try? ScriptPlan(&reader)) != nil { understood += 1 }
    }
    #expect(understood < 5000)
  }
}
