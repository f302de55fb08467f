import Glibc

/// Files that commands make: whole or not at all.
enum OutputFile {
  /// Copies the start of a file to `path`, by way of a temporary file beside it.
  static func write(_ source: Int32, count: Int, to path: String) throws(Failure) {
    let temporary = "\(path).\(getpid()).tmp"
    func failure() -> Failure {
      Failure(.setupFailed, "cannot write \"\(path)\": \(describe(errno: errno))")
    }
    let target = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard target >= 0 else { throw failure() }
    var offset: off_t = 0
    while offset < count {
      let sent = retrying { sendfile(target, source, &offset, count - Int(offset)) }
      if sent <= 0 {
        errno = sent < 0 ? Int32(-sent) : EIO
        let error = failure()
        close(target)
        unlink(temporary)
        throw error
      }
    }
    close(target)
    if rename(temporary, path) != 0 {
      let error = failure()
      unlink(temporary)
      throw error
    }
  }

  /// Copies the start of a file to standard output.
  static func writeToStandardOutput(_ source: Int32, count: Int) throws(Failure) {
    guard count > 0 else { return }
    guard let mapping = Mapping(source, size: count, isWritable: false) else {
      throw .system("cannot read the compiler process's answer", errno)
    }
    let error = writeAll(1, UnsafeRawBufferPointer(mapping.bytes))
    guard error == 0 || error == EPIPE else {
      throw Failure(
        .setupFailed, "cannot write to standard output: \(describe(errno: error))")
    }
  }
}
