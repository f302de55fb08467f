import Glibc

/// Why the launcher ended a run before its own end.
enum Interruption: Equatable, Sendable {
  case timeLimit
  /// Of processor time.
  case processorLimit(milliseconds: UInt64)
  /// More was written than the limit allows.
  case outputLimit(bytes: UInt64)
  /// A signal sent to the launcher.
  case signal(Int32)
}
