import CSwasm
import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// Deaths in the middle, and names that change while a directory is copied and while changes are applied.
@Suite struct CopyOnWriteAttackTests {
  typealias Way = CopyOnWriteTests.Way

  /// Whoever dies, the directory is whole, and what is left is gone after the next run.
  @Test(arguments: ["launcher", "swasm-broker", "swasm-guest"], Way.allCases)
  func deathInTheMiddle(_ victim: String, _ way: Way) throws {
    let scratch = try CopyOnWriteTests.tree()
    _ = try scratch.file(
      "loop.wat", FileAction.program(CopyOnWriteTests.actions + [.write("end", "x"), .loops]))
    _ = try scratch.file("hello.wat", Programs.hello)
    let before = try CopyOnWriteTests.state(scratch, "work", times: true)
    var environment = ProcessInfo.processInfo.environment
    environment["TMPDIR"] = scratch.path + "/temporary"
    let run = try LauncherRun(
      ["run", "--dir", "work:cow", "--commit", "--tmp", "loop.wat"], directory: scratch.path,
      environment: environment, through: way.wrapper)
    let launcher = run.process.processIdentifier
    let guest = try #require(ProcessTable.guest(below: launcher, within: 20))
    var pids = ["launcher": launcher, "swasm-guest": guest]
    pids["swasm-broker"] = ProcessTable.locked("swasm-broker", below: launcher)
    for _ in 0..<400 {
      let found = try Shell.run("find temporary -name end", directory: scratch.path).stdout
      if !found.isEmpty { break }
      usleep(10_000)
    }
    kill(try #require(pids[victim]), SIGKILL)
    let result = run.finish()
    #expect(result.status != 0)
    for _ in 0..<400 where !ProcessTable.isGone(guest) { usleep(10_000) }
    #expect(try CopyOnWriteTests.state(scratch, "work", times: true) == before)
    if victim != "launcher" { #expect(try CopyOnWriteTests.leftovers(scratch) == []) }
    let next = try CopyOnWriteTests.run(
      ["--tmp", "--dir", "work:cow", "hello.wat"], way, in: scratch)
    #expect(next.status == 0, "\(next.stderr)")
    #expect(try CopyOnWriteTests.leftovers(scratch) == [])
  }

  /// Killed while changes are applied: every file is the old one or the new one, and the next run clears up.
  @Test(arguments: 0..<4) func deathInACommit(_ pause: UInt32) throws {
    let scratch = try CopyOnWriteTests.tree()
    for number in 0..<400 { _ = try scratch.file("work/m\(number)", "old \(number)") }
    _ = try scratch.file(
      "write.wat", FileAction.program((0..<400).map { .write("m\($0)", "new \($0)") }))
    _ = try scratch.file("hello.wat", Programs.hello)
    var environment = ProcessInfo.processInfo.environment
    environment["TMPDIR"] = scratch.path + "/temporary"
    let run = try LauncherRun(
      ["run", "--dir", "work:cow", "--commit", "--changes", "list", "write.wat"],
      directory: scratch.path, environment: environment)
    let launcher = run.process.processIdentifier
    // While everything is prepared, when the first one has been applied, and later.
    func isUnderWay() throws -> Bool {
      if pause > 0 {
        return try String(contentsOfFile: scratch.path + "/work/m0", encoding: .utf8) == "new 0"
      }
      return try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/work").contains {
        $0.hasPrefix(TreeCommit.prefix)
      }
    }
    while try !isUnderWay(), run.process.isRunning { usleep(200) }
    usleep((pause > 0 ? pause - 1 : 0) * 4000)
    kill(launcher, SIGKILL)
    _ = run.finish()
    var new = 0
    for number in 0..<400 {
      let text = try String(contentsOfFile: scratch.path + "/work/m\(number)", encoding: .utf8)
      #expect(["old \(number)", "new \(number)"].contains(text))
      new += text.hasPrefix("new") ? 1 : 0
    }
    print("killed in a commit: \(new) of 400 applied")
    let next = try CopyOnWriteTests.run(["--dir", "work:cow", "hello.wat"], .overlay, in: scratch)
    #expect(next.status == 0 && next.stderr == "", "\(next.stderr)")
    #expect(try CopyOnWriteTests.leftovers(scratch) == [])
  }

  /// What an interrupted commit has prepared is removed by the next run; what is in use or not ours stays.
  @Test func foldersInUseStay() throws {
    let scratch = try CopyOnWriteTests.tree()
    _ = try scratch.file("hello.wat", Programs.hello)
    let prefix = scratch.path + "/temporary/swasm-sandbox-\(geteuid())-"
    for name in ["0123456789abcdef", "fedcba9876543210", "short"] {
      mkdir(prefix + name, 0o700)
      mkdir(prefix + name + "/deep", 0o700)
    }
    mkdir(scratch.path + "/work/" + TreeCommit.prefix + "0123456789abcdef", 0o700)
    symlink("/", prefix + "0000000000000000")
    let locked = open(prefix + "fedcba9876543210", O_RDONLY)
    defer { close(locked) }
    #expect(swasm_lock_folder(locked) == 0)
    let result = try CopyOnWriteTests.run(
      ["--dir", "work:cow", "hello.wat"], .overlay, in: scratch)
    #expect(result.status == 0)
    let kept = ["0000000000000000", "fedcba9876543210", "short"].map {
      "swasm-sandbox-\(geteuid())-" + $0
    }
    #expect(try CopyOnWriteTests.leftovers(scratch).sorted() == kept)
  }

  /// Somebody who may write to the place of temporary files must not be able to replace them.
  @Test func othersPlacesAreRefused() throws {
    let scratch = try CopyOnWriteTests.tree()
    _ = try scratch.file("hello.wat", Programs.hello)
    chmod(scratch.path + "/temporary", 0o777)
    let result = try CopyOnWriteTests.run(["--tmp", "hello.wat"], .overlay, in: scratch)
    #expect(result.status == 125)
    #expect(result.stderr.contains("other users can replace them there"), "\(result.stderr)")
  }

  /// Swaps names for links that lead out, over and over.
  private struct Rival {
    let root: String

    func attack() {
      exchange("work/a", "work/link")
      exchange("work/c/file", "work/flink")
      exchange("work/a", "work/link")
      exchange("work/c/file", "work/flink")
      rename(root + "/work/c", root + "/c")
      rename(root + "/c", root + "/work/c")
    }

    private func exchange(_ first: String, _ second: String) {
      _ = (root + "/" + first).withCString { first in
        (root + "/" + second).withCString { second in
          swasm_syscall6(
            316 /* renameat2 */, -100, Int(bitPattern: first), -100, Int(bitPattern: second), 2, 0)
        }
      }
    }

    init(_ root: String) {
      self.root = root
      for path in [
        "/work", "/work/a", "/work/c", "/outside", "/version", "/version/a", "/version/c",
      ] {
        mkdir(root + path, 0o755)
      }
      for path in ["/work/a/file", "/work/c/file"] { write("inside", path) }
      for path in ["/outside/file", "/outside/gone"] { write("OUTSIDE", path) }
      for path in ["/version/a/file", "/version/a/new", "/version/c/file"] {
        write("CHANGED", path)
      }
      symlink("../outside", root + "/work/link")
      symlink("../../outside/file", root + "/work/flink")
    }

    func write(_ text: String, _ path: String) {
      try? Data(text.utf8).write(to: URL(fileURLWithPath: root + path))
    }
  }

  private static func whileAttacked(_ rival: Rival, _ body: () throws -> Void) rethrows {
    let done = DispatchSemaphore(value: 0)
    let ended = DispatchSemaphore(value: 0)
    let attacker = Thread {
      while done.wait(timeout: .now()) == .timedOut { rival.attack() }
      ended.signal()
    }
    attacker.start()
    defer {
      done.signal()
      ended.wait()
    }
    try body()
  }

  @Test func racesWithACommitStayInside() throws {
    let scratch = try Scratch()
    let rival = Rival(scratch.path)
    let changes = [
      TreeChange(kind: .modified, path: Array("a/file".utf8), mode: S_IFREG | 0o644),
      TreeChange(kind: .added, path: Array("a/new".utf8), mode: S_IFREG | 0o644),
      TreeChange(kind: .deleted, path: Array("a/gone".utf8), mode: S_IFREG | 0o644),
      TreeChange(kind: .modified, path: Array("c/file".utf8), mode: S_IFREG | 0o644),
    ]
    let work = open(scratch.path + "/work", O_RDONLY | O_DIRECTORY)
    let version = open(scratch.path + "/version", O_RDONLY | O_DIRECTORY)
    defer {
      close(work)
      close(version)
    }
    var (applied, refused) = (0, 0)
    Self.whileAttacked(rival) {
      for _ in 0..<300 {
        for change in changes {
          do {
            let commit = try TreeCommit(
              [change], from: version, to: work, since: timespec(tv_sec: .max, tv_nsec: 0),
              shown: "work")
            try commit.prepare {}
            try commit.apply()
            applied += 1
          } catch {
            refused += 1
          }
        }
      }
    }
    print("commits: \(applied) applied, \(refused) refused")
    #expect(applied > 0 && refused > 0, "the attacker hardly met the commit")
    for name in ["file", "gone"] {
      #expect(
        try String(contentsOfFile: scratch.path + "/outside/" + name, encoding: .utf8) == "OUTSIDE")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/outside")
    #expect(names.sorted() == ["file", "gone"])
  }

  @Test func racesWithACopyStayInside() throws {
    let scratch = try Scratch()
    let rival = Rival(scratch.path)
    let work = open(scratch.path + "/work", O_RDONLY | O_DIRECTORY)
    defer { close(work) }
    try Self.whileAttacked(rival) {
      for number in 0..<200 {
        let copy = scratch.path + "/copy\(number)"
        mkdir(copy, 0o700)
        let target = open(copy, O_RDONLY | O_DIRECTORY)
        defer { close(target) }
        var trees = TreeCopy(of: work, to: target, apartFrom: [])
        // What vanishes under its hands may make it fail, and must not lead it out.
        try? trees.make()
        let found = try Shell.run("grep -rl OUTSIDE . || true", directory: copy).stdout
        #expect(found == "")
      }
    }
  }

  /// Guests ask for paths while names change under the directory that is copied.
  @Test(arguments: Way.allCases) func racesWithAGuestStayInside(_ way: Way) throws {
    let scratch = try CopyOnWriteTests.tree()
    let rival = Rival(scratch.path)
    _ = try scratch.file("paths.wat", Programs.triesPath)
    try Self.whileAttacked(rival) {
      for path in ["a/file", "link/file", "flink", "c/../a/file", "a/../link/file"] {
        for _ in 0..<3 {
          let result = try CopyOnWriteTests.run(
            ["--dir", "work:cow", "paths.wat", path], way, in: scratch)
          #expect(!result.stdout.contains("OUTSIDE"), "\(result.stdout)")
        }
      }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path + "/outside")
    #expect(names.sorted() == ["file", "gone"])
  }
}
