import CSwasm
import Glibc

/// What the launcher does while its children work: waits for them, for signals and for the clock.
struct Supervisor: ~Copyable {
  private let signals: Int32
  /// On the clock of ``now()``, in milliseconds.
  private let deadline: UInt64?
  private let timeLimit: UInt64?
  private let start: UInt64
  private let program: String

  /// - Parameters:
  ///   - program: how messages name it.
  ///   - timeLimit: milliseconds of wall-clock time from now on, for everything.
  init(program: String, timeLimit: UInt64?) throws(Failure) {
    self.program = program
    signals = swasm_watch_signals()
    guard signals >= 0 else { throw .system("cannot watch signals", signals) }
    self.timeLimit = timeLimit
    let now = Self.now()
    start = now
    deadline = timeLimit.map { $0 > .max - now ? .max : now + $0 }
    // A closed pipe shows as EPIPE on our own writes; guests have what the launcher was started with.
    Glibc.signal(SIGPIPE, SIG_IGN)
    // Files in memory are not what a limit on files is meant for. What stays in the way shows as an error.
    Glibc.signal(SIGXFSZ, SIG_IGN)
    swasm_raise_file_limit()
    // Inherited as ignored, it would let the kernel forget how children ended.
    Glibc.signal(SIGCHLD, SIG_DFL)
  }

  /// What the launcher says from here on may wait for its reader: signals end it as they do any program.
  deinit {
    swasm_unwatch_signals(signals)
    swasm_restore_file_limit()
  }

