import CSwasm
import Glibc

/// Ties a child's life to its parent's. Made before fork; afterwards the parent calls
/// ``acknowledgeChild()`` and the child enters with ``ChildEntry/enter(link:)``.
///
/// PDEATHSIG alone misses a parent that died before the child asked for it, and it fires when the
/// *thread* that forked ends: fork from a thread that lives as long as the process.
public struct ParentLink: ~Copyable {
  let parentEnd: Int32
  let childEnd: Int32

  /// Opens the socketpair.
  public init() throws(LockdownError) {
    var ends: (Int32, Int32) = (-1, -1)
    let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
    let result = withUnsafeMutableBytes(of: &ends) { bytes in
      // SAFETY: socketpair writes two C ints, which is what the tuple is.
      socketpair(AF_UNIX, kind, 0, bytes.assumingMemoryBound(to: Int32.self).baseAddress)
    }
    guard result == 0 else {
      throw LockdownError(swasm_failure(step: SWASM_STEP_HANDSHAKE, error: Glibc.errno))
    }
    (parentEnd, childEnd) = ends
  }

  /// Parent: waits until the child has armed its death signal, then lets it go on. Closes the link.
  ///
  /// - Throws: the handshake step; ECONNRESET when the child died first.
  public consuming func acknowledgeChild() throws(LockdownError) {
    close(childEnd)
    let error = swasm_acknowledge_child(parentEnd)
    close(parentEnd)
    discard self
    if error != 0 {
      throw LockdownError(swasm_failure(step: SWASM_STEP_HANDSHAKE, error: error))
    }
  }

  /// The ends, now the caller's to close.
  consuming func release() -> (parentEnd: Int32, childEnd: Int32) {
    let ends = (parentEnd, childEnd)
    discard self
    return ends
  }

  deinit {
    close(parentEnd)
    close(childEnd)
  }
}
