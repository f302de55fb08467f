import SwasmModule
import SwasmRuntime

extension Expected {
  /// The value to pass; nil when it is of a type that isn't supported.
  var argument: Value? {
    let bits = value.flatMap(Self.bits)
    switch (type, bits) {
    case ("i32", let bits?): return .i32(UInt32(truncatingIfNeeded: bits))
    case ("i64", let bits?): return .i64(bits)
    case ("f32", let bits?): return .f32(UInt32(truncatingIfNeeded: bits))
    case ("f64", let bits?): return .f64(bits)
    case ("externref", _) where value == "null": return .externref(nil)
    case ("externref", let bits?): return .externref(bits)
    case ("funcref", _) where value == "null": return .funcref(nil)
    case ("v128", _): return vector
    default: return nil
    }
  }

  private var vector: Value? {
    guard let lanes, !lanes.isEmpty else { return nil }
    let width = 128 / UInt128(lanes.count)
    var bits: UInt128 = 0
    for lane in lanes.reversed() {
      guard let value = Self.bits(lane) else { return nil }
      bits = bits << width | UInt128(value) & (1 << width - 1)
    }
    return .v128(
      low: UInt64(truncatingIfNeeded: bits), high: UInt64(truncatingIfNeeded: bits >> 64))
  }

  /// Lane by lane, for some may be patterns.
  private func matches(_ low: UInt64, _ high: UInt64) -> Bool {
    guard let lanes, laneType == "f32" || laneType == "f64" else {
      return vector == .v128(low: low, high: high)
    }
    return lanes.enumerated().allSatisfy { number, lane in
      let word = number < lanes.count / 2 ? low : high
      let expected = Expected(lane: lane, type: laneType ?? "")
      if lanes.count == 2 { return expected.matches(.f64(word)) }
      return expected.matches(.f32(UInt32(truncatingIfNeeded: word >> (32 * UInt64(number & 1)))))
    }
  }

  private static func bits(_ text: String) -> UInt64? {
    UInt64(text) ?? Int64(text).map(UInt64.init(bitPattern:))
  }

  func matches(_ found: Value) -> Bool {
    if type == "either" { return (values ?? []).contains { $0.matches(found) } }
    switch (found, value) {
    case (.f32(let bits), "nan:canonical"?):
      return type == "f32" && bits & 0x7fff_ffff == 0x7fc0_0000
    case (.f32(let bits), "nan:arithmetic"?):
      return type == "f32" && bits & 0x7fc0_0000 == 0x7fc0_0000
    case (.f64(let bits), "nan:canonical"?):
      return type == "f64" && bits & 0x7fff_ffff_ffff_ffff == 0x7ff8_0000_0000_0000
    case (.f64(let bits), "nan:arithmetic"?):
      return type == "f64" && bits & 0x7ff8_0000_0000_0000 == 0x7ff8_0000_0000_0000
    case (.v128(let low, let high), _): return type == "v128" && matches(low, high)
    case (.funcref(let id), nil) where type == "refnull": return id == nil
    case (.externref(let id), nil) where type == "refnull": return id == nil
    case (.exnref(let id), nil): return id == nil ? type == "refnull" : type == "exnref"
    case (.funcref(let id), nil): return type == "funcref" && id != nil
    case (.externref(let id), nil): return type == "externref" && id != nil
    case (.funcref(nil), _), (.externref(nil), _): return value == "null"
    default: return argument == found
    }
  }
}
