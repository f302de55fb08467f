import SwasmLockdown

/// What a result tells of a run besides its end; filled in as it becomes known.
struct RunContext {
  /// How messages name the program.
  var program: String
  var policy: Policy?
  /// With the limits that options set.
  var limits: Policy?
  /// Options that allow more than the policy.
  var widened: [String] = []
  var moduleHash: String?
  var cache: CacheUse = .off
  /// What compiling took, where something was compiled.
  var compilation: ProcessEnd?
  /// The granted directories are mounts of their own; nil without directories.
  var hasOwnMounts: Bool?
  /// System calls of the guest's filter.
  var systemCalls: [String]?
}

/// What the cache had to do with a run.
enum CacheUse: String {
  /// Not asked.
  case off
  case hit
  case miss
}
