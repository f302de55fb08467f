import Glibc

/// Why a command ends before its time: what goes to stderr, and the exit status.
public struct Failure: Error, Equatable, Sendable {
  public var status: ExitStatus
  /// What, where, and how to mend it. Without the program's name. Empty: nothing is said.
  public var message: String
  /// The limit that is the reason, where one is.
  var limit: LimitHit?

  public init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  init(_ status: ExitStatus, _ message: String, limit: LimitHit?) {
    self.init(status, message)
    self.limit = limit
  }

  /// A system call of the launcher's that failed.
  ///
  /// - Parameter errno: negative, as the kernel gives it, or positive.
  static func system(_ what: String, _ errno: Int32) -> Failure {
    Failure(.setupFailed, "\(what): \(describe(errno: errno))\(LimitHint.text(abs(errno)))")
  }

  static func usage(_ message: String) -> Failure { Failure(.usage, message) }
}

/// The limit of the launcher's own that may be behind an errno, in the shell's words. Empty without one.
enum LimitHint {
  static func text(_ errno: Int32) -> String {
    switch errno {
    case EMFILE: limit(RLIMIT_NOFILE).map { "; `ulimit -n` limits descriptors to \($0)" } ?? ""
    case EFBIG:
      limit(RLIMIT_FSIZE).map {
        "; `ulimit -f` limits files, those in memory too, to \($0 >> 10) KiB"
      } ?? ""
    default: ""
    }
  }

  private static func limit(_ resource: __rlimit_resource) -> UInt64? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0,
      limit.rlim_cur != rlim_t.max
    else { return nil }
    return UInt64(limit.rlim_cur)
  }
}
