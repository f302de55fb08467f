import CSwasm
import Glibc

/// How a process ended, and what it used.
struct ProcessEnd: Equatable, Sendable {
  enum Cause: Equatable, Sendable {
    case exited(UInt8)
    case killed(Int32)
  }

  var cause: Cause
  /// Processor time, in milliseconds.
  var cpuMilliseconds: UInt64
  /// The most memory that it had at a time, in bytes.
  var residentBytes: UInt64 = 0
}

/// A child of the launcher. Killed and reaped when it is dropped.
struct ChildProcess: ~Copyable {
  let pid: pid_t
  /// Readable when it has ended.
  let descriptor: Int32

  private init(pid: pid_t, descriptor: Int32) {
    self.pid = pid
    self.descriptor = descriptor
  }

  /// The child of that number, which has not been waited for: the number is still its own.
  static func watching(_ pid: pid_t) throws(Failure) -> ChildProcess {
    let descriptor = swasm_open_process(pid)
    guard descriptor >= 0 else {
      kill(pid, SIGKILL)
      _ = wait(pid)
      throw .system("cannot watch a process", descriptor)
    }
    return ChildProcess(pid: pid, descriptor: descriptor)
  }

  /// Sends a signal, even to one that has ended.
  func signal(_ number: Int32) { _ = swasm_signal_process(descriptor, number) }

  /// Waits for the end, for so many milliseconds at most.
  func awaitEnd(within milliseconds: Int32) {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = retrying { Int(poll(&polled, 1, milliseconds)) }
  }

  /// Waits for the end, however long that takes.
  consuming func reap() -> ProcessEnd {
    let end = Self.wait(pid)
    close(descriptor)
    discard self
    return end
  }

  /// How a process ended that has ended, and is not waited for yet; nil for others.
  static func cause(of descriptor: Int32) -> ProcessEnd.Cause? {
    var info = siginfo_t()
    let options = WEXITED | WNOHANG | WNOWAIT
    guard retrying({ Int(waitid(P_PIDFD, id_t(descriptor), &info, options)) }) == 0,
      info.si_signo == SIGCHLD
    else { return nil }
    let status = info._sifields._sigchld.si_status
    return info.si_code == CLD_EXITED
      ? .exited(UInt8(truncatingIfNeeded: status)) : .killed(status)
  }

  private static func wait(_ pid: pid_t) -> ProcessEnd {
    var status: Int32 = 0
    var usage = rusage()
    guard retrying({ Int(wait4(pid, &status, 0, &usage)) }) == pid else {
      return ProcessEnd(cause: .killed(SIGKILL), cpuMilliseconds: 0)
    }
    let signal = status & 0x7f
    let time = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)
    return ProcessEnd(
      cause: signal == 0 ? .exited(UInt8(truncatingIfNeeded: status >> 8)) : .killed(signal),
      cpuMilliseconds: time, residentBytes: UInt64(max(0, usage.ru_maxrss)) << 10)
  }

  private static func milliseconds(_ time: timeval) -> UInt64 {
    UInt64(time.tv_sec) * 1000 + UInt64(time.tv_usec) / 1000
  }

  deinit {
    signal(SIGKILL)
    _ = Self.wait(pid)
    close(descriptor)
  }
}
