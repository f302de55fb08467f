/// The part of TOML 1.0 that policies use, read strictly: comments, `[section]` and `key = value` with strings on one
/// line, whole numbers, true and false, and lists of these. Bare keys only. What else TOML has (dates, floats, tables
/// in lines, dotted and quoted keys, strings over several lines) is refused with its place, never misread.
struct TOMLReader {
  enum Value: Equatable {
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    /// Of strings, numbers, true and false.
    case list([Value])
  }

  struct Entry: Equatable {
    /// The name of the section that it is in; nil before the first.
    var section: String?
    var key: String
    var value: Value
    var place: Place
  }

  struct Section: Equatable {
    var name: String
    var place: Place
  }

  struct Document: Equatable {
    var entries: [Entry] = []
    var sections: [Section] = []
  }

  /// Counted from 1; columns in characters of Unicode.
  struct Place: Equatable {
    var line: Int
    var column: Int
  }

  struct Malformed: Error, Equatable {
    var place: Place
    var reason: String
  }

  private let characters: [Unicode.Scalar]
  private var position = 0
  private var line = 1
  private var lineStart = 0
  private var names: Set<[String]> = []
  private var document = Document()

  private init(_ text: String) { characters = Array(text.unicodeScalars) }

  static func read(_ text: String) throws(Malformed) -> Document {
    var reader = TOMLReader(text)
    try reader.readLines()
    return reader.document
  }

  private mutating func readLines() throws(Malformed) {
    while true {
      try skipBlankLines()
      guard let next = peek else { return }
      if next == "[" { try readSection() } else { try readEntry() }
      skipSpaces()
      try skipComment()
      guard peek == nil || skipLineBreak() else { throw malformed("expected the end of the line") }
    }
  }

  private mutating func readSection() throws(Malformed) {
    let place = place(of: position)
    position += 1
    skipSpaces()
    if peek == "[" { throw malformed("lists of sections are not supported") }
    let name = try readKey()
    skipSpaces()
    guard skip("]") else { throw malformed("expected \"]\" after the section's name") }
    guard names.insert([name]).inserted else {
      throw Malformed(place: place, reason: "section \"\(name)\" appears twice")
    }
    document.sections.append(Section(name: name, place: place))
  }

  private mutating func readEntry() throws(Malformed) {
    let place = place(of: position)
    let key = try readKey()
    skipSpaces()
    guard skip("=") else { throw malformed("expected \"=\" after the key \"\(key)\"") }
    skipSpaces()
    let section = document.sections.last?.name
    guard names.insert([section ?? "", key]).inserted else {
      throw Malformed(place: place, reason: "\"\(key)\" appears twice")
    }
    let value = try readValue()
    document.entries.append(Entry(section: section, key: key, value: value, place: place))
  }

  private mutating func readKey() throws(Malformed) -> String {
    let start = position
    while let next = peek, Self.isOfKeys(next) { position += 1 }
    guard position > start else { throw malformed("expected a name of letters, digits, - and _") }
    let name = text(start)
    skipSpaces()
    if peek == "." { throw malformed("names with dots are not supported") }
    return name
  }

