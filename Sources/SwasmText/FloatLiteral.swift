/// Reads floating-point literals, correctly rounded (to nearest, ties to even), as bit patterns.
enum FloatLiteral {
  case bits(UInt64)
  case malformed
  case outOfRange

  enum Format {
    case single, double

    /// Bits after the point of a normal number.
    var fractionBits: Int { self == .single ? 23 : 52 }
    var exponentBits: Int { self == .single ? 8 : 11 }
    var infinity: UInt64 { ((1 << UInt64(exponentBits)) - 1) << UInt64(fractionBits) }
    var sign: UInt64 { 1 << UInt64(exponentBits + fractionBits) }
    /// The exponent of the smallest normal number.
    var smallestExponent: Int { 2 - (1 << (exponentBits - 1)) }
  }

  init(_ source: [UInt8], _ range: Range<Int>, as format: Format) {
    var start = range.lowerBound
    var sign: UInt64 = 0
    if source[start] == UInt8(ascii: "-") || source[start] == UInt8(ascii: "+") {
      if source[start] == UInt8(ascii: "-") { sign = format.sign }
      start += 1
    }
    let digits = start..<range.upperBound
    let unsigned: FloatLiteral
    if digits.count > 2, source[start] == UInt8(ascii: "0"), source[start + 1] == UInt8(ascii: "x")
    {
      unsigned = hexadecimalFloat(source, start + 2..<digits.upperBound, format)
    } else if let first = digits.first, source[first] >= UInt8(ascii: "a") {
      unsigned = namedFloat(source, digits, format)
    } else {
      unsigned = decimalFloat(source, digits, format)
    }
    self = if case .bits(let bits) = unsigned { .bits(bits | sign) } else { unsigned }
  }
}

/// The parts of a number: `digits [. digits?] [exponent sign? digits]`.
private struct FloatParts {
  var whole: Range<Int>
  var fraction: Range<Int>
  /// With its sign.
  var exponent: Range<Int>?

  /// - Parameter isHexadecimal: decides digits and the exponent's letter.
  init?(_ source: [UInt8], _ range: Range<Int>, isHexadecimal: Bool) {
    var position = range.lowerBound
    let end = range.upperBound
    let radix: UInt8 = isHexadecimal ? 16 : 10
    func digits(_ position: inout Int, radix: UInt8) -> Range<Int>? {
      let start = position
      var afterDigit = false
      while position < end {
        if source[position] == UInt8(ascii: "_") {
          guard afterDigit else { return nil }
          afterDigit = false
        } else if let digit = hexadecimalDigit(source[position]), digit < radix {
          afterDigit = true
        } else {
          break
        }
        position += 1
      }
      return afterDigit ? start..<position : nil
    }
    guard let whole = digits(&position, radix: radix) else { return nil }
    self.whole = whole
    fraction = position..<position
    if position < end, source[position] == UInt8(ascii: ".") {
      position += 1
      fraction = position..<position
      if position < end, let digit = hexadecimalDigit(source[position]), digit < radix {
        guard let found = digits(&position, radix: radix) else { return nil }
        fraction = found
      }
    }
    let letter = isHexadecimal ? UInt8(ascii: "p") : UInt8(ascii: "e")
    if position < end, source[position] | 0x20 == letter {
      position += 1
      let start = position
      if position < end,
        source[position] == UInt8(ascii: "-") || source[position] == UInt8(ascii: "+")
      {
        position += 1
      }
      guard digits(&position, radix: 10) != nil else { return nil }
      exponent = start..<position
    }
    guard position == end else { return nil }
  }
}

