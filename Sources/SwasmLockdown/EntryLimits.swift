import CSwasm
import Glibc

/// What holds in a process from its first act on, before lockdown sets the rest.
public struct EntryLimits: Equatable, Sendable {
  /// Bytes of private writable memory (RLIMIT_DATA); lockdown may lower it.
  public var dataBytes: UInt64
  /// Milliseconds of processor time from now on. At the end SIGPROF kills the process: the timer counts finer than the
  /// kernel's limit in seconds, which stands behind it.
  public var cpuMilliseconds: UInt64

  public init(
    dataBytes: UInt64 = ResourceLimits.unlimited, cpuMilliseconds: UInt64 = ResourceLimits.unlimited
  ) {
    self.dataBytes = dataBytes
    self.cpuMilliseconds = cpuMilliseconds
  }

  /// How many limits of the kernel it sets.
  public var count: Int { limits.count }

  private var limits: [swasm_limit] {
    ResourceLimits(dataBytes: dataBytes, cpuMilliseconds: cpuMilliseconds).list.filter {
      $0.resource == Int32(RLIMIT_DATA.rawValue) || $0.resource == Int32(RLIMIT_CPU.rawValue)
    }
  }

  /// Limits the calling process, all of its threads.
  public func apply() throws(LockdownError) {
    let limits = limits
    let timer = cpuMilliseconds == ResourceLimits.unlimited ? 0 : cpuMilliseconds
    try LockdownError.check(swasm_limit_early(limits, limits.count, timer))
  }
}
