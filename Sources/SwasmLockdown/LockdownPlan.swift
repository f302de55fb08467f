import CSwasm

/// Who a process becomes.
public enum Identity: Equatable, Sendable {
  /// Same user and groups; capabilities are dropped all the same.
  case keep
  /// Another user and group, no supplementary groups. Not `required`: where the kernel refuses (not
  /// privileged, or an identity that the user namespace doesn't map) the old one is kept.
  case change(user: UInt32, group: UInt32, required: Bool)

  var plan: swasm_identity {
    switch self {
    case .keep: swasm_identity(switches: 0, required: 0, user: 0, group: 0)
    case .change(let user, let group, let required):
      swasm_identity(switches: 1, required: required ? 1 : 0, user: user, group: group)
    }
  }
}

/// Measures that depend on the kernel, the processor or on privilege.
public struct OptionalMeasures: OptionSet, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The process runs under the identity asked for.
  public static let identitySwitched = Self(rawValue: SWASM_MEASURE_IDENTITY_SWITCHED.rawValue)
  /// Nothing can become executable that was not (PR_SET_MDWE, Linux 6.3).
  public static let denyWriteExecute = Self(rawValue: SWASM_MEASURE_DENY_WRITE_EXECUTE.rawValue)
  /// Branch predictors are not shared with other processes.
  public static let indirectBranch = Self(rawValue: SWASM_MEASURE_INDIRECT_BRANCH.rawValue)
  /// No speculative store bypass. Slows loads after stores down, and a guest's own process holds no
  /// secret that it would protect: off unless asked for.
  public static let storeBypass = Self(rawValue: SWASM_MEASURE_STORE_BYPASS.rawValue)
}

/// Everything that the last steps need, in memory that they only read: identity, limits, measures and
/// the compiled filter. `lockdown.c` holds the steps, in order.
public struct LockdownPlan: ~Copyable {
  /// SAFETY: these three own what they point to, until deinit; `plan` points into the other two.
  let plan: UnsafeMutablePointer<swasm_plan>
  private let limits: UnsafeMutableBufferPointer<swasm_limit>
  private let filter: UnsafeMutableBufferPointer<UInt64>

  /// Copies everything into place; the last chance to allocate.
  ///
  /// - Parameters:
  ///   - speculation: wanted of `.indirectBranch` and `.storeBypass`.
  ///   - allThreads: the filter is for all threads of the process. Their capabilities and identity
  ///     are not changed: call ``dropPrivileges(to:)`` before the first thread starts, and keep
  ///     `identity` here.
  public init(
    filter program: FilterProgram, limits: ResourceLimits, identity: Identity = .keep,
    speculation: OptionalMeasures = .indirectBranch, allThreads: Bool = false
  ) {
    let list = limits.list
    self.limits = .allocate(capacity: list.count)
    _ = self.limits.initialize(from: list)
    filter = .allocate(capacity: program.instructions.count)
    _ = filter.initialize(from: program.instructions)
    plan = .allocate(capacity: 1)
    plan.initialize(
      to: swasm_plan(
        identity: identity.plan, limits: self.limits.baseAddress, limit_count: list.count,
        speculation: speculation.rawValue, all_threads: allThreads ? 1 : 0,
        filter: filter.baseAddress, filter_length: UInt16(program.instructions.count)))
  }

  /// Locks the calling process down, for ever. From here on nothing may allocate, take a contended
  /// lock, initialise a global lazily or free, except in roles whose rows hold the allocator's calls.
  /// The plan's own memory is left where it is.
  ///
  /// - Returns: the optional measures that took effect.
  /// - Throws: the step that failed; the process has to end then, and running on is not safe.
  public consuming func lockDown() throws(LockdownError) -> OptionalMeasures {
    var measures: UInt32 = 0
    let failure = swasm_lock_down(plan, &measures)
    discard self
    try LockdownError.check(failure)
    return OptionalMeasures(rawValue: measures)
  }

  deinit {
    plan.deallocate()
    limits.deallocate()
    filter.deallocate()
  }
}

/// Changes identity and empties the capability sets of the calling thread; for a process that starts
/// threads before its ``LockdownPlan/lockDown()``.
///
/// - Returns: whether the identity changed. PDEATHSIG is cleared by that; lockdown arms it again.
public func dropPrivileges(to identity: Identity) throws(LockdownError) -> OptionalMeasures {
  var measures: UInt32 = 0
  var plan = identity.plan
  try LockdownError.check(swasm_drop_privileges(&plan, &measures))
  return OptionalMeasures(rawValue: measures)
}
