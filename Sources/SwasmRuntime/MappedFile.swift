import Glibc
import SwasmArtifact

/// A file that is mapped read-only as a whole, with its descriptor.
///
/// SAFETY of the sending: nothing writes to the mapping, and its owner must not change the file.
struct MappedFile: ~Copyable, @unchecked Sendable {
  let descriptor: CInt
  let bytes: UnsafeRawBufferPointer

  /// Takes over the descriptor, also when it fails.
  init(descriptor: CInt) throws(ArtifactFileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw .system("fstat", errno: code)
    }
    let size = Int(status.st_size)
    guard size > 0 else {
      close(descriptor)
      throw .refused(.notAnArtifact)
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED
    else {
      let code = errno
      close(descriptor)
      throw .system("mmap", errno: code)
    }
    self.descriptor = descriptor
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    close(descriptor)
  }
}
