/// Bytes as a string and back, without loss.
///
/// Arguments, variables and paths are bytes to the system, and may be no UTF-8. The command line is taken apart as
/// strings; so a byte that is part of no character stands in them as one of the last private-use characters, U+10FF80
/// to U+10FFFF, and becomes that byte again where the string leaves the program. The encoding of such a character itself is
/// kept as four bytes of that kind.
public enum ByteText {
  private static var first: UInt32 { 0x10ff00 }

  /// The byte that a character stands for.
  public static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
    scalar.value >= first + 0x80 ? UInt8(truncatingIfNeeded: scalar.value) : nil
  }

  public static func string(_ bytes: some BidirectionalCollection<UInt8>) -> String {
    if let text = String(validating: bytes, as: UTF8.self),
      text.unicodeScalars.allSatisfy({ byte($0) == nil })
    {
      return text
    }
    var text = String.UnicodeScalarView()
    var rest = Array(bytes)[...]
    while let next = rest.first {
      let count = characterLength(rest)
      if count > 0, let scalar = scalar(rest.prefix(count)), byte(scalar) == nil {
        text.append(scalar)
        rest = rest.dropFirst(count)
      } else {
        text.append(Unicode.Scalar(first + UInt32(next)) ?? "?")
        rest = rest.dropFirst()
      }
    }
    return String(text)
  }

  public static func bytes(_ text: String) -> [UInt8] {
    // The characters in question begin with F4 in UTF-8, and few strings hold any such.
    guard text.utf8.contains(0xf4) else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      if let byte = byte(scalar) { bytes.append(byte) } else { bytes += UTF8.encode(scalar)! }
    }
    return bytes
  }

  /// For the C library: with a NUL at the end.
  public static func forC(_ text: String) -> [CChar] {
    bytes(text).map { CChar(bitPattern: $0) } + [0]
  }

  /// Bytes that the first one announces, or 0 where none can begin with it.
  private static func characterLength(_ bytes: ArraySlice<UInt8>) -> Int {
    let length =
      switch bytes.first ?? 0 {
      case 0..<0x80: 1
      case 0xc2..<0xe0: 2
      case 0xe0..<0xf0: 3
      case 0xf0..<0xf5: 4
      default: 0
      }
    return length <= bytes.count ? length : 0
  }

  private static func scalar(_ bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
    let text = String(validating: bytes, as: UTF8.self)
    return text.flatMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first : nil }
  }
}
