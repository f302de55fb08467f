/// What a guest is given, settled before lock-down.
public struct WASIConfiguration {
  /// A directory that the guest finds open.
  public struct Preopen: Equatable, Sendable {
    /// The name under which the guest knows it.
    public var guestPath: [UInt8]
    /// The broker's handle of it.
    public var handle: UInt32

    public init(guestPath: [UInt8], handle: UInt32) {
      self.guestPath = guestPath
      self.handle = handle
    }
  }

  /// A socket that the guest finds open, after the directories.
  public struct Socket: Equatable, Sendable {
    public var descriptor: Int32
    public var isListening: Bool

    public init(descriptor: Int32, isListening: Bool) {
      self.descriptor = descriptor
      self.isListening = isListening
    }
  }

  /// `argv`, the program's name first. NUL bytes cut a string short.
  public var arguments: [[UInt8]] = []
  /// `NAME=VALUE` each.
  public var environment: [[UInt8]] = []
  public var preopens: [Preopen] = []
  public var sockets: [Socket] = []
  /// Which of the descriptors 0, 1 and 2 the guest may use.
  public var standardStreams: [Bool] = [true, true, true]
  /// The level's grants, without regard to what the module imports.
  public var allowed: WASINeeds = .standard
  /// Socket to the broker, or −1.
  public var channel: Int32 = -1
  /// Most descriptors that one `poll_oneoff` waits for; the filter's limit on `nfds`.
  public var pollLimit = 64
  /// Most descriptors that the guest has open.
  public var descriptorLimit = 1024
  /// Bytes that may be written to files reached through directories, and set aside in them.
  public var writtenLimit = UInt64.max
  /// Each call is written to standard error; the filter has to hold the call for that.
  public var traces = false
  /// A ``StatusPage`` shared with the launcher, of ``StatusPage/byteCount`` zero bytes.
  public var statusPage: UnsafeMutableRawPointer?

  public init() {}
}
