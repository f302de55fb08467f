import CSwasm
import Glibc
import SwasmModule

/// Files that commands make: whole or not at all. What is there and is no regular file – a device, a FIFO – is
/// written to and stays.
enum OutputFile {
  /// Copies the start of a memory file to `path`, and something after it.
  static func write(
    _ source: Int32, count: Int, followedBy rest: [UInt8] = [], to path: String
  ) throws(Failure) {
    guard let mapping = Mapping(source, size: count, isWritable: false) else {
      throw .system("cannot read what is to be written to \"\(path)\"", errno)
    }
    try write(Content(start: UnsafeRawBufferPointer(mapping.bytes), rest: rest), to: path)
  }

  static func write(_ bytes: [UInt8], to path: String) throws(Failure) {
    try write(Content(start: UnsafeRawBufferPointer(start: nil, count: 0), rest: bytes), to: path)
  }

  private static func write(_ content: Content, to path: String) throws(Failure) {
    var status = stat()
    let isThere = stat(ByteText.forC(path), &status) == 0
    let error: Int32
    if isThere, status.st_mode & S_IFMT != S_IFREG {
      error = writeInto(path, content)
    } else if isThere {
      // Behind a symbolic link the file is replaced, not the link.
      error = replace(resolved(path), mode: status.st_mode & 0o777, content)
    } else {
      error = replace(path, mode: nil, content)
    }
    // A reader that has gone away is no error worth a word.
    if error == EPIPE { throw Failure(.signal(SIGPIPE), "") }
    guard error == 0 else {
      throw Failure(.setupFailed, "cannot write \"\(path)\": \(describe(errno: error))")
    }
  }

  private struct Content {
    var start: UnsafeRawBufferPointer
    var rest: [UInt8]

    /// 0 or an errno.
    func write(to target: Int32) -> Int32 {
      let error = -writeAll(target, start)
      return error != 0 ? error : -rest.withUnsafeBytes { writeAll(target, $0) }
    }
  }

  private static func resolved(_ path: String) -> String {
    guard let name = realpath(ByteText.forC(path), nil) else { return path }
    defer { free(name) }
    return ByteText.string(fromC: name)
  }

  /// 0 or an errno, as of all that follow.
  private static func writeInto(_ path: String, _ content: Content) -> Int32 {
    let target = open(ByteText.forC(path), O_WRONLY | O_CLOEXEC | O_NOCTTY)
    guard target >= 0 else { return errno }
    return closing(target, after: content.write(to: target))
  }

  /// By way of a temporary file beside it, so that nobody ever sees half of the new one.
  private static func replace(_ path: String, mode: mode_t?, _ content: Content) -> Int32 {
    let temporary = "\(path).\(getpid()).tmp"
    let target = open(
      ByteText.forC(temporary), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
    guard target >= 0 else { return errno }
    var error = content.write(to: target)
    if error == 0, let mode, fchmod(target, mode) != 0 { error = errno }
    // Some file systems find out only now that there is no room.
    if error == 0, fsync(target) != 0 { error = errno }
    error = closing(target, after: error)
    if error == 0, rename(ByteText.forC(temporary), ByteText.forC(path)) != 0 { error = errno }
    if error != 0 { unlink(ByteText.forC(temporary)) }
    return error
  }

  private static func closing(_ descriptor: Int32, after error: Int32) -> Int32 {
    close(descriptor) == 0 || error != 0 ? error : errno
  }

  /// Copies the start of a file to standard output.
  static func writeToStandardOutput(_ source: Int32, count: Int) throws(Failure) {
    guard count > 0 else { return }
    guard let mapping = Mapping(source, size: count, isWritable: false) else {
      throw .system("cannot read the compiler process's answer", errno)
    }
    let error = -writeAll(1, UnsafeRawBufferPointer(mapping.bytes))
    guard error == 0 || error == EPIPE else {
      throw Failure(
        .setupFailed, "cannot write to standard output: \(describe(errno: error))")
    }
  }
}
