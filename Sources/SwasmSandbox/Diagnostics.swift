import CSwasm
import Glibc
import SwasmModule

/// Messages for people.
public enum Diagnostics {
  /// One message on stderr, with the program's name before it. A reader that has gone away is no error.
  public static func report(_ message: String) {
    line(message).withUnsafeBytes { _ = writeAll(2, $0) }
  }

  /// A message as it goes to stderr.
  static func line(_ message: String) -> [UInt8] {
    Array("swasm-sandbox: \(printable(message))\n".utf8)
  }

  /// Writes a command's result to stdout.
  ///
  /// - Throws: what the kernel says; as a death by SIGPIPE, without a word, when nobody reads any more. Where SIGPIPE
  ///   was ignored from the start that is an error like others.
  public static func output(_ text: String) throws(Failure) {
    let error = Array(printable(text).utf8).withUnsafeBytes { writeAll(1, $0) }
    switch -error {
    case 0: return
    case EPIPE where swasm_ignored_broken_pipes() == 0: throw Failure(.signal(SIGPIPE), "")
    default: throw .system("cannot write standard output", error)
    }
  }

  /// Names in modules are anybody's: control characters (of terminals too) are shown as `?`.
  static func printable(_ text: String) -> String {
    let isHarmless = text.unicodeScalars.allSatisfy {
      $0 == "\n" || !isControl($0) && ByteText.byte($0) == nil
    }
    if isHarmless { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if let byte = ByteText.byte(scalar) {
        result.append(contentsOf: "\\x\(String(byte, radix: 16))".unicodeScalars)
        continue
      }
      result.append(scalar == "\n" || !isControl(scalar) ? scalar : "?")
    }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0: true
    // Marks that turn the direction of text around.
    case 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
