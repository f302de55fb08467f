extension Lexer {
  /// Skips white space, comments and annotations.
  @inline(__always)
  mutating func skipTrivia() throws(TextError) {
    while position < source.count {
      switch source[position] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        position += 1
      case UInt8(ascii: ";"):
        try skipLineComment()
      case UInt8(ascii: "("):
        switch byte(at: position + 1) {
        case UInt8(ascii: ";"): try skipBlockComment()
        case UInt8(ascii: "@"):
          if AnnotationName(source, at: position) != nil { return }
          try skipAnnotation()
        default: return
        }
      default: return
      }
    }
  }

  mutating func skipLineComment() throws(TextError) {
    guard byte(at: position + 1) == UInt8(ascii: ";") else {
      throw failure(.illegalCharacter(UInt8(ascii: ";")), at: position)
    }
    position += 2
    while position < source.count, source[position] != UInt8(ascii: "\n"),
      source[position] != UInt8(ascii: "\r")
    {
      position += 1
    }
  }

  /// `(; … ;)`, which nests.
  mutating func skipBlockComment() throws(TextError) {
    let start = position
    var depth = 0
    repeat {
      switch (byte(at: position), byte(at: position + 1)) {
      case (UInt8(ascii: "("), UInt8(ascii: ";")):
        depth += 1
        position += 2
      case (UInt8(ascii: ";"), UInt8(ascii: ")")):
        depth -= 1
        position += 2
      default:
        position += 1
        if position >= source.count { throw failure(.unclosedComment, at: start) }
      }
    } while depth > 0
  }

  /// `(@id …)`: anything that is made of tokens and balanced. In it `@` is a character like others.
  mutating func skipAnnotation() throws(TextError) {
    let start = position
    position += 1
    try skipAnnotationName(from: start)
    var depth = 1
    repeat {
      let character = byte(at: position)
      switch character {
      case UInt8(ascii: "(") where byte(at: position + 1) == UInt8(ascii: ";"):
        try skipBlockComment()
      case UInt8(ascii: "("):
        depth += 1
        position += 1
      case UInt8(ascii: ")"):
        depth -= 1
        position += 1
      case UInt8(ascii: "\""):
        try skipString()
      case UInt8(ascii: ";") where byte(at: position + 1) == UInt8(ascii: ";"):
        try skipLineComment()
      case UInt8(ascii: " ")...UInt8(ascii: "~"), UInt8(ascii: "\t"), UInt8(ascii: "\n"),
        UInt8(ascii: "\r"):
        position += 1
      default:
        if position >= source.count { throw failure(.unclosedAnnotation, at: start) }
        throw failure(.illegalCharacter(character), at: position)
      }
    } while depth > 0
  }

  /// `@id` or `@"id"`.
  private mutating func skipAnnotationName(from start: Int) throws(TextError) {
    position += 1
    let name = position
    guard byte(at: position) == UInt8(ascii: "\"") else {
      skipIdentifierCharacters()
      if position == name { throw failure(.emptyAnnotation, at: start) }
      return
    }
    try skipString()
    var decoded: [UInt8] = []
    appendString(source, name..<position, to: &decoded)
    if decoded.isEmpty { throw failure(.emptyAnnotation, at: start) }
    if firstMalformedUTF8(decoded, 0..<decoded.count) != nil {
      throw failure(.malformedUTF8, at: name)
    }
  }

  /// Skips up to and over the parenthesis that closes `depth` open ones, looking only at what can hide
  /// a parenthesis. What is skipped is read properly later.
  mutating func skipToClose(depth: Int) throws(TextError) {
    var depth = depth
    while depth > 0 {
      guard position < source.count else {
        throw failure(.unexpectedToken(found: "end of text", expected: "')'"), at: position)
      }
      switch source[position] {
      case UInt8(ascii: "("):
        if byte(at: position + 1) == UInt8(ascii: ";") {
          try skipBlockComment()
        } else {
          depth += 1
          position += 1
        }
      case UInt8(ascii: ")"):
        depth -= 1
        position += 1
      case UInt8(ascii: "\""):
        try skipString()
      case UInt8(ascii: ";") where byte(at: position + 1) == UInt8(ascii: ";"):
        try skipLineComment()
      default:
        position += 1
      }
    }
  }
}
