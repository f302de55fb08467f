/// A text and its module's sections in hexadecimal, one word each, without the header and custom sections.
/// The bytes are those of an independent encoder where there is one that takes the text.
struct Encoding: CustomStringConvertible {
  var text: String
  var sections: String
  var description: String { text }

  init(_ text: String, _ sections: String) {
    self.text = text
    self.sections = sections
  }
}

extension Encoding {
  static let fields: [Encoding] = [
    Encoding("(module)", ""),
    Encoding("", ""),
    Encoding("(module $named)", ""),
    Encoding("(func)", "010401600000 03020100 0a040102000b"),
    Encoding("(func) (func)", "010401600000 0303020000 0a070202000b02000b"),
    Encoding(
      """
      (type (func)) (type $t (func (param i32 i64) (param f32) (result f64))) (func
      (type $t) unreachable)
      """,
      "010b0260000060037f7e7d017c 03020101 0a05010300000b"),
    Encoding(
      "(type (func (param i32))) (func (param i32)) (func (param i64)) (func (param i64))",
      "01090260017f0060017e00 030403000101 0a0a0302000b02000b02000b"),
    Encoding(
      "(func (result i32) i32.const 1) (type (func (result i32))) (func (param f32))",
      "0109026000017f60017d00 0303020001 0a0902040041010b02000b"),
    Encoding(
      """
      (type $t (func (param i32 i32))) (func (type $t) (param i32 i32) (local i32 i32
      i64) (local f32) (local f32))
      """,
      "01060160027f7f00 03020100 0a0a010803027f017e027d0b"),
    Encoding(
      """
      (import "a" "b" (func $f (param i32))) (import "a" "c" (table 1 2 funcref))
      (import "a" "d" (memory 1)) (import "a" "e" (global (mut i64)))
      """,
      "01050160017f00 021e040161016200000161016301700101020161016402000101610165037e01"),
    Encoding(
      #"(import "m" (item "a" (func $f)) (item "b" (global i32))) (start $f)"#,
      "010401600000 020f01016d007f02016100000162037f00 080100"),
    Encoding(
      #"(import "m" (item "a") (item "b") (func (param i32))) (import "n" "c" (func)) (start 2)"#,
      "01080260017f00600000 021202016d007e00000201610162016e01630001 080102"),
    Encoding(
      """
      (func $f (import "m" "n") (param i32)) (table (export "t") (import "m" "t") 0
      externref) (memory (import "m" "y") 0 9) (global (import "m" "g") externref)
      """,
      "01050160017f00 021e04016d016e0000016d0174016f0000016d017902010009016d0167036f00 0705"
        + "0101740100"),
    Encoding(
      """
      (func (export "a") (export "b")) (memory (export "m") 1) (export "c" (func 0))
      (global (export "g") i32 (i32.const 7))
      """,
      "010401600000 03020100 0503010001 0606017f0041070b 0715050161000001620000016d02000163"
        + "000001670300 0a040102000b"),
    Encoding(
      "(func $main) (start $main)",
      "010401600000 03020100 080100 0a040102000b"),
    Encoding(
      """
      (global i32 i32.const 1 i32.const 2 i32.add) (global (mut f32) (f32.const 1))
      (global funcref (ref.func $f)) (func $f)
      """,
      "010401600000 03020100 0616037f00410141026a0b7d01430000803f0b7000d2000b 0a040102000b"),
    Encoding("(memory 1 0x1_0) (table 0x0a externref)", "0404016f000a 050401010110"),
    Encoding(
      "(table funcref (elem $f 0)) (func $f)",
      "010401600000 03020100 04050170010202 0908010041000b020000 0a040102000b"),
    Encoding(
      "(table funcref (elem (ref.func 0) (item ref.null func))) (func)",
      "010401600000 03020100 04050170010202 090c010441000b02d2000bd0700b 0a040102000b"),
    Encoding(#"(memory (data "ab" "c"))"#, "050401010101 0b09010041000b03616263"),
    Encoding("(memory (data))", "050401010000 0b06010041000b00"),
    Encoding(
      "(table 1 funcref ref.func 0) (func)",
      "010401600000 03020100 0409014000700001d2000b 0a040102000b"),
    Encoding(
      "(table 1 funcref (ref.func 0)) (func)",
      "010401600000 03020100 0409014000700001d2000b 0a040102000b"),
  ]

  static let segments: [Encoding] = [
    Encoding(
      "(table 1 funcref) (func $f) (elem (i32.const 0) $f $f)",
      "010401600000 03020100 040401700001 0908010041000b020000 0a040102000b"),
    Encoding(
      "(table 1 funcref) (func $f) (elem (offset i32.const 0) func $f)",
      "010401600000 03020100 040401700001 0907010041000b0100 0a040102000b"),
    Encoding(
      """
      (table 1 funcref) (table $t 1 funcref) (func $f) (elem $e (table $t) (i32.const
      1) func $f)
      """,
      "010401600000 03020100 040702700001700001 090901020141010b000100 0a040102000b"),
    Encoding(
      "(table 1 funcref) (func $f) (elem (table 0) (offset (i32.const 0)) func $f)",
      "010401600000 03020100 040401700001 090901020041000b000100 0a040102000b"),
    Encoding(
      """
      (table 1 funcref) (func $f) (elem (i32.const 0) funcref (ref.func $f) (item
      ref.null func))
      """,
      "010401600000 03020100 040401700001 090c010441000b02d2000bd0700b 0a040102000b"),
    Encoding(
      "(table 1 externref) (elem (i32.const 0) externref (ref.null extern))",
      "0404016f0001 090b01060041000b6f01d06f0b"),
    Encoding(
      """
      (func $f) (elem func $f) (elem funcref (ref.func $f)) (elem declare func $f)
      (elem declare externref)
      """,
      "010401600000 03020100 09120401000100057001d2000b03000100076f00 0a040102000b"),
    Encoding("(elem func)", "090401010000"),
    // As in version 1.0.
    Encoding(
      #"(memory 1) (table 1 funcref) (func $f) (data 0 (i32.const 0) "a") (elem 0 (i32.const 0) $f)"#,
      "010401600000 03020100 040401700001 0503010001 090901020041000b000100 0a040102000b "
        + "0b07010041000b0161"),
    Encoding(
      #"(memory 1) (memory 1) (data 1 (offset i32.const 0) "a")"#,
      "05050200010001 0b0801020141000b0161"),
    Encoding(
      "(table 1 funcref) (func $f) (elem $e 0 (offset i32.const 0) func $f)",
      "010401600000 03020100 040401700001 090901020041000b000100 0a040102000b"),
    // Elements of a table that is not of funcref.
    Encoding(
      "(type $t (func)) (func $f) (table (ref null $t) (elem $f))",
      "010401600000 03020100 0406016300010101 090c01060041000b630001d2000b 0a040102000b"),
    Encoding(
      "(type (func)) (func) (table i64 (ref null 0) (elem 0 0))",
      "010401600000 03020100 0406016300050202 090f01060042000b630002d2000bd2000b 0a040102000b"),
    Encoding(
      "(table 1 funcref) (elem (i32.const 0))",
      "040401700001 0906010041000b00"),
    Encoding(
      #"""
      (memory 1) (data (i32.const 0) "a") (data "b") (data (memory 0) (offset
      i32.const 1) "\00\ff" "c") (data)
      """#,
      "0503010001 0b14040041000b01610101620041010b0300ff630100"),
    Encoding(
      """
      (memory 1) (data $d "x") (func i32.const 0 i32.const 0 i32.const 1 memory.init
      $d data.drop $d)
      """,
      "010401600000 03020100 0503010001 0c0101 0a11010f00410041004101fc080000fc09000b 0b040"
        + "1010178"),
    Encoding(
      #"(memory 1) (data "\t\n\r\"\'\\\41\u{e9}\u{1F600}é")"#,
      "0503010001 0b1201010f090a0d22275c41c3a9f09f9880c3a9"),
  ]

  static let instructions: [Encoding] = [
    Encoding(
      "(func block nop end loop $l br $l end)",
      "010401600000 03020100 0a0d010b000240010b03400c000b0b"),
    Encoding(
      "(func (param i32) local.get 0 if $l nop else $l br $l end $l)",
      "01050160017f00 03020100 0a0d010b002000044001050c000b0b"),
    Encoding(
      "(func block (result i32) i32.const 1 end drop)",
      "010401600000 03020100 0a0a010800027f41010b1a0b"),
    Encoding(
      "(func block (param) (result) end (block (result)))",
      "010401600000 03020100 0a0a01080002400b02400b0b"),
    Encoding(
      "(func (block (result i32 i64) (i32.const 1) (i64.const 2)) drop drop)",
      "0109026000006000027f7e 03020100 0a0d010b000201410142020b1a1a0b"),
    Encoding(
      "(type $t (func)) (func (block (type $t)) (block $a (type $t) (param) (br $a)))",
      "010401600000 03020100 0a0c010a0002000b02000c000b0b"),
    Encoding(
      """
      (func (param $x i32) (result i32) (i32.add (local.get $x) (i32.mul (i32.const
      2) (local.get $x))))
      """,
      "01060160017f017f 03020100 0a0c010a002000410220006c6a0b"),
    Encoding(
      """
      (func (param i32) (if (local.get 0) (then nop)) (if (result i32) (i32.eqz
      (local.get 0)) (then (i32.const 1)) (else i32.const 2)) drop)
      """,
      "01050160017f00 03020100 0a1601140020000440010b200045047f41010541020b1a0b"),
    Encoding(
      "(func (param i32) (if $l (local.get 0) (then (br $l)) (else)))",
      "01050160017f00 03020100 0a0c010a00200004400c00050b0b"),
    Encoding(
      "(func (block $a (block $b (block $a (br $a) (br $b)) (br $a))))",
      "010401600000 03020100 0a130111000240024002400c000c010b0c010b0b0b"),
    Encoding(
      "(func (block $a (loop $b (br_table $a $b 2 0 (i32.const 1)))))",
      "010401600000 03020100 0a120110000240034041010e03010002000b0b0b"),
    Encoding(
      """
      (func (i32.store offset=8 align=1 (i32.const 0) (i32.const 1)) (drop (i64.load
      (i32.const 0)))) (memory 1)
      """,
      "010401600000 03020100 0503010001 0a11010f004100410136000841002903001a0b"),
    Encoding(
      """
      (func i32.const 0 i64.load32_u offset=0x10 align=4 drop i32.const 0 i32.load8_s
      drop) (memory 1)
      """,
      "010401600000 03020100 0503010001 0a10010e0041003502101a41002c00001a0b"),
    Encoding(
      """
      (table $t 1 funcref) (table $u 1 funcref) (func (call_indirect (i32.const 0))
      (call_indirect $u (param i32) (result) (i32.const 1) (i32.const 0)))
      """,
      "01080260000060017f00 03020100 040702700001700001 0a10010e004100110000410141001101010"
        + "b"),
    Encoding(
      "(func $f (call $g)) (func $g call $f call 0)",
      "010401600000 0303020000 0a0d02040010010b0600100010000b"),
    Encoding(
      """
      (func (select (i32.const 1) (i32.const 2) (i32.const 3)) (select (result i32)
      (i32.const 1) (i32.const 2) (i32.const 3)) drop drop)
      """,
      "010401600000 03020100 0a160114004101410241031b4101410241031c017f1a1a0b"),
    Encoding(
      "(func ref.null func ref.is_null drop (drop (ref.null extern)) (drop (ref.func 0)))",
      "010401600000 03020100 0a0e010c00d070d11ad06f1ad2001a0b"),
    Encoding(
      """
      (table $a 1 funcref) (table $b 1 funcref) (elem $e func) (func i32.const 0
      i32.const 0 i32.const 0 table.init $b $e (table.init $e (i32.const 0)
      (i32.const 0) (i32.const 0)) elem.drop $e)
      """,
      "010401600000 03020100 040702700001700001 090401010000 0a1b011900410041004100fc0c0001"
        + "410041004100fc0c0000fc0d000b"),
    Encoding(
      """
      (table $a 1 funcref) (table $b 1 funcref) (func i32.const 0 i32.const 0
      i32.const 0 table.copy $b $a (table.copy (i32.const 0) (i32.const 0) (i32.const
      0)))
      """,
      "010401600000 03020100 040702700001700001 0a18011600410041004100fc0e0100410041004100f"
        + "c0e00000b"),
    Encoding(
      """
      (table $a 1 funcref) (table $b 1 funcref) (func (drop (table.get (i32.const
      0))) (table.set $b (i32.const 0) (ref.null func)) (drop (table.size $b)) (drop
      (table.grow $b (ref.null func) (i32.const 1))) (table.fill 0 (i32.const 0)
      (ref.null func) (i32.const 1)))
      """,
      "010401600000 03020100 040702700001700001 0a24012200410025001a4100d0702601fc10011ad07"
        + "04101fc0f011a4100d0704101fc11000b"),
    Encoding(
      """
      (memory 1) (func memory.size drop (drop (memory.grow (i32.const 1)))
      (memory.copy (i32.const 0) (i32.const 0) (i32.const 0)) (memory.fill (i32.const
      0) (i32.const 0) (i32.const 0)))
      """,
      "010401600000 03020100 0503010001 0a1f011d003f001a410140001a410041004100fc0a000041004"
        + "1004100fc0b000b"),
    Encoding(
      """
      (global $g (mut i64) (i64.const 0)) (func (param $p i64) (local $l i64)
      (global.set $g (local.tee $l (local.get $p))) (drop (global.get 0)))
      """,
      "01050160017e00 03020100 0606017e0142000b 0a0f010d01017e20002201240023001a0b"),
    Encoding(
      "(func (drop (i64.trunc_sat_f32_u (f32.const 0))) return unreachable)",
      "010401600000 03020100 0a0e010c004300000000fc051a0f000b"),
  ]

  static let text: [Encoding] = [
    Encoding(
      ";; a line\n(module (; a (; nested ;) block ;) (func(nop))) ;; the end",
      "010401600000 03020100 0a05010300010b"),
    Encoding(
      #"(module (@note "(" (@more) ;; )\#n [,;] ) (func (@a)nop))"#,
      "010401600000 03020100 0a05010300010b"),
    Encoding(
      #"(func $"a b" call $"a b" call $"\61 b") (func $x call $"x")"#,
      "010401600000 0303020000 0a0d020600100010000b040010010b"),
    Encoding(
      #"(func $!#%&'*+-./:<=>?@\^_`|~ call $!#%&'*+-./:<=>?@\^_`|~)"#,
      "010401600000 03020100 0a0601040010000b"),
    Encoding(
      #"(module quote "(func" " i32.const " "1 drop)")"#,
      "010401600000 03020100 0a0701050041011a0b"),
    Encoding(
      #"(module binary "\00asm" "\01\00\00\00" "\01\04\01\60\00\00")"#,
      "010401600000"),
  ]
}
