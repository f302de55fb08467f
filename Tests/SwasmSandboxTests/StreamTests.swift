import Foundation
import Glibc
import Testing

/// Standard streams have one direction each, and what is not granted is not there, for native code either.
@Suite(.serialized) struct StreamTests {
  private static let capabilities = ["stdin", "stdout", "stderr"]

  /// A policy without some of the streams, at each level.
  static func policy(without streams: [String], _ level: String) -> String {
    let more =
      switch level {
      case "pure": ""
      case "strict": "waiting = true\n"
      default: "directories = \"read-write\"\n"
      }
    return "[capabilities]\n" + more
      + capabilities.map { "\($0) = \(!streams.contains($0))\n" }.joined()
  }

  /// Makes one call on a descriptor, for up to 16 bytes, and exits with its errno.
  static func calls(_ function: String, _ descriptor: Int) -> String {
    """
    (module
      (import "wasi_snapshot_preview1" "\(function)"
        (func $call (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1) (data (i32.const 32) "FORBIDDEN")
      (func (export "_start")
        (i32.store (i32.const 16) (i32.const 32))
        (i32.store (i32.const 20) (i32.const 9))
        (call $exit (call $call (i32.const \(descriptor)) (i32.const 16) (i32.const 1) (i32.const 8)))))
    """
  }

  struct Case: Sendable, CustomStringConvertible {
    var function: String
    var descriptor: Int
    var without: [String] = []
    var options = ""
    var description: String { "\(function) \(descriptor) without \(without) \(options)" }
  }

