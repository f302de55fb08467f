import CSwasm

/// What a locked-down process is protected by. The list and the words are in `lockdown.h`.
public struct Protections: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }
  private init(_ protection: swasm_protection) { rawValue = protection.rawValue }

  /// The process dies with the one that started it.
  public static let parentDeath = Self(SWASM_PROTECTION_PARENT_DEATH)
  /// It has no capability, in none of the sets that the kernel asks.
  public static let noCapabilities = Self(SWASM_PROTECTION_NO_CAPABILITIES)
  /// Nobody but root can trace it, and it leaves no core file.
  public static let notDumpable = Self(SWASM_PROTECTION_NOT_DUMPABLE)
  /// The limits of ``ResourceLimits``, hard.
  public static let limits = Self(SWASM_PROTECTION_LIMITS)
  public static let noNewPrivileges = Self(SWASM_PROTECTION_NO_NEW_PRIVILEGES)
  /// The filter made of ``SystemCallTable``.
  public static let filter = Self(SWASM_PROTECTION_FILTER)

  /// No path but the granted ones, no port, no socket or process of others (Linux 5.13).
  public static let landlock = Self(SWASM_PROTECTION_LANDLOCK)
  /// Code, tables and guards can't be unmapped or get other rights (Linux 6.10).
  public static let sealed = Self(SWASM_PROTECTION_SEALED)
  /// Nothing can become executable that was not (PR_SET_MDWE, Linux 6.3).
  public static let denyWriteExecute = Self(SWASM_PROTECTION_DENY_WRITE_EXECUTE)

  /// The process runs under a user of its own.
  public static let identitySwitched = Self(SWASM_PROTECTION_IDENTITY)
  /// Branch predictors are not shared with other processes.
  public static let indirectBranch = Self(SWASM_PROTECTION_INDIRECT_BRANCH)
  /// No speculative store bypass. Slows loads after stores down, and a guest's own process holds no
  /// secret that it would protect: off unless asked for.
  public static let storeBypass = Self(SWASM_PROTECTION_STORE_BYPASS)
  /// A broker's: the each granted directory is a mount of its own, read-only where they are to be.
  public static let detachedMounts = Self(SWASM_PROTECTION_DETACHED_MOUNTS)

  /// Those that depend on the kernel or on the launcher's rights, and that a policy may require. What they hold off
  /// is held off by a wall already, or by the broker's own checks: docs/policy.md has the argument.
  public static let secondWalls: Self = [
    .landlock, .sealed, .denyWriteExecute, .identitySwitched, .detachedMounts,
  ]

  /// Each by itself, in the order in which lists show them.
  public static let each: [Self] = (0..<32).filter { swasm_protection_name($0) != nil }
    .map { Self(rawValue: 1 << UInt32($0)) }

  /// The words of policies and results, as in `landlock`.
  public var names: [String] {
    Self.each.filter(contains).compactMap { protection in
      swasm_protection_name(Int32(protection.rawValue.trailingZeroBitCount))
        .map { String(cString: $0) }
    }
  }

  /// The protection of that name, or nil.
  public init?(name: some StringProtocol) {
    guard let found = Self.each.first(where: { $0.names.first.map { $0 == name } ?? false }) else {
      return nil
    }
    self = found
  }
}
