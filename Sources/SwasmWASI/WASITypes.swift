// The flags and small types of WASI preview 1. They are used in a process that may no longer take a
// lock, hence: constants are computed, because a stored static would be initialised on first use;
// and what the standard library gives to option sets and raw enumerations by generic code is spelt
// out, because that needs metadata.

/// `rights`: what may be done with a descriptor (base) and with those opened through it
/// (inheriting).
public struct WASIRights: OptionSet, Sendable {
  public let rawValue: UInt64
  @_noLocks public init(rawValue: UInt64) { self.rawValue = rawValue }
  @_noLocks public func contains(_ other: Self) -> Bool {
    rawValue & other.rawValue == other.rawValue
  }

  static var none: Self { @_noLocks get { Self(rawValue: 0) } }
  static var fdDatasync: Self { @_noLocks get { Self(rawValue: 1 << 0) } }
  static var fdRead: Self { @_noLocks get { Self(rawValue: 1 << 1) } }
  static var fdSeek: Self { @_noLocks get { Self(rawValue: 1 << 2) } }
  static var fdFdstatSetFlags: Self { @_noLocks get { Self(rawValue: 1 << 3) } }
  static var fdSync: Self { @_noLocks get { Self(rawValue: 1 << 4) } }
  static var fdTell: Self { @_noLocks get { Self(rawValue: 1 << 5) } }
  static var fdWrite: Self { @_noLocks get { Self(rawValue: 1 << 6) } }
  static var fdAdvise: Self { @_noLocks get { Self(rawValue: 1 << 7) } }
  static var fdAllocate: Self { @_noLocks get { Self(rawValue: 1 << 8) } }
  static var pathCreateDirectory: Self { @_noLocks get { Self(rawValue: 1 << 9) } }
  static var pathCreateFile: Self { @_noLocks get { Self(rawValue: 1 << 10) } }
  static var pathLinkSource: Self { @_noLocks get { Self(rawValue: 1 << 11) } }
  static var pathLinkTarget: Self { @_noLocks get { Self(rawValue: 1 << 12) } }
  static var pathOpen: Self { @_noLocks get { Self(rawValue: 1 << 13) } }
  static var fdReaddir: Self { @_noLocks get { Self(rawValue: 1 << 14) } }
  static var pathReadlink: Self { @_noLocks get { Self(rawValue: 1 << 15) } }
  static var pathRenameSource: Self { @_noLocks get { Self(rawValue: 1 << 16) } }
  static var pathRenameTarget: Self { @_noLocks get { Self(rawValue: 1 << 17) } }
  static var pathFilestatGet: Self { @_noLocks get { Self(rawValue: 1 << 18) } }
  static var pathFilestatSetSize: Self { @_noLocks get { Self(rawValue: 1 << 19) } }
  static var pathFilestatSetTimes: Self { @_noLocks get { Self(rawValue: 1 << 20) } }
  static var fdFilestatGet: Self { @_noLocks get { Self(rawValue: 1 << 21) } }
  static var fdFilestatSetSize: Self { @_noLocks get { Self(rawValue: 1 << 22) } }
  static var fdFilestatSetTimes: Self { @_noLocks get { Self(rawValue: 1 << 23) } }
  static var pathSymlink: Self { @_noLocks get { Self(rawValue: 1 << 24) } }
  static var pathRemoveDirectory: Self { @_noLocks get { Self(rawValue: 1 << 25) } }
  static var pathUnlinkFile: Self { @_noLocks get { Self(rawValue: 1 << 26) } }
  static var pollFdReadwrite: Self { @_noLocks get { Self(rawValue: 1 << 27) } }
  static var sockShutdown: Self { @_noLocks get { Self(rawValue: 1 << 28) } }
  static var sockAccept: Self { @_noLocks get { Self(rawValue: 1 << 29) } }

  @_noLocks public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  @_noLocks public func intersection(_ other: Self) -> Self {
    Self(rawValue: rawValue & other.rawValue)
  }
  @_noLocks public func union(_ other: Self) -> Self {
    Self(rawValue: rawValue | other.rawValue)
  }

