public import CSwasm

/// `filestat` as the preview 1 layout has it: eight 64-bit numbers, times in nanoseconds.
public struct WASIFilestat: BitwiseCopyable, Equatable, Sendable {
  public var device: UInt64 = 0
  public var inode: UInt64 = 0
  public var fileType: UInt64 = 0
  public var links: UInt64 = 0
  public var size: UInt64 = 0
  public var accessTime: UInt64 = 0
  public var modificationTime: UInt64 = 0
  public var changeTime: UInt64 = 0

  @_noLocks public init() {}
}

extension WASIFilestat {
  /// From what the kernel says.
  @_noLocks
  public init(_ status: stat) {
    self.init()
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    fileType = UInt64(WASIFileType(mode: status.st_mode).code)
    links = UInt64(status.st_nlink)
    size = UInt64(bitPattern: Int64(status.st_size))
    accessTime = Self.nanoseconds(status.st_atim)
    modificationTime = Self.nanoseconds(status.st_mtim)
    changeTime = Self.nanoseconds(status.st_ctim)
  }

  /// A time before 1970 becomes 0, one that 64 bits don't hold, after 2554, the last that they do.
  @_noLocks
  static func nanoseconds(_ time: timespec) -> UInt64 {
    if time.tv_sec < 0 { return 0 }
    let seconds = UInt64(bitPattern: Int64(time.tv_sec))
    let (product, isTooMany) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, isTooMuch) = product.addingReportingOverflow(
      UInt64(bitPattern: Int64(time.tv_nsec)))
    return isTooMany || isTooMuch ? UInt64.max : sum
  }
}

extension GuestCall {
  /// Stores a filestat in the layout of the version that was imported.
  @_noLocks
  func store(_ filestat: WASIFilestat, _ address: UInt32) throws(WASIErrno) {
    guard layout == .unstable else {
      try bytes(address, 64).storeBytes(of: filestat, as: WASIFilestat.self)
      return
    }
    let result = try bytes(address, 56)
    result.storeBytes(of: filestat.device, as: UInt64.self)
    (result + 8).storeBytes(of: filestat.inode, as: UInt64.self)
    let links = UInt64(UInt32(truncatingIfNeeded: filestat.links))
    (result + 16).storeBytes(of: filestat.fileType | links &<< 32, as: UInt64.self)
    (result + 24).storeBytes(of: filestat.size, as: UInt64.self)
    (result + 32).storeBytes(of: filestat.accessTime, as: UInt64.self)
    (result + 40).storeBytes(of: filestat.modificationTime, as: UInt64.self)
    (result + 48).storeBytes(of: filestat.changeTime, as: UInt64.self)
  }
}
