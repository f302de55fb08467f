import CSwasm
import Glibc
import SwasmWASI

/// An entry of a directory as the kernel tells it.
struct DirectoryEntry {
  let inode: UInt64
  let type: WASIFileType
  let name: ArraySlice<UInt8>

  /// Reads all of a directory but its entry for itself.
  static func read(
    _ directory: Int32, _ body: (DirectoryEntry) throws(WASIErrno) -> Void
  ) throws(WASIErrno) {
    var buffer = [UInt8](repeating: 0, count: 32768)
    while true {
      let count = try checked(
        buffer.withUnsafeMutableBytes { swasm_broker_list(directory, $0.baseAddress, $0.count) })
      guard count > 0 else { return }
      var records = buffer[..<count]
      while let entry = next(&records, directory) {
        if entry.name.elementsEqual([UInt8(ascii: ".")]) { continue }
        try body(entry)
      }
    }
  }

  /// `linux_dirent64`: inode u64, offset u64, record length u16, type u8, name with NUL.
  private static func next(_ records: inout ArraySlice<UInt8>, _ directory: Int32)
    -> DirectoryEntry?
  {
    guard records.count > 19 else { return nil }
    let (inode, length, type) = records.withUnsafeBytes {
      (
        $0.loadUnaligned(as: UInt64.self),
        Int($0.loadUnaligned(fromByteOffset: 16, as: UInt16.self)), $0[18]
      )
    }
    let name = records.dropFirst(19).prefix(length - 19).prefix { $0 != 0 }
    records = records.dropFirst(length)
    return DirectoryEntry(inode: inode, type: fileType(type, name, directory), name: name)
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
