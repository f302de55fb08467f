import Testing

@testable import SwasmCompiler

struct ParserTests {
  /// One of every operation.
  static let everything = """
    function 5 (i32, i64, f32, f64) -> (i64, f64)
    block0(v0: i32, v1: i64, v2: f32, v3: f64):
      v4 = constant.i32 -7
      v5 = constant.i64 -9223372036854775808
      v6 = constant.f64 0x7ff8000000000000
      v7 = constant.f32 0x80000000
      v8 = rotl.i32 v0, v4
      v9 = divS.i64 v1, v5
      v10 = extendU.i64 v8
      v11 = wrap.i32 v9
      v12 = icmp ltU v11, v0
      v13 = fcmp geS v3, v6
      v14 = fadd.f32 v2, v7
      v15 = promote.f64 v14
      v16 = truncSatU.i64 v15
      v17 = select.i64 v12, v16, v10
      v18 = load.i64 mem0 s16 v0 + 4294967295
      store mem1 u8 v0 + 0, v18
      v20 = memorySize.i32 mem0
      v21 = globalGet.f64 g3
      globalSet g4, v21
      v23 = tableGet.i64 table1, v20
      v24 = tableSize.i32 table1
      v25 = refFunc.i64 f9
      v26 = libcall.i32 memoryGrow(v4, v20)
      v27 = libcall memoryFill(v4, v0, v8, v26)
      v28 = call.i64 f2(v0, v23)
      v29 = callIndirect type7 table1(v25, v24)
      v30 = result.i32 v29, 0
      v31 = result.f64 v29, 1
      branchTable v30, block1(v28), block2, block3(v31, v18)
    block1(v33: i64): ; loop depth 1, up to block1
      v34 = add.i64 v33, v28
      branch v13, block1(v34), block2
    block2: ; cold
      trap unreachable
    block3(v37: f64, v38: i64):
      jump block4
    block4:
      v40 = load.v128 mem0 full v0 + 16
      v41 = vconst.v128 0x0f0e0d0c0b0a09080706050403020100
      v42 = vbinary.v128 i8x16AddSatU v40, v41
      v43 = vunary.v128 f64x2PromoteLowF32x4 v42
      v44 = vternary.v128 v128Bitselect v43, v42, v41
      v45 = vshift.v128 i64x2ShrS v44, v0
      v46 = splat.v128 f32x4Splat v2
      v47 = extractLane.f64 f64x2ExtractLane v45, 1
      v48 = replaceLane.v128 i16x8ReplaceLane v46, v0, 7
      v49 = vtest.i32 i8x16AllTrue v48
      v50 = shuffle.v128 v48, v45, 0x1f1e1d1c1b1a19180706050403020100
      v51 = vload.v128 v128Load16Splat mem1 v49 + 4
      v52 = loadLane.v128 32 mem0 v0 + 8, v51, 3
      storeLane 8 mem2 v0 + 4294967295, v52, 15
      store mem0 full v0 + 0, v50
      return v38, v47

    """

  @Test func printedTextIsReadBack() throws {
    let function = try IRFunction(parsing: Self.everything)
    #expect(function.verify() == nil)
    #expect(function.printed() == Self.everything)
  }

  @Test(arguments: [
    ("block0:\n v0 = frob v1", 2, "unknown operation frob"),
    ("block0:\n v0 = add.i33 v1, v1", 2, "unknown type i33"),
    ("block0:\n v0 = clz.i32", 2, "the line ends early"),
    ("block0:\n v0 = clz.i32 7", 2, "expected vN, found 7"),
    ("block1:\n return", 1, "blocks out of order"),
    ("block0:\n v0 = icmp above v1, v2", 2, "unknown name above"),
    ("block0:\n return v0", 0, "no value v0"),
    ("block0:\n jump block7", 0, "no block7"),
    ("block0:\n trap unreachable v1", 2, "unexpected v1"),
    ("block0:\nblock1:\n return", 0, "an empty block"),
  ])
  func errorsSayWhereAndWhat(text: String, line: Int, message: String) {
    do throws(IRParseError) {
      _ = try IRFunction(parsing: text)
      Issue.record("no error")
    } catch {
      #expect(error.line == line)
      #expect(error.text == message)
    }
  }
}