  /// All that makes sense for a file.
  static var file: Self {
    [
      fdDatasync, fdRead, fdSeek, fdFdstatSetFlags, fdSync, fdTell, fdWrite, fdAdvise, fdAllocate,
      fdFilestatGet, fdFilestatSetSize, fdFilestatSetTimes, pollFdReadwrite,
    ]
  }
  /// All that makes sense for a directory.
  static var directory: Self {
    [
      fdFdstatSetFlags, fdSync, fdDatasync, fdAdvise, pathCreateDirectory, pathCreateFile,
      pathLinkSource, pathLinkTarget, pathOpen, fdReaddir, pathReadlink, pathRenameSource,
      pathRenameTarget, pathFilestatGet, pathFilestatSetSize, pathFilestatSetTimes, fdFilestatGet,
      fdFilestatSetTimes, pathSymlink, pathRemoveDirectory, pathUnlinkFile, pollFdReadwrite,
    ]
  }
  /// A pipe, a terminal or a socket.
  static var stream: Self {
    [fdRead, fdWrite, fdFdstatSetFlags, fdFilestatGet, pollFdReadwrite]
  }
  static var socket: Self {
    [
      fdRead, fdWrite, fdFdstatSetFlags, fdFilestatGet, pollFdReadwrite, sockShutdown, sockAccept,
    ]
  }
}

/// `filetype`.
public enum WASIFileType: UInt8, Sendable {
  case unknown, blockDevice, characterDevice, directory, regularFile, socketDatagram, socketStream
  case symbolicLink

  @_noLocks
  public static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  @_noLocks
  public static func != (a: Self, b: Self) -> Bool { a.rawValue != b.rawValue }

  /// The specification's number.
  public var code: UInt8 { @_noLocks get { rawValue } }

  @_noLocks
  public init(code: UInt8) { self = Self(rawValue: code) ?? .unknown }

  /// From the type bits of a `st_mode`.
  @_noLocks
  public init(mode: UInt32) {
    switch mode & 0o170000 {
    case 0o060000: self = .blockDevice
    case 0o020000: self = .characterDevice
    case 0o040000: self = .directory
    case 0o100000: self = .regularFile
    case 0o140000: self = .socketStream
    case 0o120000: self = .symbolicLink
    default: self = .unknown
    }
  }
}

/// `fdflags`.
public struct WASIFdFlags: OptionSet, Sendable {
  public let rawValue: UInt16
  @_noLocks public init(rawValue: UInt16) { self.rawValue = rawValue }
  @_noLocks public func contains(_ other: Self) -> Bool {
    rawValue & other.rawValue == other.rawValue
  }

  public static var append: Self { @_noLocks get { Self(rawValue: 1 << 0) } }
  public static var dsync: Self { @_noLocks get { Self(rawValue: 1 << 1) } }
  public static var nonblock: Self { @_noLocks get { Self(rawValue: 1 << 2) } }
  public static var rsync: Self { @_noLocks get { Self(rawValue: 1 << 3) } }
  public static var sync: Self { @_noLocks get { Self(rawValue: 1 << 4) } }
  static var all: Self { @_noLocks get { Self(rawValue: 0b11111) } }
}

/// `oflags`.
public struct WASIOpenFlags: OptionSet, Sendable {
  public let rawValue: UInt16
  @_noLocks public init(rawValue: UInt16) { self.rawValue = rawValue }
  @_noLocks public func contains(_ other: Self) -> Bool {
    rawValue & other.rawValue == other.rawValue
  }

  public static var create: Self { @_noLocks get { Self(rawValue: 1 << 0) } }
  public static var directory: Self { @_noLocks get { Self(rawValue: 1 << 1) } }
  public static var exclusive: Self { @_noLocks get { Self(rawValue: 1 << 2) } }
  public static var truncate: Self { @_noLocks get { Self(rawValue: 1 << 3) } }
  public static var all: Self { @_noLocks get { Self(rawValue: 0b1111) } }
}

/// `fstflags`: which times to set, and from where.
public struct WASITimeFlags: OptionSet, Sendable {
  public let rawValue: UInt16
  @_noLocks public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static var access: Self { @_noLocks get { Self(rawValue: 1 << 0) } }
  public static var accessNow: Self { @_noLocks get { Self(rawValue: 1 << 1) } }
  public static var modification: Self { @_noLocks get { Self(rawValue: 1 << 2) } }
  public static var modificationNow: Self { @_noLocks get { Self(rawValue: 1 << 3) } }

  /// Are all bits known, and is each time set in one way at most?
  public var isValid: Bool {
    @_noLocks get {
      rawValue < 16 && rawValue & 0b0011 != 0b0011 && rawValue & 0b1100 != 0b1100
    }
  }
}

/// A version of the interface: they differ in a few layouts and in the numbers of `whence`.
enum WASILayout: UInt32 {
  /// `wasi_unstable`, snapshot 0.
  case unstable
  /// `wasi_snapshot_preview1`.
  case preview1

  @_noLocks
  static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }
  @_noLocks
  static func != (a: Self, b: Self) -> Bool { a.rawValue != b.rawValue }
}
