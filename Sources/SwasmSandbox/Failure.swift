/// Why a command ends before its time: what goes to stderr, and the exit status.
public struct Failure: Error, Equatable, Sendable {
  public var status: ExitStatus
  /// What, where, and how to mend it. Without the program's name. Empty: nothing is said.
  public var message: String

  public init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// A system call of the launcher's that failed.
  ///
  /// - Parameter errno: negative, as the kernel gives it, or positive.
  static func system(_ what: String, _ errno: Int32) -> Failure {
    Failure(.setupFailed, "\(what): \(describe(errno: errno))")
  }

  static func usage(_ message: String) -> Failure { Failure(.usage, message) }
}