/// `inf`, `nan`, `nan:0x…`.
private func namedFloat(
  _ source: [UInt8], _ range: Range<Int>, _ format: FloatLiteral.Format
) -> FloatLiteral {
  let name = source[range]
  if name.elementsEqual("inf".utf8) { return .bits(format.infinity) }
  if name.elementsEqual("nan".utf8) {
    return .bits(format.infinity | 1 << UInt64(format.fractionBits - 1))
  }
  guard name.starts(with: "nan:0x".utf8),
    let payload = hexadecimalValue(source, range.lowerBound + 6..<range.upperBound)
  else { return .malformed }
  guard !payload.overflows, payload.magnitude != 0,
    payload.magnitude >> UInt64(format.fractionBits) == 0
  else { return .outOfRange }
  return .bits(format.infinity | payload.magnitude)
}

private func decimalFloat(
  _ source: [UInt8], _ range: Range<Int>, _ format: FloatLiteral.Format
) -> FloatLiteral {
  guard FloatParts(source, range, isHexadecimal: false) != nil else { return .malformed }
  // The standard library rounds correctly to each type; rounding to Double first would round twice.
  let text = String(
    decoding: source[range].lazy.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
  let bits: UInt64?
  switch format {
  case .single: bits = Float(text).map { UInt64($0.bitPattern) }
  case .double: bits = Double(text).map { $0.bitPattern }
  }
  guard let bits else { return .malformed }
  return bits == format.infinity ? .outOfRange : .bits(bits)
}

private func hexadecimalFloat(
  _ source: [UInt8], _ range: Range<Int>, _ format: FloatLiteral.Format
) -> FloatLiteral {
  guard let parts = FloatParts(source, range, isHexadecimal: true) else { return .malformed }
  // value = significand × 2^exponent, and a little more if `isInexact`.
  var significand: UInt64 = 0
  var exponent = 0
  var isInexact = false
  for (digits, isFraction) in [(parts.whole, false), (parts.fraction, true)] {
    for position in digits {
      guard let digit = hexadecimalDigit(source[position]) else { continue }  // An underscore.
      if significand >> 60 == 0 {
        significand = significand << 4 | UInt64(digit)
        if isFraction { exponent -= 4 }
      } else {
        if digit != 0 { isInexact = true }
        if !isFraction { exponent += 4 }
      }
    }
  }
  if let range = parts.exponent, let written = IntegerLiteral(source, range) {
    // Far more than the digits of any text can compensate.
    let limit: UInt64 = 1 << 40
    let magnitude = Int(written.overflows ? limit : min(written.magnitude, limit))
    exponent += written.isNegative ? -magnitude : magnitude
  }
  return rounded(significand, exponent, isInexact, format)
}

/// `significand` × 2^`exponent`, rounded to nearest, ties to even.
private func rounded(
  _ significand: UInt64, _ exponent: Int, _ isInexact: Bool, _ format: FloatLiteral.Format
) -> FloatLiteral {
  if significand == 0 { return .bits(0) }
  let top = exponent + 63 - significand.leadingZeroBitCount
  let smallest = format.smallestExponent
  // The weight of the result's last bit, relative to the significand's.
  let shift = max(top, smallest) - format.fractionBits - exponent
  var quotient: UInt64
  if shift <= 0 {
    // Exact. More than 63 places can't be asked for: the significand isn't zero and `top` is its first bit.
    quotient = significand << UInt64(-shift)
  } else if shift > 64 {
    quotient = 0
  } else {
    quotient = shift == 64 ? 0 : significand >> UInt64(shift)
    let remainder = shift == 64 ? significand : significand & ((1 << UInt64(shift)) - 1)
    let half: UInt64 = 1 << UInt64(shift - 1)
    if remainder > half || remainder == half && (isInexact || quotient & 1 == 1) { quotient += 1 }
  }
  guard top >= smallest else { return .bits(quotient) }
  let biased = top - smallest + 1
  guard biased < 1 << format.exponentBits else { return .outOfRange }
  // The quotient's first bit is the implied one; a carry out of it moves on to the next exponent.
  let bits = UInt64(biased - 1) << UInt64(format.fractionBits) + quotient
  return bits >= format.infinity ? .outOfRange : .bits(bits)
}
