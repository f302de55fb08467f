import CSwasm
import Glibc

/// Limits of a locked-down process, enforced by the kernel: soft = hard but for processor time. A value above
/// the hard limit in force is lowered to it, and a soft limit that the program was started with holds. Address space (AS) is never limited: reservations need it.
public struct ResourceLimits: Equatable, Sendable {
  /// Means "as much as the launcher has".
  public static let unlimited = UInt64.max

  /// Bytes of private writable memory, a linear memory's grown pages included (RLIMIT_DATA).
  public var dataBytes: UInt64
  /// Milliseconds of processor time. The kernel's limit (RLIMIT_CPU) is the next whole second; the process is killed
  /// at the end. SIGXCPU kills it, which comes from nothing else: the hard limit, whose SIGKILL could mean anything, is a
  /// second later. No signal is handled in these processes but faults, and none of the filters has a call that would
  /// change that. ``EntryLimits`` counts finer.
  public var cpuMilliseconds: UInt64
  /// Bytes that a file can grow to (RLIMIT_FSIZE). Not 0 when output may be redirected to a file.
  public var fileBytes: UInt64
  /// One more than the highest descriptor (RLIMIT_NOFILE). At least the count given to ppoll.
  public var openFiles: UInt64
  /// Bytes of the initial thread's stack (RLIMIT_STACK).
  public var stackBytes: UInt64

  public init(
    dataBytes: UInt64 = unlimited, cpuMilliseconds: UInt64 = unlimited,
    fileBytes: UInt64 = unlimited,
    openFiles: UInt64 = 64, stackBytes: UInt64 = 8 << 20
  ) {
    self.dataBytes = dataBytes
    self.cpuMilliseconds = cpuMilliseconds
    self.fileBytes = fileBytes
    self.openFiles = openFiles
    self.stackBytes = stackBytes
  }

  private var cpuSeconds: UInt64 {
    cpuMilliseconds == Self.unlimited
      ? Self.unlimited : cpuMilliseconds / 1000 + (cpuMilliseconds % 1000 == 0 ? 0 : 1)
  }

  /// Every limit that lockdown sets, those that are always 0 included.
  var list: [swasm_limit] {
    let given: [(__rlimit_resource, UInt64)] = [
      (RLIMIT_DATA, dataBytes), (RLIMIT_CPU, cpuSeconds), (RLIMIT_FSIZE, fileBytes),
      (RLIMIT_NOFILE, openFiles), (RLIMIT_STACK, stackBytes),
    ]
    // No core file, no process or thread, no locked memory, no queues, no priorities.
    let refused: [__rlimit_resource] = [
      RLIMIT_CORE, __RLIMIT_NPROC, __RLIMIT_MEMLOCK, __RLIMIT_MSGQUEUE, __RLIMIT_SIGPENDING,
      __RLIMIT_LOCKS, __RLIMIT_NICE, __RLIMIT_RTPRIO,
    ]
    return (given + refused.map { ($0, 0) }).map { resource, value in
      let isTime = resource == RLIMIT_CPU && value != Self.unlimited
      return swasm_limit(
        resource: Int32(resource.rawValue), soft: value, hard: isTime ? value + 1 : value,
        // Descriptors of the sandbox's own are on top of those that a program may have.
        within_soft: resource == RLIMIT_NOFILE ? 0 : 1)
    }
  }
}
