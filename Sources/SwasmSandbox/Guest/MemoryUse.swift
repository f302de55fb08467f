import Glibc
import SwasmLockdown

/// What counts against RLIMIT_DATA.
enum MemoryUse {
  /// What the guest's own stack growth, buffers of the kernel's making and rounding may add.
  private static let slack: UInt64 = 4 << 20
  /// For when /proc is not mounted: more than any set-up takes.
  private static let assumed: UInt64 = 512 << 20

  /// The limit at which the process can grow by `bytes` more, and no further.
  static func dataLimit(allowing bytes: UInt64) -> UInt64 {
    let (limit, overflow) = bytes.addingReportingOverflow((present() ?? assumed) + slack)
    return overflow ? ResourceLimits.unlimited : limit
  }

  /// Bytes of private writable memory and stack now: the sixth number of statm, in pages.
  private static func present() -> UInt64? {
    let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = retrying { read(descriptor, &buffer, buffer.count) }
    guard count > 0 else { return nil }
    let fields = buffer[..<count].split(separator: 0x20)
    guard fields.count > 5, let pages = UInt64(String(decoding: fields[5], as: UTF8.self)) else {
      return nil
    }
    return pages * 4096
  }
}
