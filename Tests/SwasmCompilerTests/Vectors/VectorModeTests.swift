import SeededRandom
import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

@testable import SwasmCompiler

/// Every vector operation on random and on special vectors gives the same with AVX2, with AVX and with SSE4.1,
/// with few registers, and with operands that are constants. What it has to give: see ``VectorExpectationTests``.
struct VectorModeTests {
  private static let baseline: CPUFeatures = [.sse41, .popcnt]
  static let modes: [(name: String, features: CPUFeatures, registers: Int?)] = [
    ("sse4.1", baseline, nil), ("sse4.1, 4 registers", baseline, 4),
    ("avx", baseline.union(.avx), nil), ("avx, 4 registers", baseline.union(.avx), 4),
    ("avx2", baseline.union([.avx, .avx2]), nil),
  ].filter { CPUFeatures.host.isSuperset(of: $0.1) }

  static func special(_ random: inout SeededGenerator) -> UInt128 {
    let words: [UInt64] = [
      0, .max, 0x8000_8000_8000_8000, 0x7fff_7fff_7fff_7fff, 0x8080_8080_8080_8080,
      0x8000_0000_7fff_ffff, 0x7f80_0000_ff80_0000, 0x7fc0_0000_8000_0000, 0x4f00_0000_cf00_0000,
      0x4f80_0000_bf80_0000, 0x7ff8_0000_0000_0000, 0x7ff0_0000_0000_0000, 0x41df_ffff_ffc0_0000,
      0x41ef_ffff_fff0_0000, 0xc1e0_0000_0000_0000, 1 << 63, 0x3f80_0000_3f00_0000,
    ]
    func word() -> UInt64 {
      Bool.random(using: &random)
        ? words.randomElement(using: &random)! : .random(in: 0 ... .max, using: &random)
    }
    return UInt128(word()) << 64 | UInt128(word())
  }

  /// Fused or not is the CPU's choice.
  private static func isFree(_ op: VectorOperation) -> Bool { "\(op)".hasSuffix("madd") }

  private static let operations = VectorOperation.allCases.filter {
    [.vunary, .vbinary, .vternary, .vshift, .vtest, .splat, .extractLane, .replaceLane]
      .contains($0.operation) && !isFree($0)
  }

  /// Lines that make `v100` of v0, v1, v2 (vectors) and v3 (i32); `isConstant`: the second operand is `constant`.
  static func body(
    _ op: VectorOperation, _ lane: Int32, _ constant: UInt128?, scalarLane: Int32
  ) -> String {
    let hex = constant.map { String($0, radix: 16) }
    let line: String
    var second = "v1"
    var lines = ""
    if let hex {
      lines = "v50 = vconst.v128 0x\(hex)\n"
      second = "v50"
    }
    switch op.operation {
    case .vbinary: line = "vbinary.v128 \(op) v0, \(second)"
    case .vternary: line = "vternary.v128 \(op) v0, v1, \(hex == nil ? "v2" : "v50")"
    case .vshift:
      lines = "v50 = constant.i32 \(Int32(truncatingIfNeeded: constant ?? 0))\n"
      line = "vshift.v128 \(op) v0, \(hex == nil ? "v3" : "v50")"
    case .vtest: line = "vtest.i32 \(op) v0"
    case .extractLane: line = "extractLane.\(op.laneType) \(op) v0, \(lane)"
    case .replaceLane:
      return scalar(op, scalarLane) + "v100 = replaceLane.v128 \(op) v0, v52, \(lane)\n"
    case .splat: return scalar(op, scalarLane) + "v100 = splat.v128 \(op) v52\n"
    default: line = "vunary.v128 \(op) v0"
    }
    return lines + "v100 = \(line)\n"
  }

  /// `v52`, a scalar of the lanes' type, from v1.
  private static func scalar(_ op: VectorOperation, _ lane: Int32) -> String {
    switch op.laneType {
    case .i64: "v52 = extractLane.i64 i64x2ExtractLane v1, \(lane & 1)\n"
    case .f32: "v52 = extractLane.f32 f32x4ExtractLane v1, \(lane & 3)\n"
    case .f64: "v52 = extractLane.f64 f64x2ExtractLane v1, \(lane & 1)\n"
    default: "v52 = extractLane.i32 i32x4ExtractLane v1, \(lane & 3)\n"
    }
  }

  /// Values that are used again after the operation, so that it must not overwrite them.
  static func text(_ op: VectorOperation, _ lane: Int32, _ constant: UInt128?) -> String {
    var text = body(op, lane, constant, scalarLane: lane)
    var result = "v100"
    switch op.operation {
    case .vtest, .extractLane:
      let splat =
        switch op.laneType {
        case .i64: "i64x2Splat"
        case .f32: "f32x4Splat"
        case .f64: "f64x2Splat"
        default: "i32x4Splat"
        }
      text += "v101 = splat.v128 \(splat) v100\n"
      result = "v101"
    default: break
    }
    return text + "return \(result), v0, v1, v2"
  }

  @Test(arguments: operations)
  func modesAgree(operation: VectorOperation) throws {
    var random = SeededGenerator(state: UInt64(operation.rawValue))
    let lanes = Int32(16) >> Int32(operation.laneLog2)
    for _ in 0..<6 {
      let lane = Int32.random(in: 0..<lanes, using: &random)
      let constant = Bool.random(using: &random) ? Self.special(&random) : nil
      let text = Self.text(operation, lane, constant)
      let functions = try Self.modes.map { mode in
        try VectorFunction(
          text, parameters: [.v128, .v128, .v128, .i32], results: [.v128, .v128, .v128, .v128],
          CompilerOptions(features: mode.features, registerLimit: mode.registers))
      }
      for _ in 0..<50 {
        let (a, b, c) = (Self.special(&random), Self.special(&random), Self.special(&random))
        let count = UInt128.random(in: 0..<70, using: &random)
        let first = functions[0](a, b, c, count)
        #expect(first[1...] == [a, b, c])
        for (mode, function) in zip(Self.modes, functions).dropFirst() {
          let found = function(a, b, c, count)
          let isSame = found[1...] == [a, b, c] && Self.agree(operation, found[0], first[0])
          guard !isSame else { continue }
          let inputs = [a, b, c, count].map { String($0, radix: 16) }
          let outputs = (found + first).map { String($0, radix: 16) }
          Issue.record("\(mode.name): \(text)\n\(inputs)\n\(outputs)")
          return
        }
      }
    }
  }

  /// The payload of a NaN is nobody's business.
  static func agree(_ op: VectorOperation, _ a: UInt128, _ b: UInt128) -> Bool {
    if a == b { return true }
    let isDouble = "\(op)".hasPrefix("f64x2") || op == .f32x4DemoteF64x2Zero
    return (0..<4).allSatisfy { lane in
      let shift = UInt128(32 * lane)
      let (x, y) = (UInt32(truncatingIfNeeded: a >> shift), UInt32(truncatingIfNeeded: b >> shift))
      if x == y { return true }
      if isDouble {
        let double = UInt128(64 * (lane / 2))
        return Double(bitPattern: UInt64(truncatingIfNeeded: a >> double)).isNaN
          && Double(bitPattern: UInt64(truncatingIfNeeded: b >> double)).isNaN
      }
      return "\(op)".hasPrefix("f32x4") && Float(bitPattern: x).isNaN && Float(bitPattern: y).isNaN
    }
  }
}
