import CSwasm
import Glibc

/// What the launcher does while its children work: waits for them, for signals and for the clock.
struct Supervisor: ~Copyable {
  private let signals: Int32
  /// On the monotonic clock, in milliseconds.
  private var deadline: UInt64?
  private let timeLimit: UInt64?
  private let program: String

  /// - Parameters:
  ///   - program: how messages name it.
  ///   - timeLimit: milliseconds of wall-clock time from now on, for everything.
  init(program: String, timeLimit: UInt64?) throws(Failure) {
    self.program = program
    signals = swasm_watch_signals()
    guard signals >= 0 else { throw .system("cannot watch signals", signals) }
    self.timeLimit = timeLimit
    deadline = timeLimit.map { Self.now() &+ $0 }
    // A closed pipe shows as EPIPE on our own writes; guests start with the default again.
    Glibc.signal(SIGPIPE, SIG_IGN)
  }

  deinit { close(signals) }

  /// Waits until `child` has ended and `report` (where there is one) is closed.
  ///
  /// - Parameters:
  ///   - helper: the descriptor of a process that the child can't do without: when it ends in any way but by
  ///     itself, the child is killed.
  ///   - report: what the child writes is collected from here.
  ///   - limit: bytes of it that are kept.
  /// - Throws: the time limit, or a signal that ends the launcher; the child is dead by then.
  mutating func wait(
    for child: consuming ChildProcess, helper: Int32 = -1, report: Int32 = -1, limit: Int = 0
  ) throws(Failure) -> (end: ProcessEnd, report: [UInt8], helperFailed: Bool) {
    var collected: [UInt8] = []
    var helper = helper
    var helperFailed = false
    var hasReport = report >= 0
    while true {
      var polled = [
        pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: hasReport ? report : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: helper, events: Int16(POLLIN), revents: 0),
      ]
      let ready = poll(&polled, nfds_t(polled.count), remaining())
      if ready < 0, errno != EINTR { throw .system("cannot wait for a process", errno) }
      if ready <= 0 {
        if let deadline, Self.now() >= deadline { throw timeUp() }
        continue
      }
      if polled[1].revents != 0 { try answerSignal(child) }
      if polled[2].revents != 0 {
        hasReport = Self.collect(report, into: &collected, limit: limit)
        // What was written before the end is read before the end counts.
        continue
      }
      if polled[0].revents != 0 { return (child.reap(), collected, helperFailed) }
      if polled[3].revents != 0 {
        helperFailed = ChildProcess.cause(of: helper) != .exited(0)
        if helperFailed { child.signal(SIGKILL) }
        helper = -1
      }
    }
  }

  private func timeUp() -> Failure {
    Failure(
      .timeLimit,
      "\(program): time limit of \(Quantities.text(milliseconds: timeLimit ?? 0)) reached; killed")
  }

  /// Milliseconds that `poll` may wait, rounded up; −1: for ever.
  private func remaining() -> Int32 {
    guard let deadline else { return -1 }
    let now = Self.now()
    return deadline <= now ? 0 : Int32(min(deadline - now + 1, UInt64(Int32.max)))
  }

  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1000 + UInt64(time.tv_nsec) / 1_000_000
  }

  /// False at the end of the report.
  private static func collect(_ descriptor: Int32, into bytes: inout [UInt8], limit: Int) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = retrying { read(descriptor, &buffer, buffer.count) }
    guard count > 0 else { return false }
    bytes.append(contentsOf: buffer.prefix(min(count, limit - bytes.count)))
    return true
  }

  /// Stopping stops the child too, for as long; its time stands still. The others end the run: a guest has
  /// no signals, so nothing is lost by killing it.
  private mutating func answerSignal(_ child: borrowing ChildProcess) throws(Failure) {
    let number = swasm_next_signal(signals)
    switch number {
    case 0: return
    case SIGTSTP:
      child.signal(SIGSTOP)
      let stopped = Self.now()
      raise(SIGSTOP)
      child.signal(SIGCONT)
      if let old = deadline { deadline = old &+ (Self.now() &- stopped) }
    default: throw Failure(.signal(number), "")
    }
  }
}
