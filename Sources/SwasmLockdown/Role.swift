/// How much of the kernel a guest reaches. Each level holds what the levels before it hold.
public enum Level: CaseIterable, Comparable, Hashable, Sendable {
  /// Standard streams and memory growth.
  case pure
  /// Also time, readiness and randomness.
  case strict
  /// Also files on granted descriptors, and requests to the broker.
  case standard
  /// Also sockets that were open before it started, and those that they accept.
  case network

  /// The word used on the command line and in policies.
  public var name: String {
    switch self {
    case .pure: "pure"
    case .strict: "strict"
    case .standard: "standard"
    case .network: "network"
    }
  }

  /// The level called `name`, or nil.
  public init?(name: some StringProtocol) {
    guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = level
  }
}

/// What a locked-down process is for; decides which rows of ``SystemCallTable`` apply.
public enum Role: Hashable, Sendable {
  /// Runs native code of an untrusted module.
  case guest(Level)
  /// Parses and compiles an untrusted module.
  case compiler
  /// Opens paths beneath granted directories on behalf of a guest.
  case broker

  /// Every role, guests by rising level.
  public static let all: [Role] = Level.allCases.map(Role.guest) + [.compiler, .broker]

  /// The word used in listings.
  public var name: String {
    switch self {
    case .guest(let level): level.name
    case .compiler: "compiler"
    case .broker: "broker"
    }
  }
}

/// What a program wants of the kernel. A row of the table that needs a capability is left out of the
/// filter when the module's imports and the policy don't ask for it.
public enum Capability: String, CaseIterable, Hashable, Sendable {
  // Guests.
  case read, write, growMemory, sleep, poll, random
  case seek, status, close, synchronize, resize, openPaths, sockets
  // Compiler.
  /// Worker threads, running before lockdown. Swift's runtime keeps each thread's number from the
  /// first time on, and fork makes the main thread's number stale: two threads that then meet at a
  /// lazy global spin for ever. So the main thread of a *forked* process runs no Swift while its
  /// workers do.
  case threads
  // Broker.
  case listDirectories, modifyPaths, setDescriptorFlags
}
