import Glibc
import SwasmModule

/// The C library's words for an errno, given as itself or negated.
func describe(errno: Int32) -> String {
  guard let text = strerror(abs(errno)) else { return "error \(abs(errno))" }
  return String(cString: text)
}

/// Repeats a call that a signal interrupts.
///
/// - Returns: the result, or the negated errno.
func retrying(_ call: () -> Int) -> Int {
  while true {
    let result = call()
    if result >= 0 { return result }
    if errno != EINTR { return -Int(errno) }
  }
}

/// Writes all bytes. 0, or the negated errno.
func writeAll(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
  var rest = bytes
  while let base = rest.baseAddress, !rest.isEmpty {
    let count = retrying { write(descriptor, base, rest.count) }
    if count < 0 { return Int32(count) }
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }
  return 0
}

extension ByteText {
  /// What the C library gave, an argument or a path.
  static func string(fromC text: UnsafePointer<CChar>) -> String {
    string(UnsafeRawBufferPointer(start: text, count: strlen(text)))
  }
}
