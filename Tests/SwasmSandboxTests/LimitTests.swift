import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// Each limit holds, and is told as the reason.
@Suite struct LimitTests {
  private func result(_ program: String, _ options: [String], files: [String] = []) throws -> (
    LauncherResult, [String: Any]
  ) {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", program)
    mkdir(scratch.path + "/data", 0o700)
    for name in files { _ = try scratch.file("data/" + name, "") }
    let result = try LauncherRun.run(
      ["run", "--json"] + options + ["a.wat"], directory: scratch.path)
    return (result, try ResultTests.object(result.stderr))
  }

  private func limit(_ object: [String: Any]) -> String? {
    ResultTests.member(object, "limits.0.limit")
  }

  @Test(arguments: [1, 4, 5, 4096, 4097, 100_000]) func outputEndsAtTheByte(_ bytes: Int) throws {
    let (result, object) = try result(Programs.yes, ["--max-output", "\(bytes)"])
    #expect(result.status == 153)
    #expect(limit(object) == "output")
    let endless = String(repeating: "yes\n", count: bytes / 4 + 1)
    #expect(result.stdout == endless.prefix(bytes))
  }

  /// As much as is allowed, and not a byte more, is no fault.
  @Test func outputThatFits() throws {
    let (result, object) = try result(Programs.hello, ["--max-output", "6"])
    #expect(result.status == 0 && result.stdout == "hello\n")
    #expect(limit(object) == nil)
    #expect(ResultTests.member(object, "usage.output_bytes") == "6")
  }

