import Foundation
import Glibc
import SwasmWASI
import Testing

@testable import SwasmSandbox

/// Directories in directories, and file systems that are mounted in them: which rule holds where.
@Suite struct NestedGrantTests {
  private static let read = 1 << 1
  private static let write = 1 << 6
  private static let success: Int32 = 0
  private static let acces: Int32 = 2
  private static let busy: Int32 = 10
  private static let perm: Int32 = 63
  private static let rofs: Int32 = 69
  private static let xdev: Int32 = 75

  /// `data` with a file, a directory `sub` with one and a directory `deep` with one; a link to `sub`. Open to all
  /// users.
  private func tree() throws -> Scratch {
    let scratch = try Scratch()
    for name in ["data", "data/sub", "data/sub/deep", "data/vol"] {
      try FileManager.default.createDirectory(
        atPath: scratch.path + "/" + name, withIntermediateDirectories: false)
      chmod(scratch.path + "/" + name, 0o777)
    }
    for name in ["data/old", "data/sub/old", "data/sub/deep/old"] {
      _ = try scratch.file(name, "old\n")
      chmod(scratch.path + "/" + name, 0o666)
    }
    symlink("sub", scratch.path + "/data/link")
    return scratch
  }

  /// The start of a shell's line that runs what follows as a user without rights; nil where this process has none to
  /// give up.
  private static let asUser: String? =
    geteuid() == 0
      && (try? Shell.run("setpriv --reuid 65534 --clear-groups true", directory: "/").status) == 0
    ? "setpriv --reuid 65534 --regid 65534 --clear-groups" : nil
  /// A user who may mount nothing.
  private static let withoutMounts: String? =
    geteuid() == 0 ? "setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin" : nil
  private static let canMount =
    (try? Shell.run("unshare -m true || unshare -rm true", directory: "/").status) == 0
  /// Says so where it is not the case.
  private static func mayMount() -> Bool {
    if canMount { return true }
    withKnownIssue("NOT TESTED: it takes the right to mount") { #expect(canMount) }
    return false
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var options: String
    var path: String
    var creates = false
    var status: Int32
    var words = ""
    var testDescription: String { "\(options) \(path)" }
  }

  private static let open = [
    // The more specific rule, by whichever way.
    Row(
      options: "--dir data --dir data/sub:ro", path: "sub/new", creates: true, status: rofs,
      words: "--dir data/sub:rw would allow it"),
    Row(options: "--dir data --dir data/sub:ro", path: "link/new", creates: true, status: rofs),
    Row(
      options: "--dir data --dir data/sub:ro", path: "sub/../new", creates: true, status: success),
    Row(options: "--dir data --dir data/sub:ro", path: "sub/old", status: success),
    Row(options: "--dir data/sub:ro --dir data", path: "new", creates: true, status: rofs),
    Row(options: "--dir data:ro --dir data/sub", path: "sub/new", creates: true, status: success),
    Row(options: "--dir data:ro --dir data/sub", path: "new", creates: true, status: rofs),
    Row(
      options: "--dir data --dir data/sub:ro --dir data/sub/deep:rw", path: "sub/deep/new",
      creates: true, status: success),
    Row(
      options: "--dir data --dir data/sub:ro --dir data/sub/deep:rw", path: "sub/new",
      creates: true, status: rofs),
    Row(
      options: "--dir data --dir data/sub --dir data/sub/deep:ro", path: "sub/deep/new",
      creates: true, status: rofs),
    // What is denied.
    Row(
      options: "--dir data --dir data/sub:none", path: "sub/old", status: acces,
      words: "which --dir data/sub:none denies"),
    Row(options: "--dir data --dir data/sub:none", path: "link/old", status: acces),
    Row(options: "--dir data --dir data/sub:none", path: "sub/new", creates: true, status: acces),
    Row(options: "--dir data --dir data/old:none", path: "old", status: acces),
    Row(options: "--dir data --dir data/old:none", path: "sub/old", status: success),
    Row(
      options: "--dir data --dir data/sub:none --dir data/sub/deep", path: "old", status: success),
    Row(
      options: "--dir data --dir data/sub:none --dir data/sub/deep", path: "sub/deep/old",
      status: acces),
    Row(options: "--dir data --dir .:none", path: "old", status: success),
  ]

  @Test(arguments: open, [false, true]) func theMoreSpecificRuleHolds(_ row: Row, _ isUser: Bool)
    throws
  {
    guard Self.mayMount(), !isUser || Self.asUser != nil else { return }
    let scratch = try tree()
    chmod(scratch.path, 0o755)
    _ = try scratch.file(
      "open.wat",
      Programs.opens(
        row.path, openFlags: row.creates ? 1 : 0, rights: row.creates ? Self.write : Self.read,
        writes: row.creates))
    let result = try Shell.run(
      "\(isUser ? Self.asUser! : "") \"$SWASM\" run \(row.options) open.wat",
      directory: scratch.path)
    #expect(result.status == row.status, "\(result.stderr)")
    #expect(row.words.isEmpty || result.stderr.contains(row.words), "\(result.stderr)")
  }

  private static let moves: [(call: String, old: String, new: String, status: Int32)] = [
    ("path_rename", "a/b", "x", busy), ("path_rename", "a", "x", busy),
    ("path_rename", "sub", "a/b", busy), ("path_rename", "a/b/old", "x", xdev),
    ("path_rename", "sub/old", "a/old", success), ("path_link", "a/b/old", "x", xdev),
    ("path_link", "sub/old", "x", success),
  ]

  @Test(arguments: moves)
  func nothingMovesOutOfItsRule(call: String, old: String, new: String, status: Int32) throws {
    guard Self.mayMount() else { return }
    let scratch = try tree()
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/data/a/b", withIntermediateDirectories: true)
    _ = try scratch.file("data/a/b/old", "old")
    _ = try scratch.file("move.wat", Self.program(call, old, new))
    let result = try LauncherRun.run(
      ["run", "--dir", "data", "--dir", "data/a/b:ro", "move.wat"], directory: scratch.path)
    #expect(result.status == status, "\(result.stderr)")
    #expect(FileManager.default.fileExists(atPath: scratch.path + "/data/a/b/old"))
    if status == Self.busy {
      #expect(result.stderr.contains("another --dir applies to it"), "\(result.stderr)")
    }
  }

  /// Calls a function of two paths with descriptor 3 for both.
  private static func program(_ call: String, _ old: String, _ new: String) -> String {
    let follow = call == "path_link" ? ("i32", "(i32.const 0)") : ("", "")
    return #"""
      (module
        (import "wasi_snapshot_preview1" "\#(call)"
          (func $call (param i32 \#(follow.0) i32 i32 i32 i32 i32) (result i32)))
        (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory (export "memory") 1) (data (i32.const 16) "\#(old)") (data (i32.const 512) "\#(new)")
        (func (export "_start")
          (call $exit (call $call (i32.const 3) \#(follow.1) (i32.const 16) (i32.const \#(old.utf8.count))
            (i32.const 3) (i32.const 512) (i32.const \#(new.utf8.count))))))
      """#
  }

  @Test func rulesThatCannotHoldAreRefused() throws {
    guard let prefix = Self.withoutMounts else { return }
    let scratch = try tree()
    _ = try scratch.file("hello.wat", Programs.hello)
    let result = try Shell.run(
      "\(prefix) \"$SWASM\" run --dir data --dir data/sub:ro hello.wat", directory: scratch.path)
    #expect(result.status == 125 && result.stdout == "")
    #expect(
      result.stderr.contains("cannot enforce --dir data/sub:ro in --dir data:rw"),
      "\(result.stderr)")
  }

  @Test func dryRunShowsThem() throws {
    let scratch = try tree()
    _ = try scratch.file("hello.wat", Programs.hello)
    let result = try LauncherRun.run(
      [
        "run", "--dry-run", "--dir", "data", "--dir", "data/sub/deep:ro", "--dir",
        "data/old:none", "hello.wat",
      ], directory: scratch.path)
    #expect(
      result.stdout.contains(
        """
        directories
          descriptor 3: data as data, read-write
            in it old, none
            in it sub/deep, read-only
          descriptor 4: data/sub/deep as data/sub/deep, read-only

        """), "\(result.stdout)")
  }

  @Test(arguments: [
    (["--dir", "data", "--dir", "data:none"], "is granted and denied"),
    (["--dir", "data", "--dir", "data/none:none"], "cannot open \"data/none\" for --dir"),
    (
      ["--dir", "data::/d:none"],
      "a denied directory has no name for the program; write --dir data:none"
    ),
    (["--policy", "pure", "--dir", "data"], "policy pure grants no directories"),
    (["--dir", "/proc"], "it shows every process its own files"),
  ]) func refusesWhatMeansNothing(options: [String], words: String) throws {
    let scratch = try tree()
    _ = try scratch.file("hello.wat", Programs.hello)
    let result = try LauncherRun.run(["run"] + options + ["hello.wat"], directory: scratch.path)
    #expect(result.stderr.contains(words) && result.stdout == "", "\(result.stderr)")
  }

  // MARK: Mounts

  private static let mounts = [
    Row(options: "--dir data", path: "vol/new", creates: true, status: success),
    Row(options: "--dir data", path: "vol/in", status: success),
    Row(
      options: "--dir data:ro", path: "vol/in2", creates: true, status: rofs,
      words: "granted read-only"),
    Row(
      options: "--dir data", path: "kernel/version", status: acces,
      words: "a kernel interface is mounted there"),
    Row(options: "--dir data --dir data/vol:none", path: "vol/in", status: acces),
  ]

  /// A file system in a granted directory is there for the program, with the directory's rule; never does anything land
  /// beneath it.
  @Test(arguments: mounts, ["", "user", "none"]) func mountedFileSystems(_ row: Row, _ who: String)
    throws
  {
    let prefix = who == "user" ? Self.asUser : who == "none" ? Self.withoutMounts : ""
    guard geteuid() == 0, Self.canMount, let prefix else { return }
    let scratch = try tree()
    chmod(scratch.path, 0o755)
    _ = try scratch.file(
      "open.wat",
      Programs.opens(
        row.path, openFlags: row.creates ? 1 : 0, rights: row.creates ? Self.write : Self.read,
        writes: row.creates))
    let result = try Shell.run(
      """
      mkdir data/kernel; touch data/vol/beneath
      unshare -m bash -c 'mount -t tmpfs -o mode=777 none data/vol && echo in > data/vol/in &&
        mount --bind /proc data/kernel &&
        { \(prefix) "$SWASM" run \(row.options) open.wat; status=$?; ls data/vol; exit $status; }'
      status=$?; ls data/vol; exit $status
      """, directory: scratch.path)
    #expect(result.stdout.hasSuffix("beneath\n"), "it landed beneath the mount: \(result.stdout)")
    if who == "none" {
      let isRefused =
        row.options.contains("none") ? 125 : row.options.contains("ro") ? Self.rofs : Self.perm
      #expect(result.status == isRefused, "\(result.stderr)")
      #expect(isRefused != Self.perm || result.stderr.contains("a file system is mounted there"))
    } else {
      #expect(result.status == row.status, "\(result.stderr)")
      #expect(row.words.isEmpty || result.stderr.contains(row.words), "\(result.stderr)")
      #expect(result.stdout.contains("new") == (row.creates && row.status == Self.success))
    }
  }

  // MARK: The broker

  /// An absolute path leads a broker that was taken over to nothing but what is granted.
  @Test func theBrokersRootIsTheDirectory() throws {
    guard geteuid() == 0, Self.mayMount() else { return }
    let scratch = try tree()
    _ = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(["run", "--dir", "data", "loop.wat"], directory: scratch.path)
    defer { run.process.terminate() }
    let launcher = run.process.processIdentifier
    let broker = try #require(ProcessTable.locked("swasm-broker", below: launcher))
    func inode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int
    }
    #expect(try inode("/proc/\(broker)/root/.") == inode(scratch.path + "/data"))
  }

  /// A user's broker enters a namespace, in which it has every capability and could inherit every one.
  @Test func theBrokerHasNoCapabilities() throws {
    let scratch = try tree()
    chmod(scratch.path, 0o755)
    _ = try scratch.file("loop.wat", Programs.loop)
    let user = Self.asUser.map { ["/usr/bin/env"] + $0.split(separator: " ").map(String.init) }
    let run = try LauncherRun(
      ["run", "--dir", "data", "loop.wat"], directory: scratch.path, through: user ?? [])
    defer { run.process.terminate() }
    let broker = try #require(
      ProcessTable.locked("swasm-broker", below: run.process.processIdentifier))
    let status = ProcessTable.status(of: broker)
    for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
      #expect(status[set] == "0000000000000000", "\(set)")
    }
    // Without a namespace there is no right to give them up, nor one to use them.
    if Self.canMount { #expect(status["CapBnd"] == "0000000000000000") }
  }

  @Test func aDeadBrokerHasAnOutcomeOfItsOwn() throws {
    let scratch = try tree()
    _ = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(
      ["run", "--json", "--dir", "data", "loop.wat"], directory: scratch.path)
    let launcher = run.process.processIdentifier
    kill(try #require(ProcessTable.locked("swasm-broker", below: launcher)), SIGKILL)
    let result = run.finish()
    #expect(result.status == 125)
    #expect(result.stderr.contains(#""outcome":"broker-failed""#), "\(result.stderr)")
    #expect(result.stderr.contains("killed, because the broker process was killed by signal 9"))
    let object = try JSONSerialization.jsonObject(with: Data(result.stderr.utf8))
    #expect(try ResultTests.schema().faults(object) == [])
  }

  /// What the broker does for its guest is the guest's processor time.
  @Test func theBrokersTimeCounts() throws {
    let scratch = try tree()
    _ = try scratch.file(
      "stat.wat",
      #"""
      (module
        (import "wasi_snapshot_preview1" "path_filestat_get"
          (func $stat (param i32 i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 16) "\#(String(repeating: "./", count: 1500))")
        (func (export "_start") (loop $more
          (drop (call $stat (i32.const 3) (i32.const 0) (i32.const 16) (i32.const 3000) (i32.const 8192)))
          (br $more))))
      """#)
    let result = try LauncherRun.run(
      ["run", "--json", "--cpu-time", "1s", "--timeout", "20s", "--dir", "data", "stat.wat"],
      directory: scratch.path)
    #expect(result.status == 124)
    let time = try #require(result.stderr.firstMatch(of: /"cpu_ms":([0-9]+)/)?.1)
    #expect((900...1900).contains(Int(time)!), "\(result.stderr)")
    #expect(result.stderr.contains(#""limit":"cpu-time""#))
  }
}
