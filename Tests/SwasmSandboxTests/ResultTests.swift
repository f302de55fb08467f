import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// What `--json` and `--status-fd` say, of every way in which a run can end.
@Suite struct ResultTests {
  static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func schema() throws -> JSONSchema {
    let file = folder.appendingPathComponent("docs/result.schema.json")
    return try JSONSchema(try String(contentsOf: file, encoding: .utf8))
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var outcome: String
    var program: String
    var options: [String] = []
    var status: Int32
    /// By path in the object.
    var members: [String: String] = [:]
    var testDescription: String { "\(outcome) \(status) \(options.joined(separator: " "))" }
  }

  static let rows = [
    Row(
      outcome: "exited", program: Programs.hello, status: 0,
      members: [
        "usage.output_bytes": "6", "protections.system_calls": "exit_group mprotect pwritev2",
      ]),
    Row(outcome: "exited", program: Programs.exits(134), status: 134),
    Row(
      outcome: "exited", program: Programs.grow, options: ["--memory", "4MiB"], status: 4,
      members: [
        "limits.0.limit": "memory", "limits.0.value": "4MiB", "limits.0.option": "--memory",
      ]),
    Row(
      outcome: "trapped", program: Programs.traps("unreachable"), status: 134,
      members: [
        "trap.kind": "unreachable", "trap.module": "app", "trap.function": "inner",
        "trap.backtrace.1.function": "outer",
      ]),
    Row(
      outcome: "trapped", program: Programs.traps("(call $inner)"), options: ["--stack", "64KiB"],
      status: 134, members: ["trap.kind": "call-stack-exhausted", "limits.0.limit": "stack"]),
    Row(
      outcome: "timeout", program: Programs.loop, options: ["--timeout", "300ms"], status: 124,
      members: ["limits.0.limit": "wall-time", "limits.0.value": "300ms"]),
    Row(
      outcome: "timeout", program: Programs.loop, options: ["--cpu-time", "1s"], status: 124,
      members: ["limits.0.limit": "cpu-time"]),
    Row(
      outcome: "denied", program: Programs.calls(39), status: 159,
      members: ["policy.name": "standard"]),
    Row(
      outcome: "killed", program: Programs.yes, options: ["--max-output", "1000"], status: 153,
      members: ["limits.0.limit": "output", "usage.output_bytes": "1000"]),
    Row(
      outcome: "setup-failed", program: Programs.importsUnknown, status: 126,
      members: [
        "messages.0":
          "a.wat: imports env.foo, which nothing provides; --preload env=FILE supplies it"
      ]),
    Row(outcome: "setup-failed", program: "nonsense", status: 126),
    Row(
      outcome: "setup-failed", program: Programs.hello, options: ["--policy", "none"], status: 2),
    Row(
      outcome: "setup-failed", program: Programs.hello, options: ["--dir", "/nonexistent"],
      status: 125),
    Row(
      outcome: "exited", program: Programs.hello,
      options: ["--policy", "strict", "--memory", "2GiB"], status: 0,
      members: [
        "policy.name": "strict", "policy.widened_by": "--memory 2GiB (policy strict: 1GiB)",
      ]),
  ]

