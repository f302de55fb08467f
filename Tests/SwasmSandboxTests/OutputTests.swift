import CSwasm
import Foundation
import Glibc
import Testing

/// What the launcher itself writes: artifacts, and the results of commands.
@Suite struct OutputTests {
  private func compile(to path: String, in scratch: Scratch) throws -> LauncherResult {
    _ = try scratch.file("a.wat", Programs.exits(7))
    return try LauncherRun.run(["compile", "a.wat", "-o", path], directory: scratch.path)
  }

  private func type(of path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
  }

  /// A device is written to, and stays what it is.
  @Test func devicesStay() throws {
    let scratch = try Scratch()
    let device = scratch.path + "/full"
    // A link, so that a launcher that gets it wrong does no harm to the machine.
    symlink("/dev/full", device)
    let result = try compile(to: "full", in: scratch)
    #expect(result.status == 125)
    #expect(
      result.stderr == "swasm-sandbox: cannot write \"full\": No space left on device\n",
      "\(result.stderr)")
    #expect(type(of: device) == S_IFLNK)
    #expect(type(of: "/dev/full") == S_IFCHR)
    #expect(try compile(to: scratch.path, in: scratch).stderr.contains("Is a directory"))
  }

  @Test func pipesAreWrittenTo() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/fifo"
    mkfifo(path, 0o600)
    _ = try scratch.file("a.wat", Programs.exits(7))
    let run = try LauncherRun(["compile", "a.wat", "-o", "fifo"], directory: scratch.path)
    let artifact = try #require(FileHandle(forReadingAtPath: path)).readDataToEndOfFile()
    #expect(run.finish().status == 0)
    #expect(type(of: path) == S_IFIFO)
    let file = try scratch.file("a.swasm", [UInt8](artifact))
    #expect(try LauncherRun.run(["run", file]).status == 7)
  }

  @Test func filesAreReplaced() throws {
    let scratch = try Scratch()
    let file = try scratch.file("old", "old")
    chmod(file, 0o640)
    symlink("old", scratch.path + "/link")
    #expect(try compile(to: "link", in: scratch).status == 0)
    #expect(type(of: scratch.path + "/link") == S_IFLNK)
    var status = stat()
    #expect(stat(file, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o640)
    #expect(try LauncherRun.run(["run", file]).status == 7)
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted()
    #expect(names == ["a.wat", "link", "old"])
  }

  @Test(
    arguments: [
      (["policy", "list"], ">/dev/full", 125, "No space left on device"),
      (["--help"], ">/dev/full", 125, "No space left on device"),
      (["inspect", "a.wat"], ">/dev/full", 125, "No space left on device"),
      (
        ["run", "--invoke", "add", "a.wat", "1", "2"], ">/dev/full", 125, "No space left on device"
      ),
      (["policy", "list"], ">&-", 125, "Bad file descriptor"),
      (["policy", "list"], "| :", 128 + SIGPIPE, nil),
      (["inspect", "a.wat"], "| :", 128 + SIGPIPE, nil),
    ] as [([String], String, Int32, String?)])
  func standardOutputThatFails(
    _ arguments: [String], _ redirection: String, _ status: Int32, _ says: String?
  ) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.functions)
    let errors = Pipe()
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    // The reader is gone before the first byte is written.
    shell.arguments =
      [
        "-c",
        "(sleep 0.3; exec env --default-signal=PIPE \"$0\" \"$@\") \(redirection); "
          + "exit ${PIPESTATUS[0]}",
        LauncherBinary.path,
      ] + arguments
    shell.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    shell.standardError = errors
    try shell.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    shell.waitUntilExit()
    #expect(shell.terminationStatus == status)
    #expect(text == (says.map { "swasm-sandbox: cannot write standard output: \($0)\n" } ?? ""))
  }
}
