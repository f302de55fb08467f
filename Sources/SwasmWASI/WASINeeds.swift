/// What a WASI function may ask of the kernel, in the words of the system-call table: a guest's
/// filter holds the calls that its level allows and that its imports need.
public struct WASINeeds: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32
  @_noLocks public init(rawValue: UInt32) { self.rawValue = rawValue }
  @_noLocks public func contains(_ other: Self) -> Bool {
    rawValue & other.rawValue == other.rawValue
  }

  public static var read: Self { @_noLocks get { Self(rawValue: 1 << 0) } }
  public static var write: Self { @_noLocks get { Self(rawValue: 1 << 1) } }
  /// `clock_nanosleep`
  public static var sleep: Self { @_noLocks get { Self(rawValue: 1 << 2) } }
  /// `ppoll`
  public static var poll: Self { @_noLocks get { Self(rawValue: 1 << 3) } }
  /// `getrandom`
  public static var random: Self { @_noLocks get { Self(rawValue: 1 << 4) } }
  /// `lseek`
  public static var seek: Self { @_noLocks get { Self(rawValue: 1 << 5) } }
  /// `fstat`
  public static var status: Self { @_noLocks get { Self(rawValue: 1 << 6) } }
  /// `close`
  public static var close: Self { @_noLocks get { Self(rawValue: 1 << 7) } }
  /// `fsync`, `fdatasync`
  public static var synchronize: Self { @_noLocks get { Self(rawValue: 1 << 8) } }
  /// `ftruncate`
  public static var resize: Self { @_noLocks get { Self(rawValue: 1 << 9) } }
  /// `sendto` and `recvmsg` on the broker's channel
  public static var openPaths: Self { @_noLocks get { Self(rawValue: 1 << 10) } }
  /// `preadv2` and `pwritev2` in place of `read` and `write`
  public static var vectors: Self { @_noLocks get { Self(rawValue: 1 << 11) } }
  /// `recvfrom`, `sendto`, `accept4`, `shutdown` on sockets
  public static var sockets: Self { @_noLocks get { Self(rawValue: 1 << 12) } }

  /// The levels' grants (see the system-call table).
  public static var pure: Self { [read, write] }
  public static var strict: Self { [pure, sleep, poll, random] }
  public static var standard: Self {
    [strict, vectors, seek, status, close, synchronize, resize, openPaths]
  }
  public static var network: Self { [standard, sockets] }
}
