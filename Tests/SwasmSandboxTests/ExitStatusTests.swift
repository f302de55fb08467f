import Foundation
import Testing

/// What a command line gives.
struct Expectation: CustomTestStringConvertible, Sendable {
  var name: String
  /// Files by name, made first.
  var files: [String: String] = [:]
  var arguments: [String]
  var status: Int32
  var stdout = ""
  /// Every one of them is in stderr; none: stderr is empty.
  var stderr: [String] = []

  var testDescription: String { name }
}

@Suite struct ExitStatusTests {
  static let rows: [Expectation] = [
    Expectation(
      name: "returns", files: ["a.wat": Programs.nothing], arguments: ["run", "a.wat"], status: 0),
    Expectation(
      name: "bare module", files: ["a.wat": Programs.hello], arguments: ["a.wat"], status: 0,
      stdout: "hello\n"),
    Expectation(
      name: "pure", files: ["a.wat": Programs.hello],
      arguments: ["run", "--policy", "pure", "a.wat"],
      status: 0, stdout: "hello\n"),
    Expectation(
      name: "strict", files: ["a.wat": Programs.hello],
      arguments: ["run", "--policy", "strict", "a.wat"], status: 0, stdout: "hello\n"),
    Expectation(
      name: "proc_exit(200)", files: ["a.wat": Programs.exits(200)], arguments: ["run", "a.wat"],
      status: 200),
    Expectation(
      name: "proc_exit(300) gives the low 8 bits", files: ["a.wat": Programs.exits(300)],
      arguments: ["run", "a.wat"], status: 44),
    Expectation(
      name: "proc_exit(134) is no trap", files: ["a.wat": Programs.exits(134)],
      arguments: ["run", "a.wat"], status: 134),
    Expectation(
      name: "unreachable", files: ["a.wat": Programs.traps("unreachable")],
      arguments: ["run", "a.wat"], status: 134,
      stderr: ["a.wat trapped: unreachable", " 0: app!inner @ 0x", " 1: app!outer @ 0x"]),
    Expectation(
      name: "out of bounds",
      files: ["a.wat": Programs.traps("(drop (i32.load (i32.const 65533)))")],
      arguments: ["run", "a.wat"], status: 134,
      stderr: ["a.wat trapped: out of bounds memory access"]),
    Expectation(
      name: "division by zero",
      files: ["a.wat": Programs.traps("(drop (i32.div_u (i32.const 1) (i32.const 0)))")],
      arguments: ["run", "a.wat"], status: 134, stderr: ["trapped: integer divide by zero"]),
    Expectation(
      name: "null element",
      files: ["a.wat": Programs.traps("(call_indirect (type $none) (i32.const 1))")],
      arguments: ["run", "a.wat"], status: 134, stderr: ["trapped: uninitialized element"]),
    Expectation(
      name: "endless recursion", files: ["a.wat": Programs.traps("(call $inner)")],
      arguments: ["run", "a.wat"], status: 134, stderr: ["trapped: call stack exhausted"]),
    Expectation(
      name: "unknown import", files: ["a.wat": Programs.importsUnknown],
      arguments: ["run", "a.wat"],
      status: 126,
      stderr: ["a.wat: imports env.foo, which nothing provides; --preload env=FILE supplies it"]),
    Expectation(
      name: "WASI without such a function",
      files: ["a.wat": #"(module (import "wasi_snapshot_preview1" "fd_dup" (func)))"#],
      arguments: ["run", "a.wat"], status: 126,
      stderr: ["imports wasi_snapshot_preview1.fd_dup, which WASI preview 1 does not have"]),
    Expectation(
      name: "a module without a name", files: ["a.b.wat": Programs.unnamedTrap],
      arguments: ["run", "a.b.wat"], status: 134,
      stderr: [" 0: a.b!func[0] @ 0x", " 1: a.b!func[1] @ 0x"]),
    Expectation(
      name: "nothing to run", files: ["a.wat": Programs.functions], arguments: ["run", "a.wat"],
      status: 0,
      stderr: [
        "a.wat: nothing was run: it exports no _start; --invoke NAME calls an export: add, swap\n"
      ]),
    Expectation(
      name: "nothing to call", files: ["a.wat": "(module)"], arguments: ["run", "a.wat"],
      status: 0, stderr: ["nothing was run: it exports no _start, nor any other function\n"]),
    Expectation(
      name: "only a start function", files: ["a.wat": "(module (func $f) (start $f))"],
      arguments: ["run", "a.wat"], status: 0),
    Expectation(
      name: "invoke", files: ["a.wat": Programs.functions],
      arguments: ["run", "--invoke", "add", "a.wat", "2", "-5"], status: 0, stdout: "-3\n"),
    Expectation(
      name: "invoke with two results", files: ["a.wat": Programs.functions],
      arguments: ["run", "--invoke", "swap", "a.wat", "0x10", "2.5"], status: 0, stdout: "2.5\n16\n"
    ),
    Expectation(
      name: "the processor's NaN", files: ["a.wat": Programs.notANumber],
      arguments: ["run", "--invoke", "nan", "a.wat"], status: 0, stdout: "-2097151\n"),
    Expectation(
      name: "the canonical NaN", files: ["a.wat": Programs.notANumber],
      arguments: ["run", "--deterministic-nan", "--invoke", "nan", "a.wat"], status: 0,
      stdout: "2143289344\n"),
    Expectation(
      name: "a feature that is switched off",
      files: ["a.wat": "(module (func (export \"_start\") (return_call 0)))"],
      arguments: ["run", "--features", "-tail-call", "a.wat"], status: 126,
      stderr: ["needs tail-call, which is switched off"]),
    Expectation(
      name: "no such feature", files: ["a.wat": Programs.functions],
      arguments: ["run", "--features", "-tails", "a.wat"], status: 2,
      stderr: ["unknown feature 'tails'"]),
    Expectation(
      name: "invoke without arguments", files: ["a.wat": Programs.functions],
      arguments: ["run", "--invoke", "add", "a.wat"], status: 2, stderr: ["takes 2 arguments"]),
    Expectation(
      name: "invoke with a word", files: ["a.wat": Programs.functions],
      arguments: ["run", "--invoke", "add", "a.wat", "2", "x"], status: 2,
      stderr: ["\"x\" is not a valid i32"]),
    Expectation(
      name: "invoke of nothing", files: ["a.wat": Programs.functions],
      arguments: ["run", "--invoke", "sub", "a.wat"], status: 126,
      stderr: ["exports no function \"sub\""]),
    Expectation(
      name: "preload", files: ["a.wat": Programs.usesLibrary, "lib.wat": Programs.library],
      arguments: ["run", "--preload", "lib=lib.wat", "a.wat"], status: 42),
    Expectation(
      name: "preload that lacks the export",
      files: ["a.wat": Programs.usesLibrary, "lib.wat": Programs.functions],
      arguments: ["run", "--preload", "lib=lib.wat", "a.wat"], status: 126,
      stderr: ["imports lib.next, which the module preloaded as lib does not export"]),
    Expectation(
      name: "preload that is not there", files: ["a.wat": Programs.usesLibrary],
      arguments: ["run", "--preload", "lib=lib.wat", "a.wat"], status: 127,
      stderr: ["--preload lib=lib.wat: cannot open module \"lib.wat\": No such file or directory"]),
    Expectation(
      name: "memory limit", files: ["a.wat": Programs.grow],
      arguments: ["run", "--memory", "64MiB", "a.wat"], status: 64),
    Expectation(
      name: "memory limit below the minimum",
      files: ["a.wat": #"(module (memory 100) (func (export "_start")))"#],
      arguments: ["run", "--memory", "1MiB", "a.wat"], status: 126,
      stderr: [
        "a.wat: memory 0: asks for a memory of 100 pages of 64 KiB; "
          + "16 are allowed by --memory 1MiB; --memory 6400KiB would do"
      ]),
    Expectation(
      name: "memory limit of a policy", files: ["a.wat": "(module (memory 20000))"],
      arguments: ["run", "--policy", "strict", "a.wat"], status: 126,
      stderr: ["16384 are allowed by policy strict; --memory 1250MiB would do"]),
  ]

  @Test(arguments: rows) func run(_ row: Expectation) throws {
    let scratch = try Scratch()
    for (name, text) in row.files { _ = try scratch.file(name, text) }
    let result = try LauncherRun.run(row.arguments, directory: scratch.path)
    #expect(result.status == row.status, "\(result.stderr)")
    #expect(result.stdout == row.stdout)
    if row.stderr.isEmpty { #expect(result.stderr == "") }
    for part in row.stderr { #expect(result.stderr.contains(part), "\(result.stderr)") }
  }

  @Test func compiledArtifactRuns() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.usesLibrary)
    _ = try scratch.file("lib.wat", Programs.library)
    let compiled = try LauncherRun.run(
      ["compile", "a.wat", "-o", "a.swasm", "--preload", "lib=lib.wat"], directory: scratch.path)
    #expect(compiled.status == 0, "\(compiled.stderr)")
    #expect(try LauncherRun.run(["run", "a.swasm"], directory: scratch.path).status == 42)
    for arguments in [["compile", "a.swasm", "-o", "b"], ["inspect", "a.swasm"]] {
      let again = try LauncherRun.run(arguments, directory: scratch.path)
      #expect(again.status == 126)
      #expect(again.stderr.contains("a.swasm: is already compiled"), "\(again.stderr)")
    }
  }

  @Test func damagedArtifactIsRefused() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    _ = try LauncherRun.run(["compile", "a.wat", "-o", "a.swasm"], directory: scratch.path)
    let path = scratch.path + "/a.swasm"
    var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    // The compiler's version.
    bytes[17] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let result = try LauncherRun.run(["run", "a.swasm"], directory: scratch.path)
    #expect(result.status == 126)
    #expect(result.stderr.contains("made by compiler"))
  }

  @Test func wordsReachTheGuest() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.words)
    let result = try LauncherRun.run(
      [
        "run", "--env", "A=1", "--env", "PASSED", "--env", "A=2", "--argv0", "tool", "a.wat",
        "--dir", "x y",
      ],
      directory: scratch.path, environment: ["PASSED": "on", "SECRET": "no"])
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stdout == "tool\0--dir\0x y\0A=2\0PASSED=on\0")
  }

  @Test func moduleFromStandardInput() throws {
    let scratch = try Scratch()
    let file = try scratch.file("a.wat", Programs.exits(7))
    let result = try LauncherRun.run(["run", "-"], stdin: FileHandle(forReadingAtPath: file))
    #expect(result.status == 7, "\(result.stderr)")
  }

  @Test func standardInputReachesTheGuest() throws {
    let scratch = try Scratch()
    _ = try scratch.file("cat.wat", Programs.cat)
    let text = String(repeating: "0123456789\n", count: 5000)
    let input = try scratch.file("in", text)
    for policy in ["pure", "strict", "standard"] {
      let result = try LauncherRun.run(
        ["run", "--policy", policy, "cat.wat"], stdin: FileHandle(forReadingAtPath: input),
        directory: scratch.path)
      #expect(result.status == 0, "\(result.stderr)")
      #expect(result.stdout == text)
    }
  }
}
