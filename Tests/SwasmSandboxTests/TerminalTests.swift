import Foundation
import Glibc
import Testing

/// A shell with a terminal of its own, typed into.
private final class Terminal {
  private let master: Int32
  private let shell: pid_t
  private(set) var text = ""

  init(directory: String, type: String) throws {
    master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var number: Int32 = 0
    var unlocked: Int32 = 0
    try #require(ioctl(master, 0x4004_5431 /* TIOCSPTLCK */, &unlocked) == 0)
    try #require(ioctl(master, 0x8004_5430 /* TIOCGPTN */, &number) == 0)
    let slave = "/dev/pts/\(number)"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    // Opened by the leader of a new session, it is that session's terminal.
    posix_spawn_file_actions_addopen(&actions, 0, slave, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setflags(&attributes, 0x80 /* POSIX_SPAWN_SETSID */)
    let arguments = ["bash", "--norc", "--noprofile", "-i"]
    let environment = [
      "PS1=ready> ", "PATH=/usr/bin:/bin", "SWASM=\(LauncherBinary.path)", "SWASM_CACHE_DIR=",
      "TERM=\(type)", "LC_ALL=C",
    ]
    var pid: pid_t = 0
    let words = arguments.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    try #require(posix_spawn(&pid, "/bin/bash", &actions, &attributes, words, variables) == 0)
    shell = pid
    self.type("cd \(directory)\n")
  }

  var pid: Int32 { shell }

  func type(_ text: String) { _ = text.withCString { write(master, $0, strlen($0)) } }

  /// Reads until the words have come, after what was read before; false after ten seconds.
  func waitFor(_ words: String) -> Bool {
    let start = Date()
    var seen = ""
    while Date().timeIntervalSince(start) < 10 {
      var polled = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 100) > 0 else { continue }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { return false }
      seen += String(decoding: buffer[..<count], as: UTF8.self)
      text += seen
      if seen.contains(words) { return true }
    }
    return false
  }

  /// The status of the last command.
  func status() -> String {
    type("echo \"is $?.\"\n")
    _ = waitFor("\r\nis ")
    let tail = text.components(separatedBy: "\r\nis ").last ?? ""
    return String(tail.prefix { $0 != "." })
  }

  deinit {
    kill(shell, SIGKILL)
    close(master)
    var status: Int32 = 0
    waitpid(shell, &status, 0)
  }
}

/// Keys of the terminal do to a guest what they do to a native program.
@Suite(.serialized) struct TerminalTests {
  private func start(_ scratch: Scratch, type: String = "dumb") throws -> Terminal {
    _ = try scratch.file("loop.wat", Programs.loop)
    _ = try scratch.file("cat.wat", Programs.cat)
    let terminal = try Terminal(directory: scratch.path, type: type)
    #expect(terminal.waitFor("ready> "), "\(terminal.text)")
    return terminal
  }

  private func state(_ pid: Int32) -> Character? { ProcessTable.status(of: pid)["State"]?.first }

  private func waitFor(_ wanted: Character, _ pid: Int32) -> Bool {
    for _ in 0..<400 where state(pid) != wanted { usleep(5000) }
    return state(pid) == wanted
  }

  @Test(arguments: [("\u{3}", SIGINT), ("\u{1c}", SIGQUIT)]) func keysThatEnd(
    _ key: String, _ signal: Int32
  ) throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type(key)
    #expect(terminal.waitFor("ready> "), "\(terminal.text)")
    #expect(terminal.status() == "\(128 + signal)", "\(terminal.text)")
    #expect(ProcessTable.isGone(guest))
  }

  @Test func stopsAndContinues() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    for _ in 0..<2 {
      terminal.type("\u{1a}")
      #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
      #expect(waitFor("T", guest))
      terminal.type("fg\n")
      #expect(waitFor("R", guest))
    }
    terminal.type("\u{1a}")
    #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
    terminal.type("bg\n")
    #expect(waitFor("R", guest))
    terminal.type("kill %1; wait %1\n")
    for _ in 0..<400 where !ProcessTable.isGone(guest) { usleep(5000) }
    #expect(ProcessTable.isGone(guest))
  }

  /// The clock stands still while it is stopped.
  @Test func timeDoesNotPassWhileStopped() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run --timeout 2s loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type("\u{1a}")
    #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
    usleep(2_200_000)
    terminal.type("fg\n")
    #expect(waitFor("R", guest), "killed while it was stopped: \(terminal.text)")
    #expect(terminal.waitFor("time limit of 2s reached"), "\(terminal.text)")
    #expect(terminal.status() == "124")
  }

  /// A compilation that takes its time says so on the terminal, and leaves nothing there.
  @Test func showsProgress() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch, type: "xterm")
    let body = String(repeating: "(drop (i32.mul (local.get 0) (local.get 0)))", count: 400)
    let function = "(func (param i32) \(body))"
    _ = try scratch.file(
      "big.wat", "(module \(String(repeating: function, count: 600)) (func (export \"_start\")))")
    terminal.type("\"$SWASM\" run big.wat\n")
    #expect(terminal.waitFor("\rswasm-sandbox: compiling big.wat, "), "\(terminal.text)")
    #expect(terminal.waitFor("\r\u{1b}[K"), "\(terminal.text)")
    #expect(terminal.waitFor("ready> "), "\(terminal.text)")
  }

  /// Lines typed reach the guest, and the end of them.
  @Test func reads() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run cat.wat\n")
    _ = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type("some words\n")
    #expect(terminal.waitFor("some words\r\nsome words\r\n"), "\(terminal.text)")
    terminal.type("\u{4}")
    #expect(terminal.waitFor("ready> "))
    #expect(terminal.status() == "0")
  }
}
