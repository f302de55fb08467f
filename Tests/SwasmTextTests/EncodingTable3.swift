extension Encoding {
  /// What versions 3.0 and proposals add.
  static let version3: [Encoding] = [
    Encoding(
      "(type $t (func (param (ref null $t)) (result (ref $t) (ref null func) (ref extern))))",
      "010b016001630003640070646f"),
    Encoding(
      "(type (func (param exnref nullfuncref nullexternref nullexnref (ref null exn) (ref "
        + "nofunc))))",
      "010b0160066973727469647300"),
    Encoding(
      "(import \"a\" \"b\" (tag (param f32))) (tag $e (param i32 i64)) (tag (export \"e\"))",
      "010d0360017d0060027f7e00600000 02080101610162040000 0d050200010002 07050101650402"),
    Encoding(
      "(import \"a\" \"t\" (tag $t (param i32))) (func (throw $t (i32.const 1)))",
      "01080260017f00600000 02080101610174040000 03020101 0a08010600410108000b"),
    Encoding(
      "(func $f (param i32) (result i32) (return_call $f (local.get 0)))",
      "01060160017f017f 03020100 0a08010600200012000b"),
    Encoding(
      "(table 1 funcref) (type $t (func)) (func (return_call_indirect (type $t) (i32.const 0)))",
      "010401600000 03020100 040401700001 0a0901070041001300000b"),
    Encoding(
      "(type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0)) (return_call_ref $t "
        + "(local.get 0)))",
      "0109026000006001640000 03020101 0a0c010a0020001400200015000b"),
    Encoding(
      "(func (param funcref) (result funcref) (ref.as_non_null (local.get 0)))",
      "0106016001700170 03020100 0a070105002000d40b"),
    Encoding(
      "(func (param funcref) (drop (block $l (result funcref) (br_on_non_null $l (local.get 0)) "
        + "unreachable)) (block $l (drop (br_on_null $l (local.get 0)))))",
      "01050160017000 03020100 0a1501130002702000d600000b1a02402000d5001a0b0b"),
    Encoding(
      "(tag $e (param i32)) (func (result i32) (block $a (result i32) (block $b (result i32 "
        + "exnref) (try_table (catch $e $a) (catch_ref $e $b) (throw $e (i32.const 1))) "
        + "unreachable) throw_ref))",
      "010e0360017f006000017f6000027f69 03020101 0d03010000 "
        + "0a1a011800027f02021f4002000001010000410108000b000b0a0b0b"),
    Encoding(
      "(func (block $a (try_table $t (result i32) (catch_all $a) i32.const 1) drop) (block $b "
        + "(result exnref) (try_table (catch_all_ref $b)) unreachable) drop)",
      "010401600000 03020100 0a1b01190002401f7f01020041010b1a0b02691f400103000b000b1a0b"),
    Encoding(
      "(tag $e) (func try nop catch $e rethrow 0 catch_all end try delegate 0)",
      "010401600000 03020100 0d03010000 0a11010f0006400107000900190b064018000b"),
    Encoding(
      "(memory $a 1) (memory $b 2 3) (func (i32.store $b offset=4 (i32.const 0) (i32.load $a "
        + "(i32.const 0))) (memory.copy $a $b (i32.const 0) (i32.const 0) (i32.const 0)) (drop "
        + "(memory.size $b)))",
      "010401600000 03020100 0506020001010203 "
        + "0a1c011a004100410028020036420104410041004100fc0a00013f011a0b"),
    Encoding(
      "(memory i64 1 4294967296) (table i64 1 funcref) (func (drop (i32.load "
        + "offset=0x1_0000_0000 (i64.const 0))))",
      "010401600000 03020100 040401700401 05080105018080808010 0a0e010c004200280280808080101a0b"),
    Encoding(
      "(memory i64 (data \"ab\")) (table i64 1 funcref)",
      "040401700401 050401050101 0b08010042000b026162"),
    Encoding(
      "(memory 10 (pagesize 1)) (memory 1 2 (pagesize 65536)) (memory (pagesize 1) (data "
        + "\"abc\"))",
      "050c03080a000901021009030300 0b0a01020241000b03616263"),
    Encoding(
      "(memory 1 2 shared) (func (drop (i32.atomic.rmw8.cmpxchg_u offset=1 (i32.const 0) "
        + "(i32.const 0) (i32.const 0))) atomic.fence)",
      "010401600000 03020100 050401030102 0a12011000410041004100fe4a00011afe03000b"),
    Encoding(
      "(func (result i64 i64) (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const "
        + "4)) i64.mul_wide_u)",
      "0106016000027e7e 03020100 0a10010e004201420242034204fc13fc160b"),
    Encoding(
      "(global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))",
      "060c017f004101410241036c6a0b"),
    Encoding(
      "(global v128 (v128.const i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 -1))",
      "0616017b00fd0c000102030405060708090a0b0c0d0eff0b"),
    Encoding(
      "(func (drop (v128.const i16x8 0 1 2 3 4 5 -6 0xffff)) (drop (v128.const i32x4 -1 2 3 4)) "
        + "(drop (v128.const i64x2 1 -2)))",
      "010401600000 03020100 "
        + "0a3d013b00fd0c000001000200030004000500faffffff1afd0cffffffff0200000003000000040000001afd"
        + "0c0100000000000000feffffffffffffff1a0b"),
    Encoding(
      "(func (drop (v128.const f32x4 1 -0.5 nan inf)) (drop (v128.const f64x2 0x1p3 nan:0x1)))",
      "010401600000 03020100 "
        + "0a2a012800fd0c0000803f000000bf0000c07f0000807f1afd0c0000000000002040010000000000f07f1a0b"
    ),
    Encoding(
      "(memory 1) (func (drop (v128.load8_lane offset=3 15 (i32.const 0) (v128.const i64x2 0 "
        + "0))) (v128.store64_lane align=1 1 (i32.const 0) (v128.const i64x2 0 0)))",
      "010401600000 03020100 0503010001 "
        + "0a370135004100fd0c00000000000000000000000000000000fd5400030f1a4100fd0c000000000000000000"
        + "00000000000000fd5b0000010b"),
    Encoding(
      "(memory 1) (memory $m 1) (func i32.const 0 v128.const i64x2 0 0 v128.load16_lane $m 7 "
        + "drop i32.const 0 v128.const i64x2 0 0 v128.load16_lane 1 7 drop i32.const 0 v128.const "
        + "i64x2 0 0 v128.load16_lane 3 drop)",
      "010401600000 03020100 05050200010001 "
        + "0a540152004100fd0c00000000000000000000000000000000fd55410100071a4100fd0c0000000000000000"
        + "0000000000000000fd55410100071a4100fd0c00000000000000000000000000000000fd550100031a0b"),
    Encoding(
      "(func (param v128) (result i32) (i8x16.extract_lane_s 15 (i8x16.shuffle 0 1 2 3 4 5 6 7 "
        + "8 9 10 11 12 13 14 31 (local.get 0) (i8x16.relaxed_swizzle (local.get 0) (local.get "
        + "0)))))",
      "01060160017b017f 03020100 "
        + "0a22012000200020002000fd8002fd0d000102030405060708090a0b0c0d0e1ffd150f0b"),
    Encoding(
      "(func (param v128) (result v128) (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get 0) "
        + "(local.get 0) (f64x2.splat (f64.const 1))))",
      "01060160017b017b 03020100 0a160114002000200044000000000000f03ffd14fd93020b"),
    Encoding(
      "(table 1 (ref func) ref.func 0) (func) (elem (ref func) (ref.func 0)) (elem (ref null "
        + "func) (item ref.null nofunc))",
      "010401600000 03020100 040a01400064700001d2000b 090e0205647001d2000b057001d0730b "
        + "0a040102000b"),
    Encoding(
      "(func (local (ref null func) externref) (drop (select (result (ref null func)) (ref.null "
        + "func) (ref.null nofunc) (i32.const 1))))",
      "010401600000 03020100 0a120110020170016fd070d07341011c01701a0b"),
    Encoding(
      "(tag $e) (func (try $l (result i32) (do (i32.const 1)) (catch $e (i32.const 2)) "
        + "(catch_all (i32.const 3))) drop (try (do nop) (delegate 0)))",
      "010401600000 03020100 0d03010000 0a16011400067f4101070041021941030b1a06400118000b"),
  ]
}
