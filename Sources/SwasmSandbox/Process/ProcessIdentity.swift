import Glibc
import SwasmLockdown

/// The user and group that a compiler or guest runs as.
enum ProcessIdentity {
  /// Users of processes: a range that no distribution hands out.
  private static let first: UInt32 = 1_879_048_192

  /// Where the launcher is privileged, a user that no other process has, so that not even another guest can
  /// touch this one. Elsewhere, and where a user namespace has no such user, the launcher's own.
  static func own() -> Identity {
    guard geteuid() == 0 else { return .keep }
    let identity = first + UInt32(truncatingIfNeeded: getpid())
    return .change(user: identity, group: identity, required: false)
  }
}