  @Test(arguments: rows) func followsTheSchema(_ row: Row) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", row.program)
    let result = try LauncherRun.run(
      ["run", "--json"] + row.options + ["a.wat"], directory: scratch.path)
    #expect(result.status == row.status, "\(result.stderr)")
    let object = try Self.object(result.stderr)
    #expect(try Self.schema().faults(object) == [])
    #expect(object["outcome"] as? String == row.outcome)
    #expect(object["exit_status"] as? Int == Int(row.status))
    for (path, expected) in row.members {
      #expect(Self.member(object, path) == expected, "\(path): \(object)")
    }
  }

  /// All outcomes but running out of memory, a dead broker and signals, which have tests of their own, are in the table.
  @Test func allOutcomesAreThere() {
    let missing = Set(RunResult.Outcome.allCases.map(\.rawValue)).subtracting(
      Self.rows.map(\.outcome))
    #expect(missing == ["out-of-memory", "broker-failed"])
  }

  @Test func nothingToRun() throws {
    let scratch = try Scratch()
    let missing = try LauncherRun.run(["run", "--json", "none.wasm"], directory: scratch.path)
    #expect(missing.status == 127)
    let object = try Self.object(missing.stderr)
    #expect(try Self.schema().faults(object) == [])
    #expect(Self.member(object, "module.sha256") == "<null>")
  }

  @Test func signals() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    for (signal, kills, outcome) in [
      (SIGTERM, false, "killed"), (SIGKILL, true, "out-of-memory"), (SIGUSR1, true, "killed"),
    ] {
      let run = try LauncherRun(["run", "--json", file])
      let launcher = run.process.processIdentifier
      let guest = try #require(ProcessTable.locked("swasm-guest", below: launcher))
      kill(kills ? guest : launcher, signal)
      let result = run.finish()
      let object = try Self.object(result.stderr)
      #expect(try Self.schema().faults(object) == [])
      #expect(object["outcome"] as? String == outcome)
      #expect(object["exit_status"] as? Int == Int(result.status))
      #expect(object["signal"] as? Int == (outcome == "killed" ? Int(signal) : nil))
    }
  }

  /// The object goes to the descriptor, the words stay on stderr, the program's output where it was.
  @Test func statusDescriptor() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.traps("unreachable"))
    let result = try Shell.run(
      "\"$SWASM\" run --status-fd 9 a.wat 9>status; echo $?", directory: scratch.path)
    #expect(result.stdout == "134\n")
    #expect(result.stderr.contains("trapped: unreachable"))
    let text = try String(contentsOfFile: scratch.path + "/status", encoding: .utf8)
    #expect(try Self.schema().faults(Self.object(text)) == [])
  }

  @Test func statusThatNobodyTakes() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let full = try Shell.run(
      "\"$SWASM\" run --status-fd 9 a.wat 9>/dev/full; echo $?", directory: scratch.path)
    #expect(full.stdout == "hello\n125\n")
    #expect(full.stderr.contains("cannot write to --status-fd 9: No space left on device"))
    let closed = try Shell.run(
      "\"$SWASM\" run --status-fd 9 a.wat 9> >(exit); echo $?", directory: scratch.path)
    #expect(closed.stdout == "hello\n0\n", "\(closed.stderr)")
  }

  /// Every key of the schema is one that some result has: the page promises nothing that is not there.
  @Test func validatorSeesFaults() throws {
    let schema = try Self.schema()
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try LauncherRun.run(["run", "--json", "a.wat"], directory: scratch.path)
    let good = try Self.object(result.stderr)
    let damages: [(inout [String: Any]) -> Void] = [
      { $0["outcome"] = "fine" }, { $0["exit_status"] = "0" }, { $0["exit_status"] = 256 },
      { $0["denials"] = [["rule": "x"]] }, { $0.removeValue(forKey: "module") }, { $0["more"] = 1 },
      { $0.removeValue(forKey: "usage") },
      { $0["module"] = ["name": "a", "sha256": "0", "cache": "hit"] },
    ]
    for damage in damages {
      var object = good
      damage(&object)
      #expect(schema.faults(object) != [])
    }
  }

  /// The last line of what a run wrote.
  static func object(_ text: String) throws -> [String: Any] {
    let line = text.split(separator: "\n").last ?? ""
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    return try #require(value as? [String: Any])
  }

  @Test func namesTheLayersThatWereOn() throws {
    let scratch = try Scratch()
    let file = try scratch.file("app.wat", Programs.hello)
    let result = try LauncherRun.run(["run", "--json", file])
    #expect(result.status == 0, "\(result.stderr)")
    let object = try Self.object(result.stderr)
    let layers = Self.words(object, "protections.layers")
    let walls = [
      "dies-with-launcher", "no-capabilities", "not-dumpable", "rlimits", "no-new-privs", "seccomp",
    ]
    #expect(layers.isSuperset(of: walls), "\(layers)")
    let missing = Self.words(object, "protections.missing")
    for layer in ["landlock", "mseal", "mdwe", "own-user"] {
      #expect(layers.contains(layer) != missing.contains(layer), "\(layers), \(missing)")
    }
    let version = Self.member(object, "protections.landlock_abi").flatMap { Int($0) } ?? 0
    #expect((version > 0) == layers.contains("landlock"))
  }

  static func words(_ object: Any, _ path: String) -> Set<String> {
    Set((member(object, path) ?? "").split(separator: " ").map(String.init))
  }

  /// A member by its path, as text; lists with spaces.
  static func member(_ object: Any, _ path: String) -> String? {
    var value: Any? = object
    for word in path.split(separator: ".") {
      if let list = value as? [Any] {
        value = Int(word).flatMap { list.indices.contains($0) ? list[$0] : nil }
      } else {
        value = (value as? [String: Any])?[String(word)]
      }
    }
    if let list = value as? [Any] { return list.map { "\($0)" }.joined(separator: " ") }
    return value.map { "\($0)" }
  }
}
