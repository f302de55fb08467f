import SwasmModule

/// Why the guest was refused something: one case per flag that would have granted it.
public enum DenialKind: UInt8, CaseIterable, Sendable {
  /// A path, but no directory is granted under the descriptor.
  case noDirectory
  /// A path that leads out of the granted directory.
  case outside
  /// A change beneath a directory granted for reading.
  case readOnly
  /// A place that a rule shuts.
  case denied
  /// A file system that is mounted there, where a broker can let none in.
  case mount
  /// One that is an interface of the kernel's.
  case kernelMount
  /// A name on the way to a directory that is granted otherwise.
  case pinned
  /// A symbolic link that would lead out of the granted directory.
  case outwardLink
  case sleep
  case poll
  case random
  case sockets
  case files
  /// Standard streams.
  case stdin, stdout, stderr
  /// More descriptors than the limit.
  case openFiles
  /// A file larger than the limit.
  case fileSize
  /// One name more in the granted directories than the limit.
  case fileCount
  /// More bytes to files than the limit.
  case written

  /// The rule that a reply of the broker's names; nil: none.
  @_noLocks
  init?(refusal: UInt32) {
    guard refusal > 0 else { return nil }
    self.init(rawValue: UInt8(truncatingIfNeeded: refusal &- 1))
  }

  /// Those that are about a path may differ from each other; of the others one says it all.
  var hasPath: Bool { @_noLocks get { rawValue <= 7 /* outwardLink */ } }
}

/// One refusal, as the guest's process recorded it.
public struct Denial: Equatable, Sendable {
  public var kind: DenialKind
  /// The path as the guest knows it, cut at ``StatusPage/pathLimit`` bytes; empty where there is
  /// none. Bytes that are no UTF-8 as in ``ByteText``.
  public var path: String
  /// Was the path wanted for a change?
  public var isWrite: Bool

  public init(kind: DenialKind, path: String, isWrite: Bool) {
    self.kind = kind
    self.path = path
    self.isWrite = isWrite
  }
}

/// A page that guest and launcher share: how the guest ended, and its first refusals.
///
///     0  u32 1 once proc_exit was called     4  u32 its code
///     8  u32 refusals, those not kept included     12  u32 bit per kind without a path that is kept
///     16 u64 bytes written to the standard streams
///     24 u8 per ``CapabilityUse``     40 u64 bytes written to files in directories
///     48 u64 most descriptors that were open
///     64… refusals of 256 bytes: kind u8, write u8, path length u16, path
///
/// The guest may write anything to it: the launcher believes nothing that it has not checked.
public enum StatusPage {
  public static var byteCount: Int { @_noLocks get { 8192 } }
  public static var pathLimit: Int { @_noLocks get { 252 } }
  private static var firstDenial: Int { @_noLocks get { 64 } }
  private static var denialSize: Int { @_noLocks get { 256 } }
  public static var denialLimit: Int { @_noLocks get { (byteCount - firstDenial) / denialSize } }

  @_noLocks
  static func recordExit(_ code: UInt32, in page: UnsafeMutableRawPointer) {
    (page + 4).storeBytes(of: code, as: UInt32.self)
    page.storeBytes(of: 1, as: UInt32.self)
  }

  /// Starts a refusal; its path is given in pieces.
  @_noLocks
  static func recordDenial(_ kind: DenialKind, isWrite: Bool, in page: UnsafeMutableRawPointer)
    -> UnsafeMutableRawPointer?
  {
    let count = (page + 8).load(as: UInt32.self)
    let seen = (page + 12).load(as: UInt32.self)
    let bit: UInt32 = kind.hasPath ? 0 : 1 &<< UInt32(kind.rawValue)
    guard seen & bit == 0 else { return nil }
    (page + 12).storeBytes(of: seen | bit, as: UInt32.self)
    (page + 8).storeBytes(of: count &+ 1, as: UInt32.self)
    guard count < UInt32(truncatingIfNeeded: denialLimit) else { return nil }
    let entry = page + (firstDenial &+ denialSize &* Int(count))
    entry.storeBytes(of: kind.rawValue, as: UInt8.self)
    (entry + 1).storeBytes(of: isWrite ? 1 : 0, as: UInt8.self)
    (entry + 2).storeBytes(of: 0, as: UInt16.self)
    return entry
  }

