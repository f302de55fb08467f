import Foundation
import Glibc
import SwasmLockdown
import Testing

@testable import SwasmSandbox

/// What of the paths that a program used is in the policy that `learn` makes.
@Suite struct LearntPathTests {
  /// Directories in directories can have rules of their own.
  private static let canNest = SecondWalls.lack(of: .detachedMounts) == nil

  struct Row: CustomTestStringConvertible, Sendable {
    var paths: [LearnPrograms.Path]
    var options = ["--dir", "."]
    var files: [String] = []
    /// The list in the policy.
    var directories: [String]
    var testDescription: String { directories.joined(separator: " ") }
  }

  private static let paths = [
    Row(
      paths: [.init(text: "data/in.txt")], files: ["data/in.txt"], directories: ["data:ro"]),
    Row(
      paths: [.init(text: "data/in.txt"), .init(text: "out/x", isWrite: true, creates: true)],
      files: ["data/in.txt", "out/old"], directories: ["data:ro", "out:rw"]),
    // What lies in a granted directory needs no grant of its own.
    Row(
      paths: [.init(text: "data/a/1"), .init(text: "data/b/2"), .init(text: "data/3")],
      files: ["data/a/1", "data/b/2", "data/3"], directories: ["data:ro"]),
    Row(
      paths: [.init(text: "data/a/1"), .init(text: "data/b/2")],
      files: ["data/a/1", "data/b/2"], directories: ["data/a:ro", "data/b:ro"]),
    Row(paths: [.init(text: "a.wat")], directories: [".:ro"]),
    // Reading within writing, and the other way around.
    Row(
      paths: [.init(text: "w/x", isWrite: true, creates: true), .init(text: "w/in/1")],
      files: ["w/in/1"], directories: ["w:rw", "w/in:ro"]),
    Row(
      paths: [.init(text: "r/x"), .init(text: "r/out/1", isWrite: true, creates: true)],
      files: ["r/x", "r/out/old"], directories: ["r:ro", "r/out:rw"]),
    // Written and read in the same place, beneath one that is written to.
    Row(
      paths: [
        .init(text: "w/x", isWrite: true, creates: true),
        .init(text: "w/out/1", isWrite: true, creates: true), .init(text: "w/out/old"),
      ], files: ["w/out/old"], directories: ["w:rw"]),
    // A path that goes back has to find its way again.
    Row(paths: [.init(text: "a/b/../c/1")], files: ["a/b/0", "a/c/1"], directories: ["a:ro"]),
    // A directory by another name, and no more than was granted.
    Row(
      paths: [.init(text: "/in/d/1")], options: ["--dir", "data::/in:ro"],
      files: ["data/d/1"], directories: ["data/d::/in/d:ro"]),
    Row(
      paths: [.init(text: "x/1"), .init(text: "y/2", isWrite: true)],
      options: ["--dir", "x", "--dir", "y", "--dir", "z"], files: ["x/1", "y/2", "z/3"],
      directories: ["x:ro", "y:rw"]),
    // Names of anybody's making.
    Row(
      paths: [.init(text: "q\\22\\0ax/1")], files: ["q\"\nx/1"],
      directories: ["q\\\"\\u000ax:ro"]),
    Row(
      paths: [.init(text: "e\\1b[2J/1")], files: ["e\u{1b}[2J/1"],
      directories: ["e\\u001b[2J:ro"]),
    // --dir has no words for these.
    Row(paths: [.init(text: "a::b/1")], files: ["a::b/1"], directories: [".:ro"]),
    Row(paths: [.init(text: "d/c:rw/1")], files: ["d/c:rw/1"], directories: ["d/c:rw:ro"]),
  ]