  /// On a terminal, which is open for both directions whichever stream it is.
  @Test(
    arguments: ["pure", "strict", "standard"],
    [
      Case(function: "fd_read", descriptor: 1), Case(function: "fd_read", descriptor: 2),
      Case(function: "fd_write", descriptor: 0),
      Case(function: "fd_read", descriptor: 0, without: ["stdin"]),
      Case(function: "fd_read", descriptor: 1, without: ["stdin"]),
      Case(function: "fd_write", descriptor: 0, without: ["stdout", "stderr"]),
      Case(function: "fd_write", descriptor: 1, without: ["stdout"]),
      Case(function: "fd_write", descriptor: 2, without: ["stderr"]),
      Case(function: "fd_write", descriptor: 0, options: "--max-output 3B"),
    ])
  func refused(_ level: String, _ item: Case) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Self.calls(item.function, item.descriptor))
    _ = try scratch.file("p.toml", Self.policy(without: item.without, level))
    let terminal = try Terminal(directory: scratch.path, type: "dumb")
    #expect(terminal.waitFor("ready> "))
    terminal.type("\"$SWASM\" run --policy ./p.toml \(item.options) a.wat\n")
    #expect(terminal.status() == "8", "\(terminal.text)")
    #expect(!terminal.text.contains("FORBIDDEN"), "\(terminal.text)")
  }

  @Test(arguments: ["pure", "strict", "standard"], [("fd_write", 1), ("fd_write", 2)])
  func granted(_ level: String, _ call: (String, Int)) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Self.calls(call.0, call.1))
    // The other one is refused: the filter holds what is granted and no more.
    let other = call.1 == 1 ? "stderr" : "stdout"
    _ = try scratch.file("p.toml", Self.policy(without: ["stdin", other], level))
    let result = try LauncherRun.run(
      ["run", "--policy", "./p.toml", "a.wat"], directory: scratch.path)
    #expect(result.status == 0, "\(result.stderr)")
    #expect((call.1 == 1 ? result.stdout : result.stderr) == "FORBIDDEN")
  }

  /// preadv2 on descriptor 0, a file with nothing to read: the kernel's answer, and that about a pipe.
  @Test(arguments: [(true, 0), (false, ESPIPE)]) func nativeReads(_ isGranted: Bool, _ errno: Int32)
    throws
  {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat",
      """
      (module
        (import "swasm_test" "system_call" (func $call (param i64) (result i64)))
        (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1)
        (func (export "_start")
          (call $exit (i32.wrap_i64 (i64.sub (i64.const 0) (call $call (i64.const 327)))))))
      """)
    _ = try scratch.file("p.toml", Self.policy(without: isGranted ? [] : ["stdin"], "standard"))
    let result = try Shell.run(
      "\"$SWASM\" run --policy ./p.toml a.wat <a.wat", directory: scratch.path)
    #expect(result.status == errno, "\(result.stderr)")
  }

  /// What stands at the numbers in the process itself.
  @Test(.enabled(if: geteuid() == 0, "NOT TESTED: /proc/PID/fd of a guest is root's to read"))
  func descriptorsOfTheProcess() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let input = try scratch.file("input", "")
    for without in [[], ["stdin"], ["stdout"], ["stderr"], Self.capabilities] {
      let policy = try scratch.file("p.toml", Self.policy(without: without, "standard"))
      let run = try LauncherRun(
        ["run", "--policy", policy, file], stdin: FileHandle(forReadingAtPath: input))
      defer { run.process.terminate() }
      let launcher = run.process.processIdentifier
      let guest = try #require(ProcessTable.locked("swasm-guest", below: launcher))
      for (number, name) in Self.capabilities.enumerated() {
        func target(_ pid: Int32) throws -> String {
          try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(number)")
        }
        #expect(
          (try target(guest) == target(launcher)) == !without.contains(name),
          "\(name) of \(without)")
      }
    }
  }

  private static func changes(_ function: String, _ parameters: String, _ arguments: String)
    -> String
  {
    """
    (module
      (import "wasi_snapshot_preview1" "\(function)" (func $call (param i32 \(parameters)) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (call $exit (call $call (i32.const 1) \(arguments)))))
    """
  }

  /// What a shell appends to keeps what it holds. The errno of each.
  @Test(
    arguments: [
      ("fd_filestat_set_size", "i64", "(i64.const 0)", 28),
      ("fd_filestat_set_size", "i64", "(i64.const 100000)", 28),
      ("fd_allocate", "i64 i64", "(i64.const 0) (i64.const 100000)", 76),
      (
        "fd_filestat_set_times", "i64 i64 i32", "(i64.const 0) (i64.const 0) (i32.const 5)", 76
      ),
      // Appending is the kernel's to keep up, whatever the program says of its descriptor.
      ("fd_fdstat_set_flags", "i32", "(i32.const 0)", 0),
    ] as [(String, String, String, Int32)])
  func logsStay(_ function: String, _ parameters: String, _ arguments: String, _ errno: Int32)
    throws
  {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Self.changes(function, parameters, arguments))
    let result = try Shell.run(
      "echo line > log; touch -d 2001-01-01 log; \"$SWASM\" run a.wat >> log; echo $?; "
        + "cat log; date -r log +%Y", directory: scratch.path)
    #expect(result.stdout == "\(errno)\nline\n2001\n", "\(result.stdout)\(result.stderr)")
  }

  /// With the flag taken away and at the start of the file, what is written still goes to its end.
  @Test func appendingCannotBeUndone() throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat",
      """
      (module
        (import "wasi_snapshot_preview1" "fd_fdstat_set_flags" (func $flags (param i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_seek" (func $seek (param i32 i64 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "fd_pwrite"
          (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 32) "new\\n")
        (func (export "_start")
          (i32.store (i32.const 16) (i32.const 32)) (i32.store (i32.const 20) (i32.const 4))
          (drop (call $flags (i32.const 1) (i32.const 0)))
          (drop (call $seek (i32.const 1) (i64.const 0) (i32.const 0) (i32.const 8)))
          (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 8)))
          (drop (call $pwrite
            (i32.const 1) (i32.const 16) (i32.const 1) (i64.const 0) (i32.const 8)))))
      """)
    let result = try Shell.run(
      "echo old > log; \"$SWASM\" run a.wat >> log; cat log", directory: scratch.path)
    #expect(result.stdout == "old\nnew\nnew\n")
  }
}
