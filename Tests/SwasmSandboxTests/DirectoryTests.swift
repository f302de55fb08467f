import Foundation
import Testing

/// `--dir`, from the command line through the broker to the file.
@Suite struct DirectoryTests {
  // Of WASI: rights fd_read and fd_write, open flags creat and trunc, errnos.
  private static let read = 1 << 1
  private static let write = 1 << 6
  private static let create = 1
  private static let success: Int32 = 0
  private static let badf: Int32 = 8
  private static let noent: Int32 = 44

  private func open(
    _ name: String, _ options: (String) -> [String], openFlags: Int = 0, rights: Int = read,
    writes: Bool = false
  ) throws -> (LauncherResult, Scratch) {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/data", withIntermediateDirectories: false)
    _ = try scratch.file("data/old", "old\n")
    _ = try scratch.file("outside", "secret\n")
    _ = try scratch.file(
      "open.wat", Programs.opens(name, openFlags: openFlags, rights: rights, writes: writes))
    let result = try LauncherRun.run(
      ["run"] + options(scratch.path) + ["open.wat"], directory: scratch.path)
    return (result, scratch)
  }

  @Test func readsWhatIsGranted() throws {
    let (result, _) = try open("old", { ["--dir", $0 + "/data::/d"] })
    #expect(result.status == Self.success, "\(result.stderr)")
  }

  @Test func writesWhatIsGranted() throws {
    let (result, scratch) = try open(
      "new", { ["--dir", $0 + "/data"] }, openFlags: Self.create, rights: Self.write, writes: true)
    #expect(result.status == Self.success, "\(result.stderr)")
    #expect(try String(contentsOfFile: scratch.path + "/data/new", encoding: .utf8) == "new\n")
  }

  @Test(arguments: [["--policy", "strict"], []]) func readOnlyRefusesWriting(_ policy: [String])
    throws
  {
    let (result, scratch) = try open(
      "new", { policy + ["--dir", $0 + "/data:ro"] }, openFlags: Self.create, rights: Self.write,
      writes: true)
    #expect(result.status != Self.success)
    #expect(result.stderr.contains("granted read-only"), "\(result.stderr)")
    #expect(!FileManager.default.fileExists(atPath: scratch.path + "/data/new"))
  }

  @Test func strictReads() throws {
    let (result, _) = try open("old", { ["--policy", "strict", "--dir", $0 + "/data"] })
    #expect(result.status == Self.success, "\(result.stderr)")
  }

  @Test func nothingOutside() throws {
    let (result, _) = try open("../outside", { ["--dir", $0 + "/data"] })
    #expect(result.status != Self.success)
    #expect(result.stderr.contains("outside the granted directory"), "\(result.stderr)")
  }

  @Test func nothingWithoutAGrant() throws {
    let (result, _) = try open("old", { _ in [] })
    #expect(result.status == Self.badf)
  }

  @Test func missingFile() throws {
    let (result, _) = try open("none", { ["--dir", $0 + "/data"] })
    #expect(result.status == Self.noent)
    #expect(result.stderr == "")
  }
}
