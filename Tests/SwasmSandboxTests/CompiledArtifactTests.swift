import Foundation
import Testing

/// Native code runs when this user's `compile` made it, or when it is asked for by an option.
@Suite struct CompiledArtifactTests {
  private static let program = """
    (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (call $exit (i32.const 42))))
    """

  private func compiled(_ scratch: Scratch, state: String? = nil) throws -> [UInt8] {
    _ = try scratch.file("a.wat", Self.program)
    let result = try run(["compile", "a.wat", "-o", "a.swasm"], scratch, state: state)
    #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.path + "/a.swasm")))
  }

  private func run(_ words: [String], _ scratch: Scratch, state: String? = nil) throws
    -> LauncherResult
  {
    let environment = state.map { ["XDG_STATE_HOME": $0, "PATH": "/usr/bin"] }
    return try LauncherRun.run(words, directory: scratch.path, environment: environment)
  }

  private static let changes: [(name: String, apply: @Sendable (inout [UInt8]) -> Void)] = [
    ("without a code", { $0.removeLast(40) }),
    ("without the code's last byte", { $0.removeLast() }),
    ("with something behind it", { $0.append(0) }),
    ("another code", { $0[$0.count - 1] ^= 1 }),
    ("another machine code", { $0[4096] ^= 0xff }),
    ("another table of features", { $0[13] ^= 1 }),
    ("another byte before the code", { $0[$0.count - 41] ^= 1 }),
  ]

  @Test(arguments: changes.map(\.name))
  func whatCompileDidNotWriteIsRefused(_ name: String) throws {
    let scratch = try Scratch()
    var bytes = try compiled(scratch)
    #expect(try run(["run", "a.swasm"], scratch).status == 42)
    try #require(Self.changes.first { $0.name == name }).apply(&bytes)
    // The name makes no difference.
    _ = try scratch.file("evil.wasm", bytes)
    let refused = try run(["run", "evil.wasm"], scratch)
    #expect(refused.status == 126, "\(name): \(refused.stderr)")
    #expect(refused.stderr.contains("evil.wasm is native code"), "\(refused.stderr)")
    #expect(refused.stderr.contains("--allow-compiled"), "\(refused.stderr)")
  }

  @Test func anOptionAllowsIt() throws {
    let scratch = try Scratch()
    _ = try scratch.file("b.swasm", Array(try compiled(scratch).dropLast(40)))
    #expect(try run(["run", "b.swasm"], scratch).status == 126)
    #expect(try run(["run", "--allow-compiled", "b.swasm"], scratch).status == 42)
    #expect(try run(["run", "--allow-compiled", "a.swasm"], scratch).status == 42)
    // What is no artifact at all is not allowed by it.
    _ = try scratch.file("c.swasm", Array(try compiled(scratch).prefix(5000)))
    let cut = try run(["run", "--allow-compiled", "c.swasm"], scratch)
    #expect(cut.status == 126 && cut.stderr.contains("truncated"), "\(cut.stderr)")
  }

  @Test func anotherUsersKeyIsAnother() throws {
    let scratch = try Scratch()
    _ = try compiled(scratch, state: scratch.path + "/one")
    #expect(try run(["run", "a.swasm"], scratch, state: scratch.path + "/one").status == 42)
    let other = try run(["run", "a.swasm"], scratch, state: scratch.path + "/two")
    #expect(other.status == 126 && other.stderr.contains("no key"), "\(other.stderr)")
    _ = try compiled(scratch, state: scratch.path + "/two")
    _ = try compiled(scratch, state: scratch.path + "/one")
    let foreign = try run(["run", "a.swasm"], scratch, state: scratch.path + "/two")
    #expect(
      foreign.status == 126 && foreign.stderr.contains("not signed by this user's"),
      "\(foreign.stderr)")
  }

  /// Where no key can be kept `compile` works and says what that means.
  @Test func withoutAHome() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Self.program)
    let variables = ["PATH": "/usr/bin"]
    func run(_ words: [String]) throws -> LauncherResult {
      try LauncherRun.run(words, directory: scratch.path, environment: variables)
    }
    let made = try run(["compile", "a.wat", "-o", "a.swasm"])
    #expect(made.status == 0 && made.stderr.contains("--allow-compiled"), "\(made.stderr)")
    #expect(try run(["run", "a.swasm"]).status == 126)
    #expect(try run(["run", "--allow-compiled", "a.swasm"]).status == 42)
    // Modules need no key.
    #expect(try run(["run", "a.wat"]).status == 42)
  }
}
