import Glibc

/// What a run grants its guest: the policy with the command line on top.
struct GuestGrants {
  let policy: Policy
  /// Open directories, for the broker.
  private(set) var directories: [Granted] = []
  let environment: [String]

  struct Granted {
    var descriptor: Int32
    var guestPath: String
    var isReadOnly: Bool
  }

  init(_ options: RunOptions) throws(Failure) {
    policy = try Self.policy(options)
    let inherited = policy.capabilities.environment.compactMap { name in
      getenv(name).map { "\(name)=\(String(cString: $0))" }
    }
    environment = Self.lastOfEach(inherited + options.environment)
    for directory in options.directories { directories.append(try open(directory)) }
  }

  /// The policy with the limits that the command line sets.
  private static func policy(_ options: RunOptions) throws(Failure) -> Policy {
    var policy =
      try options.policy.map { (name) throws(Failure) in try Policy.named(name) }
      ?? .defaultPolicy
    if let memory = options.memory { policy.limits.memory = memory }
    if let stack = options.stack { policy.limits.stack = stack }
    if let timeout = options.timeout { policy.limits.timeout = timeout }
    if let cpuTime = options.cpuTime { policy.limits.cpuTime = cpuTime }
    if let size = options.maxFileSize { policy.limits.maxFileSize = size }
    return policy
  }

  /// Of variables that are set twice the last value counts, at the first's place.
  private static func lastOfEach(_ variables: [String]) -> [String] {
    var order: [Substring] = []
    var values: [Substring: String] = [:]
    for variable in variables {
      let name = variable.prefix { $0 != "=" }
      if values.updateValue(variable, forKey: name) == nil { order.append(name) }
    }
    return order.compactMap { values[$0] }
  }

  private func open(_ directory: RunOptions.Directory) throws(Failure) -> Granted {
    let most = policy.capabilities.directories
    let wanted = directory.access ?? most
    guard most != .none else {
      throw .usage(
        "--dir \(directory): policy \(policy.name) grants no directories; --policy strict allows reading"
      )
    }
    guard wanted <= most else {
      throw .usage(
        "--dir \(directory): policy \(policy.name) allows directories to be read only; "
          + "--policy standard allows writing")
    }
    let descriptor = Glibc.open(directory.host, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw Failure(
        .setupFailed,
        "cannot open directory \"\(directory.host)\" for --dir: \(describe(errno: errno))")
    }
    return Granted(
      descriptor: descriptor, guestPath: directory.guest, isReadOnly: wanted == .readOnly)
  }

  /// The limits of the guest's process.
  var limits: GuestLimits {
    var limits = GuestLimits()
    if let memory = policy.limits.memory { limits.memoryBytes = memory }
    limits.stackBytes = policy.limits.stack
    if let size = policy.limits.maxFileSize { limits.fileBytes = size }
    if let time = policy.limits.cpuTime { limits.cpuSeconds = (time + 999) / 1000 }
    limits.openFiles = policy.limits.openFiles
    return limits
  }
}
