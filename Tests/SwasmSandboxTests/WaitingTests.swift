import Foundation
import Glibc
import Testing

/// Whatever the launcher waits for – a reader, a writer, a terminal – the time limit and signals hold.
@Suite(.serialized) struct WaitingTests {
  private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

  /// Fills both streams.
  private static let fills = """
    (module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 2)
      (func (export "_start")
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (i32.const 4096))
        (loop $l
          (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br $l))))
    """

  /// Where nobody reads what is written.
  enum Sink: CaseIterable {
    case pipe, pipes, terminal, socket
  }

  /// A launcher with its output in a sink, which is full before long.
  private final class Stalled {
    let pid: pid_t
    private var kept: [Int32] = []

    init(_ arguments: [String], _ sink: Sink) throws {
      var ends: [Int32] = [-1, -1]
      var second: Int32 = -1
      switch sink {
      case .pipe, .pipes:
        try #require(pipe(&ends) == 0)
        kept = [ends[0]]
        second = ends[1]
        if sink == .pipes {
          var others: [Int32] = [-1, -1]
          try #require(pipe(&others) == 0)
          kept.append(others[0])
          second = others[1]
        }
      case .terminal:
        var number: Int32 = 0
        var unlocked: Int32 = 0
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        try #require(ioctl(master, 0x4004_5431 /* TIOCSPTLCK */, &unlocked) == 0)
        try #require(ioctl(master, 0x8004_5430 /* TIOCGPTN */, &number) == 0)
        kept = [master]
        ends[1] = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        second = ends[1]
      case .socket:
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        kept = [ends[0]]
        second = ends[1]
      }
      for descriptor in kept { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      var actions = posix_spawn_file_actions_t()
      posix_spawn_file_actions_init(&actions)
      posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
      posix_spawn_file_actions_adddup2(&actions, second, 2)
      var attributes = posix_spawnattr_t()
      posix_spawnattr_init(&attributes)
      // Whatever started the tests may have ignored or blocked signals.
      var signals = sigset_t()
      sigemptyset(&signals)
      posix_spawnattr_setsigmask(&attributes, &signals)
      for signal in WaitingTests.signals { sigaddset(&signals, signal) }
      posix_spawnattr_setsigdefault(&attributes, &signals)
      posix_spawnattr_setflags(
        &attributes,
        0x80 /* POSIX_SPAWN_SETSID */ | Int16(POSIX_SPAWN_SETSIGMASK)
          | Int16(POSIX_SPAWN_SETSIGDEF))
      let environment: [String] = ["SWASM_CACHE_DIR=", "PATH=/usr/bin:/bin"]
      let words = ([LauncherBinary.path] + arguments).map { strdup($0) } + [nil]
      let variables = environment.map { strdup($0) } + [nil]
      defer { for word in words + variables { free(word) } }
      var child: pid_t = 0
      try #require(
        posix_spawn(&child, LauncherBinary.path, &actions, &attributes, words, variables) == 0)
      pid = child
      close(ends[1])
      if second != ends[1] { close(second) }
    }

    /// The wait status, and when it came; nil after five seconds.
    func end() -> (status: Int32, time: Date)? {
      for _ in 0..<5000 {
        var status: Int32 = 0
        if waitpid(pid, &status, WNOHANG) == pid { return (status, Date()) }
        usleep(1000)
      }
      return nil
    }

    deinit {
      kill(pid, SIGKILL)
      waitpid(pid, nil, 0)
      for descriptor in kept { close(descriptor) }
    }
  }

  /// Seconds until there is no such process; nil after five.
  private static func timeUntilGone(_ pid: Int32, since start: Date) -> Double? {
    for _ in 0..<5000 {
      if ProcessTable.isGone(pid) { return Date().timeIntervalSince(start) }
      usleep(1000)
    }
    return nil
  }

  /// A tenth of a second, where a processor is free to die on.
  private static let moment = 0.1

