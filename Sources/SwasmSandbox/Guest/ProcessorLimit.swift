import Glibc

/// Who has limited the processor time of a guest: several do, and the lowest limit is the one that it meets.
struct ProcessorLimit: Equatable {
  enum Source: Equatable {
    /// `--cpu-time`, or the policy.
    case run
    /// `--timeout`: nobody uses more processor time than there is, so this is what the kernel holds a guest to when the
    /// launcher can't, for it is stopped.
    case wallClock
    /// What the launcher was started with.
    case shell
  }

  var milliseconds: UInt64
  var source: Source

  /// What stands behind a limit of wall-clock time.
  static func behind(timeout: UInt64) -> UInt64 {
    timeout > .max - 1000 ? .max : timeout + 1000
  }

  /// The lowest soft limit, at which the kernel sends SIGXCPU; nil where there is none.
  static func lowest(_ limits: Policy.Limits, shell: rlimit = current) -> ProcessorLimit? {
    var candidates: [ProcessorLimit] = []
    if let time = limits.cpuTime { candidates.append(Self(milliseconds: time, source: .run)) }
    if let time = limits.timeout {
      candidates.append(Self(milliseconds: behind(timeout: time), source: .wallClock))
    }
    if let time = milliseconds(shell.rlim_cur) {
      candidates.append(Self(milliseconds: time, source: .shell))
    }
    return candidates.min { $0.milliseconds < $1.milliseconds }
  }

  /// The limit that a process has met that ended by a signal of the kernel's; nil when it was something else.
  static func met(
    by signal: Int32, after used: UInt64, _ limits: Policy.Limits, shell: rlimit = current
  ) -> ProcessorLimit? {
    guard signal == SIGKILL else { return lowest(limits, shell: shell) }
    // What is used is counted exactly, what is limited in ticks, which can be a good deal less. A hard limit of the shell's kills at once, and could be
    // anything else.
    if let hard = milliseconds(shell.rlim_max), used >= hard / 5 * 4 {
      return Self(milliseconds: hard, source: .shell)
    }
    if let time = limits.cpuTime, used >= time / 5 * 4 {
      return Self(milliseconds: time, source: .run)
    }
    return nil
  }

  private static func milliseconds(_ seconds: rlim_t) -> UInt64? {
    UInt64(seconds) > UInt64.max / 1000 ? nil : UInt64(seconds) * 1000
  }

  static var current: rlimit {
    var limit = rlimit(rlim_cur: .max, rlim_max: .max)
    getrlimit(__rlimit_resource_t(RLIMIT_CPU.rawValue), &limit)
    return limit
  }
}
