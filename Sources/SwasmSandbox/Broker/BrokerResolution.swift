import CSwasm
import Glibc
import SwasmWASI

/// What `WASIErrno` the kernel's answer stands for, if it is one of failure.
@discardableResult
func checked(_ result: Int) throws(WASIErrno) -> Int {
  guard result >= 0 else { throw WASIErrno(kernel: result) }
  return result
}

/// `O_PATH`, which the C library shows to GNU programs only.
let pathOnly: Int32 = 0o10000000

/// A descriptor that is closed at the end of its life; what uses it borrows it, so that it lives
/// that long.
struct OwnedDescriptor: ~Copyable {
  let number: Int32
  init(_ number: Int32) { self.number = number }
  deinit { _ = swasm_wasi_close(number) }
  borrowing func attributes() throws(WASIErrno) -> stat { try Broker.attributes(number) }
  borrowing func setTimes(_ request: BrokerRequest) throws(WASIErrno) {
    try Broker.setTimes(number, request)
  }
  /// Gives up the ownership.
  consuming func release() -> Int32 {
    let number = number
    discard self
    return number
  }
}

/// What a file or directory is, whatever its name.
public struct FileIdentity: Equatable, Sendable {
  public var device: UInt64
  public var inode: UInt64

  init(device: UInt64, inode: UInt64) {
    self.device = device
    self.inode = inode
  }

  init(_ status: stat) { self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)) }

  /// nil where the descriptor tells nothing.
  init?(of descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }
}

/// How a broker looks paths up: beneath a directory and never outside of it.
struct BrokerResolution: Sendable {
  /// The directories are trees of mounts that lead nowhere. Otherwise no mount is crossed.
  let crossesMounts: Bool

  private static let noMounts: UInt64 = 0x01  // RESOLVE_NO_XDEV
  private static let noMagicLinks: UInt64 = 0x02  // RESOLVE_NO_MAGICLINKS
  private static let noLinks: UInt64 = 0x04  // RESOLVE_NO_SYMLINKS
  private static let beneath: UInt64 = 0x08  // RESOLVE_BENEATH

  /// Opens a path that ends in NUL. A rename during the look-up makes the kernel give up, and is tried again.
  func open(
    _ directory: Int32, _ path: [UInt8], flags: Int32, mode: UInt64 = 0
  ) throws(WASIErrno) -> OwnedDescriptor {
    let resolve = Self.beneath | Self.noMagicLinks | (crossesMounts ? 0 : Self.noMounts)
    let result = Self.call(directory, path, flags, mode, resolve)
    // Beneath says "across devices" of everything outside; the guest reports it as a refusal.
    guard result != -Int(EXDEV) else { throw .notcapable }
    return OwnedDescriptor(Int32(try checked(result)))
  }

  /// The directory that holds another. What stops it is the tree's root, or nothing at all.
  func openParent(of directory: Int32) throws(WASIErrno) -> OwnedDescriptor {
    let resolve = Self.noMagicLinks | Self.noLinks | (crossesMounts ? 0 : Self.noMounts)
    let above: [UInt8] = [UInt8(ascii: "."), UInt8(ascii: "."), 0]
    return OwnedDescriptor(
      Int32(try checked(Self.call(directory, above, pathOnly | O_DIRECTORY, 0, resolve))))
  }

  /// Does a path that was refused stay beneath the directory, and only cross a mount?
  func meetsMount(_ directory: Int32, _ path: [UInt8]) -> Bool {
    guard !crossesMounts else { return false }
    let result = Self.call(directory, path, pathOnly, 0, Self.beneath | Self.noMagicLinks)
    guard result >= 0 else { return result != -Int(EXDEV) }
    _ = swasm_wasi_close(Int32(result))
    return true
  }

  private static func call(
    _ directory: Int32, _ path: [UInt8], _ flags: Int32, _ mode: UInt64, _ resolve: UInt64
  ) -> Int {
    let all = UInt64(UInt32(bitPattern: flags | O_CLOEXEC))
    var result = -Int(EAGAIN)
    for _ in 0..<16 where result == -Int(EAGAIN) || result == -Int(EINTR) {
      result = path.withUnsafeBufferPointer {
        swasm_broker_open(
          directory, UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self), all,
          mode, resolve)
      }
    }
    return result
  }
}
