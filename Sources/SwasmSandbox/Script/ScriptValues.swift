import SwasmModule
import SwasmRuntime
import SwasmText

/// Values of scripts as the runtime has them, patterns as tests of bits, and both as words.
enum ScriptValues {
  /// nil: of a type that compiled code does not know.
  static func value(_ value: Script.Value) -> Value? {
    switch value {
    case .i32(let bits): return .i32(bits)
    case .i64(let bits): return .i64(bits)
    case .f32(let bits): return .f32(bits)
    case .f64(let bits): return .f64(bits)
    case .v128(let bytes):
      return .v128(low: number(bytes.prefix(8)), high: number(bytes.dropFirst(8)))
    case .nullReference("func"): return .funcref(nil)
    case .nullReference("extern"): return .externref(nil)
    case .nullReference("exn"): return .exnref(nil)
    case .externReference(let number): return .externref(UInt64(number))
    default: return nil
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// nil: it speaks of a type that compiled code does not know.
  static func pattern(_ pattern: Script.Pattern) -> ScriptPlan.Pattern? {
    switch pattern {
    case .value(.nullReference):
      return ScriptPlan.Pattern(text: "(ref.null)", alternatives: [null])
    case .value(let wanted):
      guard let value = value(wanted) else { return nil }
      return ScriptPlan.Pattern(
        text: text(value),
        alternatives: [
          ScriptPlan.Alternative(
            type: value.type, mask: all,
            bits: ScriptPlan.Bits(low: value.bits.low, high: value.bits.high))
        ])
    case .f32(let kind):
      return lanes("f32.const", .f32, [.notANumber(kind)], isSingle: true)
    case .f64(let kind):
      return lanes("f64.const", .f64, [.notANumber(kind)], isSingle: false)
    case .f32x4(let wanted): return lanes("v128.const f32x4", .v128, wanted, isSingle: true)
    case .f64x2(let wanted): return lanes("v128.const f64x2", .v128, wanted, isSingle: false)
    case .nullReference: return ScriptPlan.Pattern(text: "(ref.null)", alternatives: [null])
    case .reference(let kind):
      let type: ValueType? = [
        "func": .funcref, "extern": .externref, "exn": .exnref,
      ][kind]
      return ScriptPlan.Pattern(
        text: "(ref.\(kind))",
        alternatives: [ScriptPlan.Alternative(type: type, isReference: true)])
    case .either(let patterns):
      let parts = patterns.compactMap(Self.pattern)
      guard parts.count == patterns.count else { return nil }
      return ScriptPlan.Pattern(
        text: "(either \(parts.map(\.text).joined(separator: " ")))",
        alternatives: parts.flatMap(\.alternatives))
    }
  }

  private static let all = ScriptPlan.Bits(low: .max, high: .max)
  private static let null = ScriptPlan.Alternative(type: nil, mask: all)

  /// Lanes of which some may be not a number: the sign and, of arithmetic ones, the payload are free.
  private static func lanes(
    _ head: String, _ type: ValueType, _ lanes: [Script.Lane], isSingle: Bool
  ) -> ScriptPlan.Pattern {
    var test = ScriptPlan.Alternative(type: type, mask: all)
    var words: [String] = []
    let width: UInt64 = isSingle ? 32 : 64
    let full: UInt64 = isSingle ? 0xffff_ffff : .max
    let quiet: UInt64 = isSingle ? 0x7fc0_0000 : 0x7ff8_0000_0000_0000
    for (index, lane) in lanes.enumerated() {
      let (mask, bits): (UInt64, UInt64)
      switch lane {
      case .bits(let wanted):
        (mask, bits) = (full, wanted)
        words.append(isSingle ? float(UInt32(wanted)) : float(wanted))
      case .notANumber(.canonical):
        (mask, bits) = (full >> 1, quiet)
        words.append("nan:canonical")
      case .notANumber(.arithmetic):
        (mask, bits) = (quiet, quiet)
        words.append("nan:arithmetic")
      }
      let shift = UInt64(index) * width % 64
      if UInt64(index) * width < 64 {
        test.mask.low = test.mask.low & ~(full << shift) | mask << shift
        test.bits.low |= bits << shift
      } else {
        test.mask.high = test.mask.high & ~(full << shift) | mask << shift
        test.bits.high |= bits << shift
      }
    }
    return ScriptPlan.Pattern(
      text: "(\(head) \(words.joined(separator: " ")))", alternatives: [test])
  }

  // MARK: Words

  static func text(_ values: [Value]) -> String {
    values.isEmpty ? "nothing" : values.map(text).joined(separator: " ")
  }

  static func text(_ value: Value) -> String {
    switch value {
    case .i32(let bits): "(i32.const \(Int32(bitPattern: bits)))"
    case .i64(let bits): "(i64.const \(Int64(bitPattern: bits)))"
    case .f32(let bits): "(f32.const \(float(bits)))"
    case .f64(let bits): "(f64.const \(float(bits)))"
    case .v128(let low, let high):
      "(v128.const i64x2 0x\(String(low, radix: 16)) 0x\(String(high, radix: 16)))"
    case .funcref(let id): id == nil ? "(ref.null func)" : "(ref.func)"
    case .exnref(let reference): reference == nil ? "(ref.null exn)" : "(ref.exn)"
    case .externref(let number): number.map { "(ref.extern \($0))" } ?? "(ref.null extern)"
    }
  }

  private static func float(_ bits: UInt32) -> String { FloatWords.single.text(UInt64(bits)) }

  private static func float(_ bits: UInt64) -> String { FloatWords.double.text(bits) }

  static func text(_ action: ScriptPlan.Action) -> String {
    let instance = action.instance.map { "$\($0) " } ?? ""
    guard let arguments = action.arguments else { return "(get \(instance)\"\(action.export)\")" }
    let words = arguments.map { " " + text($0) }.joined()
    return "(invoke \(instance)\"\(action.export)\"\(words))"
  }
}
