import Foundation
import Testing

/// `--trace`: each call of a guest as a line on standard error, under every level's filter.
@Suite struct TraceTests {
  private func lines(_ program: String, _ options: [String], status: Int32) throws -> [String] {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", program)
    let result = try LauncherRun.run(
      ["run", "--trace"] + options + ["a.wat"], directory: scratch.path)
    #expect(result.status == status, "\(result.stderr)")
    return result.stderr.split(separator: "\n").map(String.init)
  }

  @Test(arguments: ["pure", "strict", "standard", "network"]) func writes(_ policy: String) throws {
    #expect(
      try lines(Programs.hello, ["--policy", policy], status: 0) == [
        "fd_write(1, 0, 1, 8) = success"
      ])
  }

  @Test func pathsAndErrors() throws {
    let open = Programs.opens("a b", openFlags: 0, rights: 2, writes: false)
    let trace = try lines(open, [], status: 8)
    #expect(trace[0] == "path_open(3, 1, \"a b\", 3, 0, 2, 0, 0, 32) = badf")
    #expect(trace[1] == "proc_exit(8)")
  }

  /// A program that has no business with writing is given the call that its trace takes, and no other.
  @Test(arguments: ["pure", "standard"]) func programWithoutWriting(_ policy: String) throws {
    let program = """
      (module (import "wasi_snapshot_preview1" "sched_yield" (func $yield (result i32)))
        (func (export "_start") (drop (call $yield))))
      """
    #expect(try lines(program, ["--policy", policy], status: 0) == ["sched_yield() = success"])
  }

  /// Escapes and quotes in names do not reach the terminal.
  @Test func hostileNames() throws {
    let open = Programs.opens("abcdefg", openFlags: 0, rights: 2, writes: false)
      .replacingOccurrences(of: "\"abcdefg\"", with: "\"a\\1b[2J\\22\"")
    #expect(try lines(open, [], status: 8)[0].contains("\"a?[2J??\""))
  }
}
