/// Words of a command that a message suggests. What is in them may be a program's choice, and a shell must take it for
/// nothing but a word.
public enum ShellWord {
  /// The word as it is where a shell would leave it so, else in quotes.
  public static func quoted(_ text: String) -> String {
    let scalars = text.unicodeScalars
    if !scalars.isEmpty, scalars.allSatisfy(isPlain) { return text }
    if scalars.allSatisfy(isVisible) {
      let inner = text.split(separator: "'", omittingEmptySubsequences: false)
      return "'" + inner.joined(separator: "'\\''") + "'"
    }
    // With the escapes of bash, zsh and newer POSIX shells.
    return "$'" + scalars.map(escaped).joined() + "'"
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-", ".", "/", ":", "@", "%", "+", ",", "=": true
    default: false
    }
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
      .unassigned:
      false
    default: true
    }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    if scalar == "'" || scalar == "\\" { return "\\" + String(scalar) }
    if isVisible(scalar) { return String(scalar) }
    return ByteText.bytes(String(scalar)).map { byte in
      let digits = String(byte, radix: 16)
      return "\\x" + (digits.count < 2 ? "0" : "") + digits
    }.joined()
  }
}
