import CSwasm
import Glibc

/// A sealable file in memory: how bytes go from process to process. Owns its descriptor.
struct MemoryFile: ~Copyable {
  let descriptor: Int32

  /// A new one, of `size` zero bytes.
  init(_ name: String, size: Int = 0) throws(Failure) {
    descriptor = try Self.make(name) { ftruncate($0, size) == 0 ? 0 : errno }
  }

  /// A new one that holds a message; nobody can change it.
  init(_ name: String, _ bytes: [UInt8]) throws(Failure) {
    descriptor = try Self.make(name) { descriptor in
      let result = bytes.withUnsafeBytes { writeAll(descriptor, $0) }
      return result != 0 ? result : swasm_seal_file(descriptor, 1, 1, 1)
    }
  }

  /// - Parameter fill: gives 0 or an errno.
  private static func make(_ name: String, _ fill: (Int32) -> Int32) throws(Failure) -> Int32 {
    let descriptor = swasm_memory_file(name)
    guard descriptor >= 0 else { throw .system("cannot make a memory file", descriptor) }
    let error = fill(descriptor)
    if error != 0 {
      close(descriptor)
      throw .system("cannot fill a memory file", error)
    }
    return descriptor
  }

  /// Its size can't change any more; its contents can.
  func sealSize() throws(Failure) {
    let result = swasm_seal_file(descriptor, 1, 1, 0)
    guard result == 0 else { throw .system("cannot seal a memory file", result) }
  }

  /// Nothing about it can change any more, by anybody.
  func sealWhole() throws(Failure) {
    let result = swasm_seal_file(descriptor, 1, 1, 1)
    guard result == 0 else { throw .system("cannot seal a memory file", result) }
  }

  private init(descriptor: Int32) { self.descriptor = descriptor }

  /// Another owner of the same file.
  func copy() throws(Failure) -> MemoryFile {
    let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw .system("cannot keep a memory file", errno) }
    return MemoryFile(descriptor: copy)
  }

  deinit { close(descriptor) }
}

/// A mapping of a memory file; unmapped at the end.
struct Mapping: ~Copyable {
  let bytes: UnsafeMutableRawBufferPointer

  /// - Returns: nil when the kernel refuses.
  init?(_ descriptor: Int32, size: Int, isWritable: Bool) {
    let protection = PROT_READ | (isWritable ? PROT_WRITE : 0)
    guard size > 0,
      let start = mmap(nil, size, protection, isWritable ? MAP_SHARED : MAP_PRIVATE, descriptor, 0),
      start != MAP_FAILED
    else { return nil }
    bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
  }

  /// Leaves it mapped for the rest of the process's life.
  consuming func keep() -> UnsafeMutableRawBufferPointer {
    let bytes = bytes
    discard self
    return bytes
  }

  deinit { munmap(bytes.baseAddress, bytes.count) }
}

/// The size of an open file, or nil.
func fileSize(_ descriptor: Int32) -> Int? {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? Int(status.st_size) : nil
}

/// Bytes of an open file that were ever written, in whole pages, or nil.
func writtenSize(_ descriptor: Int32) -> UInt64? {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? UInt64(status.st_blocks) * 512 : nil
}

/// The whole of a memory file, as an array; nil when it can't be read.
func contents(of descriptor: Int32) -> [UInt8]? {
  guard let size = fileSize(descriptor) else { return nil }
  if size == 0 { return [] }
  var isWhole = false
  let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
    // SAFETY: pread writes at most `size` bytes, the capacity asked for.
    let got = retrying { pread(descriptor, buffer.baseAddress, size, 0) }
    isWhole = got == size
    count = max(0, got)
  }
  return isWhole ? bytes : nil
}
