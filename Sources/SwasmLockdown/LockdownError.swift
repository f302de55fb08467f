import CSwasm
import Glibc

/// A step of lockdown; the list and the names are in `lockdown.h`.
public struct LockdownStep: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The step in words.
  public var description: String { String(cString: swasm_step_name(swasm_step(rawValue))) }
}

/// A step that failed. The process is then half locked down and has to end without running anything
/// untrusted. Trivial, so that throwing it allocates nothing.
public struct LockdownError: Error, Equatable, Sendable {
  public let step: LockdownStep
  public let errno: Int32

  init(_ failure: swasm_failure) {
    step = LockdownStep(rawValue: failure.step.rawValue)
    errno = failure.error
  }

  /// The page that the launcher is told by is closed by then.
  public var isAfterReport: Bool {
    step.rawValue >= SWASM_STEP_REPORT.rawValue
  }

  /// The layer that the plan requires and that is not to be had, where that is the reason.
  public var lacking: Protections? {
    switch swasm_step(step.rawValue) {
    case SWASM_STEP_REQUIRED_LAYER: Protections(rawValue: 1 << UInt32(errno))
    case SWASM_STEP_LANDLOCK where [ENOSYS, EOPNOTSUPP, EPERM].contains(errno): .landlock
    case SWASM_STEP_SEAL where errno == ENOSYS || errno == EPERM: .sealed
    case SWASM_STEP_MEMORY_DENY_WRITE_EXECUTE where errno == EINVAL: .denyWriteExecute
    default: nil
    }
  }

  static func check(_ failure: swasm_failure) throws(LockdownError) {
    if failure.step != SWASM_STEP_NONE { throw LockdownError(failure) }
  }
}

extension LockdownError: CustomStringConvertible {
  public var description: String { "lockdown: cannot \(step) (errno \(errno))" }
}
