import Foundation
import Glibc
import Testing

/// `learn`: the policy that is made of a run allows that run and nothing else.
@Suite struct LearnTests {
  /// What was learnt of a program in a directory of its own.
  private struct Learnt {
    let scratch: Scratch
    let run: LauncherResult
    var policy: String {
      (try? String(contentsOfFile: scratch.path + "/p.toml", encoding: .utf8)) ?? ""
    }

    /// The program again, under the policy less the lines that have a word in them.
    func again(
      without word: String? = nil, _ options: [String] = [], stdin: FileHandle? = nil,
      program: String = "a.wat"
    ) throws -> LauncherResult {
      let lines = policy.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { line in
          guard let word else { return true }
          return line.hasPrefix("#") || !line.contains(word)
        }
      _ = try scratch.file("narrow.toml", lines.joined(separator: "\n"))
      return try LauncherRun.run(
        ["run", "--policy", "narrow.toml"] + options + [program], stdin: stdin,
        directory: scratch.path)
    }
  }

  /// - Parameter files: made before, with their directories, open to all users.
  private func learn(
    _ program: String, _ options: [String] = [], files: [String] = [], stdin: FileHandle? = nil,
    arguments: [String] = []
  ) throws -> Learnt {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", program)
    for file in files {
      let path = scratch.path + "/" + file
      let folder = (path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      _ = try scratch.file(file, "old\n")
    }
    let run = try LauncherRun.run(
      ["learn", "--output", "p.toml"] + options + ["a.wat"] + arguments, stdin: stdin,
      directory: scratch.path)
    return Learnt(scratch: scratch, run: run)
  }

  // MARK: One capability each

  struct Capability: CustomTestStringConvertible, Sendable {
    var name: String
    var program: String
    var options: [String] = []
    /// What the policy says.
    var lines: [String]
    /// The lines that are taken away have this; the program then ends with the status and these words.
    var taken: String
    var status: Int32
    var words: String
    var testDescription: String { name }
  }

  private static let capabilities = [
    Capability(
      name: "standard output", program: LearnPrograms.moves("fd_write", 1),
      lines: ["stdout = true  # fd_write", "max-output = \"64KiB\"  # 8B written"],
      taken: "stdout", status: 8, words: "stdout = true in it would"),
    Capability(
      name: "standard error", program: LearnPrograms.moves("fd_write", 2),
      lines: ["stderr = true  # fd_write"], taken: "stderr", status: 8,
      words: "stderr = true in it would"),
    Capability(
      name: "standard input", program: LearnPrograms.moves("fd_read", 0),
      lines: ["stdin = true  # fd_read"], taken: "stdin", status: 8,
      words: "stdin = true in it would"),
    Capability(
      name: "sleeping", program: LearnPrograms.sleeps, lines: ["waiting = true  # poll_oneoff"],
      taken: "waiting", status: 76, words: "waiting = true in it would"),
    Capability(
      name: "random numbers", program: LearnPrograms.random,
      lines: ["random = true  # random_get"], taken: "random", status: 76,
      words: "random = true in it would"),
    Capability(
      name: "a variable", program: LearnPrograms.environment, options: ["--env", "A=b \"c\""],
      lines: [#"variables = ["A=b \"c\""]  # environ_sizes_get"#], taken: "variables", status: 3,
      words: ""),
    Capability(
      name: "a variable that is passed on", program: LearnPrograms.environment,
      options: ["--env", "A=1", "--env", "PATH"],
      lines: ["environment = [\"PATH\"]  # environ_sizes_get", "variables = [\"A=1\"]"],
      taken: "nothing", status: 0, words: ""),
    Capability(
      name: "memory", program: LearnPrograms.grows(160), lines: ["memory = \"32MiB\""],
      taken: "nothing", status: 0, words: ""),
  ]

  @Test(arguments: capabilities) func capability(_ row: Capability) throws {
    let learnt = try learn(row.program, row.options)
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    for line in row.lines { #expect(learnt.policy.contains("\n\(line)"), "\(learnt.policy)") }
    // What it has not used is not there.
    let others = ["stdin", "stdout", "stderr", "waiting", "random", "directories", "sockets"]
    for word in others where !row.lines.contains(where: { $0.hasPrefix(word) }) {
      #expect(!learnt.policy.contains("\n\(word) ="), "\(learnt.policy)")
    }
    let again = try learnt.again()
    #expect(again.status == 0, "\(again.stderr)")
    #expect(again.stdout == learnt.run.stdout)
    let narrower = try learnt.again(without: row.taken)
    #expect(narrower.status == row.status, "\(narrower.stderr)")
    if !row.words.isEmpty {
      #expect(narrower.stderr.contains(row.words), "\(narrower.stderr)")
    }
  }

  @Test func socket() throws {
    let address = "127.0.0.1:\(NetworkTests.freePort())"
    let learnt = try learn(
      LearnPrograms.accepts, ["--policy", "network", "--tcplisten", address])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    for line in ["sockets = true  # sock_accept", "listen = [\"\(address)\"]", "waiting = true"] {
      #expect(learnt.policy.contains("\n\(line)"), "\(learnt.policy)")
    }
    #expect(try learnt.again().status == 0)
    let narrower = try learnt.again(without: "listen")
    #expect(narrower.status == 8)
    #expect(try learnt.again(without: "sockets").stderr.contains("grants no sockets"))
  }

  /// A position in standard input takes the calls on files, which come with the right to have writable directories.
  @Test func position() throws {
    let scratch = try Scratch()
    let file = try scratch.file("input", "text")
    func input() throws -> FileHandle { try #require(FileHandle(forReadingAtPath: file)) }
    let learnt = try learn(LearnPrograms.seeks, ["--dir", "."], stdin: try input())
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.policy.contains("\ndirectories = \"read-write\"  # fd_seek"))
    #expect(!learnt.policy.contains("[grants]"))
    #expect(try learnt.again(stdin: try input()).status == 0)
    #expect(try learnt.again(without: "directories", stdin: try input()).status == 70)
  }

  // MARK: Paths

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
    let program = LearnPrograms.opens(row.paths)
    let learnt = try learn(program, row.options, files: row.files)
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(Self.directories(of: learnt.policy) == row.directories, "\(learnt.policy)")
    let again = try learnt.again()
    #expect(again.status == 0, "\(again.stderr)")
    // Without one that narrows another there would be more.
    for directory in row.directories where directory != "w/in:ro" {
      let narrower = try learnt.again(without: "\"\(directory)\"")
      #expect(narrower.status != 0, "without \(directory)")
    }
  }

  /// The granted directories in a policy, as they stand there.
  private static func directories(of policy: String) -> [String] {
    let text = policy.components(separatedBy: "[grants]\ndirectories = [").dropFirst().first ?? ""
    let lines = text.split(separator: "\n").prefix { $0 != "]" && !$0.hasPrefix("[") }
    return lines.compactMap { line in
      guard let start = line.firstIndex(of: "\"") else { return nil }
      let rest = line[line.index(after: start)...]
      guard let end = rest.range(of: "\",  #") ?? rest.range(of: "\"]") else { return nil }
      return String(rest[..<end.lowerBound])
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
    #expect(Self.directories(of: learnt.policy) == ["t:ro"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
  }

  /// A second program under the policy of the first is refused in words.
  @Test func anotherRun() throws {
    let learnt = try learn(
      LearnPrograms.opens([.init(text: "data/in.txt")]), ["--dir", "."], files: ["data/in.txt"])
    let other = LearnPrograms.opens([.init(text: "data/new", isWrite: true, creates: true)])
    _ = try learnt.scratch.file("b.wat", other)
    let result = try learnt.again(program: "b.wat")
    #expect(result.status == 69)
    #expect(result.stderr.contains("guest asked to change \"data/new\""))
    #expect(result.stderr.contains("--policy standard --dir data:rw would allow it"))
  }

  @Test func withoutNames() throws {
    // It takes descriptor 4 for a directory, whatever that is called.
    let program = Programs.opens("in", openFlags: 0, rights: 2, writes: false)
      .replacingOccurrences(of: "(call $open (i32.const 3)", with: "(call $open (i32.const 4)")
    let learnt = try learn(
      program, ["--dir", "x", "--dir", "y", "--dir", "z"], files: ["x/1", "y/in", "z/1"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(Self.directories(of: learnt.policy) == ["x:ro", "y:ro"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
  }

  /// What could only be read in a directory that is granted for writing stays so.
  @Test func restrictions() throws {
    let write = LearnPrograms.opens([.init(text: "new", isWrite: true, creates: true)])
    let learnt = try learn(
      write, ["--dir", ".", "--dir", "conf:ro"], files: ["conf/1"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(Self.directories(of: learnt.policy) == [".:rw", "conf:ro"], "\(learnt.policy)")
    _ = try learnt.scratch.file(
      "b.wat", LearnPrograms.opens([.init(text: "conf/1", isWrite: true)]))
    #expect(try learnt.again(program: "b.wat").status == 69)
  }

  /// A place that may be written to by a rule of its own, reached by way of the directory around it.
  @Test func byWayOfAnother() throws {
    let program = Programs.opens("out/x", openFlags: 1, rights: 64, writes: false)
    let learnt = try learn(
      program, ["--dir", ".:ro", "--dir", "out:rw"], files: ["out/1"])
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(Self.directories(of: learnt.policy) == [".:ro", "out:rw"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
  }

  /// A policy that was learnt can be learnt from again.
  @Test func learntTwice() throws {
    let program = LearnPrograms.opens([.init(text: "data/in.txt")])
    let learnt = try learn(program, ["--dir", "."], files: ["data/in.txt"])
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

  @Test func deniedPlaces() throws {
    let learnt = try learn(
      LearnPrograms.opens([.init(text: "a/1")]), ["--dir", ".", "--dir", "a/secret:none"],
      files: ["a/1", "a/secret/2"])
    #expect(Self.directories(of: learnt.policy) == ["a:ro", "a/secret:none"], "\(learnt.policy)")
    _ = try learnt.scratch.file("b.wat", LearnPrograms.opens([.init(text: "a/secret/2")]))
    #expect(try learnt.again(program: "b.wat").status == 2)
  }

  /// More directories than are kept are taken together, and the policy still does.
  @Test func manyDirectories() throws {
    let folders = (0..<700).map { "d/\($0)" }
    let paths = folders.map { LearnPrograms.Path(text: "\($0)/f") }
    let program = LearnPrograms.opens(paths).replacingOccurrences(
      of: "(memory (export \"memory\") 1)", with: "(memory (export \"memory\") 2)")
    let learnt = try learn(program, ["--dir", "."], files: folders.map { "\($0)/f" })
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(Self.directories(of: learnt.policy) == ["d:ro"], "\(learnt.policy)")
    #expect(learnt.policy.contains("the deepest are replaced"))
    #expect(try learnt.again().status == 0)
  }

  // MARK: What did not go well

  struct Ending: CustomTestStringConvertible, Sendable {
    var name: String
    var end: String
    var options: [String] = []
    var status: Int32
    var note: String
    var testDescription: String { name }
  }

  @Test(arguments: [
    Ending(name: "trap", end: "(unreachable)", status: 134, note: "a.wat trapped: unreachable"),
    Ending(
      name: "limit", end: "(loop $l (br $l))", options: ["--cpu-time", "500ms"], status: 124,
      note: "processor time limit of 500ms reached"),
    Ending(name: "status", end: "(call $exit (i32.const 5))", status: 5, note: "status 5"),
    Ending(
      name: "output",
      end: """
        (i32.store (i32.const 0) (i32.const 0)) (i32.store (i32.const 4) (i32.const 65536))
        (loop $l (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br $l))
        """, options: ["--max-output", "1MiB"], status: 153, note: "1MiB"),
  ]) func ending(_ row: Ending) throws {
    let program = LearnPrograms.opens([.init(text: "data/in.txt")], then: row.end)
    let learnt = try learn(program, ["--dir", "."] + row.options, files: ["data/in.txt"])
    #expect(learnt.run.status == row.status, "\(learnt.run.stderr)")
    #expect(learnt.policy.contains("# The run did not succeed"), "\(learnt.policy)")
    #expect(learnt.policy.contains(row.note), "\(learnt.policy)")
    #expect(Self.directories(of: learnt.policy) == ["data:ro"])
    let again = try learnt.again()
    #expect(again.status == row.status, "\(again.stderr)")
  }

  @Test func interruption() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.loop)
    let run = try LauncherRun(
      ["learn", "--output", "p.toml", "--dir", ".", "a.wat"], directory: scratch.path)
    #expect(ProcessTable.guest(below: run.process.processIdentifier, within: 20) != nil)
    kill(run.process.processIdentifier, SIGINT)
    #expect(run.finish().status == 128 + SIGINT)
    let learnt = try String(contentsOfFile: scratch.path + "/p.toml", encoding: .utf8)
    #expect(learnt.contains("# The run did not succeed"))
  }

  @Test func refusals() throws {
    let program = LearnPrograms.opens([.init(text: "r/\\0ax", isWrite: true, creates: true)])
    let learnt = try learn(program, ["--dir", "r:ro"], files: ["r/1"])
    #expect(learnt.run.status == 69)
    #expect(learnt.policy.contains("\n# Refused, and not granted here:\n#   guest asked to change"))
    #expect(!learnt.policy.contains("[grants]"), "\(learnt.policy)")
  }

  @Test func nothingRan() throws {
    let learnt = try learn("(module (import \"env\" \"f\" (func)))")
    #expect(learnt.run.status == 126)
    #expect(learnt.run.stderr.contains("the program never started"))
    #expect(learnt.policy.isEmpty)
  }

  // MARK: The command

  /// Without --output the policy is on standard error, and the program's output by itself.
  @Test func withoutOutput() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try LauncherRun.run(["learn", "--dir", ".", "a.wat"], directory: scratch.path)
    #expect(result.stdout == "hello\n")
    #expect(result.stderr.hasPrefix("# What a.wat used"), "\(result.stderr)")
    #expect(result.stderr.contains("\nstdout = true  # fd_write\n"))
  }

  @Test func defaultDirectories() throws {
    let learnt = try learn(
      LearnPrograms.opens([.init(text: "in/1"), .init(text: "/etc/hostname")]), files: ["in/1"])
    #expect(learnt.run.stderr.contains("learn: no --dir is given"))
    guard learnt.run.stderr.contains("read every other file") else { return }
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(Self.directories(of: learnt.policy) == ["in:ro", "/etc:ro"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
    // Elsewhere nothing can be changed.
    let writes = try learn(
      LearnPrograms.opens([.init(text: "/etc/swasm-test-new", isWrite: true, creates: true)]))
    #expect(writes.run.status == 69, "\(writes.run.stderr)")
  }

  /// What a policy has no words for is in the commands that the policy names, as a shell takes it.
  @Test func commands() throws {
    let scratch = try Scratch()
    _ = try scratch.file("lib.wat", Programs.library)
    _ = try scratch.file("a b.wat", Programs.usesLibrary)
    let result = try LauncherRun.run(
      ["learn", "--output", "p.toml", "--preload", "lib=lib.wat", "a b.wat", "x y", "$z"],
      directory: scratch.path)
    #expect(result.status == 42, "\(result.stderr)")
    let policy = try String(contentsOfFile: scratch.path + "/p.toml", encoding: .utf8)
    let command = policy.split(separator: "\n").first { $0.contains("--policy p.toml") } ?? ""
    #expect(command.hasSuffix("run --policy p.toml --preload lib=lib.wat 'a b.wat' 'x y' '$z'"))
    for line in policy.split(separator: "\n") where line.hasPrefix("#   swasm-sandbox") {
      let words = line.dropFirst("#   swasm-sandbox ".count)
      let again = try Shell.run("\"$SWASM\" \(words)", directory: scratch.path)
      #expect(again.status == 42, "\(line): \(again.stderr)")
    }
  }

  struct Refused: CustomTestStringConvertible, Sendable {
    var words: [String]
    var message: String
    var testDescription: String { words.joined(separator: " ") }
  }

  @Test(arguments: [
    Refused(words: [], message: "learn: no module given"),
    Refused(words: ["--dry-run", "a.wat"], message: "--dry-run runs nothing"),
    Refused(words: ["--json", "a.wat"], message: "--output FILE names it"),
    Refused(words: ["--output"], message: "--output: expected file"),
    Refused(words: ["--outptu", "x", "a.wat"], message: "unknown option --outptu"),
  ]) func refuses(_ row: Refused) throws {
    let result = try LauncherRun.run(["learn"] + row.words, directory: "/")
    #expect(result.status == 2)
    #expect(result.stderr.contains(row.message), "\(result.stderr)")
  }

  @Test func helpIsThere() throws {
    let result = try LauncherRun.run(["learn", "--help"], directory: "/")
    #expect(result.status == 0 && result.stdout.contains("--output <file>"), "\(result.stdout)")
  }

  /// A place that can't be written to loses nothing.
  @Test func outputThatFails() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try LauncherRun.run(
      ["learn", "--output", "no/p.toml", "--dir", ".", "a.wat"], directory: scratch.path)
    #expect(result.status == 125)
    #expect(result.stderr.contains("\nstdout = true  # fd_write\n"))
  }
}
