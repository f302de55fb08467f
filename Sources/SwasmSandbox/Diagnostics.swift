import CSwasm
import Glibc

/// Messages for people.
public enum Diagnostics {
  /// One message on stderr, with the program's name before it: one line, whatever names are in it. A reader that has gone
  /// away is no error.
  public static func report(_ message: String) { write(line(message)) }

  /// A message of several lines, in which names have been escaped.
  static func report(lines: String) { write(Self.message(Printable.lines(lines))) }

  /// A message as it goes to stderr.
  static func line(_ message: String) -> [UInt8] { Self.message(Printable.line(message)) }

  private static func message(_ text: String) -> [UInt8] {
    Array("swasm-sandbox: \(text)\n".utf8)
  }

  private static func write(_ message: [UInt8]) {
    message.withUnsafeBytes { _ = writeAll(2, $0) }
  }

  /// Writes a command's result to stdout.
  ///
  /// - Throws: what the kernel says; as a death by SIGPIPE, without a word, when nobody reads any more. Where SIGPIPE
  ///   was ignored from the start that is an error like others.
  public static func output(_ text: String) throws(Failure) {
    let error = Array(Printable.lines(text).utf8).withUnsafeBytes { writeAll(1, $0) }
    switch -error {
    case 0: return
    case EPIPE where swasm_ignored_broken_pipes() == 0: throw Failure(.signal(SIGPIPE), "")
    default: throw .system("cannot write standard output", error)
    }
  }
}
