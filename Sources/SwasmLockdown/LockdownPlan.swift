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

/// A directory that a process may still open paths beneath.
public struct PathGrant: Equatable, Sendable {
  public var descriptor: Int32
  public var isWritable: Bool

  public init(descriptor: Int32, isWritable: Bool) {
    self.descriptor = descriptor
    self.isWritable = isWritable
  }
}

/// Everything that the last steps need, in memory that they only read: identity, limits, grants, seals
/// and the compiled filter. `lockdown.c` holds the steps, in order.
public struct LockdownPlan: ~Copyable {
  /// SAFETY: these own what they point to, until deinit; `plan` points into the others.
  let plan: UnsafeMutablePointer<swasm_plan>
  private let limits: UnsafeMutableBufferPointer<swasm_limit>
  private let grants: UnsafeMutableBufferPointer<swasm_grant>
  private let sealed: UnsafeMutableBufferPointer<swasm_span>
  private let filter: UnsafeMutableBufferPointer<UInt64>

  /// What depends on the role rather than on the run.
  public struct Options {
    public var identity = Identity.keep
    /// Directories that stay reachable.
    public var grants: [PathGrant] = []
    /// Mappings that nothing can change any more, page by page; every byte of them is mapped.
    public var sealed: [UnsafeRawBufferPointer] = []
    /// Of ``Protections/secondWalls``: those without which it fails.
    public var required: Protections = []
    /// Wanted of `.indirectBranch` and `.storeBypass`.
    public var speculation: Protections = .indirectBranch
    /// The filter is for all threads of the process. What holds for one thread only is done by
    /// ``restrictEarly(identity:required:)`` before the first one starts; keep `identity` here.
    public var allThreads = false
    /// A page that receives the protections and is then read-only for good; nil: nobody is told.
    public var report: UnsafeMutableRawPointer?

    public init() {}
  }

  /// Copies everything into place; the last chance to allocate.
  public init(filter program: FilterProgram, limits: ResourceLimits, options: Options = Options()) {
    self.limits = Self.copy(limits.list)
    grants = Self.copy(
      options.grants.map {
        swasm_grant(descriptor: $0.descriptor, writable: $0.isWritable ? 1 : 0)
      })
    sealed = Self.copy(
      options.sealed.map {
        swasm_span(start: UInt64(UInt(bitPattern: $0.baseAddress)), length: UInt64($0.count))
      })
    filter = Self.copy(program.instructions)
    plan = .allocate(capacity: 1)
    plan.initialize(
      to: swasm_plan(
        identity: options.identity.plan, limits: self.limits.baseAddress,
        limit_count: self.limits.count, grants: grants.baseAddress, grant_count: grants.count,
        sealed: sealed.baseAddress, sealed_count: sealed.count,
        paths_restricted: options.allThreads ? 1 : 0,
        required: options.required.intersection(.secondWalls).rawValue,
        speculation: options.speculation.rawValue, all_threads: options.allThreads ? 1 : 0,
        filter: filter.baseAddress, filter_length: UInt16(program.instructions.count),
        report: options.report?.assumingMemoryBound(to: UInt32.self)))
  }

  private static func copy<Element>(_ list: [Element]) -> UnsafeMutableBufferPointer<Element> {
    let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: list.count)
    _ = copy.initialize(from: list)
    return copy
  }

  /// Locks the calling process down, for ever. From here on nothing may allocate, take a contended
  /// lock, initialise a global lazily or free, except in roles whose rows hold the allocator's calls.
  /// The plan's own memory is left where it is.
  ///
  /// - Returns: the protections that are on.
  /// - Throws: the step that failed; the process has to end then, and running on is not safe.
  @discardableResult
  public consuming func lockDown() throws(LockdownError) -> Protections {
    var protections: UInt32 = 0
    let failure = swasm_lock_down(plan, &protections)
    discard self
    try LockdownError.check(failure)
    return Protections(rawValue: protections)
  }

  deinit {
    plan.deallocate()
    limits.deallocate()
    grants.deallocate()
    sealed.deallocate()
    filter.deallocate()
  }
}

/// The steps that hold for the calling thread and those that it starts: identity, capabilities, the death
/// signal, NO_NEW_PRIVS, Landlock. For a process that starts threads before its ``LockdownPlan/lockDown()``.
///
/// - Returns: the protections that are on by now.
@discardableResult
public func restrictEarly(identity: Identity, required: Protections) throws(LockdownError)
  -> Protections
{
  var protections: UInt32 = 0
  var plan = identity.plan
  try LockdownError.check(
    swasm_restrict_early(&plan, required.intersection(.secondWalls).rawValue, &protections))
  return Protections(rawValue: protections)
}
