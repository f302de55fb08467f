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
    default: return nil
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
    case (.funcref(let id), nil) where type == "refnull": return id == nil
    case (.externref(let id), nil) where type == "refnull": return id == nil
    case (.funcref(let id), nil): return type == "funcref" && id != nil
    case (.externref(let id), nil): return type == "externref" && id != nil
    case (.funcref(nil), _), (.externref(nil), _): return value == "null"
    default: return argument == found
    }
  }
}
