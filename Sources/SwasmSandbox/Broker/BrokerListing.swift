import CSwasm
import Glibc
import SwasmWASI

/// The entries of a directory in the form in which the guest gets them, read whole when a listing
/// starts: a cookie is the number of the next entry and stays good whatever happens to the
/// directory.
struct BrokerListing {
  private var bytes: [UInt8] = []
  /// Where each entry starts, and the end.
  private var starts = [0]

  /// A guest that fills a directory must not fill its broker's memory.
  private static let byteLimit = 64 << 20

  /// From the entry of `cookie` on, less `skipped` bytes, at most `limit`.
  func slice(cookie: UInt64, skipped: UInt64, limit: Int) throws(WASIErrno) -> ArraySlice<UInt8> {
    guard cookie < starts.count else { throw .inval }
    let left = bytes.count - starts[Int(cookie)]
    guard skipped <= left else { throw .inval }
    let start = starts[Int(cookie)] + Int(skipped)
    return bytes[start..<min(bytes.count, start + limit)]
  }

  /// Reads the directory. What is above a granted directory is not told: it is its own parent.
  init(_ handle: BrokerHandle) throws(WASIErrno) {
    let directory = try Broker.openBeneath(
      handle.descriptor, [UInt8(ascii: "."), 0], flags: O_RDONLY | O_DIRECTORY)
    let own = try directory.attributes().st_ino
    append(name: [UInt8(ascii: ".")][...], inode: UInt64(own), type: .directory)
    var buffer = [UInt8](repeating: 0, count: 32768)
    while true {
      let count = try checked(
        buffer.withUnsafeMutableBytes {
          swasm_broker_list(directory.number, $0.baseAddress, $0.count)
        })
      guard count > 0 else { return }
      try appendRecords(buffer[..<count], of: directory.number, own: UInt64(own), handle.isGranted)
    }
  }

  /// `linux_dirent64`: inode u64, offset u64, record length u16, type u8, name with NUL.
  private mutating func appendRecords(
    _ records: ArraySlice<UInt8>, of directory: Int32, own: UInt64, _ isGranted: Bool
  ) throws(WASIErrno) {
    var records = records
    while records.count > 19 {
      let (inode, length, type) = records.withUnsafeBytes {
        (
          $0.loadUnaligned(as: UInt64.self),
          Int($0.loadUnaligned(fromByteOffset: 16, as: UInt16.self)), $0[18]
        )
      }
      let name = records.dropFirst(19).prefix(length - 19).prefix { $0 != 0 }
      records = records.dropFirst(length)
      if name.elementsEqual([UInt8(ascii: ".")]) { continue }
      let isParent = name.elementsEqual([UInt8(ascii: "."), UInt8(ascii: ".")])
      append(
        name: name, inode: isParent && isGranted ? own : inode,
        type: Self.fileType(type, name, directory))
      guard bytes.count <= Self.byteLimit else { throw .nomem }
    }
  }

  /// `dirent`: next cookie u64, inode u64, name length u32, type u8, 3 bytes of nothing, name.
  private mutating func append(name: ArraySlice<UInt8>, inode: UInt64, type: WASIFileType) {
    withUnsafeBytes(of: UInt64(starts.count)) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: inode) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(name.count)) { bytes.append(contentsOf: $0) }
    withUnsafeBytes(of: UInt32(type.rawValue)) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: name)
    starts.append(bytes.count)
  }

  /// Some file systems do not say: then the entry itself is asked.
  private static func fileType(_ type: UInt8, _ name: ArraySlice<UInt8>, _ directory: Int32)
    -> WASIFileType
  {
    guard type == 0 else { return WASIFileType(mode: UInt32(type) << 12) }
    var status = stat()
    let text = (name + [0]).map { CChar(bitPattern: $0) }
    guard swasm_broker_stat(directory, text, &status, AT_SYMLINK_NOFOLLOW) >= 0 else {
      return .unknown
    }
    return WASIFileType(mode: status.st_mode)
  }
}

extension Broker {
  static func list(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let handle = try broker.directory(message.request.handle)
    var listing = handle.listing
    let restarts = message.request.first == 0 && message.request.second == 0
    if listing == nil || restarts { listing = try BrokerListing(handle) }
    guard let listing else { throw .io }
    broker.handles.setListing(listing, of: message.request.handle)
    var answer = BrokerAnswer()
    answer.data = try listing.slice(
      cookie: message.request.first, skipped: message.request.second,
      limit: Int(message.request.limit))
    return answer
  }
}