  /// SWASM_KILLS=500 for the full number.
  @Test func everythingEndsInTime() throws {
    let asked = ProcessInfo.processInfo.environment["SWASM_KILLS"].flatMap { Int($0) }
    let count = asked ?? 48
    let scratch = try Scratch()
    let fills = try scratch.file("fills.wat", Self.fills)
    let loop = try scratch.file("loop.wat", Programs.loop)
    var late: [String] = []
    var longest = (guest: 0.0, launcher: 0.0)
    for index in 0..<count {
      let sink = Sink.allCases[index % Sink.allCases.count]
      let limit = Double(Int.random(in: 300...900)) / 1000
      var options = ["--timeout", "\(Int(limit * 1000))ms"]
      if index / 4 % 2 == 0 { options += ["--max-output", "1GiB"] }
      if index / 8 % 3 == 0 { options += ["--json"] }
      let what = "round \(index): \(sink) \(options)"
      let run = try Stalled(
        ["run"] + options + [index % 16 == 15 ? loop : fills], sink)
      // The clock runs from main on, which forks first of all; a build with shared libraries takes its time to get there.
      let spawned = Date()
      while ProcessTable.descendants(of: run.pid).isEmpty, spawned.timeIntervalSinceNow > -5 {
        usleep(500)
      }
      let start = Date()
      guard let guest = ProcessTable.guest(below: run.pid, within: limit) else { continue }
      // Half of them run into their deadline, and the launcher is then told to end while it has something to say.
      let byDeadline = Bool.random()
      if byDeadline {
        let gone = try #require(Self.timeUntilGone(guest, since: start), "\(what): the guest lives")
        longest.guest = max(longest.guest, gone - limit)
        if gone - limit > Self.moment { late.append("\(what): guest \(gone - limit)") }
      } else {
        usleep(UInt32.random(in: 0...200_000))
      }
      let signal = Self.signals.randomElement()!
      let told = Date()
      kill(run.pid, signal)
      let end = try #require(run.end(), "\(what): the launcher lives")
      let time = end.time.timeIntervalSince(told)
      longest.launcher = max(longest.launcher, time)
      if time > Self.moment { late.append("\(what): launcher \(time)") }
      // One that had nothing left to say, or whose time was up at that moment, is gone by itself.
      if !byDeadline, Date().timeIntervalSince(start) < limit {
        #expect(end.status & 0x7f == signal, "\(what): \(end.status)")
      }
      #expect(Self.timeUntilGone(guest, since: told).map { $0 < 1 } ?? false, "\(what)")
    }
    print(
      "of \(count): guests at most \(longest.guest) s after their deadline, launchers at most "
        + "\(longest.launcher) s after their signal; late: \(late)")
    #expect(longest.guest < 1 && longest.launcher < 1)
    // Among other tests a process waits for a processor to die on.
    if asked != nil { #expect(late.count * 20 <= count, "\(late)") }
  }

  /// A reader that never stops reading keeps the clock from nothing either.
  @Test func busyReader() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.yes)
    let result = try Shell.run(
      "timeout 10 \"$SWASM\" run --timeout 500ms --max-output 100GiB a.wat 2>err | cat >/dev/null; "
        + "echo ${PIPESTATUS[0]}; cat err", directory: scratch.path)
    #expect(result.stdout.hasPrefix("124\n"), "\(result.stdout)")
  }

  /// What reads a module, with the module in a FIFO that nobody writes to, or on such a standard input.
  static let readers = [
    "run m", "run -", "run --preload a=m ok.wat", "run --preload a=- ok.wat", "m",
    "compile m -o out", "compile --preload a=m ok.wat -o out", "inspect m", "inspect --linked -",
    "link ok.wat --with a=m -o out", "wat m -o out", "wast m",
  ]

  @Test(arguments: readers) func signalsWhileReading(_ command: String) throws {
    let number = Self.signals.randomElement()!
    let scratch = try Scratch()
    mkfifo(scratch.path + "/m", 0o600)
    mkfifo(scratch.path + "/stdin", 0o600)
    _ = try scratch.file("ok.wat", Programs.hello)
    // `env` takes back what a shell does to jobs in the background.
    let result = try Shell.run(
      "exec 3<>stdin; env --default-signal \"$SWASM\" \(command) <&3 & p=$!; "
        + "sleep 0.4; kill -\(number) $p; wait $p; echo $?", directory: scratch.path)
    #expect(result.stdout.hasPrefix("\(128 + number)\n"), "\(result.stdout) \(result.stderr)")
    #expect(result.time < 3)
  }

  @Test(arguments: [
    "run --timeout 300ms m", "run --timeout 300ms -", "run --timeout 300ms --preload a=m ok.wat",
    "wast --timeout 300ms m",
  ])
  func timeLimitWhileReading(_ command: String) throws {
    let scratch = try Scratch()
    mkfifo(scratch.path + "/m", 0o600)
    mkfifo(scratch.path + "/stdin", 0o600)
    _ = try scratch.file("ok.wat", Programs.hello)
    let result = try Shell.run(
      "exec 3<>stdin; timeout 10 \"$SWASM\" \(command) <&3", directory: scratch.path)
    #expect(result.status == 124)
    #expect(result.stderr.contains("time limit of 300ms reached"), "\(result.stderr)")
    #expect(result.time < 3)
  }

  /// A module that comes in pieces is whole in the end.
  @Test func slowWriter() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try Shell.run(
      "mkfifo m; (sleep 0.2; head -c 100 a.wat; sleep 0.3; tail -c +101 a.wat) >m & "
        + "\"$SWASM\" run m; (sleep 0.2; head -c 100 a.wat; sleep 0.3; tail -c +101 a.wat) | "
        + "\"$SWASM\" run -", directory: scratch.path)
    #expect(result.stdout == "hello\nhello\n", "\(result.stderr)")
  }

  /// A FIFO that nobody reads, as the place for a result.
  @Test(arguments: [
    "compile ok.wat -o m", "wat ok.wat -o m", "link ok.wat --with a=ok.wat -o m",
    "wat ok.wat -o - >full", "inspect ok.wat >full", "run --json ok.wat 2>full",
    "run --timeout 1s --json loop.wat 2>full",
    "run --status-fd 9 ok.wat 9>full", "run missing 2>full",
  ])
  func signalsWhileWriting(_ command: String) throws {
    let scratch = try Scratch()
    mkfifo(scratch.path + "/m", 0o600)
    mkfifo(scratch.path + "/full", 0o600)
    _ = try scratch.file("ok.wat", Programs.hello)
    _ = try scratch.file("loop.wat", Programs.loop)
    // Filled first; what is redirected a second time goes there.
    let result = try Shell.run(
      "exec 3<>full; timeout -s KILL 0.2 cat /dev/zero >full 2>/dev/null; "
        + "env --default-signal \"$SWASM\" >/dev/null \(command) & p=$!; "
        + "sleep 1.3; kill -TERM $p; wait $p; echo $?", directory: scratch.path)
    #expect(result.stdout.hasSuffix("143\n"), "\(result.stdout) \(result.stderr)")
    #expect(result.time < 5)
  }
}
