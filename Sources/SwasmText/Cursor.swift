import SwasmModule

/// Reads tokens one by one with one token of look-ahead: enough to know what an opening parenthesis opens.
/// It knows parentheses, words and literals, but nothing of modules, so that scripts can be read with it too.
struct Cursor {
  private var lexer: Lexer
  /// The token that is read next.
  private(set) var token: Token
  /// The one after it.
  private(set) var ahead: Token
  private(set) var symbols = Symbols()

  var source: [UInt8] { lexer.source }

  init(_ source: [UInt8]) throws(TextError) {
    lexer = try Lexer(source)
    token = try lexer.next()
    ahead = try lexer.next()
  }

  @inline(__always)
  mutating func advance() throws(TextError) {
    token = ahead
    ahead = try lexer.next()
  }

  // MARK: Positions

  /// Where reading stands, to come back to it later.
  struct Bookmark {
    fileprivate var token: Token
    fileprivate var ahead: Token
    fileprivate var position: Int
  }

  var bookmark: Bookmark { Bookmark(token: token, ahead: ahead, position: lexer.position) }

  /// A cursor at the same place that knows no symbols: each module has its own.
  func withoutSymbols() -> Cursor {
    var copy = self
    copy.symbols = Symbols()
    return copy
  }

  mutating func go(to bookmark: Bookmark) {
    (token, ahead) = (bookmark.token, bookmark.ahead)
    lexer.position = bookmark.position
  }

  /// Skips the rest of the form around `token`, its closing parenthesis included.
  mutating func skipRestOfForm() throws(TextError) {
    try skipForm(from: token.offset)
  }

  /// Skips the form that `token` opens.
  mutating func skipForm() throws(TextError) { try skipForm(from: token.offset + 1) }

  private mutating func skipForm(from inside: Int) throws(TextError) {
    lexer.position = inside
    try lexer.skipToClose(depth: 1)
    token = try lexer.next()
    ahead = try lexer.next()
  }

  // MARK: Parentheses and words

  /// Is this `(word`?
  @inline(__always)
  func isOpen(_ word: Word) -> Bool {
    token.kind == .leftParenthesis && ahead.meaning == .word(word)
  }

  /// Reads `(word`.
  mutating func open(_ word: Word) throws(TextError) {
    guard isOpen(word) else { throw unexpected("'(\(word.rawValue)'") }
    try advance()
    try advance()
  }

  /// Reads `(word` if that comes next.
  @inline(__always)
  mutating func skipOpen(_ word: Word) throws(TextError) -> Bool {
    guard isOpen(word) else { return false }
    try advance()
    try advance()
    return true
  }

  mutating func open() throws(TextError) {
    guard token.kind == .leftParenthesis else { throw unexpected("'('") }
    try advance()
  }

  mutating func close() throws(TextError) {
    guard token.kind == .rightParenthesis else { throw unexpected("')'") }
    try advance()
  }

  func expectEnd() throws(TextError) {
    guard token.kind == .end else { throw unexpected("end of text") }
  }

  /// Reads a word if it comes next.
  mutating func skip(_ word: Word) throws(TextError) -> Bool {
    guard token.meaning == .word(word) else { return false }
    try advance()
    return true
  }

  // MARK: Identifiers and strings

  /// Reads an identifier if one comes next.
  mutating func optionalIdentifier() throws(TextError) -> Symbol? {
    guard token.isIdentifier else { return nil }
    return try identifier()
  }

  /// Reads the identifier that comes next.
  mutating func identifier() throws(TextError) -> Symbol {
    let current = token
    let symbol: Symbol
    if current.kind == .identifier {
      symbol = symbols.intern(source, current.offset + 1..<Int(current.stop))
    } else {
      var name: [UInt8] = []
      appendString(source, current.offset + 1..<Int(current.stop), to: &name)
      if name.isEmpty { throw failure(.emptyIdentifier, at: current) }
      if firstMalformedUTF8(name, 0..<name.count) != nil {
        throw failure(.malformedUTF8, at: current)
      }
      symbol = symbols.intern(name, 0..<name.count)
    }
    try advance()
    return symbol
  }

  /// The symbol of a name that is no identifier of the text.
  mutating func symbol(of name: [UInt8]) -> Symbol { symbols.intern(name, 0..<name.count) }

  /// Reads a string that must be UTF-8.
  mutating func name() throws(TextError) -> [UInt8] {
    guard token.kind == .string else { throw unexpected("a string") }
    var name: [UInt8] = []
    appendString(source, token.range, to: &name)
    if firstMalformedUTF8(name, 0..<name.count) != nil { throw failure(.malformedUTF8, at: token) }
    try advance()
    return name
  }

  /// Reads any number of strings, appending their bytes.
  mutating func strings() throws(TextError) -> [UInt8] {
    var bytes: [UInt8] = []
    while token.kind == .string {
      appendString(source, token.range, to: &bytes)
      try advance()
    }
    return bytes
  }

