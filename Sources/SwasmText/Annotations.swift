/// The annotations that mean something here.
enum AnnotationName: String, CaseIterable {
  case custom
  case name
  case branchHint = "metadata.code.branch_hint"

  /// The one that begins with `(@` at an offset.
  init?(_ source: [UInt8], at offset: Int) {
    let start = offset + 2
    for name in Self.allCases {
      let end = start + name.rawValue.utf8.count
      guard end < source.count, source[start..<end].elementsEqual(name.rawValue.utf8),
        !isIdentifierCharacter(source[end]), source[end] != UInt8(ascii: "\"")
      else { continue }
      self = name
      return
    }
    return nil
  }
}

extension Cursor {
  /// Which annotation comes next.
  var annotation: AnnotationName? {
    token.kind == .annotation ? AnnotationName(source, at: token.offset) : nil
  }

  /// Reads an annotation with what reads its contents, up to the closing parenthesis.
  private mutating func annotation<Contents>(
    _ name: AnnotationName, _ read: (inout Cursor) throws(TextError) -> Contents
  ) throws(TextError) -> Contents {
    let start = token.offset + 2 + name.rawValue.utf8.count
    do throws(TextError) {
      var inner = try Cursor(Array(source[start..<Int(token.stop) - 1]))
      let contents = try read(&inner)
      try inner.expectEnd()
      try advance()
      return contents
    } catch {
      throw failure(.malformedAnnotation(name.rawValue, "\(error.cause)"), at: token)
    }
  }

  /// Reads `(@name "…")` if it comes next: the name of the item whose identifier has just been read.
  @discardableResult
  mutating func annotatedName() throws(TextError) -> [UInt8]? {
    guard annotation == .name else { return nil }
    let name = try annotation(.name) { (inner) throws(TextError) in try inner.name() }
    guard annotation != .name else {
      throw failure(.malformedAnnotation("name", "a second one"), at: token)
    }
    return name
  }

  /// Reads `(@name "…")` if it comes next, of something inside of a function.
  mutating func annotatedSymbol() throws(TextError) -> Symbol? {
    try annotatedName().map { symbol(of: $0) }
  }

  /// Reads `(@metadata.code.branch_hint "…")`.
  mutating func branchHint() throws(TextError) -> UInt8 {
    try annotation(.branchHint) { (inner) throws(TextError) in
      let start = inner.token
      let bytes = try inner.strings()
      guard bytes.count == 1, bytes[0] <= 1 else {
        throw inner.unexpected("\"\\00\" or \"\\01\"", start)
      }
      return bytes[0]
    }
  }

  /// Reads `(@custom "name" (before|after section)? "…"*)`.
  mutating func customSection() throws(TextError) -> CustomSection {
    try annotation(.custom) { (inner) throws(TextError) in
      var section = CustomSection(name: try inner.name(), place: CustomSection.last, bytes: [])
      if inner.token.kind == .leftParenthesis {
        try inner.open()
        section.place = try inner.customPlace()
        try inner.close()
      }
      section.bytes = try inner.strings()
      return section
    }
  }

  private mutating func customPlace() throws(TextError) -> CustomSection.Place {
    let word = text(of: token)
    guard word == "before" || word == "after" else { throw unexpected("before or after") }
    try advance()
    let section = text(of: token)
    let isBefore = word == "before"
    guard
      let id = CustomSection.ids[section] ?? (section == (isBefore ? "first" : "last") ? 0 : nil)
    else { throw unexpected("a section") }
    try advance()
    return CustomSection.Place(isBefore: isBefore, id: id)
  }
}

/// A custom section that the text spells out.
struct CustomSection {
  struct Place: Hashable {
    var isBefore: Bool
    /// Of another section; 0 is all of them.
    var id: UInt8
  }

  var name: [UInt8]
  var place: Place
  var bytes: [UInt8]

  static let first = Place(isBefore: true, id: 0)
  static let last = Place(isBefore: false, id: 0)

  /// The sections that one may stand beside.
  static let ids: [String: UInt8] = [
    "type": 1, "import": 2, "func": 3, "table": 4, "memory": 5, "global": 6, "export": 7,
    "start": 8, "elem": 9, "code": 10, "data": 11, "datacount": 12, "tag": 13,
  ]

  func write(to module: inout [UInt8]) {
    var contents: [UInt8] = []
    contents.appendVector(name)
    contents += bytes
    module.append(0)
    module.appendVector(contents)
  }
}
