/// Writes JSON.
enum JSON {
  static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      // Those beyond 16 bits are harmless in a string.
      case _ where scalar.value < 0x10000 && Printable.isHidden(scalar):
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// `null` where there is none.
  static func string(_ text: String?) -> String { text.map { string($0) as String } ?? "null" }

  static func number(_ number: Int?) -> String { number.map { "\($0)" } ?? "null" }

  static func array(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

  /// Values are JSON already.
  static func object(_ members: [(name: String, value: String)]) -> String {
    "{" + members.map { string($0.name) + ":" + $0.value }.joined(separator: ",") + "}"
  }
}
