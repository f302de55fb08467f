import Glibc
import SwasmLockdown
import SwasmRuntime

/// What the kernel says of the memory of a process, and what of it counts against RLIMIT_DATA.
enum MemoryUse {
  /// What the guest's own stack growth, buffers of the kernel's making and rounding may add.
  private static let slack: UInt64 = 4 << 20
  /// For when /proc is not mounted: more than any set-up takes.
  private static let assumed: UInt64 = 512 << 20

  /// What a process has when it starts, and what reading the artifact takes: more than either needs.
  private static let start: UInt64 = 64 << 20

  /// The limit for a guest's process as long as it is set up: all that its modules may take, with room for what is not
  /// counted.
  static func entryLimit(_ limits: GuestLimits) -> UInt64 {
    let parts = [
      limits.memoryBytes, RuntimeLimits.tableRoom(for: limits.memoryBytes), limits.stackBytes,
      RuntimeLimits.otherBytes, start,
    ]
    return parts.reduce(0) { sum, part in
      let (sum, overflow) = sum.addingReportingOverflow(part)
      return overflow ? ResourceLimits.unlimited : sum
    }
  }

  /// The limit at which the process can grow by `bytes` more, and no further.
  static func dataLimit(allowing bytes: UInt64) -> UInt64 {
    let (limit, overflow) = bytes.addingReportingOverflow((self.bytes(.data) ?? assumed) + slack)
    return overflow ? ResourceLimits.unlimited : limit
  }

  /// Positions of the numbers of statm.
  enum Kind: Int {
    case resident = 1
    /// Private writable memory and stack.
    case data = 5
  }

  /// What a process has of a kind; nil where /proc doesn't tell.
  static func bytes(_ kind: Kind, of process: String = "self") -> UInt64? {
    let descriptor = open("/proc/\(process)/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = retrying { read(descriptor, &buffer, buffer.count) }
    guard count > 0 else { return nil }
    let fields = buffer[..<count].split(separator: 0x20)
    guard fields.count > kind.rawValue,
      let pages = UInt64(String(decoding: fields[kind.rawValue], as: UTF8.self))
    else { return nil }
    return pages * 4096
  }
}
