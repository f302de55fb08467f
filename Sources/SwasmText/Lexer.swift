/// Source bytes ─▶ tokens. White space, comments and annotations are skipped.
struct Lexer {
  let source: [UInt8]
  var position = 0
  private let words = WordTable.shared

  /// - Throws: when the source is too long for tokens or is not UTF-8.
  init(_ source: [UInt8]) throws(TextError) {
    self.source = source
    if source.count >= Int(UInt32.max) { throw failure(.textTooLong, at: 0) }
    if let offset = firstMalformedUTF8(source, 0..<source.count) {
      throw failure(.malformedUTF8, at: offset)
    }
  }

  func failure(_ cause: TextError.Cause, at offset: Int) -> TextError {
    TextError(cause, at: TextLocation(offset: offset, in: source))
  }

  /// The byte at an offset; 0, which no token contains, past the end.
  @inline(__always)
  func byte(at offset: Int) -> UInt8 { offset < source.count ? source[offset] : 0 }

  mutating func next() throws(TextError) -> Token {
    try skipTrivia()
    let start = position
    guard start < source.count else { return Token(.end, start, start) }
    switch source[start] {
    case UInt8(ascii: "("):
      if byte(at: start + 1) == UInt8(ascii: "@") {
        try skipAnnotation()
        return Token(.annotation, start, position)
      }
      position += 1
      return Token(.leftParenthesis, start, position)
    case UInt8(ascii: ")"):
      position += 1
      return Token(.rightParenthesis, start, position)
    default:
      return try word()
    }
  }

  /// A maximal run of identifier characters and strings, sorted by its first character.
  private mutating func word() throws(TextError) -> Token {
    let start = position
    skipIdentifierCharacters()
    if byte(at: position) == UInt8(ascii: "\"") { return try wordWithString(from: start) }
    if position == start { throw failure(.illegalCharacter(source[start]), at: start) }
    var token = Token(.reserved, start, position)
    switch source[start] {
    case UInt8(ascii: "a")...UInt8(ascii: "z"):
      token.kind = .keyword
      token.meaning = words.meaning(source, start..<position)
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
      token.kind = .number
    case UInt8(ascii: "$"):
      if position == start + 1 { throw failure(.emptyIdentifier, at: start) }
      token.kind = .identifier
    default: break
    }
    return token
  }

  @inline(__always)
  mutating func skipIdentifierCharacters() {
    while position < source.count, isIdentifierCharacter(source[position]) { position += 1 }
  }

  /// A word with a string in it: alone it is a string, after `$` an identifier. Glued to anything else it is
  /// no token at all.
  private mutating func wordWithString(from start: Int) throws(TextError) -> Token {
    let prefix = position - start
    try skipString()
    var kind = Token.Kind.reserved
    if prefix == 0 { kind = .string }
    if prefix == 1 && source[start] == UInt8(ascii: "$") { kind = .quotedIdentifier }
    while true {
      let before = position
      skipIdentifierCharacters()
      if byte(at: position) == UInt8(ascii: "\"") { try skipString() }
      if position == before { break }
      kind = .reserved
    }
    return Token(kind, start, position)
  }
}

/// One bit per ASCII character that identifiers and other words are made of.
@inline(__always)
func isIdentifierCharacter(_ byte: UInt8) -> Bool {
  // 0x20…0x3f without space " ( ) , ;  and 0x40…0x7e without [ ] { }
  let low: UInt64 = 0xf7ff_ecfa_0000_0000
  let high: UInt64 = 0x57ff_ffff_d7ff_ffff
  if byte >= 128 { return false }
  return ((byte < 64 ? low : high) &>> UInt64(byte & 63)) & 1 != 0
}
