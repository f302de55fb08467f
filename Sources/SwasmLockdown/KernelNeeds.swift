/// What a program wants of the kernel. A row of the table that serves something else is left out of the filter: what
/// the module's imports and the policy don't ask for.
public struct KernelNeeds: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  private init(_ position: UInt32) { rawValue = 1 << position }

  // Guests.
  public static let read = Self(0)
  public static let write = Self(1)
  public static let growMemory = Self(2)
  public static let sleep = Self(3)
  public static let poll = Self(4)
  public static let random = Self(5)
  public static let seek = Self(6)
  public static let status = Self(7)
  public static let close = Self(8)
  public static let synchronize = Self(9)
  public static let resize = Self(10)
  public static let openPaths = Self(11)
  public static let sockets = Self(12)

  // Compiler.
  /// Worker threads, running before lockdown. Swift's runtime keeps each thread's number from the
  /// first time on, and fork makes the main thread's number stale: two threads that then meet at a
  /// lazy global spin for ever. So the main thread of a *forked* process runs no Swift while its
  /// workers do.
  public static let threads = Self(13)

  // Broker.
  public static let listDirectories = Self(14)
  public static let modifyPaths = Self(15)
  public static let setDescriptorFlags = Self(16)

  // Guests at the levels whose calls are for the standard streams alone, by stream.
  public static let readInput = Self(17)
  public static let writeOutput = Self(18)
  public static let writeErrors = Self(19)

  /// Each by itself.
  public static let each: [Self] = (0..<20).map { Self($0) }
  public static let all = Self(each)
}
