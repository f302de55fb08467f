import Glibc
import SwasmRuntime

/// Why a guest could not be instantiated, in words that say what can be done about it.
struct InstantiationMessage {
  let plan: GuestPlan
  /// What the runtime calls the root; nil when a preloaded module has the same name.
  let root: String?

  func text(_ error: InstantiationError) -> String {
    var named = error
    if named.module == root { named.module = plan.program }
    let place = named.item.isEmpty ? named.module : "\(named.module): \(named.item)"
    switch error.failure {
    case .memoryLimit(let pages, _):
      return "\(place): \(error.failure) by \(plan.memoryLimitSource)" + mend(pages)
    case .overBudget(let what, let total, _):
      return "\(place): with its \(what) the program takes \(Quantities.rounded(bytes: total)); "
        + Self.allowed(plan)
    case .addressSpaceRefused(let what, let bytes, let errno):
      // So much is only wanted for guards.
      let mend =
        what == "guest stack"
        ? "; \(RunOption.stack.flag) sets its size"
        : bytes > 8 << 30 ? "; compile with --checked-memory to do without it" : ""
      return "\(place): cannot reserve \(Quantities.text(bytes: bytes)) for \(what): "
        + describe(errno: errno) + mend + AddressSpace.hint
    case .uncheckedCode:
      return "\(place): \(error.failure); compile it with --checked-memory" + AddressSpace.hint
    default: return named.description
    }
  }

  /// What the run may take.
  static func allowed(_ plan: GuestPlan) -> String {
    "\(plan.memoryLimitSource) allows \(Quantities.text(bytes: plan.limits.memoryBytes)), and "
      + "\(Quantities.text(bytes: RuntimeLimits.otherBytes)) for all that is not a memory"
  }

  /// Nothing where no flag would do: a 32-bit memory has no more than 65536 pages.
  private func mend(_ pages: UInt64) -> String {
    pages <= 65536 ? "; --memory \(Quantities.text(bytes: pages << 16)) would do" : ""
  }
}

extension InstantiationFailure {
  /// Whose fault it is.
  var setupError: SharedPages.SetupError {
    switch self {
    case .addressSpaceRefused, .codeNotMapped: .setupFailed
    case .memoryLimit, .overBudget: .memoryLimit
    default: .moduleUnusable
    }
  }
}

/// The process's room for mappings.
enum AddressSpace {
  /// Reservations take 20 GiB for a memory, for a moment, and 64 GiB for a table: with less than this they are not relied on.
  private static let enough: UInt64 = 1 << 40

  /// There is too little of it for guards around memories.
  static var isShort: Bool { limit.map { $0 < enough } ?? false }

  /// Bytes; nil: as much as the processor has.
  private static var limit: UInt64? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      limit.rlim_cur != rlim_t.max
    else { return nil }
    return UInt64(limit.rlim_cur)
  }

  /// When the kernel refuses memory: the limit that may be the cause, and how to lift it. Empty without a limit.
  static var hint: String {
    guard let limit else { return "" }
    return "; `ulimit -v` limits the address space to "
      + "\(Quantities.text(bytes: limit)): lift that, and limit memory with --memory"
  }
}
