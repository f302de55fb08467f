import Glibc

/// A compiled artifact in a file of the cache:
///
///     0   magic "\0swcach\n"     8   artifact size: u64     16  code of the rest and of the key: 32 bytes
///     48  name of the program, for lists: 64 bytes, zero padded
///     112 the artifact
///
/// Without the right code it is taken for nothing, whatever else it looks like.
enum CacheEntry {
  static let headerSize = 112
  private static let magic: [UInt8] = [0x00, 0x73, 0x77, 0x63, 0x61, 0x63, 0x68, 0x0a]
  private static let labelSize = 64
  private static let chunk = 1 << 16

  /// Writes an entry. 0 or an errno.
  ///
  /// - Parameter artifact: mapped, of nobody's who could change it.
  static func write(
    _ artifact: UnsafeRawBufferPointer, label: String, key: CacheKey, secret: [UInt8],
    to file: Int32
  ) -> Int32 {
    var name = Array(label.utf8.prefix(labelSize))
    name += Array(repeating: 0, count: labelSize - name.count)
    var code = MessageCode(key: secret)
    begin(&code, key, UInt64(artifact.count), name)
    code.add(artifact)
    var header = magic
    withUnsafeBytes(of: UInt64(artifact.count).littleEndian) { header.append(contentsOf: $0) }
    header += code.finish() + name
    let failure = header.withUnsafeBytes { writeAll(file, $0) }
    return -(failure != 0 ? failure : writeAll(file, artifact))
  }

  private static func begin(
    _ code: inout MessageCode, _ key: CacheKey, _ size: UInt64, _ label: [UInt8]
  ) {
    code.add(key.digest)
    code.add(size)
    code.add(label)
  }

  /// What an entry's header says, believed or not.
  struct Header {
    var size: Int
    var code: SHA256.Digest
    var label: [UInt8]

    /// For people.
    var name: String { String(decoding: label.prefix { $0 != 0 }, as: UTF8.self) }
  }

  static func header(of file: Int32) -> Header? {
    var bytes = [UInt8](repeating: 0, count: headerSize)
    guard let total = fileSize(file),
      retrying({ Glibc.read(file, &bytes, headerSize) }) == headerSize,
      bytes.starts(with: magic)
    else { return nil }
    let size = bytes[8..<16].reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
    guard size > 0, total > headerSize, size == UInt64(total - headerSize) else { return nil }
    return Header(size: Int(size), code: Array(bytes[16..<48]), label: Array(bytes[48...]))
  }

  /// The artifact of an entry in a sealed memory file; nil when anything at all is wrong with it.
  ///
  /// The code is of what was copied, so it does not matter who changes the file meanwhile.
  static func read(_ file: Int32, key: CacheKey, secret: [UInt8]) -> MemoryFile? {
    guard let header = header(of: file), let copy = try? MemoryFile("swasm-artifact") else {
      return nil
    }
    var code = MessageCode(key: secret)
    begin(&code, key, UInt64(header.size), header.label)
    var left = header.size
    var buffer = [UInt8](repeating: 0, count: min(chunk, left))
    while left > 0 {
      let count = retrying { Glibc.read(file, &buffer, min(buffer.count, left)) }
      guard count > 0 else { return nil }
      let isCopied = buffer.withUnsafeBytes { bytes in
        let part = UnsafeRawBufferPointer(rebasing: bytes[..<count])
        code.add(part)
        return writeAll(copy.descriptor, part) == 0
      }
      guard isCopied else { return nil }
      left -= count
    }
    guard MessageCode.areEqual(code.finish(), header.code), (try? copy.sealWhole()) != nil else {
      return nil
    }
    return copy
  }
}
