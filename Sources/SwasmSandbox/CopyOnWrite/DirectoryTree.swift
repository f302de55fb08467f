import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// A directory and what is in it, looked up by paths from there. No link is followed and no mount is crossed: whoever
/// changes names meanwhile leads nobody elsewhere.
struct DirectoryTree {
  let descriptor: Int32

  /// What went wrong, where.
  struct Failed: Error, Equatable {
    var errno: Int32
    var path: [UInt8]
  }

  /// The directory itself.
  static let top: [UInt8] = [UInt8(ascii: ".")]

  func open(_ path: [UInt8], _ flags: Int32) throws(Failed) -> OwnedDescriptor {
    let result = path.withPath { swasm_open_beneath(descriptor, $0, flags) }
    guard result >= 0 else { throw Failed(errno: -result, path: path) }
    return OwnedDescriptor(result)
  }

  func directory(_ path: [UInt8]) throws(Failed) -> OwnedDescriptor {
    try open(path, O_RDONLY | O_DIRECTORY)
  }

  /// The directory that holds a name.
  func parent(of path: [UInt8]) throws(Failed) -> OwnedDescriptor {
    try open(path.directoryPart, pathOnly | O_DIRECTORY)
  }

  /// nil where there is nothing.
  func status(_ path: [UInt8]) throws(Failed) -> stat? {
    let result = path.withPath { swasm_open_beneath(descriptor, $0, pathOnly) }
    if result == -ENOENT || result == -ENOTDIR { return nil }
    guard result >= 0 else { throw Failed(errno: -result, path: path) }
    let file = OwnedDescriptor(result)
    var status = stat()
    guard fstat(file.number, &status) == 0 else { throw Failed(errno: errno, path: path) }
    return status
  }

  /// All names in an open directory, by their bytes.
  ///
  /// - Parameter path: for the error.
  static func names(in directory: Int32, _ path: [UInt8]) throws(Failed) -> [[UInt8]] {
    var names: [[UInt8]] = []
    do throws(WASIErrno) {
      try DirectoryEntry.read(directory) { (entry) throws(WASIErrno) in
        if !entry.name.elementsEqual([0x2e, 0x2e]) { names.append(Array(entry.name)) }
      }
    } catch {
      throw Failed(errno: EIO, path: path)
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// What a name in an open directory stands for; nil where there is nothing.
  static func status(_ name: [UInt8], in directory: Int32) -> stat? {
    var status = stat()
    let result = name.withPath { fstatat(directory, $0, &status, AT_SYMLINK_NOFOLLOW) }
    return result == 0 ? status : nil
  }

  /// The text of a symbolic link.
  static func linkText(_ name: [UInt8], in directory: Int32) -> [UInt8]? {
    var text = [CChar](repeating: 0, count: 4097)
    let count = name.withPath { readlinkat(directory, $0, &text, text.count) }
    return count >= 0 ? text[..<count].map { UInt8(bitPattern: $0) } : nil
  }
}

/// Paths are bytes.
extension Array where Element == UInt8 {
  private static var slash: UInt8 { UInt8(ascii: "/") }

  /// As C takes it.
  func withPath<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    (self + [0]).withUnsafeBufferPointer {
      // SAFETY: bytes and C's characters have the same layout; the last one is 0.
      body(UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self))
    }
  }

  /// A name in the directory that this is the path of.
  func appending(_ name: [UInt8]) -> [UInt8] {
    self == DirectoryTree.top ? name : self + [Self.slash] + name
  }

  var directoryPart: [UInt8] {
    lastIndex(of: Self.slash).map { Array(self[..<$0]) } ?? DirectoryTree.top
  }

  var lastName: [UInt8] { lastIndex(of: Self.slash).map { Array(self[($0 + 1)...]) } ?? self }

  /// Is it the path of something in a directory?
  func isBeneath(_ directory: [UInt8]) -> Bool {
    count > directory.count && self[directory.count] == Self.slash && starts(with: directory)
  }
}

extension stat {
  var kind: mode_t { st_mode & S_IFMT }
  var permissions: mode_t { st_mode & 0o7777 }
}

extension timespec {
  static func > (a: timespec, b: timespec) -> Bool {
    a.tv_sec != b.tv_sec ? a.tv_sec > b.tv_sec : a.tv_nsec > b.tv_nsec
  }

  static func now(_ clock: clockid_t) -> timespec {
    var time = timespec()
    clock_gettime(clock, &time)
    return time
  }
}
