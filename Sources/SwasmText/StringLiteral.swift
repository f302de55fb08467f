extension Lexer {
  /// Skips a string, checking its escapes.
  mutating func skipString() throws(TextError) {
    let start = position
    position += 1
    while true {
      guard position < source.count else { throw failure(.unclosedString, at: start) }
      let character = source[position]
      switch character {
      case UInt8(ascii: "\""):
        position += 1
        return
      case UInt8(ascii: "\\"):
        try skipEscape()
      case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
        throw failure(.unclosedString, at: start)
      case 0..<0x20, 0x7f:
        throw failure(.illegalCharacter(character), at: position)
      default:
        position += 1
      }
    }
  }

  private mutating func skipEscape() throws(TextError) {
    let start = position
    switch byte(at: position + 1) {
    case UInt8(ascii: "t"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "\""),
      UInt8(ascii: "'"), UInt8(ascii: "\\"):
      position += 2
    case UInt8(ascii: "u"):
      var end = position + 3
      while isIdentifierCharacter(byte(at: end)) { end += 1 }
      guard byte(at: position + 2) == UInt8(ascii: "{"), byte(at: end) == UInt8(ascii: "}"),
        let value = hexadecimalValue(source, position + 3..<end), !value.overflows,
        Unicode.Scalar(UInt32(exactly: value.magnitude) ?? .max) != nil
      else { throw failure(.illegalEscape, at: start) }
      position = end + 1
    default:
      guard hexadecimalDigit(byte(at: position + 1)) != nil,
        hexadecimalDigit(byte(at: position + 2)) != nil
      else { throw failure(.illegalEscape, at: start) }
      position += 3
    }
  }
}

/// Appends what a string says.
///
/// - Parameter range: the string in `source`, quotes included, its escapes known to be right.
func appendString(_ source: [UInt8], _ range: Range<Int>, to bytes: inout [UInt8]) {
  var position = range.lowerBound + 1
  let end = range.upperBound - 1
  bytes.reserveCapacity(bytes.count + (end - position) / 3)
  while position < end {
    let character = source[position]
    if character != UInt8(ascii: "\\") {
      bytes.append(character)
      position += 1
      continue
    }
    let escaped = source[position + 1]
    position += 2
    switch escaped {
    case UInt8(ascii: "t"): bytes.append(UInt8(ascii: "\t"))
    case UInt8(ascii: "n"): bytes.append(UInt8(ascii: "\n"))
    case UInt8(ascii: "r"): bytes.append(UInt8(ascii: "\r"))
    case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): bytes.append(escaped)
    case UInt8(ascii: "u"):
      let digits = position + 1
      while source[position] != UInt8(ascii: "}") { position += 1 }
      if let value = hexadecimalValue(source, digits..<position),
        let scalar = Unicode.Scalar(UInt32(truncatingIfNeeded: value.magnitude))
      {
        bytes.append(contentsOf: UTF8.encode(scalar)?.map { $0 } ?? [])
      }
      position += 1
    default:
      let high = hexadecimalDigit(escaped) ?? 0
      let low = hexadecimalDigit(source[position]) ?? 0
      bytes.append(high << 4 | low)
      position += 1
    }
  }
}
