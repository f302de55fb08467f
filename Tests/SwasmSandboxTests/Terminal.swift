import Foundation
import Glibc
import Testing

/// A shell with a terminal of its own, typed into.
final class Terminal {
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
