// The messages between a guest and its broker, one packet each on a SOCK_SEQPACKET socket. The
// guest asks and waits for the answer; only `close` has none.

/// What a guest may ask of the broker.
public enum BrokerOperation: UInt32, CaseIterable, Sendable {
  /// A path: opens it. Gives a handle, and for files their descriptor.
  case open
  /// A handle: forgets it. Not answered.
  case close
  /// A path: its filestat.
  case status
  /// A handle: its filestat.
  case handleStatus
  case setTimes
  case handleSetTimes
  /// A handle of a file: `first` is the offset, `second` the length.
  case allocate
  case createDirectory
  case removeDirectory
  case unlink
  case rename
  case link
  /// The first path is the text of the link.
  case symlink
  /// Gives the text of the link, at most `first` bytes.
  case readLink
  /// A handle of a directory: entries from cookie `first` on, less `second` bytes, at most
  /// ``BrokerRequest/limit``.
  case list
}

/// The head of a request; `pathLength` bytes and then `otherPathLength` bytes follow.
public struct BrokerRequest: BitwiseCopyable, Sendable {
  public var operation: UInt32
  /// Handle of the directory that the first path starts from, or the handle that is meant.
  public var handle: UInt32
  /// Handle of the directory that the second path starts from.
  public var otherHandle = Self.noHandle
  public var pathLength: UInt32 = 0
  public var otherPathLength: UInt32 = 0
  /// Bits of ``BrokerLookup``.
  public var lookup: UInt32 = 0
  /// ``WASIOpenFlags`` of `open`.
  public var openFlags: UInt16 = 0
  /// ``WASIFdFlags`` of `open`.
  public var fdFlags: UInt16 = 0
  /// ``WASITimeFlags`` of `setTimes`.
  public var timeFlags: UInt16 = 0
  public var reserved: UInt16 = 0
  /// Most bytes that the answer may hold.
  public var limit: UInt32 = 0
  public var reserved2: UInt32 = 0
  public var first: UInt64 = 0
  public var second: UInt64 = 0

  @_noLocks
  public init(_ operation: BrokerOperation, _ handle: UInt32) {
    self.operation = operation.rawValue
    self.handle = handle
  }

  public static var noHandle: UInt32 { @_noLocks get { UInt32.max } }
  /// `PATH_MAX` without the NUL.
  public static var pathLimit: Int { @_noLocks get { 4095 } }
  public static var messageLimit: Int {
    @_noLocks get { MemoryLayout<BrokerRequest>.size + 2 * pathLimit }
  }
}

/// How a path is looked up.
public struct BrokerLookup: OptionSet, Sendable {
  public let rawValue: UInt32
  @_noLocks public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Follow a symbolic link at the end of the path.
  public static var follow: Self { @_noLocks get { Self(rawValue: 1 << 0) } }
  /// `open`: for reading.
  public static var read: Self { @_noLocks get { Self(rawValue: 1 << 1) } }
  /// `open`: for writing.
  public static var write: Self { @_noLocks get { Self(rawValue: 1 << 2) } }
}

/// The head of a reply; `length` bytes follow.
public struct BrokerReply: BitwiseCopyable, Sendable {
  /// A ``WASIErrno``; `notcapable` for a path that leads outside.
  public var errno: UInt32 = 0
  /// `open`: the new handle.
  public var handle: UInt32 = BrokerRequest.noHandle
  /// With an errno: one more than the ``DenialKind`` of the rule behind it; 0 where it is the file
  /// system's own answer.
  public var refusal: UInt32 = 0
  /// 1 if that is about the second path.
  public var refusesOther: UInt32 = 0
  public var length: UInt32 = 0
  public var reserved: UInt32 = 0
  /// `open` and `status`.
  public var filestat = WASIFilestat()

  @_noLocks public init() {}

  /// Most bytes after the head.
  public static var dataLimit: Int { @_noLocks get { 65536 } }
  public static var messageLimit: Int {
    @_noLocks get { MemoryLayout<BrokerReply>.size + dataLimit }
  }
}
