import Testing

@testable import SwasmCompiler

/// Each rule of the SSA form, broken once.
struct VerifierTests {
  struct Case: CustomTestStringConvertible {
    var text: String
    var violation: String
    var testDescription: String { violation }
  }

  static let cases = [
    Case(text: "block0:\n v0 = constant.i32 1\n", violation: "block0 has no terminator"),
    Case(
      text: "block0:\n v0 = add.i32 v1, v1\n v1 = constant.i32 1\n return\n",
      violation: "v0 uses v1 before it is made"),
    Case(
      text: """
        block0(v0: i32):
          branch v0, block1, block2
        block1:
          v1 = constant.i32 1
          jump block2
        block2:
          v2 = add.i32 v1, v1
          return
        """, violation: "uses v2 before it is made"),
    Case(text: "block0(v0: i64):\n v1 = add.i32 v0, v0\n return\n", violation: "v1 add: types"),
    Case(text: "block0(v0: i32):\n v1 = extendS.i32 v0\n return\n", violation: "extendS: types"),
    Case(
      text: "block0(v0: i64):\n branch v0, block1, block1\nblock1:\n return\n", violation: "types"),
    Case(text: "block0(v0: i32):\n return v0\n", violation: "return: types"),
    Case(
      text:
        "block0(v0: i64):\n v1 = splat.v128 i64x2Splat v0\n v2 = extractLane.i32 i32x4ExtractLane v1, 4\n return\n",
      violation: "v2 extractLane: types"),
    Case(
      text:
        "block0(v0: i64):\n v1 = splat.v128 i64x2Splat v0\n v2 = vshift.v128 i8x16Shl v1, v0\n return\n",
      violation: "v2 vshift: types"),
    Case(
      text: "block0(v0: i32):\n v1 = splat.v128 f32x4Splat v0\n return\n",
      violation: "v1 splat: types"),
    Case(text: "block0:\n return\nblock1:\n return\n", violation: "reverse post-order"),
    Case(text: "block0:\n jump block0\n", violation: "reverse post-order"),
    Case(
      text: "block0:\n jump block1\nblock1(v0: i32):\n return\n",
      violation: "gives block1 0 arguments"),
    Case(
      text: "block0(v0: i64):\n jump block1(v0)\nblock1(v1: i32):\n return\n",
      violation: "to block1: type"),
    Case(text: "block0:\n return\n v0 = constant.i32 1\n return\n", violation: "inside a block"),
    Case(
      text: "block0:\n v0 = call f1()\n v1 = result.i32 v0, 1\n return\n",
      violation: "result: types"),
  ]

  @Test(arguments: cases)
  func violationIsFound(_ test: Case) throws {
    var header = "function 0 () -> ()\n"
    if test.text.hasPrefix("block0(v0: i32)") { header = "function 0 (i32) -> ()\n" }
    if test.text.hasPrefix("block0(v0: i64)") { header = "function 0 (i64) -> ()\n" }
    let function = try IRFunction(parsing: header + test.text)
    let found = function.verify() ?? "nothing"
    #expect(found.contains(test.violation), "\(found)")
  }

  @Test func wrongLoopIsFound() throws {
    var function = try IRFunction(
      parsing: """
        function 0 (i32) -> ()
        block0(v0: i32):
          jump block1
        block1:
          branch v0, block1, block2
        block2:
          return
        """)
    #expect(function.verify() == nil)
    function.blocks[1].loopDepth = 2
    #expect(function.verify()?.contains("block1's loop") == true)
  }
}
