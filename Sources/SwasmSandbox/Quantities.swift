/// Durations and sizes as people write them.
public enum Quantities {
  private static let durations: [(suffix: String, milliseconds: UInt64)] = [
    ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
  ]
  private static let sizes: [(suffix: String, bytes: UInt64)] = [
    ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ("KB", 1000), ("MB", 1_000_000), ("GB", 1_000_000_000),
    ("K", 1 << 10), ("M", 1 << 20), ("G", 1 << 30), ("B", 1), ("", 1),
  ]

  /// 100 years, and 1 EiB: far beyond what anyone means, and whatever is computed from them stays a number.
  static let mostMilliseconds: UInt64 = 100 * 365 * 24 * 3_600_000
  static let mostBytes: UInt64 = 1 << 60

  /// Milliseconds of `500ms`, `5s`, `2m`, `1h`, `1.5s`; a bare number is seconds. Not zero, at most
  /// ``mostMilliseconds``.
  public static func milliseconds(_ text: String) -> UInt64? {
    for (suffix, factor) in durations where text.hasSuffix(suffix) {
      return scaled(text.dropLast(suffix.utf8.count), factor, most: mostMilliseconds)
    }
    return scaled(text[...], 1000, most: mostMilliseconds)
  }

  /// Bytes of `64MiB`, `1GB`, `512K`, `4096`. Not zero, at most ``mostBytes``.
  public static func bytes(_ text: String) -> UInt64? {
    for (suffix, factor) in sizes where text.hasSuffix(suffix) {
      return scaled(text.dropLast(suffix.utf8.count), factor, most: mostBytes)
    }
    return nil
  }

  /// `5s`, `1500ms`: the shortest exact form.
  public static func text(milliseconds: UInt64) -> String {
    for (suffix, factor) in durations.reversed() where milliseconds % factor == 0 {
      return "\(milliseconds / factor)\(suffix)"
    }
    return "\(milliseconds)ms"
  }

  /// `64MiB`: the largest binary unit that divides.
  public static func text(bytes: UInt64) -> String {
    for (suffix, factor) in sizes[0..<3].reversed() where bytes % factor == 0 {
      return "\(bytes / factor)\(suffix)"
    }
    return "\(bytes)B"
  }

  /// `1.2GiB`, `17.0MiB`: with one digit after the point, rounded up.
  static func rounded(bytes: UInt64) -> String {
    for (suffix, factor) in sizes[0..<3].reversed() where bytes >= factor {
      let tenth = factor / 10
      let tenths = bytes / tenth + (bytes % tenth == 0 ? 0 : 1)
      return "\(tenths / 10).\(tenths % 10)\(suffix)"
    }
    return "\(bytes)B"
  }

  /// `1 page`, `2 pages`.
  static func count(_ number: some BinaryInteger, _ one: String, _ many: String) -> String {
    "\(number) \(number == 1 ? one : many)"
  }

  /// A decimal number with at most three digits after the point, times `factor`.
  private static func scaled(_ number: Substring, _ factor: UInt64, most: UInt64) -> UInt64? {
    let parts = number.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count <= 2, let whole = digits(parts[0]) else { return nil }
    let (product, overflow) = whole.multipliedReportingOverflow(by: factor)
    if overflow || product > most { return nil }
    var result = product
    if parts.count == 2 {
      guard parts[1].utf8.count <= 3, let fraction = digits(parts[1]) else { return nil }
      var divisor: UInt64 = 1
      for _ in 0..<parts[1].utf8.count { divisor *= 10 }
      result += fraction * factor / divisor
    }
    return result == 0 || result > most ? nil : result
  }

  /// Only digits: no sign, no space.
  private static func digits(_ text: Substring) -> UInt64? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return UInt64(text)
  }
}
