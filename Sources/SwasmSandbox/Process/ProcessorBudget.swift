import CSwasm
import Glibc

/// A limit on the processor time of a guest and its broker together. The kernel limits each of them, in whole seconds;
/// what one makes the other do it leaves to the launcher.
struct ProcessorBudget {
  let broker: pid_t
  /// Milliseconds.
  let limit: UInt64
  /// Of these, what compiling has taken.
  let spent: UInt64

  func isSpent(_ guest: pid_t) -> Bool { used(guest) >= limit * 1_000_000 }

  /// Milliseconds that the launcher may look away: in that time two threads can't use up what is left.
  func pause(_ guest: pid_t) -> Int32 {
    let used = used(guest)
    let left = limit * 1_000_000 - min(used, limit * 1_000_000)
    return Int32(min(left / 2_000_000 + 1, 60_000))
  }

  /// Nanoseconds.
  private func used(_ guest: pid_t) -> UInt64 {
    spent * 1_000_000 + Self.time(of: guest) + Self.time(of: broker)
  }

  /// 0 for a process that has ended.
  private static func time(of process: pid_t) -> UInt64 {
    var clock = clockid_t()
    var time = timespec()
    guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else {
      return 0
    }
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}
