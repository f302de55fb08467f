/// Text of anybody's making, such as names in modules and of files, as it is shown: what moves a cursor, begins a line, turns
/// text around or is not to be seen stands there as an escape, so that it can pretend nothing.
enum Printable {
  /// One line.
  static func line(_ text: String) -> String { escaped(text) { isHidden($0) } }

  /// Lines of our own, in which names have been escaped before.
  static func lines(_ text: String) -> String { escaped(text) { $0 != "\n" && isHidden($0) } }

  private static func escaped(_ text: String, where isEscaped: (Unicode.Scalar) -> Bool) -> String {
    if !text.unicodeScalars.contains(where: isEscaped) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      guard isEscaped(scalar) else {
        result.unicodeScalars.append(scalar)
        continue
      }
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default: result += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return result
  }

  static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Of terminals.
    case 0..<0x20, 0x7f..<0xa0: true
    // Lines and paragraphs.
    case 0x2028, 0x2029: true
    // Marks that turn the direction of text around.
    case 0x61c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    // Without width: two names that look alike may differ by these.
    case 0xad, 0x180e, 0x200b...0x200d, 0x2060...0x2065, 0x206a...0x206f, 0xfeff,
      0xfff9...0xfffb, 0xe0000...0xe007f:
      true
    default: false
    }
  }
}
