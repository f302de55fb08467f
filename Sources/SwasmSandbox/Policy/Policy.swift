public import SwasmLockdown
import SwasmWASI

/// What a program may use, in the words of people: capabilities and limits. The system calls follow.
public struct Policy: Equatable, Sendable {
  public var name: String
  public var capabilities: Capabilities
  public var limits: Limits
  public var grants = Grants()
  /// Second walls without which nothing runs: ``Protections/secondWalls``.
  public var require: Protections = []

  /// What `limits.open-files` may be: below, the sandbox's own descriptors would not fit.
  static let openFilesRange: ClosedRange<UInt64> = 16...65536

  public struct Capabilities: Equatable, Sendable {
    public var stdin = true
    public var stdout = true
    public var stderr = true
    /// Sleeping, and waiting for descriptors. Reading a clock costs no system call and is always possible.
    public var waiting = false
    public var random = false
    /// What `--dir` may grant.
    public var directories = DirectoryAccess.none
    /// Sockets that `--tcplisten` and `--socket` may grant. A guest makes none of its own.
    public var sockets = false
    /// Names of the launcher's variables that the guest gets without `--env`.
    public var environment: [String] = []
  }

  /// What a run has without options: as if they stood on the command line, before those that do.
  public struct Grants: Equatable, Sendable {
    public var directories: [RunOptions.Directory] = []
    /// `NAME=VALUE` each.
    public var variables: [String] = []
    public var listeners: [SocketAddress] = []

    var isEmpty: Bool { self == Grants() }
  }

  /// nil: no limit beyond WebAssembly's and the launcher's own.
  public struct Limits: Equatable, Sendable {
    /// Bytes of linear memory, and of what else the program takes beyond a small constant.
    public var memory: UInt64?
    /// Bytes.
    public var stack: UInt64 = 8 << 20
    /// Milliseconds of wall-clock time, compilation included.
    public var timeout: UInt64?
    /// Milliseconds of processor time, compilation included.
    public var cpuTime: UInt64?
    /// Bytes that a written file can grow to.
    public var maxFileSize: UInt64?
    /// Bytes on standard output and standard error together.
    public var maxOutput: UInt64?
    public var openFiles: UInt64 = 1024
    /// Names that may be added to the granted directories.
    public var maxFiles: UInt64?
    /// Bytes written to files in the granted directories, over the whole run.
    public var maxWritten: UInt64?
    /// Of the compiler's process.
    public var compiler = CompilerLimits()
  }

  public init(name: String, capabilities: Capabilities, limits: Limits) {
    self.name = name
    self.capabilities = capabilities
    self.limits = limits
  }

  /// The narrowest level of system calls that the capabilities need.
  var level: Level {
    if capabilities.sockets { return .network }
    if capabilities.directories != .none { return .standard }
    return capabilities.waiting || capabilities.random ? .strict : .pure
  }
}

/// How much of a directory a guest gets.
public enum DirectoryAccess: String, CaseIterable, Comparable, Sendable {
  case none
  case readOnly = "read-only"
  /// Changes are kept apart, and the directory stays as it is.
  case copyOnWrite = "copy-on-write"
  case readWrite = "read-write"

  public static func < (a: Self, b: Self) -> Bool {
    allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
  }

  /// Can the program write, whatever becomes of it?
  var allowsChanges: Bool { self >= .copyOnWrite }
}

extension Policy {
  /// The level of a run with or without directories and sockets. Where directories are only for reading, the calls
  /// on files are there when a directory is; a program that may write files may have one as its standard output too.
  func level(grantsDirectories: Bool, grantsSockets: Bool = false) -> Level {
    var narrowed = self
    narrowed.capabilities.sockets = capabilities.sockets && grantsSockets
    if !grantsDirectories, !capabilities.directories.allowsChanges {
      narrowed.capabilities.directories = .none
    }
    return narrowed.level
  }

  /// Guests that differ by what is granted to them.
  struct KindOfGuest: Equatable {
    /// The option that makes the difference.
    var grant: String?
    var level: Level

    var name: String { grant.map { " with \($0)" } ?? "" }
  }

  /// The kinds that get different system calls under this policy, by rising level.
  var kindsOfGuests: [KindOfGuest] {
    var kinds = [KindOfGuest(grant: nil, level: level(grantsDirectories: false))]
    let widened = [
      (RunOption.dir.flag, level(grantsDirectories: true)),
      (RunOption.tcplisten.flag, level(grantsDirectories: true, grantsSockets: true)),
    ]
    for (flag, level) in widened where level > kinds[kinds.count - 1].level {
      kinds.append(KindOfGuest(grant: flag, level: level))
    }
    return kinds
  }

  /// A guest that is granted all that the policy has.
  var widestKind: KindOfGuest { kindsOfGuests[kindsOfGuests.count - 1] }

  /// What the WASI functions may ask the kernel for.
  func needs(at level: Level) -> WASINeeds {
    var needs = GuestCapabilities.grants(of: level)
    if !capabilities.waiting { needs.subtract([.sleep, .poll]) }
    if !capabilities.random { needs.remove(.random) }
    if !capabilities.directories.allowsChanges { needs.remove(.resize) }
    return needs
  }

  var standardStreams: [Bool] { [capabilities.stdin, capabilities.stdout, capabilities.stderr] }

  /// Every key with its value, in one form only: what ``sha256`` is the hash of.
  public var canonicalText: String {
    PolicyKey.allCases.map { "\($0.rawValue) = \($0.text(in: self))\n" }.joined()
  }

  /// Identifies what was granted, whatever file it came from.
  var sha256: String { SHA256.hexadecimal(Array(canonicalText.utf8)) }
}
