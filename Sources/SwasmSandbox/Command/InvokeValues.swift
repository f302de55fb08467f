import SwasmModule
import SwasmRuntime

/// Words of the command line as arguments of an export, and its results as words.
enum InvokeValues {
  static func parse(_ words: [String], as type: FunctionType, function: String) throws(Failure)
    -> [Value]
  {
    guard words.count == type.parameters.count else {
      throw .usage(
        "--invoke \(function): takes \(Quantities.count(type.parameters.count, "argument", "arguments"))"
          + " (\(type)), not \(words.count)"
      )
    }
    var values: [Value] = []
    for (word, type) in zip(words, type.parameters) {
      guard let value = parse(word, as: type) else {
        throw .usage("--invoke \(function): \"\(word)\" is no \(type)")
      }
      values.append(value)
    }
    return values
  }

  /// Integers are signed or unsigned, decimal or with 0x.
  private static func parse(_ word: String, as type: ValueType) -> Value? {
    switch type {
    case .i32:
      guard let bits = integer(word), bits >= -(1 << 31), bits < 1 << 32 else { return nil }
      return .i32(UInt32(truncatingIfNeeded: bits))
    case .i64:
      guard let bits = integer(word), bits >= -(1 << 63), bits < 1 << 64 else { return nil }
      return .i64(UInt64(truncatingIfNeeded: bits))
    case .f32: return Float(word).map { .f32($0.bitPattern) }
    case .f64: return Double(word).map { .f64($0.bitPattern) }
    default: return nil
    }
  }

  private static func integer(_ word: String) -> Int128? {
    let isNegative = word.hasPrefix("-")
    let digits = isNegative ? word.dropFirst() : word[...]
    let isHexadecimal = digits.hasPrefix("0x")
    // Int128(_:radix:) would take a sign of its own.
    guard let first = digits.utf8.first, first >= 0x30, first <= 0x39,
      let magnitude = isHexadecimal
        ? Int128(digits.dropFirst(2), radix: 16) : Int128(digits, radix: 10), magnitude >= 0
    else { return nil }
    return isNegative ? -magnitude : magnitude
  }

  static func text(_ value: Value) -> String {
    switch value {
    case .i32(let bits): "\(Int32(bitPattern: bits))"
    case .i64(let bits): "\(Int64(bitPattern: bits))"
    case .f32(let bits): "\(Float(bitPattern: bits))"
    case .f64(let bits): "\(Double(bitPattern: bits))"
    case .v128(let low, let high):
      "0x" + [high, low].map { digits($0) }.joined()
    case .funcref(let id): id == nil ? "null" : "funcref"
    case .exnref(let reference): reference == nil ? "null" : "exnref"
    case .externref(let id): id.map { "\($0)" } ?? "null"
    }
  }

  private static func digits(_ number: UInt64) -> String {
    let text = String(number, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