  /// Milliseconds since the run began.
  var elapsed: UInt64 { Self.now() &- start }

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
  ) throws(Failure) -> (end: ProcessEnd, report: [UInt8]) {
    var collected: [UInt8] = []
    var helper = helper
    var hasReport = report >= 0
    var progress = ProgressLine(program: program)
    let start = Self.now()
    swasm_stop_with(child.descriptor)
    defer { swasm_stop_with(-1) }
    while true {
      progress?.update(Self.now() &- start)
      var polled = [
        pollfd(fd: child.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: hasReport ? report : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: helper, events: Int16(POLLIN), revents: 0),
      ]
      let interval = progress == nil ? -1 : ProgressLine.interval
      if let interruption = try attend(&polled, atMost: interval) {
        throw failure(interruption)
      }
      if polled[2].revents != 0 {
        hasReport = Self.collect(report, into: &collected, limit: limit)
        // What was written before the end is read before the end counts.
        continue
      }
      if polled[0].revents != 0 { return (child.reap(), collected) }
      if polled[3].revents != 0 {
        if ChildProcess.cause(of: helper) != .exited(0) { child.signal(SIGKILL) }
        helper = -1
      }
    }
  }

  /// Waits for a guest's end, and ends it when the time is up, a signal comes or it has written too much. What it
  /// wrote before is passed on.
  ///
  /// - Parameters:
  ///   - helper: as above.
  ///   - budget: the processor time of both.
  mutating func watch(
    _ guest: consuming ChildProcess, helper: Int32 = -1, budget: ProcessorBudget? = nil,
    output: inout OutputRelay?
  ) throws(Failure) -> (end: ProcessEnd, interruption: Interruption?) {
    var helper = helper
    swasm_stop_with(guest.descriptor)
    defer { swasm_stop_with(-1) }
    while true {
      var polled = [
        pollfd(fd: guest.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: helper, events: Int16(POLLIN), revents: 0),
      ]
      output?.addTo(&polled)
      var interruption = try attend(&polled, atMost: budget?.pause(guest.pid) ?? -1)
      let hasEnded = interruption == nil && polled[0].revents != 0
      if interruption == nil, !hasEnded, let budget, budget.isSpent(guest.pid) {
        interruption = .processorLimit(milliseconds: budget.limit)
      }
      if interruption == nil { interruption = output?.pass(polled[3...]) }
      if let interruption {
        guest.signal(SIGKILL)
        return (guest.reap(), interruption)
      }
      guard hasEnded else {
        if polled[2].revents != 0 {
          if ChildProcess.cause(of: helper) != .exited(0) { guest.signal(SIGKILL) }
          helper = -1
        }
        continue
      }
      let end = guest.reap()
      return (end, try drain(&output))
    }
  }

  /// Passes on what a dead guest left in its pipes, for as long as somebody takes it.
  private mutating func drain(_ output: inout OutputRelay?) throws(Failure) -> Interruption? {
    while output?.isDone == false {
      var polled = [
        pollfd(fd: -1, events: 0, revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
      ]
      output?.addTo(&polled)
      if let interruption = try attend(&polled) { return interruption }
      if let interruption = output?.pass(polled[2...]) { return interruption }
    }
    return nil
  }

  /// What to say of a run that was ended, and its status.
  func failure(_ interruption: Interruption) -> Failure {
    switch interruption {
    case .timeLimit:
      Failure(
        .timeLimit,
        "\(program): time limit of \(Quantities.text(milliseconds: timeLimit ?? 0)) reached; killed"
      )
    case .processorLimit(let limit):
      Failure(
        .timeLimit,
        "\(program): processor time limit of \(Quantities.text(milliseconds: limit)) reached; killed"
      )
    case .outputLimit(let bytes):
      Failure(
        .outputLimit,
        "\(program): output limit of \(Quantities.text(bytes: bytes)) reached; killed")
    case .signal(let number): Failure(.signal(number), "")
    }
  }

  /// Makes a call that may have to wait, such as a read, when its descriptor is ready.
  ///
  /// - Parameters:
  ///   - events: of `poll`.
  ///   - call: one that comes back soon in any case, see `swasm_read_briefly`.
  /// - Returns: what the call does in the end.
  /// - Throws: the time limit, or a signal that ends the launcher.
  mutating func perform(
    when events: Int32, of descriptor: Int32, _ call: () -> Int
  ) throws(Failure) -> Int {
    while true {
      var polled = [
        pollfd(fd: -1, events: 0, revents: 0),
        pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        pollfd(fd: descriptor, events: Int16(events), revents: 0),
      ]
      if let interruption = try attend(&polled) { throw failure(interruption) }
      guard polled[2].revents != 0 else { continue }
      let result = call()
      if result != -Int(EINTR), result != -Int(EAGAIN) { return result }
    }
  }

  /// - Throws: a signal that ends the launcher, where one has come.
  func checkSignals() throws(Failure) {
    var polled = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
    guard poll(&polled, 1, 0) > 0 else { return }
    let number = swasm_next_signal(signals)
    if number != 0 { throw failure(.signal(number)) }
  }

  /// A message on stderr, for which there is as much time as for everything else.
  mutating func report(_ message: String) throws(Failure) {
    var rest = Diagnostics.line(message)[...]
    while !rest.isEmpty {
      let count = try perform(when: POLLOUT, of: 2) {
        rest.withUnsafeBytes { swasm_write_briefly(2, $0.baseAddress, $0.count) }
      }
      // A reader that has gone away is no error.
      if count < 0 { return }
      rest = rest.dropFirst(count)
    }
  }

  /// One wait of `poll`, the signals and the clock seen to: nil when it is to be gone on with.
  ///
  /// - Parameters:
  ///   - polled: a process first, whose end goes before the time limit, or −1; then the signals.
  ///   - interval: milliseconds after which it comes back in any case; −1: never.
  private mutating func attend(_ polled: inout [pollfd], atMost interval: Int32 = -1)
    throws(Failure) -> Interruption?
  {
    let left = remaining()
    let wait = interval < 0 ? left : left < 0 ? interval : min(left, interval)
    let ready = poll(&polled, nfds_t(polled.count), wait)
    if ready < 0, errno != EINTR { throw .system("cannot wait for a process", errno) }
    if ready <= 0 { for index in polled.indices { polled[index].revents = 0 } }
    if polled[1].revents != 0 {
      let number = swasm_next_signal(signals)
      // A guest has no signals, so nothing is lost by killing it.
      if number != 0 { return .signal(number) }
    }
    // Looked at every time: there may always be something ready.
    if let deadline, polled[0].revents == 0, Self.now() >= deadline { return .timeLimit }
    return nil
  }

  /// Milliseconds that `poll` may wait, rounded up; −1: for ever.
  private func remaining() -> Int32 {
    guard let deadline else { return -1 }
    let now = Self.now()
    return deadline <= now ? 0 : Int32(min(deadline - now + 1, UInt64(Int32.max)))
  }

  /// Milliseconds, without the time that the launcher was stopped for by its terminal.
  private static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let nanoseconds = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    return (nanoseconds - swasm_stopped_nanoseconds()) / 1_000_000
  }

  /// False at the end of the report.
  private static func collect(_ descriptor: Int32, into bytes: inout [UInt8], limit: Int) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = retrying { read(descriptor, &buffer, buffer.count) }
    guard count > 0 else { return false }
    bytes.append(contentsOf: buffer.prefix(min(count, limit - bytes.count)))
    return true
  }
}
