import CSwasm
import Glibc
import SwasmWASI

/// Soft limits that the launcher was started with: they hold for its programs too.
enum ShellLimits {
  /// Descriptors.
  static var openFiles: UInt64 {
    var limit = rlimit(rlim_cur: .max, rlim_max: .max)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return UInt64(limit.rlim_cur)
  }

  /// Bytes that a file can grow to.
  static var fileBytes: UInt64 { swasm_soft_file_limit() }

  /// A refusal that follows from one of them and not from the policy, in words; nil for others.
  static func report(_ denial: Denial, _ limits: Policy.Limits) -> DenialReport? {
    switch denial.kind {
    case .openFiles where openFiles < limits.openFiles:
      report(.openFiles, "for one descriptor more than \(openFiles)", "ulimit -n")
    case .fileSize where fileBytes < limits.maxFileSize ?? .max:
      report(
        .maxFileSize, "for a file larger than \(Quantities.text(bytes: fileBytes))", "ulimit -f")
    default: nil
    }
  }

  private static func report(_ rule: PolicyKey, _ asked: String, _ command: String) -> DenialReport
  {
    DenialReport(
      rule: rule, asked: asked, message: "guest asked \(asked), the limit that `\(command)` sets")
  }
}