  @_noLocks
  static func appendPath(
    _ bytes: UnsafeRawPointer, _ count: Int, to entry: UnsafeMutableRawPointer
  ) {
    let length = Int((entry + 2).load(as: UInt16.self))
    let added = min(count, pathLimit &- length)
    for index in 0..<added {
      let byte = (bytes + index).load(as: UInt8.self)
      (entry + (4 &+ length &+ index)).storeBytes(of: byte, as: UInt8.self)
    }
    (entry + 2).storeBytes(of: UInt16(truncatingIfNeeded: length &+ added), as: UInt16.self)
  }

  @_noLocks
  static func countOutput(_ bytes: Int, in page: UnsafeMutableRawPointer) {
    let total = (page + 16).load(as: UInt64.self)
    (page + 16).storeBytes(of: total &+ UInt64(truncatingIfNeeded: bytes), as: UInt64.self)
  }

  /// Bytes written to the standard streams.
  public static func outputBytes(in page: UnsafeRawPointer) -> UInt64 {
    (page + 16).load(as: UInt64.self)
  }

  /// The code given to `proc_exit`, if that was how the guest ended.
  public static func exitCode(in page: UnsafeRawPointer) -> UInt32? {
    page.load(as: UInt32.self) == 1 ? (page + 4).load(as: UInt32.self) : nil
  }

  /// The refusals that were kept, and how many there were. Control characters in paths are
  /// replaced.
  public static func denials(in page: UnsafeRawPointer) -> (kept: [Denial], total: Int) {
    let total = Int((page + 8).load(as: UInt32.self))
    var kept: [Denial] = []
    for index in 0..<min(total, denialLimit) {
      let entry = page + (firstDenial + denialSize * index)
      guard let kind = DenialKind(rawValue: entry.load(as: UInt8.self)) else { continue }
      let length = min(Int((entry + 2).load(as: UInt16.self)), pathLimit)
      let bytes = UnsafeRawBufferPointer(start: entry + 4, count: length)
      let path = ByteText.string(bytes.map { $0 < 0x20 || $0 == 0x7f ? 0x3f : $0 })
      kept.append(
        Denial(kind: kind, path: path, isWrite: (entry + 1).load(as: UInt8.self) != 0))
    }
    return (kept, total)
  }
}

extension GuestCall {
  /// Notes that a limit is the reason for an errno.
  @_noLocks
  func noteLimit(_ error: WASIErrno) {
    if error == .mfile { _ = deny(.openFiles) }
    if error == .fbig { _ = deny(.fileSize) }
    if error == .dquot { _ = deny(.fileCount) }
  }

  /// Records that something is not granted, and gives the errno for it.
  @_noLocks
  func deny(_ kind: DenialKind) -> WASIErrno {
    if let status = state.pointee.status {
      _ = StatusPage.recordDenial(kind, isWrite: false, in: status)
    }
    return .notcapable
  }

  /// Records that a path is not granted. `root` is the index of the preopened directory it was
  /// reached through.
  @_noLocks
  func recordPathDenial(
    _ kind: DenialKind, isWrite: Bool, root: UInt32, path: UnsafeRawPointer, length: Int
  ) {
    guard let status = state.pointee.status,
      let entry = StatusPage.recordDenial(kind, isWrite: isWrite, in: status)
    else { return }
    if Int(root) < state.pointee.preopenNames.count {
      let names = state.pointee.preopenNames
      let name = names.bytes + names.offsets[Int(root)]
      let count = names.length(Int(root))
      StatusPage.appendPath(name, count, to: entry)
      var slash: UInt8 = 0x2f
      if count > 0, name[count &- 1] != slash { StatusPage.appendPath(&slash, 1, to: entry) }
    }
    StatusPage.appendPath(path, length, to: entry)
  }
}