  private static func isOfKeys(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  /// A list holds no list: nothing here nests.
  private mutating func readValue() throws(Malformed) -> Value {
    guard skip("[") else { return try readScalar() }
    var list: [Value] = []
    while true {
      try skipBlankLines()
      if skip("]") { return .list(list) }
      if peek == "[" { throw malformed("lists in lists are not supported") }
      list.append(try readScalar())
      try skipBlankLines()
      if skip("]") { return .list(list) }
      guard skip(",") else { throw malformed("expected \",\" or \"]\" in the list") }
    }
  }

  private mutating func readScalar() throws(Malformed) -> Value {
    switch peek {
    case "\""?: return .string(try readString(quote: "\"", escapes: true))
    case "'"?: return .string(try readString(quote: "'", escapes: false))
    case "{"?: throw malformed("tables within a line are not supported")
    default: break
    }
    let start = position
    while let next = peek, Self.isOfKeys(next) || next == "+" || next == "." || next == ":" {
      position += 1
    }
    let word = text(start)
    if word == "true" { return .boolean(true) }
    if word == "false" { return .boolean(false) }
    if let number = Self.integer(word) { return .integer(number) }
    position = start
    throw malformed(
      word.isEmpty
        ? "expected a value" : "\"\(word)\" is not a string, a whole number, true or false")
  }

  /// Decimal, with underscores between digits and no zero in front.
  private static func integer(_ word: String) -> Int64? {
    let digits = word.hasPrefix("-") || word.hasPrefix("+") ? word.dropFirst() : word[...]
    let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
      digits == "0" || !digits.hasPrefix("0")
    else { return nil }
    return Int64((word.hasPrefix("-") ? "-" : "") + groups.joined())
  }

  private mutating func readString(
    quote: Unicode.Scalar, escapes: Bool
  ) throws(Malformed) -> String {
    let start = position
    position += 1
    var result = String.UnicodeScalarView()
    while let next = peek {
      if next == quote {
        position += 1
        guard result.isEmpty, peek == quote else { return String(result) }
        throw malformed("strings over several lines are not supported")
      }
      if next == "\\", escapes {
        result.append(try readEscape())
        continue
      }
      guard next == "\t" || next.value >= 0x20 && next.value != 0x7f else { break }
      result.append(next)
      position += 1
    }
    if peek == nil || peek == "\n" || peek == "\r" {
      throw Malformed(place: place(of: start), reason: "the string is not closed")
    }
    throw malformed("a string can't hold control characters")
  }

  private mutating func readEscape() throws(Malformed) -> Unicode.Scalar {
    let simple: [Unicode.Scalar: Unicode.Scalar] = [
      "b": "\u{8}", "t": "\t", "n": "\n", "f": "\u{c}", "r": "\r", "\"": "\"", "\\": "\\",
    ]
    let start = position
    position += 1
    guard let letter = peek else { throw malformed("the string is not closed") }
    position += 1
    if let scalar = simple[letter] { return scalar }
    let length = letter == "u" ? 4 : letter == "U" ? 8 : 0
    var digits = ""
    while digits.utf8.count < length, let next = peek, next.properties.isASCIIHexDigit {
      digits.unicodeScalars.append(next)
      position += 1
    }
    guard length > 0, digits.utf8.count == length,
      let scalar = UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
    else { throw Malformed(place: place(of: start), reason: "unknown escape in a string") }
    return scalar
  }

  // MARK: Characters

  private var peek: Unicode.Scalar? {
    position < characters.count ? characters[position] : nil
  }

  private mutating func skip(_ scalar: Unicode.Scalar) -> Bool {
    guard peek == scalar else { return false }
    position += 1
    return true
  }

  private mutating func skipSpaces() {
    while peek == " " || peek == "\t" { position += 1 }
  }

  /// False where there is none.
  private mutating func skipLineBreak() -> Bool {
    if peek == "\r", isLineBreak(position) { position += 1 }
    guard skip("\n") else { return false }
    line += 1
    lineStart = position
    return true
  }

  private mutating func skipComment() throws(Malformed) {
    guard peek == "#" else { return }
    while let next = peek, next != "\n", !(next == "\r" && isLineBreak(position)) {
      guard next == "\t" || next.value >= 0x20 && next.value != 0x7f else {
        throw malformed("a comment can't hold control characters")
      }
      position += 1
    }
  }

  private func isLineBreak(_ position: Int) -> Bool {
    position + 1 < characters.count && characters[position + 1] == "\n"
  }

  private mutating func skipBlankLines() throws(Malformed) {
    repeat {
      skipSpaces()
      try skipComment()
    } while skipLineBreak()
  }

  private func text(_ start: Int) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: characters[start..<position])
    return String(view)
  }

  private func malformed(_ reason: String) -> Malformed {
    Malformed(place: place(of: position), reason: reason)
  }

  /// Of a position on the line at hand.
  private func place(of position: Int) -> Place {
    Place(line: line, column: position - lineStart + 1)
  }
}
