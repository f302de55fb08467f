import SwasmArtifact
import SwasmModule
import Testing

@testable import SwasmCompiler

/// Vectors on the move: through loops, slots and the stack.
struct VectorAllocationTests {
  private static func values(_ count: Int) -> [UInt128] {
    (0..<count).map { UInt128($0 + 1) << 96 | UInt128($0 + 100) }
  }

  /// Five vectors change places in a loop, some in registers and some in slots.
  @Test(arguments: VectorModeTests.modes.indices)
  func loopsRotate(mode: Int) throws {
    let mode = VectorModeTests.modes[mode]
    let text = """
        jump block1(v0, v1, v2, v3, v4, v5)
      block1(v10: v128, v11: v128, v12: v128, v13: v128, v14: v128, v15: i32):
        v16 = constant.i32 -1
        v17 = add.i32 v15, v16
        v18 = vbinary.v128 i8x16Add v10, v11
        branch v17, block1(v11, v12, v13, v14, v18, v17), block2
      block2:
        return v10, v11, v12, v13, v14
      """
    let function = try VectorFunction(
      text, parameters: [.v128, .v128, .v128, .v128, .v128, .i32],
      results: [.v128, .v128, .v128, .v128, .v128],
      CompilerOptions(features: mode.features, registerLimit: mode.registers))
    var expected = Self.values(5)
    for _ in 0..<6 { expected = Array(expected[1...]) + [Self.sum(expected[0], expected[1])] }
    #expect(
      function(
        Self.values(5)[0], Self.values(5)[1], Self.values(5)[2], Self.values(5)[3],
        Self.values(5)[4], 7) == expected)
  }

  /// Byte by byte.
  private static func sum(_ a: UInt128, _ b: UInt128) -> UInt128 {
    (0..<16).reduce(0) { sum, byte in
      let shift = UInt128(8 * byte)
      return sum | ((((a >> shift) & 255) + ((b >> shift) & 255)) & 255) << shift
    }
  }

  /// Arguments and results on the stack, at places that are no multiple of 16, and constants.
  @Test(arguments: VectorModeTests.modes.indices)
  func stackArguments(mode: Int) throws {
    let mode = VectorModeTests.modes[mode]
    let parameters = [ValueType](repeating: .v128, count: 8) + [.f64, .v128, .f64, .v128]
    let text = """
      v50 = vconst.v128 0x1111111111111111eeeeeeeeeeeeeeee
      v51 = vconst.v128 0xffffffffffffffffffffffffffffffff
      v52 = vconst.v128 0x0
      v53 = vbinary.v128 v128Xor v9, v11
      return v11, v9, v50, v51, v52, v53, v50
      """
    let function = try VectorFunction(
      text, parameters: parameters, results: [ValueType](repeating: .v128, count: 7),
      CompilerOptions(features: mode.features, registerLimit: mode.registers))
    let v = Self.values(12)
    let constant: UInt128 = 0x1111_1111_1111_1111_eeee_eeee_eeee_eeee
    #expect(
      function(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10], v[11])
        == [v[11], v[9], constant, .max, 0, v[9] ^ v[11], constant])
  }

  /// Every NaN that an operation makes is the canonical one.
  @Test(arguments: VectorModeTests.modes.indices)
  func canonicalNaNs(mode: Int) throws {
    let mode = VectorModeTests.modes[mode]
    var options = CompilerOptions(features: mode.features, registerLimit: mode.registers)
    options.canonicalizesNaN = true
    let text = """
      v10 = extractLane.f32 f32x4ExtractLane v0, 0
      v11 = extractLane.f32 f32x4ExtractLane v1, 0
      v12 = fadd.f32 v10, v11
      v13 = splat.v128 f32x4Splat v12
      v14 = vbinary.v128 f32x4Mul v0, v1
      v15 = vunary.v128 f64x2Sqrt v0
      v16 = extractLane.f64 f64x2ExtractLane v1, 0
      v17 = demote.f32 v16
      v18 = splat.v128 f32x4Splat v17
      v19 = vbinary.v128 f32x4Min v0, v1
      return v13, v14, v15, v18, v19
      """
    let function = try VectorFunction(
      text, parameters: [.v128, .v128],
      results: [ValueType](repeating: .v128, count: 5), options)
    let nan: UInt128 = 0xffc1_2345_ffc1_2345_ffc1_2345_ffc1_2345
    let canonical: UInt128 = 0x7fc0_0000_7fc0_0000_7fc0_0000_7fc0_0000
    let double: UInt128 = 0x7ff8_0000_0000_0000_7ff8_0000_0000_0000
    #expect(
      function(nan, nan | 0xffff << 48) == [canonical, canonical, double, canonical, canonical])
    let one: UInt128 = 0x3f80_0000_3f80_0000_3f80_0000_3f80_0000
    let two: UInt128 = 0x4000_0000_4000_0000_4000_0000_4000_0000
    #expect(function(one, one)[...1] == [two, one])
  }
}
