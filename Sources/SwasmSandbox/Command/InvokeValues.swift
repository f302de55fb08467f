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
        let hint = type.isNullable ? "; null is" : ""
        throw .usage("--invoke \(function): \"\(word)\" is not a valid \(type)\(hint)")
      }
      values.append(value)
    }
    return values
  }

  /// Integers are signed or unsigned, decimal or with 0x; floats also `nan:0x…` with the payload; vectors are one integer of
  /// 128 bits; of references there are `null` and the host's, which are numbers.
  private static func parse(_ word: String, as type: ValueType) -> Value? {
    switch type {
    case .i32:
      guard let bits = integer(word), bits >= -(1 << 31), bits < 1 << 32 else { return nil }
      return .i32(UInt32(truncatingIfNeeded: bits))
    case .i64:
      guard let bits = integer(word), bits >= -(1 << 63), bits < 1 << 64 else { return nil }
      return .i64(UInt64(truncatingIfNeeded: bits))
    case .f32:
      if let bits = FloatWords.single.notANumber(word) { return .f32(UInt32(bits)) }
      return Float(word).map { .f32($0.bitPattern) }
    case .f64:
      if let bits = FloatWords.double.notANumber(word) { return .f64(bits) }
      return Double(word).map { .f64($0.bitPattern) }
    case .v128:
      guard let bits = magnitude(word) else { return nil }
      return .v128(
        low: UInt64(truncatingIfNeeded: bits), high: UInt64(truncatingIfNeeded: bits >> 64))
    default: return reference(word, as: type)
    }
  }

  private static func reference(_ word: String, as type: ValueType) -> Value? {
    if word == "null" {
      guard type.isNullable else { return nil }
      return type.isFunction ? .funcref(nil) : type.isException ? .exnref(nil) : .externref(nil)
    }
    // Null takes one of the numbers.
    guard ValueType.externref.nonNull.matches(type), let number = magnitude(word),
      number < UInt64.max
    else { return nil }
    return .externref(UInt64(number))
  }

  private static func integer(_ word: String) -> Int128? {
    let isNegative = word.hasPrefix("-")
    guard let magnitude = magnitude(isNegative ? word.dropFirst() : word[...]),
      magnitude <= UInt64.max
    else { return nil }
    return isNegative ? -Int128(magnitude) : Int128(magnitude)
  }

  private static func magnitude(_ digits: some StringProtocol) -> UInt128? {
    // UInt128(_:radix:) would take a sign of its own.
    guard let first = digits.utf8.first, first >= 0x30, first <= 0x39 else { return nil }
    guard digits.hasPrefix("0x") else { return UInt128(digits, radix: 10) }
    let rest = digits.dropFirst(2)
    guard rest.utf8.first != 0x2b, rest.utf8.first != 0x2d else { return nil }
    return UInt128(rest, radix: 16)
  }

  static func text(_ value: Value) -> String {
    switch value {
    case .i32(let bits): "\(Int32(bitPattern: bits))"
    case .i64(let bits): "\(Int64(bitPattern: bits))"
    case .f32(let bits): FloatWords.single.text(UInt64(bits))
    case .f64(let bits): FloatWords.double.text(bits)
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

/// Floats as words, so that every bit of them comes through: a NaN that is not the canonical one shows its payload.
struct FloatWords {
  let signBit: UInt64
  let exponent: UInt64
  let fraction: UInt64
  private let number: @Sendable (UInt64) -> String

  static let single = FloatWords(signBit: 1 << 31, exponent: 0xff << 23, fraction: 1 << 23 - 1) {
    "\(Float(bitPattern: UInt32($0)))"
  }
  static let double = FloatWords(signBit: 1 << 63, exponent: 0x7ff << 52, fraction: 1 << 52 - 1) {
    "\(Double(bitPattern: $0))"
  }

  private init(
    signBit: UInt64, exponent: UInt64, fraction: UInt64,
    number: @escaping @Sendable (UInt64) -> String
  ) {
    (self.signBit, self.exponent, self.fraction) = (signBit, exponent, fraction)
    self.number = number
  }

  /// What of the fraction only the canonical NaN has.
  private var canonical: UInt64 { (fraction + 1) >> 1 }

  func text(_ bits: UInt64) -> String {
    let payload = bits & fraction
    guard bits & exponent == exponent, payload != 0 else { return number(bits) }
    let sign = bits & signBit == 0 ? "" : "-"
    return sign + (payload == canonical ? "nan" : "nan:0x" + String(payload, radix: 16))
  }

  /// The bits of a word such as `-nan:0x1`, if it is one.
  func notANumber(_ word: String) -> UInt64? {
    let isNegative = word.hasPrefix("-")
    let name = isNegative ? word.dropFirst() : word[...]
    var payload = canonical
    if name != "nan" {
      let digits = name.dropFirst(6)
      guard name.hasPrefix("nan:0x"), digits.utf8.first != 0x2b,
        let number = UInt64(digits, radix: 16), number > 0, number <= fraction
      else { return nil }
      payload = number
    }
    return (isNegative ? signBit : 0) | exponent | payload
  }
}
