import CSwasm
import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// Directories that are copied on write, as overlays and as copies; `--tmp`.
@Suite struct CopyOnWriteTests {
  /// How the program's version of a directory is kept, and what brings that about.
  enum Way: String, CaseIterable, Sendable {
    case overlay
    /// On mounts of its own.
    case copy
    case copyWithoutMounts

    var wrapper: [String] {
      switch self {
      case .overlay: []
      case .copy: [OlderKernel.path, "-overlays"]
      case .copyWithoutMounts: [OlderKernel.path, "-mounts,userns"]
      }
    }

    /// Does the machine allow it? Elsewhere everything is done without mounts.
    var isPossible: Bool { self == .copyWithoutMounts || swasm_can_detach() >= 0 }
  }

  static let asUser: [String]? =
    geteuid() == 0
      && (try? Shell.run("setpriv --reuid 65534 --clear-groups true", directory: "/").status) == 0
    ? ["/usr/bin/env", "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : nil

  /// `work` with 60 files, directories and links, all of them another user's if asked for. A folder for temporary
  /// files is beside it.
  static func tree(forUser isUser: Bool = false) throws -> Scratch {
    let scratch = try Scratch()
    let script = """
      mkdir -p work/sub/inner work/gone/a/b work/todir/c work/again/old temporary; chmod 1777 temporary
      for i in $(seq 60); do echo "file $i" > work/f$i; done; chmod 600 work/f1; chmod 755 work/f2
      echo s > work/sub/s; echo i > work/sub/inner/i; chmod 700 work/sub/inner; echo x > work/gone/a/b/x
      echo y > work/todir/c/y; echo t > work/tofile; echo a > work/again/a; echo k > work/again/old/k
      ln -s f3 work/oldlink; ln -s /etc/passwd work/out; ln -s ../.. work/sub/up; mkfifo work/fifo
      find work -exec touch -h -d 2020-01-01 {} +
      if \(isUser); then chown -hR 65534:65534 work; chmod 755 .; fi
      """
    try #require(try Shell.run(script, directory: scratch.path).status == 0)
    return scratch
  }

  /// Names, types, modes, owners, sizes, texts of links and contents of all in a directory; times of what is no
  /// directory.
  static func state(_ scratch: Scratch, _ directory: String, times: Bool = false) throws -> String {
    try Shell.run(
      """
      cd \(directory); find . -printf '%p %y %m %U %l\\n' | sort
      find . -type f -printf '%p \(times ? "%T@ %i" : "")\\n' | sort; find . -type f -exec cksum {} + | sort
      """, directory: scratch.path
    ).stdout
  }

  /// Changes more than 50 files in every way there is.
  static let actions: [FileAction] =
    (3...22).map { .write("f\($0)", "new \($0)\n") } + (23...28).map { .append("f\($0)", "more\n") }
    + [.write("f29", "file 29\n"), .write("f1", "secret\n")]
    + (30...39).map { .unlink("f\($0)") } + (1...10).map { .write("n\($0)", "n\($0)") }
    + [
      .rename("f40", "g40"), .rename("f41", "f42"), .makeDirectory("x"), .makeDirectory("x/y"),
      .write("x/y/z", "deep"), .rename("sub", "moved"), .unlink("gone/a/b/x"),
      .removeDirectory("gone/a/b"), .removeDirectory("gone/a"), .removeDirectory("gone"),
      .unlink("todir/c/y"), .removeDirectory("todir/c"), .removeDirectory("todir"),
      .write("todir", "a file"), .unlink("tofile"), .makeDirectory("tofile"),
      .write("tofile/in", "in"), .unlink("again/a"), .unlink("again/old/k"),
      .removeDirectory("again/old"), .removeDirectory("again"), .makeDirectory("again"),
      .write("again/b", "b"), .symlink(text: "f1", "link"), .unlink("oldlink"),
      .symlink(text: "f2", "oldlink"), .unlink("f2"), .write("f2", "file 2\n"),
    ]

  static let list =
    ((3...28).map { "M work/f\($0)" } + ["M work/f1", "M work/f2", "M work/f42"]
    + (30...41).map { "D work/f\($0)" } + (1...10).map { "A work/n\($0)" }
      + """
      A work/g40|A work/x/|A work/x/y/|A work/x/y/z|D work/sub/|D work/sub/s|D work/sub/inner/
      D work/sub/inner/i|D work/sub/up|A work/moved/|A work/moved/s|A work/moved/inner/|A work/moved/up
      A work/moved/inner/i|D work/gone/|D work/gone/a/|D work/gone/a/b/|D work/gone/a/b/x|D work/todir/
      D work/todir/c/|D work/todir/c/y|A work/todir|D work/tofile|A work/tofile/|A work/tofile/in
      D work/again/a|D work/again/old/|D work/again/old/k|A work/again/b|A work/link|M work/oldlink
      """.split(whereSeparator: { "|\n".contains($0) }).map(String.init)).sorted()

  static func run(
    _ arguments: [String], _ way: Way, isUser: Bool = false, in scratch: Scratch
  ) throws -> LauncherResult {
    var environment = ProcessInfo.processInfo.environment
    environment["TMPDIR"] = scratch.path + "/temporary"
    environment["XDG_STATE_HOME"] = LauncherState.path
    return try LauncherRun(
      ["run"] + arguments, directory: scratch.path, environment: environment,
      through: way.wrapper + (isUser ? asUser ?? [] : [])
    ).finish()
  }

  /// Whatever is left where temporary files go.
  static func leftovers(_ scratch: Scratch) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/temporary")
      + (try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/work")).filter {
        $0.hasPrefix(".swasm")
      }
  }

