import SwasmModule
import SwasmWASI

/// The narrowest policy for what a program used, with a reason for each line.
struct LearntPolicy {
  private(set) var policy: Policy
  /// By key; of a list by item.
  private(set) var reasons: [PolicyKey: [String]] = [:]

  private let observed: Observation

  init(_ observed: Observation, _ grants: [LearntGrants.Grant]) {
    self.observed = observed
    let options = observed.options
    policy = Policy(
      name: "learnt for \(Self.baseName(options.module))", capabilities: Policy.Capabilities(),
      limits: Policy.Limits())
    policy.require = observed.policy.require
    for (key, use) in Self.flags { take(key, use) }
    takeDirectories(grants)
    takeVariables(options)
    takeSockets(options)
    takeLimits(options)
  }

  private static let flags: [(PolicyKey, CapabilityUse)] = [
    (.stdin, .stdin), (.stdout, .stdout), (.stderr, .stderr), (.waiting, .waiting),
    (.random, .random), (.sockets, .sockets),
  ]

  private static func baseName(_ path: String) -> String {
    String(Substring(path.utf8.split(separator: UInt8(ascii: "/")).last ?? path.utf8[...]))
  }

  /// What was used and allowed.
  private mutating func take(_ key: PolicyKey, _ use: CapabilityUse) {
    guard case .flag(let path) = key.kind else { return }
    policy[keyPath: path] = false
    guard let function = observed.uses[use], observed.policy[keyPath: path] else { return }
    policy[keyPath: path] = true
    reasons[key] = [function]
  }

  private mutating func takeDirectories(_ grants: [LearntGrants.Grant]) {
    policy.grants.directories = grants.map(\.directory)
    reasons[.grantedDirectories] = grants.map(\.reason)
    let most = policy.grants.directories.compactMap(\.access).max() ?? .none
    policy.capabilities.directories = most
    reasons[.directories] = grants.first { $0.directory.access == most }.map { [$0.reason] }
    // The least that allows --tmp.
    if most < .copyOnWrite, let use = observed.temporaryUse {
      policy.capabilities.directories = .copyOnWrite
      reasons[.directories] = ["\(use.operation.function) in /tmp, which --tmp gives"]
    }
    // Positions in streams are for those who may write files: see Policy.level(grantsDirectories:grantsSockets:).
    if most == .none, let function = observed.uses[.streamPosition],
      observed.policy.capabilities.directories == .readWrite
    {
      policy.capabilities.directories = .readWrite
      reasons[.directories] = ["\(function), in a standard stream that is a file"]
    }
  }

  private mutating func takeVariables(_ options: RunOptions) {
    guard let function = observed.uses[.environment] else { return }
    let passedOn = observed.policy.capabilities.environment + options.passedOn
    policy.capabilities.environment = passedOn.reduce(into: []) { names, name in
      if !names.contains(name) { names.append(name) }
    }
    policy.grants.variables = options.environment.filter { variable in
      !options.passedOn.contains { variable.utf8.starts(with: "\($0)=".utf8) }
    }
    reasons[.environment] = [function]
    reasons[.grantedVariables] = policy.grants.variables.map { _ in function }
  }

  private mutating func takeSockets(_ options: RunOptions) {
    guard let function = observed.uses[.sockets] else { return }
    policy.grants.listeners = options.sockets.compactMap {
      if case .listening(let address) = $0 { address } else { nil }
    }
    reasons[.grantedListeners] = policy.grants.listeners.map { _ in function }
  }

  // MARK: Limits

  /// Twice of what was used, rounded up to a power of two, at least `least`, and no more than was allowed.
  private static func doubled(_ used: UInt64, least: UInt64, most: UInt64?) -> UInt64 {
    let (wanted, overflow) = max(used, 1).multipliedReportingOverflow(by: 2)
    var limit = least
    while limit < wanted, limit < Quantities.mostBytes { limit *= 2 }
    return min(overflow ? Quantities.mostBytes : limit, most ?? .max)
  }

  private mutating func takeLimits(_ options: RunOptions) {
    let allowed = observed.policy.limits
    policy.limits.memory = Self.doubled(observed.memory, least: 4 << 20, most: allowed.memory)
    reasons[.memory] = ["\(Quantities.rounded(bytes: observed.memory)) used"]
    policy.limits.cpuTime = min((observed.cpu / 500 + 1) * 1000, allowed.cpuTime ?? .max)
    reasons[.cpuTime] = ["\(Quantities.text(milliseconds: observed.cpu)) used"]
    let granted = policy.grants.directories.count { $0.access != DirectoryAccess.none }
    let descriptors = UInt64(3 + granted + options.sockets.count) + observed.opened
    policy.limits.openFiles = Self.doubled(descriptors, least: 16, most: allowed.openFiles)
    reasons[.openFiles] = ["\(descriptors) used"]
    policy.limits.stack = allowed.stack
    reasons[.stack] = ["not measured"]
    policy.limits.timeout = allowed.timeout
    policy.limits.compiler = allowed.compiler
    for key in [PolicyKey.timeout, .compileMemory, .compileTime] { reasons[key] = ["as given"] }
    takeOutputLimit(allowed)
    guard policy.grants.directories.contains(where: { $0.access == .readWrite }) else { return }
    takeFileLimits(allowed)
  }

  private mutating func takeOutputLimit(_ allowed: Policy.Limits) {
    guard policy.capabilities.stdout || policy.capabilities.stderr else { return }
    // Output that is counted goes through a pipe, which has no position.
    if observed.uses[.streamPosition] != nil {
      policy.limits.maxOutput = allowed.maxOutput
      return
    }
    policy.limits.maxOutput = Self.doubled(
      observed.output, least: 64 << 10, most: allowed.maxOutput)
    reasons[.maxOutput] = ["\(Quantities.rounded(bytes: observed.output)) written"]
  }

  private mutating func takeFileLimits(_ allowed: Policy.Limits) {
    // A file may have been cut after it was larger than at the end.
    let largest = max(observed.totals.largestFile, observed.written)
    policy.limits.maxFileSize = Self.doubled(
      largest, least: 64 << 10, most: allowed.maxFileSize)
    reasons[.maxFileSize] = ["\(Quantities.rounded(bytes: largest)) in one file at most"]
    policy.limits.maxWritten = Self.doubled(
      observed.written, least: 64 << 10, most: allowed.maxWritten)
    reasons[.maxWritten] = ["\(Quantities.rounded(bytes: observed.written)) written"]
    policy.limits.maxFiles = Self.doubled(
      observed.totals.names, least: 16, most: allowed.maxFiles)
    reasons[.maxFiles] = ["\(Quantities.count(observed.totals.names, "name", "names")) added"]
  }
}
