/// An integer as written: sign and magnitude.
struct IntegerLiteral {
  var isNegative = false
  var hasSign = false
  var magnitude: UInt64 = 0
  /// The magnitude needs more than 64 bits.
  var overflows = false

  /// `[+-]? (digits | 0x hexdigits)`, single underscores between digits. `nil` when it is not that.
  init?(_ source: [UInt8], _ range: Range<Int>) {
    var position = range.lowerBound
    let end = range.upperBound
    guard position < end else { return nil }
    if source[position] == UInt8(ascii: "-") || source[position] == UInt8(ascii: "+") {
      hasSign = true
      isNegative = source[position] == UInt8(ascii: "-")
      position += 1
    }
    let value: (magnitude: UInt64, overflows: Bool)?
    if position + 2 < end, source[position] == UInt8(ascii: "0"),
      source[position + 1] == UInt8(ascii: "x")
    {
      value = hexadecimalValue(source, position + 2..<end)
    } else {
      value = decimalValue(source, position..<end)
    }
    guard let value else { return nil }
    (magnitude, overflows) = value
  }

  /// As an unsigned number, when it has no sign and is in range.
  func unsigned(bits: UInt64) -> UInt64? {
    guard !hasSign, !overflows, bits == 64 || magnitude >> bits == 0 else { return nil }
    return magnitude
  }

  /// As a number that may be written signed or unsigned, in two's complement.
  func wrapped(bits: UInt64) -> Int64? {
    let most: UInt64 = isNegative ? 1 << (bits - 1) : .max >> (64 - bits)
    guard !overflows, magnitude <= most else { return nil }
    let value = Int64(bitPattern: isNegative ? 0 &- magnitude : magnitude)
    // Sign-extend, so that 0xffffffff and -1 are the same i32.
    return (value << Int64(64 - bits)) >> Int64(64 - bits)
  }
}

@inline(__always)
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
  default: nil
  }
}

func hexadecimalValue(_ source: [UInt8], _ range: Range<Int>) -> (
  magnitude: UInt64, overflows: Bool
)? {
  value(source, range, radix: 16)
}

func decimalValue(_ source: [UInt8], _ range: Range<Int>) -> (magnitude: UInt64, overflows: Bool)? {
  value(source, range, radix: 10)
}

/// Digits with single underscores between them.
@inline(__always)
private func value(_ source: [UInt8], _ range: Range<Int>, radix: UInt64) -> (
  magnitude: UInt64, overflows: Bool
)? {
  var magnitude: UInt64 = 0
  var overflows = false
  var afterDigit = false
  for position in range {
    let byte = source[position]
    if byte == UInt8(ascii: "_") {
      guard afterDigit else { return nil }
      afterDigit = false
      continue
    }
    guard let digit = hexadecimalDigit(byte), UInt64(digit) < radix else { return nil }
    let (product, overflow) = magnitude.multipliedReportingOverflow(by: radix)
    let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
    magnitude = sum
    overflows = overflows || overflow || carry
    afterDigit = true
  }
  return afterDigit ? (magnitude, overflows) : nil
}
