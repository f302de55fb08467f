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

  /// A block that ends in `call` and leads to `block1`, where that returns, and the handler `block2`.
  static func invoke(
    _ call: String, returns: String = "return", catches: String = "v8 = caught.i64 tag\n return"
  ) -> String {
    "block0:\n \(call)\nblock1:\n \(returns)\nblock2:\n \(catches)\n"
  }

  /// What is said of a call that throws to a handler, and stands where it may not.
  static let invokeCases = [
    Case(
      text: invoke("v0 = globalGet.i32 g0\n v1 = constant.i32 7\n invoke v1, block1, block2"),
      violation: "no call of its block"),
    Case(
      text: invoke("v0 = call f1()\n v1 = globalGet.i32 g0\n invoke v0, block1, block2"),
      violation: "v1 stands between v0 and its invoke"),
    Case(
      text: invoke("v0 = call f1()\n v1 = call f1()\n invoke v0, block1, block2"),
      violation: "v1 stands between v0 and its invoke"),
    Case(
      text: invoke("v0 = call f1()\n v1 = libcall memoryFill()\n invoke v0, block1, block2"),
      violation: "v1 stands between v0 and its invoke"),
    Case(
      text: invoke(
        "v0 = call f1()\n jump block1", returns: "invoke v0, block2, block3",
        catches: "return\nblock3:\n v8 = caught.i64 tag\n return"),
      violation: "no call of its block"),
    Case(
      text: invoke(
        "v0 = call f1()\n v1 = result.i32 v0, 0\n invoke v0, block1, block2"),
      violation: "result: types"),
    Case(
      text: invoke(
        "v0 = call f1()\n invoke v0, block1, block2",
        returns: "v1 = constant.i32 7\n v2 = result.i32 v0, 0\n return"),
      violation: "result: types"),
    Case(
      text: invoke(
        "v0 = call f1()\n invoke v0, block2, block1", returns: "v1 = caught.i64 tag\n return"),
      violation: "its results are elsewhere"),
    Case(
      text: invoke("v0 = call f1()\n invoke v0, block1, block2", catches: "return"),
      violation: "catches nothing"),
    Case(
      text: invoke(
        "v0 = call.i64 f1()\n invoke v0, block1, block2",
        catches: "v8 = caught.i64 tag\n v9 = add.i64 v0, v0\n return"),
      violation: "v4 uses v0 before it is made"),
    Case(
      text: invoke(
        "v0 = call.i64 f1()\n invoke v0, block1, block2(v0)",
        catches: "return"
      ).replacing("block2:", with: "block2(v7: i64):\n v8 = caught.i64 tag"),
      violation: "its handler wants what it returns"),
  ]

  /// Constants for the edges do no harm between a call and its `invoke`.
  @Test func invokeNamesItsCall() throws {
    let text = Self.invoke(
      "v0 = call f1()\n v1 = constant.i32 7\n invoke v0, block1, block2(v1)",
      returns: "v2 = result.i32 v0, 0\n v3 = result.i64 v0, 1\n return"
    ).replacing("block2:", with: "block2(v7: i32):")
    let function = try IRFunction(parsing: "function 0 () -> ()\n" + text)
    #expect(function.verify() == nil)
  }

  @Test(arguments: cases + invokeCases)
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