  // MARK: Numbers

  /// Reads an unsigned 32-bit number.
  @inline(__always)
  mutating func unsigned32() throws(TextError) -> UInt32 {
    let value = try unsigned32(token.range, of: token)
    try advance()
    return value
  }

  /// The unsigned 32-bit number at `range`, which is (a part of) `token`.
  func unsigned32(_ range: Range<Int>, of token: Token) throws(TextError) -> UInt32 {
    // Nearly all numbers of a module are one to nine decimal digits.
    if range.count < 10 {
      var value: UInt32 = 0
      var position = range.lowerBound
      while position < range.upperBound {
        let digit = source[position] &- UInt8(ascii: "0")
        if digit > 9 { break }
        value = value &* 10 &+ UInt32(digit)
        position += 1
      }
      if position == range.upperBound, !range.isEmpty { return value }
    }
    guard let literal = IntegerLiteral(source, range), !literal.hasSign else {
      throw unexpected("an unsigned number", token)
    }
    guard let value = literal.unsigned(bits: 32) else {
      throw failure(.constantOutOfRange(type: "u32"), at: token)
    }
    return UInt32(value)
  }

  /// Reads an unsigned 64-bit number.
  mutating func unsigned64() throws(TextError) -> UInt64 {
    let value = try unsigned64(token.range, of: token)
    try advance()
    return value
  }

  /// The unsigned 64-bit number at `range`, which is (a part of) `token`.
  func unsigned64(_ range: Range<Int>, of token: Token) throws(TextError) -> UInt64 {
    guard let literal = IntegerLiteral(source, range), !literal.hasSign else {
      throw unexpected("an unsigned number", token)
    }
    guard let value = literal.unsigned(bits: 64) else {
      throw failure(.constantOutOfRange(type: "u64"), at: token)
    }
    return value
  }

  /// Reads an integer constant, written signed or unsigned.
  mutating func integer(bits: UInt64) throws(TextError) -> Int64 {
    guard token.kind == .number, let literal = IntegerLiteral(source, token.range) else {
      throw unexpected("an i\(bits) constant")
    }
    guard let value = literal.wrapped(bits: bits) else {
      throw failure(.constantOutOfRange(type: "i\(bits)"), at: token)
    }
    try advance()
    return value
  }

  /// Reads a floating-point constant: its bit pattern.
  mutating func float(_ format: FloatLiteral.Format) throws(TextError) -> UInt64 {
    let type = format == .single ? "f32" : "f64"
    guard token.kind == .number || token.kind == .keyword else {
      throw unexpected("an \(type) constant")
    }
    switch FloatLiteral(source, token.range, as: format) {
    case .bits(let bits):
      try advance()
      return bits
    case .malformed: throw unexpected("an \(type) constant")
    case .outOfRange: throw failure(.constantOutOfRange(type: type), at: token)
    }
  }

  // MARK: Errors

  func failure(_ cause: TextError.Cause, at token: Token) -> TextError {
    lexer.failure(cause, at: token.offset)
  }

  /// The next token, as an error shows it.
  func text(of token: Token) -> String {
    guard token.kind != .end else { return "end of text" }
    return String(decoding: source[token.range].prefix(60), as: UTF8.self)
  }

  /// The feature that is not implemented to which a word belongs.
  private func missingFeature(_ token: Token) -> String? {
    token.kind == .keyword ? UnsupportedWords.feature(of: text(of: token)) : nil
  }

  func unexpected(_ expected: String) -> TextError { unexpected(expected, token) }

  /// - Parameter expected: what may stand in the place of `token`.
  func unexpected(_ expected: String, _ token: Token) -> TextError {
    // The parenthesis was expected, what comes after it is the surprise.
    let isBehind =
      token.kind == .leftParenthesis && (ahead.kind == .reserved || missingFeature(ahead) != nil)
    let culprit = isBehind ? ahead : token
    let found = text(of: culprit)
    if let feature = missingFeature(culprit) {
      return failure(.unsupported(feature: feature, word: found), at: culprit)
    }
    switch culprit.kind {
    case .annotation:
      let name = AnnotationName(source, at: culprit.offset)?.rawValue ?? found
      return failure(.misplacedAnnotation(name), at: culprit)
    case .reserved:
      return failure(.unknownOperator(found), at: culprit)
    case .keyword where culprit.meaning == .none:
      return failure(.unknownOperator(found), at: culprit)
    case .number where IntegerLiteral(source, culprit.range) == nil:
      return failure(.unknownOperator(found), at: culprit)
    default:
      let quoted = culprit.kind == .end ? found : "'\(found)'"
      return failure(.unexpectedToken(found: quoted, expected: expected), at: culprit)
    }
  }
}
