import Foundation
import Glibc
import Testing

/// `learn`: the policy that is made of a run allows that run and nothing else.
@Suite struct LearnTests {
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
    let learnt = try Learnt.of(row.program, row.options)
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
    let learnt = try Learnt.of(
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
    let learnt = try Learnt.of(LearnPrograms.seeks, ["--dir", "."], stdin: try input())
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.policy.contains("\ndirectories = \"read-write\"  # fd_seek"))
    #expect(!learnt.policy.contains("[grants]"))
    #expect(try learnt.again(stdin: try input()).status == 0)
    #expect(try learnt.again(without: "directories", stdin: try input()).status == 70)
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
    let learnt = try Learnt.of(program, ["--dir", "."] + row.options, files: ["data/in.txt"])
    #expect(learnt.run.status == row.status, "\(learnt.run.stderr)")
    #expect(learnt.policy.contains("# The run did not succeed"), "\(learnt.policy)")
    #expect(learnt.policy.contains(row.note), "\(learnt.policy)")
    #expect(learnt.directories == ["data:ro"])
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
    let learnt = try Learnt.of(program, ["--dir", "r:ro"], files: ["r/1"])
    #expect(learnt.run.status == 69)
    #expect(learnt.policy.contains("\n# Refused, and not granted here:\n#   guest asked to change"))
    #expect(!learnt.policy.contains("[grants]"), "\(learnt.policy)")
  }

  @Test func nothingRan() throws {
    let learnt = try Learnt.of("(module (import \"env\" \"f\" (func)))")
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
    let learnt = try Learnt.of(
      LearnPrograms.opens([.init(text: "in/1"), .init(text: "/etc/passwd")]), files: ["in/1"])
    #expect(learnt.run.stderr.contains("learn: no --dir is given"))
    guard learnt.run.stderr.contains("read every other file") else { return }
    #expect(learnt.run.status == 0, "\(learnt.run.stderr)")
    #expect(learnt.directories == ["in:ro", "/etc:ro"], "\(learnt.policy)")
    #expect(try learnt.again().status == 0)
    // Elsewhere nothing can be changed.
    let writes = try Learnt.of(
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
