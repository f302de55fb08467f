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
  /// Runs native code of an untrusted script's modules, and makes their instances.
  case script

  /// Every role, guests by rising level.
  public static let all: [Role] = Level.allCases.map(Role.guest) + [.compiler, .broker, .script]

  /// The word used in listings.
  public var name: String {
    switch self {
    case .guest(let level): level.name
    case .compiler: "compiler"
    case .broker: "broker"
    case .script: "script"
    }
  }
}
