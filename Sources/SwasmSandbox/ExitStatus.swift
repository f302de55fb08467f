/// How a run ended; the launcher's exit status follows from it.
public enum ExitStatus: Equatable, Sendable {
  /// The guest's own code, verbatim.
  case exited(UInt8)
  /// The command line is wrong.
  case usage
  /// A limit of wall or processor time was reached.
  case timeLimit
  /// More was written to the standard streams than the limit allows.
  case outputLimit
  /// Something of the launcher's failed; nothing of the guest ran.
  case setupFailed
  /// The module is malformed, invalid or needs something that there isn't.
  case moduleUnusable
  case moduleNotFound
  case trapped
  case outOfMemory
  /// Killed by the system-call filter.
  case forbiddenCall
  /// A signal sent to the launcher; it dies by the same one.
  case signal(Int32)

  /// Those that are the launcher's own, each with what it says, by their codes.
  public static let meanings: [(status: ExitStatus, meaning: String)] = [
    (.usage, "The command line is wrong, or asks for what the policy never grants."),
    (.timeLimit, "A limit of wall-clock or processor time was reached."),
    (.setupFailed, "Setting up failed: nothing of the program ran."),
    (.moduleUnusable, "The module cannot run: malformed, invalid, not supported, imports missing."),
    (.moduleNotFound, "The module was not found."),
    (.trapped, "The program trapped."),
    (.outOfMemory, "Memory ran out."),
    (.outputLimit, "The program wrote more than --max-output allows."),
    (.forbiddenCall, "The program made a system call that is not allowed."),
  ]

  public static let success = ExitStatus.exited(0)

  /// What the shell sees in `$?`.
  public var code: Int32 {
    switch self {
    case .exited(let code): Int32(code)
    case .usage: 2
    case .timeLimit: 124
    // As a native program that outgrows its limit: 128 + SIGXFSZ.
    case .outputLimit: 153
    case .setupFailed: 125
    case .moduleUnusable: 126
    case .moduleNotFound: 127
    case .trapped: 134
    case .outOfMemory: 137
    case .forbiddenCall: 159
    case .signal(let number): 128 + number
    }
  }
}
