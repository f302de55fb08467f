import Foundation
import Glibc
import SwasmLockdown
import SwasmWASI
import Testing

@testable import SwasmSandbox

/// Directories, variables and addresses that a policy grants by itself, and policies as text.
@Suite struct PolicyGrantTests {
  private static let file = #"""
    name = "mine"
    [capabilities]
    stdout = true
    directories = "read-write"
    [grants]
    directories = ["data::/in:ro", "out"]
    variables = ["A=1", "B=x y"]
    """#

  @Test func areRead() throws {
    let policy = try PolicyFile.parse(Self.file, shown: "mine.toml")
    #expect(
      policy.grants.directories == [
        RunOptions.Directory(host: "data", guest: "/in", access: .readOnly),
        RunOptions.Directory(host: "out", guest: "out", access: nil),
      ])
    #expect(policy.grants.variables == ["A=1", "B=x y"])
    #expect(policy.listing.contains("data::/in:ro out"))
    let explanation = PolicyExplanation(policy)
    #expect(try explanation.text(about: "/in/x").contains("the policy grants: data::/in:ro"))
    #expect(!(try explanation.text(about: "/input").contains("the policy grants")))
  }

  @Test(arguments: [
    ("directories = [\"\"]", "is not a list of directories such as"),
    ("directories = \"data\"", "is not a list of directories"),
    ("variables = [\"A\"]", "is not a list of variables such as"),
    ("variables = [\"=A\"]", "is not a list of variables"),
    ("listen = [\"localhost:1\"]", "is not a list of addresses such as"),
    ("directory = []", "did you mean \"directories\"?"),
  ]) func refused(_ line: String, _ words: String) {
    let failure = #expect(throws: Failure.self) {
      try PolicyFile.parse("[grants]\n\(line)\n", shown: "p.toml")
    }
    #expect(failure?.message.hasPrefix("p.toml:2: ") == true)
    #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
  }

  /// As options that stand before those of the command line.
  @Test func comeBeforeOptions() throws {
    let policy = try PolicyFile.parse(Self.file, shown: "mine.toml")
    var options = RunOptions()
    try options.apply(.dir, "more")
    try options.apply(.env, "A=2")
    let completed = options.completed(by: policy.grants)
    #expect(completed.directories.map(\.description) == ["data::/in:ro", "out", "more"])
    #expect(completed.environment == ["A=1", "B=x y", "A=2"])
  }

  /// A directory beyond what the policy itself allows is refused, as one of an option's is.
  @Test func beyondThePolicy() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.nothing)
    _ = try scratch.file(
      "p.toml", "[capabilities]\ndirectories = \"read-only\"\n[grants]\ndirectories = [\".:rw\"]\n")
    let result = try LauncherRun.run(
      ["run", "--policy", "p.toml", "a.wat"], directory: scratch.path)
    #expect(result.status == 2)
    #expect(result.stderr.contains("allows directories to be read only"))
  }

  /// Somebody else's file can be used for what it restricts, and not for what it grants.
  @Test(.enabled(if: geteuid() == 0)) func ofAnotherUser() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.nothing)
    for (text, status) in [(Self.file, Int32(2)), ("[capabilities]\nstdout = true\n", 0)] {
      let file = try scratch.file("p.toml", text)
      chown(file, 12345, 12345)
      let result = try LauncherRun.run(
        ["run", "--policy", "p.toml", "a.wat"], directory: scratch.path)
      #expect(result.status == status, "\(result.stderr)")
      #expect(result.stderr.contains("has [grants] and belongs to another user") == (status == 2))
    }
  }

  /// What is written is read as the same policy, whatever names are in it.
  @Test func textIsReadAgain() throws {
    var policy = Policy(
      name: "a\u{1b}\"\\\u{202e}", capabilities: Policy.Capabilities(stdin: false),
      limits: Policy.Limits())
    policy.capabilities.directories = .readWrite
    policy.capabilities.environment = ["HOME", "Ä"]
    policy.grants.directories = [
      RunOptions.Directory(host: "a\u{10ffff}\nb", guest: "/x\u{7f}\u{2028}", access: .readOnly),
      RunOptions.Directory(host: ".", guest: ".", access: .readWrite),
    ]
    policy.grants.variables = ["A=\u{0}\t\u{feff}"]
    policy.grants.listeners = [try SocketAddress(.tcplisten, "[::1]:80")]
    policy.limits.memory = 3 << 20
    policy.limits.cpuTime = 1500
    policy.limits.openFiles = 17
    policy.limits.maxFiles = 0
    policy.require = .landlock
    let reasons: [PolicyKey: [String]] = [
      .grantedDirectories: ["a\nstdin = true", "b\u{1b}"], .memory: ["c\nd"],
    ]
    let text = PolicyText(policy: policy, reasons: reasons).text
    #expect(try PolicyFile.parse(text, shown: "p") == policy, "\(text)")
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Printable.isHidden($0) })
  }

  /// A broker's path table becomes grants where the places are gone, or too many.
  @Test func generalises() throws {
    let scratch = try Scratch()
    var observed = Observation(policy: .standard, options: RunOptions())
    observed.uses = [.directoryNames: "fd_prestat_dir_name"]
    observed.directories = [
      RunOptions.Directory(host: scratch.path, guest: "/g", access: .readWrite)
    ]
    func grants(_ paths: [(String, Bool)], canNest: Bool = true) -> [String] {
      observed.paths = paths.map { path, isWrite in
        PathTable.Entry(
          root: 0, directory: Array(path.utf8), isWrite: isWrite, operation: .open, name: [])
      }
      return LearntGrants(observed, canNest: canNest).grants.map {
        $0.directory.guest + ($0.directory.access == .readWrite ? ":rw" : ":ro")
      }
    }
    for folder in ["a", "a/b", "many"] { mkdir(scratch.path + "/" + folder, 0o755) }
    for number in 0..<40 { mkdir(scratch.path + "/many/\(number)", 0o755) }
    #expect(grants([("a/gone/x", true), ("a", false)]) == ["/g/a:rw"])
    #expect(grants([("gone", false)]) == ["/g:ro"])
    #expect(grants([("a", false), ("a/b", true)]) == ["/g/a:ro", "/g/a/b:rw"])
    #expect(grants([("a", false), ("a/b", true)], canNest: false) == ["/g/a:rw"])
    #expect(grants([("a", true), ("a/b", false)], canNest: false) == ["/g/a:rw"])
    #expect(grants((0..<40).map { ("many/\($0)", false) }) == ["/g/many:ro"])
    observed.directories[0].access = .readOnly
    #expect(grants([("a", true)]) == ["/g:ro"])
  }
}
