import SeededRandom
import SwasmModule
import Testing

@testable import SwasmCompiler

/// Shuffles move the bytes that they name, whichever instructions were taken for them.
struct ShuffleTests {
  /// Selectors, lane 0 first, and the instruction that is expected of them.
  private static let patterns: [(String, [UInt8], instruction: String)] = [
    ("identity", Array(0..<16), "movaps"),
    ("swapped halves", Array(8..<16) + Array(0..<8), "pshufd"),
    ("words", [2, 3, 0, 1, 6, 7, 4, 5] + Array(8..<16), "pshuflw"),
    ("high words", Array(0..<8) + [14, 15, 12, 13, 10, 11, 8, 9], "pshufhw"),
    ("rotated bytes", Array(3..<16) + [0, 1, 2], "palignr"),
    ("second, rotated", Array(19..<32) + [16, 17, 18], "palignr"),
    ("bytes reversed", Array((0..<16).reversed()), "pshufb"),
    ("low bytes", [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23], "punpcklbw"),
    ("low bytes exchanged", [16, 0, 17, 1, 18, 2, 19, 3, 20, 4, 21, 5, 22, 6, 23, 7], "punpcklbw"),
    ("doubled bytes", [8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15], "punpckhbw"),
    ("high longs", [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31], "punpckhdq"),
    ("low halves", Array(0..<8) + Array(16..<24), "punpcklqdq"),
    ("both", Array(5..<21), "palignr"),
    ("both exchanged", Array(21..<32) + Array(0..<5), "palignr"),
    ("words blended", [0, 1, 18, 19, 4, 5, 22, 23, 8, 9, 26, 27, 12, 13, 14, 15], "pblendw"),
    ("halves", [4, 5, 6, 7, 0, 1, 2, 3, 28, 29, 30, 31, 16, 17, 18, 19], "shufps"),
    ("halves exchanged", [20, 21, 22, 23, 16, 17, 18, 19, 12, 13, 14, 15, 0, 1, 2, 3], "shufps"),
    ("longs", [4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 28, 29, 30, 31], "pshufd"),
    ("bytes", [0, 31, 2, 30, 5, 29, 7, 28, 9, 27, 11, 26, 13, 25, 15, 24], "por"),
  ]

  private static func bits(_ bytes: [UInt8]) -> UInt128 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt128($1) }
  }

  private static func expected(_ selectors: [UInt8], _ a: UInt128, _ b: UInt128) -> UInt128 {
    bits(
      selectors.map { selector in
        let source = selector < 16 ? a : b
        return UInt8(truncatingIfNeeded: source >> (8 * UInt128(selector & 15)))
      })
  }

  private static let zero = "v9 = vconst.v128 0x0\n"

  private func check(_ selectors: [UInt8], _ random: inout SeededGenerator) throws {
    let mask = String(Self.bits(selectors), radix: 16)
    for mode in VectorModeTests.modes {
      for (operands, a, b) in [
        ("v0, v1", true, true), ("v0, v0", true, true), ("v9, v1", false, true),
        ("v0, v9", true, false),
      ] {
        let function = try VectorFunction(
          "\(Self.zero)v2 = shuffle.v128 \(operands), 0x\(mask)\nreturn v2, v0, v1",
          parameters: [.v128, .v128], results: [.v128, .v128, .v128],
          .init(features: mode.features, registerLimit: mode.registers))
        let (x, y) = (VectorModeTests.special(&random), VectorModeTests.special(&random))
        let second = operands == "v0, v0" ? x : b ? y : 0
        let wanted = Self.expected(selectors, a ? x : 0, second)
        #expect(
          function(x, y) == [wanted, x, y], "\(mode.name): \(selectors) of \(operands)")
      }
    }
  }

  @Test func patterns() throws {
    var random = SeededGenerator(state: 7)
    for (_, selectors, _) in Self.patterns { try check(selectors, &random) }
  }

  @Test func randomShuffles() throws {
    var random = SeededGenerator(state: 8)
    for number in 0..<200 {
      let limit: UInt8 = number % 3 == 0 ? 15 : 31
      // Lanes of all sizes.
      let width = UInt8([1, 2, 4, 8][number % 4])
      var selectors: [UInt8] = []
      while selectors.count < 16 {
        let lane = UInt8.random(in: 0...(limit / width), using: &random)
        for byte in 0..<width { selectors.append(lane * width + byte) }
      }
      try check(selectors, &random)
    }
  }

  @Test func patternsAreRecognised() {
    for (name, selectors, instruction) in Self.patterns {
      let text = Self.selected(Self.bits(selectors))
      #expect(text.contains(instruction), "\(name): \(text)")
    }
  }

  /// The instructions selected for a shuffle of two vectors.
  private static func selected(_ bits: UInt128) -> String {
    let mode = VectorModeTests.modes[0]
    var selector = Selector(
      plan: VectorFunction.plan(
        CallingConvention(.init(parameters: [.v128, .v128], results: [.v128])),
        .init(features: mode.features)))
    do {
      selector.ir = try IRFunction(
        parsing: """
          function 0 (v128, v128) -> (v128)
          block0(v0: v128, v1: v128):
          v2 = shuffle.v128 v0, v1, 0x\(String(bits, radix: 16))
          return v2
          """)
    } catch {
      return "\(error)"
    }
    selector.select()
    return selector.code.printed
  }
}
