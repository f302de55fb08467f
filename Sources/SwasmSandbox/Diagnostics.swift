import Glibc

/// Messages for people.
public enum Diagnostics {
  /// One message on stderr, with the program's name before it: one line, whatever names are in it. A reader that has gone
  /// away is no error.
  public static func report(_ message: String) { write(Printable.line(message)) }

  /// A message of several lines, in which names have been escaped.
  static func report(lines: String) { write(Printable.lines(lines)) }

  private static func write(_ text: String) {
    Array("swasm-sandbox: \(text)\n".utf8).withUnsafeBytes { _ = writeAll(2, $0) }
  }

  /// Writes a command's result to stdout.
  ///
  /// - Throws: what the kernel says; as a death by SIGPIPE, without a word, when nobody reads any more.
  public static func output(_ text: String) throws(Failure) {
    let error = Array(Printable.lines(text).utf8).withUnsafeBytes { writeAll(1, $0) }
    switch -error {
    case 0: return
    case EPIPE: throw Failure(.signal(SIGPIPE), "")
    default: throw .system("cannot write standard output", error)
    }
  }
}