  @Test(arguments: Way.allCases, [false, true]) func changesAreListedAndApplied(
    _ way: Way, _ isUser: Bool
  ) throws {
    if isUser, Self.asUser == nil { return }
    let scratch = try Self.tree(forUser: isUser)
    let program = try scratch.file("change.wat", FileAction.program(Self.actions))
    chmod(program, 0o644)
    try #require(
      try Shell.run("cp -a work plain; cp -a work before", directory: scratch.path).status == 0)
    let plain = try Self.run(
      ["--dir", "plain", "change.wat"], .overlay, isUser: isUser, in: scratch)
    #expect(plain.status == 0, "\(plain.stderr)")
    let before = try Self.state(scratch, "work", times: true)
    let first = try Self.run(["--dir", "work:cow", "change.wat"], way, isUser: isUser, in: scratch)
    #expect(first.status == 0, "\(first.stderr)")
    #expect(try Self.state(scratch, "work", times: true) == before)
    let lines = first.stderr.split(separator: "\n").map(String.init)
    #expect(
      lines.first
        == "swasm-sandbox: \(Self.list.count) changes, not applied; --commit would apply them:")
    #expect(lines.dropFirst().sorted() == Self.list)
    let second = try Self.run(
      ["--dir", "work:cow", "--commit", "--changes", "temporary/list", "change.wat"], way,
      isUser: isUser, in: scratch)
    #expect(second.status == 0 && second.stderr == "", "\(second.stderr)")
    let file = scratch.path + "/temporary/list"
    let listed = try String(contentsOfFile: file, encoding: .utf8)
    #expect(listed.split(separator: "\n").map(String.init).sorted() == Self.list)
    unlink(file)
    #expect(try Self.state(scratch, "work") == Self.state(scratch, "plain"))
    #expect(try Self.leftovers(scratch) == [])
  }

  @Test(arguments: Way.allCases) func theSameWayIsTaken(_ way: Way) throws {
    guard way.isPossible else { return }
    let scratch = try Self.tree()
    _ = try scratch.file("loop.wat", FileAction.program([.write("new", "x"), .loops]))
    var environment = ProcessInfo.processInfo.environment
    environment["TMPDIR"] = scratch.path + "/temporary"
    let run = try LauncherRun(
      ["run", "--dir", "work:cow", "loop.wat"], directory: scratch.path, environment: environment,
      through: way.wrapper)
    defer { _ = run.finish() }
    try #require(ProcessTable.guest(below: run.process.processIdentifier, within: 20) != nil)
    let expected = way == .overlay ? "upper/new" : "copy/new"
    var found = ""
    for _ in 0..<200 where !found.contains(expected) {
      found = try Shell.run("find temporary", directory: scratch.path).stdout
      usleep(10_000)
    }
    #expect(found.contains(expected), "\(found)")
    run.process.terminate()
  }

  struct End: CustomTestStringConvertible, Sendable {
    var options: [String] = ["--commit"]
    var last: FileAction
    var status: Int32
    var words = "nothing is applied, because the program's exit status is not 0"
    var testDescription: String { "\(options) \(last)" }
  }

  @Test(arguments: [
    End(last: .exits(3), status: 3),
    End(options: ["--commit", "--timeout", "2s"], last: .loops, status: 124),
    End(options: [], last: .exits(0), status: 0, words: "--commit would apply it"),
  ]) func onlySuccessIsApplied(_ end: End) throws {
    let scratch = try Self.tree()
    _ = try scratch.file("end.wat", FileAction.program([.write("f1", "new"), end.last]))
    let result = try Self.run(
      end.options + ["--dir", "work:cow", "end.wat"], .overlay, in: scratch)
    #expect(result.status == end.status, "\(result.stderr)")
    #expect(result.stderr.contains(end.words), "\(result.stderr)")
    #expect(result.stderr.contains("\nM work/f1\n"), "\(result.stderr)")
    #expect(try String(contentsOfFile: scratch.path + "/work/f1", encoding: .utf8) == "file 1\n")
    #expect(try Self.leftovers(scratch) == [])
  }

  @Test(arguments: Way.allCases) func namesAreEscaped(_ way: Way) throws {
    let scratch = try Self.tree()
    _ = try scratch.file(
      "names.wat", FileAction.program([.write("a\nM f1", "x"), .write("\u{1b}[31m", "y")]))
    let result = try Self.run(["--dir", "work:cow", "names.wat"], way, in: scratch)
    #expect(
      result.stderr.hasSuffix(
        ":\nA work/\\u{1b}[31m\nA work/a\\nM f1\n"), "\(result.stderr)")
    let json = try Self.run(
      ["--json", "--dir", "work:cow", "names.wat"], way, in: scratch)
    let object = try JSONSerialization.jsonObject(with: Data(json.stderr.utf8))
    #expect(try ResultTests.schema().faults(object) == [])
    #expect(json.stderr.contains(#"{"change":"added","path":"work/a\nM f1"}"#))
  }

  // MARK: Somebody else's changes

  private static let rivals: [(script: String, isRefused: Bool)] = [
    ("echo other > work/f1", true), ("rm work/f1", false), ("mkdir work/new", true),
    ("echo other > work/unrelated; mkdir -p work/own/dir", false), ("ln -s /etc work/new", true),
  ]

  @Test(arguments: rivals, Way.allCases) func othersChangesAreNotOverwritten(
    _ rival: (script: String, isRefused: Bool), _ way: Way
  ) throws {
    let scratch = try Self.tree()
    _ = try scratch.file(
      "cat.wat",
      FileAction.program([.write("f1", "mine"), .write("new", "mine"), .write("wait/go", "x")]))
    // The program waits for its standard input.
    _ = try scratch.file("wait.wat", Self.waits)
    let result = try Shell.run(
      """
      mkfifo go; exec 5<>go
      \(way.wrapper.joined(separator: " ")) "$SWASM" run --dir work:cow --commit wait.wat <go &
      for i in $(seq 400); do find temporary -name new | grep -q new && break; sleep 0.02; done
      \(rival.script); printf x >go; exec 5>&-; wait $!
      """, directory: scratch.path, environment: ["TMPDIR": scratch.path + "/temporary"])
    #expect(result.status == (rival.isRefused ? 125 : 0), "\(result.stderr)")
    #expect(
      !rival.isRefused || result.stderr.contains("somebody else has changed"), "\(result.stderr)")
    let f1 = try String(contentsOfFile: scratch.path + "/work/f1", encoding: .utf8)
    let others = rival.script.contains("work/f1") ? "other\n" : "file 1\n"
    #expect(f1 == (rival.isRefused ? others : "mine"))
    #expect(try Self.leftovers(scratch) == [])
  }

  /// Writes `f1` and `new`, and then reads a byte.
  private static let waits: String = {
    let program = FileAction.program([.write("f1", "mine"), .write("new", "mine")])
    let declaration =
      #"(module (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))"#
    let wait = """
      (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 1))
      (drop (call $read (i32.const 0) (i32.const 8) (i32.const 1) (i32.const 16)))))
      """
    return declaration + program.dropFirst("(module".utf8.count).dropLast(2) + wait
  }()

  /// What a user may not read is there, and stays as it is; so do sockets.
  @Test(arguments: Way.allCases) func whatCannotBeReadStays(_ way: Way) throws {
    guard Self.asUser != nil else { return }
    let scratch = try Self.tree(forUser: true)
    try #require(
      try Shell.run(
        """
        mkdir -m 700 work/closed; echo x > work/closed/x; echo x > work/private; chmod 600 work/private
        python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("work/socket")'
        cp -a work plain; rm plain/f1; printf new > plain/new
        """, directory: scratch.path
      ).status == 0)
    let programs: [(name: String, actions: [FileAction], errno: Int32)] = [
      ("closed", [.write("closed/new", "x")], 2), ("private", [.write("private", "x")], 2),
      ("good", [.unlink("f1"), .write("new", "new")], 0),
    ]
    for (name, actions, errno) in programs {
      let program = try scratch.file(name + ".wat", FileAction.program(actions))
      chmod(program, 0o644)
      let result = try Self.run(
        ["--dir", "work:cow", "--commit", name + ".wat"], way, isUser: true, in: scratch)
      #expect(result.status == errno, "\(result.stderr)")
    }
    let left = try Self.state(scratch, "work").replacing(" 65534 ", with: " 0 ")
    #expect(left == (try Self.state(scratch, "plain").replacing(" 65534 ", with: " 0 ")))
  }

  // MARK: Rules in rules

  struct Rule: CustomTestStringConvertible, Sendable {
    var options: [String]
    var action: FileAction
    var status: Int32
    var list = ""
    var testDescription: String { "\(options) \(action)" }
  }

  private static let rules = [
    Rule(options: ["work:cow", "work/sub:ro"], action: .write("sub/new", "x"), status: 69),
    Rule(options: ["work:cow", "work/sub:none"], action: .write("sub/s", "x"), status: 2),
    Rule(options: ["work:cow", "work/f1:none"], action: .write("f1", "x"), status: 2),
    Rule(options: ["work:cow", "work/sub:ro"], action: .rename("sub", "other"), status: 10),
    Rule(
      options: ["work:cow", "work/sub/inner:ro"], action: .rename("sub", "other"), status: 10),
    Rule(
      options: ["work:cow", "work/sub:ro"], action: .rename("sub/s", "s"), status: 75),
    Rule(
      options: ["work:cow", "work/sub:ro"], action: .write("new", "x"), status: 0,
      list: "A work/new\n"),
    Rule(
      options: ["work:cow", "work/sub:cow"], action: .write("sub/new", "x"), status: 0,
      list: "A work/sub/new\n"),
    Rule(
      options: ["work:ro", "work/sub:cow"], action: .write("sub/new", "x"), status: 0,
      list: "A work/sub/new\n"),
    Rule(
      options: ["work", "work/sub:cow"], action: .write("sub/s", "x"), status: 0,
      list: "M work/sub/s\n"),
    Rule(options: ["work:cow", "work/sub:rw"], action: .write("sub/new", "x"), status: 0),
  ]

  @Test(arguments: rules, [Way.overlay, .copy]) func theMoreSpecificRuleHolds(
    _ rule: Rule, _ way: Way
  ) throws {
    // Without that call there is nothing to cover a denied place with.
    if way == .copy, rule.options.contains(where: { $0.hasSuffix(":none") }) { return }
    guard way.isPossible else { return }
    let scratch = try Self.tree()
    _ = try scratch.file("rule.wat", FileAction.program([rule.action]))
    let before = try Self.state(scratch, "work", times: true)
    let result = try Self.run(
      rule.options.flatMap { ["--dir", $0] } + ["rule.wat"], way, in: scratch)
    #expect(result.status == rule.status, "\(result.stderr)")
    #expect(rule.list.isEmpty || result.stderr.hasSuffix(":\n" + rule.list), "\(result.stderr)")
    let isKept = !rule.options.contains("work/sub:rw")
    #expect((try Self.state(scratch, "work", times: true) == before) == isKept)
    #expect(try Self.leftovers(scratch) == [])
  }

  @Test(arguments: [
    (["--dir", "work:cow", "--dir", "work::/b:cow"], "is granted twice"),
    (["--dir", "work:cow", "--dir", "work::/b:rw"], "is granted twice"),
    (["--dir", ".:cow"], "temporary files would be in --dir .:cow"),
    (["--tmp", "--dir", "."], "temporary files would be in --dir .:rw"),
    (["--policy", "strict", "--dir", "work:cow"], "to be read only"),
    (["--policy", "strict", "--tmp"], "allows no writing"),
    (["--commit"], "no directory is copied on write"),
    (["--changes", "x", "--dir", "work"], "no directory is copied on write"),
    (["--policy", "./mine.toml", "--dir", "work:rw"], "to be copied only"),
    (["--policy", "./mine.toml", "--dir", "work", "--commit"], "to be copied only"),
  ]) func refusals(_ options: [String], _ words: String) throws {
    let scratch = try Self.tree()
    _ = try scratch.file("hello.wat", Programs.hello)
    _ = try scratch.file(
      "mine.toml", "[capabilities]\nstdout = true\ndirectories = \"copy-on-write\"\n")
    let result = try Self.run(options + ["hello.wat"], .overlay, in: scratch)
    #expect([2, 125].contains(result.status) && result.stdout == "")
    #expect(result.stderr.contains(words), "\(result.stderr)")
  }

  /// A policy may allow copies and no more: without a suffix a directory is one then.
  @Test func aPolicyOfCopies() throws {
    let scratch = try Self.tree()
    _ = try scratch.file("write.wat", FileAction.program([.write("f1", "x")]))
    _ = try scratch.file(
      "mine.toml", "[capabilities]\nstdout = true\ndirectories = \"copy-on-write\"\n")
    let result = try Self.run(
      ["--policy", "./mine.toml", "--dir", "work", "write.wat"], .overlay, in: scratch)
    #expect(result.status == 0 && result.stderr.hasSuffix(":\nM work/f1\n"), "\(result.stderr)")
    #expect(try String(contentsOfFile: scratch.path + "/work/f1", encoding: .utf8) == "file 1\n")
    let dry = try Self.run(
      ["--policy", "./mine.toml", "--dir", "work", "--tmp", "--dry-run", "write.wat"], .overlay,
      in: scratch)
    #expect(dry.stdout.contains("descriptor 3: work as work, copy-on-write\n"))
    #expect(dry.stdout.contains("descriptor 4: an empty directory as /tmp, read-write\n"))
  }

  /// Directories are renamed as everywhere, whatever way; beneath other rules' places they are not.
  @Test(
    arguments: [
      ("sub", "new", 0), ("sub", "again/old/new", 0), ("sub", "gone/a/b", 55),
      ("sub", "sub/in", 28),
      ("sub", "f1", 54), ("sub", "out", 54), ("todir/c", "sub/inner", 55), ("sub", "own/sub", 75),
      ("own/d", "d", 75), ("missing", "x", 44),
    ], [Way.overlay, .copy]) func directoriesAreRenamed(
      _ move: (old: String, new: String, errno: Int32), _ way: Way
    ) throws
  {
    guard way.isPossible else { return }
    let scratch = try Self.tree()
    try #require(
      try Shell.run("mkdir -p work/own/d; cp -a work plain", directory: scratch.path).status == 0)
    _ = try scratch.file("move.wat", FileAction.program([.rename(move.old, move.new)]))
    let result = try Self.run(
      ["--dir", "work:cow", "--dir", "work/own:rw", "--commit", "move.wat"], way, in: scratch)
    #expect(result.status == move.errno, "\(result.stderr)")
    // Where a rule of its own stands in the way nothing happens.
    if move.errno != Self.xdev {
      let plain = try Self.run(["--dir", "plain", "move.wat"], .overlay, in: scratch)
      #expect(plain.status == move.errno, "\(plain.stderr)")
    }
    #expect(try Self.state(scratch, "work") == Self.state(scratch, "plain"))
  }

  private static let xdev = 75

  // MARK: Temporary directories

  @Test(arguments: Way.allCases) func temporaryDirectory(_ way: Way) throws {
    let scratch = try Self.tree()
    // It is the last of the directories, and empty.
    _ = try scratch.file(
      "tmp.wat",
      FileAction.program(
        [.makeDirectory("d"), .write("d/f", "x"), .unlink("../work/f1")], descriptor: 4))
    let result = try Self.run(["--tmp", "--dir", "work", "tmp.wat"], way, in: scratch)
    #expect(result.status == 63, "\(result.stderr)")
    #expect(try Self.leftovers(scratch) == [])
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/work/f1"))
  }

  /// Deeper than any path can name.
  @Test func deepDirectoriesAreRemoved() throws {
    let scratch = try Scratch()
    let script = """
      mkdir -p top/wide; cd top; n=$(printf 'd%.0s' $(seq 200))
      for i in $(seq 60); do mkdir $n && cd $n && touch f && mkdir g || exit 1; done; chmod 0 .
      """
    try #require(try Shell.run(script, directory: scratch.path).status == 0)
    let top = open(scratch.path + "/top", O_RDONLY | O_DIRECTORY)
    defer { close(top) }
    #expect(TreeRemoval.empty(top))
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/top") == [])
  }
}

/// The program that imitates older kernels.
enum OlderKernel {
  static let path = URL(fileURLWithPath: LauncherBinary.path)
    .deletingLastPathComponent().appendingPathComponent("older-kernel").path
}