  @Test(arguments: paths) func grants(_ row: Row) throws {
    let isNested = ["w/in:ro", "r/out:rw"].contains { row.directories.contains($0) }
    // Without mounts several directories keep the access that they were given.
    if !Self.canNest, isNested || row.options.count > 2 { return }
    let program = LearnPrograms.opens(row.paths)
    let learnt = try Learnt.of(program, row.options, files: row.files)
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.directories == row.directories, "\(learnt.policy)")
    let again = try learnt.again()
    #expect(again.status == 0, "\(again.stderr)")
    // Without one that narrows another there would be more.
    for directory in row.directories where directory != "w/in:ro" {
      let narrower = try learnt.again(without: "\"\(directory)\"")
      #expect(narrower.status != 0, "without \(directory)")
    }
  }

  @Test func symbolicLink() throws {
    let scratch = try Scratch()
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: scratch.path + "/t/real", withIntermediateDirectories: true)
    try manager.createDirectory(
      atPath: scratch.path + "/t/links", withIntermediateDirectories: true)
    _ = try scratch.file("t/real/1", "x")
    symlink("../real", scratch.path + "/t/links/l")
    _ = try scratch.file("a.wat", LearnPrograms.opens([.init(text: "t/links/l/1")]))
    let run = try LauncherRun.run(
      ["learn", "--output", "p.toml", "--dir", ".", "a.wat"], directory: scratch.path)
    let learnt = Learnt(scratch: scratch, run: run)
    #expect(run.status == 0, "\(run.stderr)")
    #expect(learnt.directories == ["t:ro"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
  }

  /// A second program under the policy of the first is refused in words.
  @Test func anotherRun() throws {
    let learnt = try Learnt.of(
      LearnPrograms.opens([.init(text: "data/in.txt")]), ["--dir", "."], files: ["data/in.txt"])
    let other = LearnPrograms.opens([.init(text: "data/new", isWrite: true, creates: true)])
    _ = try learnt.scratch.file("b.wat", other)
    let result = try learnt.again(program: "b.wat")
    #expect(result.status == 69)
    #expect(result.stderr.contains("guest asked to change \"data/new\""))
    #expect(result.stderr.contains("--policy standard --dir data:rw would allow it"))
  }

  /// A policy has no words for a directory that is gone afterwards; the command has.
  @Test func temporaryDirectory() throws {
    let program = LearnPrograms.opens([.init(text: "/tmp/x", isWrite: true, creates: true)])
    let learnt = try Learnt.of(program, ["--dir", ".", "--tmp"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.directories == [], "\(learnt.policy)")
    #expect(learnt.policy.contains("swasm-sandbox run --policy p.toml --tmp a.wat"))
    #expect(try learnt.again(["--tmp"]).status == 0)
    #expect(try learnt.again().status != 0)
  }

  @Test func withoutNames() throws {
    // It takes descriptor 4 for a directory, whatever that is called.
    let program = Programs.opens("in", openFlags: 0, rights: 2, writes: false)
      .replacingOccurrences(of: "(call $open (i32.const 3)", with: "(call $open (i32.const 4)")
    let learnt = try Learnt.of(
      program, ["--dir", "x", "--dir", "y", "--dir", "z"], files: ["x/1", "y/in", "z/1"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    let access = Self.canNest ? "ro" : "rw"
    #expect(learnt.directories == ["x:\(access)", "y:\(access)"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
  }

  /// What could only be read in a directory that is granted for writing stays so.
  @Test(.enabled(if: canNest)) func restrictions() throws {
    let write = LearnPrograms.opens([.init(text: "new", isWrite: true, creates: true)])
    let learnt = try Learnt.of(
      write, ["--dir", ".", "--dir", "conf:ro"], files: ["conf/1"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.directories == [".:rw", "conf:ro"], "\(learnt.policy)")
    _ = try learnt.scratch.file(
      "b.wat", LearnPrograms.opens([.init(text: "conf/1", isWrite: true)]))
    #expect(try learnt.again(program: "b.wat").status == 69)
  }

  /// A place that may be written to by a rule of its own, reached by way of the directory around it.
  @Test(.enabled(if: canNest)) func byWayOfAnother() throws {
    let program = Programs.opens("out/x", openFlags: 1, rights: 64, writes: false)
    let learnt = try Learnt.of(
      program, ["--dir", ".:ro", "--dir", "out:rw"], files: ["out/1"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.directories == [".:ro", "out:rw"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
  }

  /// A policy that was learnt can be learnt from again.
  @Test func learntTwice() throws {
    let program = LearnPrograms.opens([.init(text: "data/in.txt")])
    let learnt = try Learnt.of(program, ["--dir", "."], files: ["data/in.txt"])
    let first = learnt.policy
    let again = try LauncherRun.run(
      ["learn", "--policy", "p.toml", "--output", "p.toml", "a.wat"],
      directory: learnt.scratch.path)
    #expect(again.status == 0, "\(again.stderr)")
    // A stream that is not granted leaves its number to the first file.
    func grants(_ policy: String) -> [Substring] {
      policy.split(separator: "\n").filter { line in
        !["#", "cpu-time", "open-files"].contains { line.hasPrefix($0) }
      }
    }
    #expect(grants(learnt.policy) == grants(first))
  }

  @Test(.enabled(if: canNest)) func deniedPlaces() throws {
    let learnt = try Learnt.of(
      LearnPrograms.opens([.init(text: "a/1")]), ["--dir", ".", "--dir", "a/secret:none"],
      files: ["a/1", "a/secret/2"])
    #expect(learnt.directories == ["a:ro", "a/secret:none"], "\(learnt.policy)")
    _ = try learnt.scratch.file("b.wat", LearnPrograms.opens([.init(text: "a/secret/2")]))
    #expect(try learnt.again(program: "b.wat").status == 2)
  }

  /// More directories than are kept are taken together, and the policy still does.
  @Test func manyDirectories() throws {
    let folders = (0..<700).map { "d/\($0)" }
    let paths = folders.map { LearnPrograms.Path(text: "\($0)/f") }
    let program = LearnPrograms.opens(paths).replacingOccurrences(
      of: "(memory (export \"memory\") 1)", with: "(memory (export \"memory\") 2)")
    let learnt = try Learnt.of(program, ["--dir", "."], files: folders.map { "\($0)/f" })
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.directories == ["d:ro"], "\(learnt.policy)")
    #expect(learnt.policy.contains("the deepest are replaced"))
    #expect(try learnt.again().status == 0)
  }
}