  /// Both streams count, and end where they should.
  @Test func bothStreams() throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat",
      Programs.hello.replacingOccurrences(
        of: "(call $print (i32.const 1) (i32.const 16) (i32.const 6))",
        with:
          "(call $print (i32.const 2) (i32.const 16) (i32.const 6)) (call $print (i32.const 1) (i32.const 16) (i32.const 6))"
      ))
    let result = try LauncherRun.run(
      ["run", "--max-output", "8", "a.wat"], directory: scratch.path)
    #expect(result.status == 153)
    // Which of the two is read first is nobody's choice when both are there.
    let words = "swasm-sandbox: a.wat: output limit of 8B reached; killed\n"
    #expect(result.stderr.hasSuffix(words), "\(result.stderr)")
    let written = [result.stdout, String(result.stderr.dropLast(words.count))]
    #expect(written.map(\.count).reduce(0, +) == 8, "\(written)")
    #expect(written.allSatisfy { "hello\n".hasPrefix($0) })
  }

  @Test func relayedOutputIntoAClosedPipe() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.yes)
    let result = try Shell.run(
      "\"$SWASM\" run --max-output 1GiB a.wat | head -1; echo ${PIPESTATUS[0]}",
      directory: scratch.path)
    #expect(result.stdout == "yes\n\(128 + SIGPIPE)\n")
    #expect(result.stderr == "")
    let full = try Shell.run(
      "timeout 10 \"$SWASM\" run --max-output 1GiB a.wat > /dev/full", directory: scratch.path)
    #expect(full.status == 128 + SIGPIPE)
  }

  /// A reader that takes its time blocks neither the clock nor signals.
  @Test func slowReader() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.yes)
    let result = try Shell.run(
      "\"$SWASM\" run --timeout 500ms --max-output 1GiB a.wat > >(sleep 3) ; echo $?",
      directory: scratch.path)
    #expect(result.stdout == "124\n")
  }

  @Test func openFiles() throws {
    let (result, object) = try result(
      Programs.opensUntilItFails, ["--open-files", "16", "--dir", "data"], files: ["f"])
    // Descriptors 4 to 15, then mfile.
    #expect(result.status == 12)
    #expect(limit(object) == "open-files")
    #expect(ResultTests.member(object, "limits.0.value") == "16")
    #expect(ResultTests.member(object, "denials.0.rule") == "limits.open-files")
  }

  @Test func moreDescriptorsGrantedThanTheLimit() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.nothing)
    let result = try LauncherRun.run(
      ["run", "--open-files", "16"] + (0..<14).flatMap { _ in ["--dir", "."] } + ["a.wat"],
      directory: scratch.path)
    #expect(result.status == 2)
    #expect(
      result.stderr.contains("17 descriptors are granted, more than the limit of 16; --open-files"))
  }

  @Test func fileSize() throws {
    let (result, object) = try result(
      Programs.writesUntilItFails, ["--max-file-size", "100000", "--dir", "data"], files: ["f"])
    // fbig
    #expect(result.status == 22)
    #expect(limit(object) == "file-size")
    #expect(result.stderr.contains("larger than 100000B, the limit; --max-file-size sets it"))
  }

  /// The last write is cut short, the next one fails; files of any size and number.
  @Test func bytesWritten() throws {
    let scratch = try Scratch()
    let data = scratch.path + "/data"
    mkdir(data, 0o700)
    _ = try scratch.file("data/f", "")
    _ = try scratch.file("a.wat", Programs.writesUntilItFails)
    let result = try LauncherRun.run(
      ["run", "--json", "--timeout", "20s", "--max-written", "100000", "--dir", "data", "a.wat"],
      directory: scratch.path)
    // nospc
    #expect(result.status == 51)
    let object = try ResultTests.object(result.stderr)
    #expect(limit(object) == "written")
    #expect(ResultTests.member(object, "denials.0.rule") == "limits.max-written")
    let size = try FileManager.default.attributesOfItem(atPath: data + "/f")[.size] as? Int
    #expect(size == 100_000)
  }

  @Test func newFiles() throws {
    let program = Programs.opens("new", openFlags: 1, rights: 64, writes: true)
    let (result, object) = try result(program, ["--max-files", "0", "--dir", "data"])
    // dquot
    #expect(result.status == 19)
    #expect(limit(object) == "files")
    #expect(ResultTests.member(object, "denials.0.rule") == "limits.max-files")
    #expect(result.stderr.contains("than 0, the limit; --max-files sets it"))
    let (fits, _) = try self.result(program, ["--max-files", "1", "--dir", "data"])
    #expect(fits.status == 0)
  }

  @Test func memoryThatTheModuleLimitsItself() throws {
    let program = Programs.grow.replacingOccurrences(
      of: "(memory (export \"memory\") 1)", with: "(memory (export \"memory\") 1 64)")
    let (result, object) = try result(program, ["--memory", "64MiB"])
    #expect(result.status == 4)
    #expect(limit(object) == nil)
  }

  /// Past what 32 bits reach: the filter has to know of it.
  @Test(arguments: [[], ["--checked-memory"]]) func memoryOf64BitsPast4GiB(_ options: [String])
    throws
  {
    let (result, _) = try result(
      """
      (module (memory i64 1 131072)
        (func (export "_start")
          (drop (memory.grow (i64.const 65600)))
          (drop (memory.grow (i64.const 100)))
          (i64.store (i64.const 4300000000) (i64.const 7))))
      """, ["--memory", "8GiB"] + options)
    #expect(result.status == 0, "\(result.stderr)")
  }

  /// As far as the limit and its own maximum go; every kind of access at the end.
  @Test(
    arguments: [("16GiB", "1234605616436508553"), ("11GiB", "-1")],
    [[], ["--checked-memory"]])
  func memoryOf12GiB(_ run: (limit: String, result: String), _ options: [String]) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.memoryOf12GiB)
    let result = try LauncherRun.run(
      ["run", "--memory", run.limit, "--invoke", "run"] + options + ["a.wat", "196608"],
      directory: scratch.path)
    #expect(result.stdout == run.result + "\n", "\(result.stderr)")
  }

  /// Behind the runtime's own limit the kernel keeps one for the whole process.
  @Test(.enabled(if: geteuid() == 0, "NOT TESTED: /proc/PID/limits of a guest is root's to read"))
  func kernelLimits() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun([
      "run", "--memory", "64MiB", "--max-file-size", "1MiB", "--open-files", "20", "--cpu-time",
      "7s",
      file,
    ])
    defer { run.process.terminate() }
    let guest = try #require(
      ProcessTable.locked("swasm-guest", below: run.process.processIdentifier))
    let limits = try String(contentsOfFile: "/proc/\(guest)/limits", encoding: .utf8)
    func limit(_ name: String) -> UInt64? {
      limits.split(separator: "\n").first { $0.hasPrefix(name) }?
        .dropFirst(26).split(separator: " ").first.flatMap { UInt64($0) }
    }
    #expect(limit("Max data size").map { $0 > 64 << 20 && $0 < 128 << 20 } ?? false, "\(limits)")
    #expect(limit("Max file size") == 1 << 20)
    #expect(limit("Max open files") == 20)
    #expect(limit("Max cpu time") == 7)
    for name in ["Max core file size", "Max processes", "Max locked memory"] {
      #expect(limit(name) == 0, "\(name)")
    }
  }

  @Test(
    arguments: [
      ("SWASM_MAX_OUTPUT", "3", 153), ("SWASM_TIMEOUT", "200ms", 124), ("SWASM_POLICY", "none", 2),
      ("SWASM_MEMORY", "much", 2), ("SWASM_OPEN_FILES", "", 153),
    ] as [(String, String, Int32)]) func variables(_ name: String, _ value: String, _ status: Int32)
    throws
  {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.yes)
    var environment = [name: value, "SWASM_CACHE_DIR": ""]
    if value.isEmpty { environment["SWASM_MAX_OUTPUT"] = "1" }
    let result = try LauncherRun.run(
      ["run", "a.wat"], directory: scratch.path, environment: environment)
    #expect(result.status == status)
    if status == 2 { #expect(result.stderr.contains(value)) }
    // The option goes before the variable.
    guard name == "SWASM_MAX_OUTPUT" else { return }
    let option = try LauncherRun.run(
      ["run", "--max-output", "5", "a.wat"], directory: scratch.path, environment: environment)
    #expect(option.stdout == "yes\ny")
  }
}
