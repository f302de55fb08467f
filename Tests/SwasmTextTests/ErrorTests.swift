import SwasmText
import Testing

@Suite struct ErrorTests {
  /// A text and its error, as it is shown.
  @Test(arguments: [
    // Tokens.
    ("(func\n  i32.const0)", "2:3: unknown operator i32.const0"),
    ("(func (br 0drop))", "1:11: unknown operator 0drop"),
    ("(data\"a\")", "1:2: unknown operator data\"a\""),
    ("(data \"a\"\"b\")", "1:7: unknown operator \"a\"\"b\""),
    ("(func $\"a\"$b)", "1:7: unknown operator $\"a\"$b"),
    ("(func br 0$l)", "1:10: unknown operator 0$l"),
    ("(func $)", "1:7: empty identifier"),
    ("(func $\"\")", "1:7: empty identifier"),
    ("(func, nop)", "1:6: illegal character 0x2c"),
    ("(func ; nop\n)", "1:7: illegal character 0x3b"),
    ("(; é ;) (func é)", "1:15: illegal character 0xc3"),
    ("(data \"a", "1:7: unclosed string"),
    ("(data \"a\n\")", "1:7: unclosed string"),
    ("(data \"\\q\")", "1:8: illegal escape in string"),
    ("(data \"\\0g\")", "1:8: illegal escape in string"),
    ("(data \"\\u{d800}\")", "1:8: illegal escape in string"),
    ("(data \"\\u{110000}\")", "1:8: illegal escape in string"),
    ("(data \"\\u{\")", "1:8: illegal escape in string"),
    ("(data \"\u{7f}\")", "1:8: illegal character 0x7f"),
    (" (; (; ;)", "1:2: unclosed comment"),
    (" (@a (b)", "1:2: unclosed annotation"),
    ("(@)", "1:1: empty annotation id"),
    ("(@\"\")", "1:1: empty annotation id"),
    ("(@a é)", "1:5: illegal character 0xc3"),
    ("(@a))", "1:5: unexpected token ')', expected end of text"),
    // Strings that must be UTF-8.
    ("(import \"\\ff\" \"\" (func))", "1:9: malformed UTF-8 encoding"),
    ("(export \"\\c0\\80\" (func 0))", "1:9: malformed UTF-8 encoding"),
    ("(func $\"\\ed\\a0\\80\")", "1:7: malformed UTF-8 encoding"),
    ("(@\"\\f4\\90\\80\\80\")", "1:3: malformed UTF-8 encoding"),
    // Fields.
    ("(module) nop", "1:10: unexpected token 'nop', expected end of text"),
    ("(module", "1:8: unexpected token end of text, expected ')'"),
    ("(module (func)", "1:15: unexpected token end of text, expected ')'"),
    ("(nop)", "1:2: unexpected token 'nop', expected a module field"),
    ("(foo)", "1:2: unknown operator foo"),
    ("(func) nop", "1:8: unexpected token 'nop', expected a module field"),
    ("(start 0)\n(start 0)", "2:2: multiple start sections"),
    ("(func)(import \"\" \"\" (func))", "1:8: import after function"),
    ("(memory 0)(table (import \"\" \"\") 0 funcref)", "1:19: import after memory"),
    ("(table 1 2)", "1:11: unexpected token ')', expected a reference type"),
    ("(table 18446744073709551616 funcref)", "1:8: u64 constant out of range"),
    ("(global anyfunc (ref.null func))", "1:9: unknown operator anyfunc"),
    ("(type (func (result i32) (param i32)))", "1:26: unexpected token '(', expected ')'"),
    ("(elem 0)", "1:7: unexpected token '0', expected func or a reference type"),
    ("(data 0 \"\")", "1:7: unexpected token '0', expected ')'"),
    ("(elem (table 0) func)", "1:17: unexpected token 'func', expected '(offset'"),
    ("(data 0 (i32.const 0) func)", "1:23: unexpected token 'func', expected ')'"),
    (
      "(elem declare 0 (i32.const 0))",
      "1:15: unexpected token '0', expected func or a reference type"
    ),
    // Imports that share a name.
    (
      "(import \"m\" (item \"a\" (func)) (item \"b\"))",
      "1:40: unexpected token ')', expected items of one kind"
    ),
    ("(import \"m\" (item \"a\") (func $f))", "1:30: unexpected token '$f', expected ')'"),
    ("(import \"m\" (item \"a\"))", "1:23: unexpected token ')', expected '('"),
    // Words of features that are not there.
    ("(func (param anyref))", "1:14: needs gc, which is not supported yet ('anyref')"),
    ("(func (param (ref null i31)))", "1:24: needs gc, which is not supported yet ('i31')"),
    ("(rec (type (func)))", "1:2: needs gc, which is not supported yet ('rec')"),
    ("(type (sub (func)))", "1:8: needs gc, which is not supported yet ('sub')"),
    ("(func struct.new 0)", "1:7: needs gc, which is not supported yet ('struct.new')"),
    ("(func (ref.cast (ref 0)))", "1:8: needs gc, which is not supported yet ('ref.cast')"),
    (
      "(func (param (ref (exact 0))))",
      "1:20: needs custom-descriptors, which is not supported yet ('exact')"
    ),
    ("(type (cont 0))", "1:8: needs stack-switching, which is not supported yet ('cont')"),
    (
      "(component)",
      "1:1: this is a component, and only core modules run here; build the program for wasm32-wasip1, "
        + "or take its modules out with `wasm-tools component unbundle`"
    ),
    // Names.
    ("(func $f) (func $f)", "1:17: duplicate func $f"),
    ("(func $\"f\") (func $f)", "1:19: duplicate func $f"),
    ("(func (param $x i32) (local $x i32))", "1:29: duplicate local $x"),
    ("(type $t (func (param $x i32) (param $x i32)))", "1:38: duplicate local $x"),
    ("(elem $e func) (elem $e func)", "1:22: duplicate elem segment $e"),
    ("(func call $g)", "1:12: unknown func $g"),
    ("(func local.get $g)", "1:17: unknown local $g"),
    ("(func (param $x i32)) (func local.get $x)", "1:39: unknown local $x"),
    ("(func (block $a) (br $a))", "1:22: unknown label $a"),
    ("(func (if $a (br $a) (then)))", "1:18: unknown label $a"),
    ("(func data.drop $d)", "1:17: unknown data segment $d"),
    ("(func (type $t))", "1:13: unknown type $t"),
    ("(func (type 3) (param i32))", "1:7: unknown type 3"),
    (
      "(type $t (func))\n(func (type $t) (param i32))",
      "2:7: inline function type does not match the explicit type"
    ),
    // Instructions.
    ("(func block end $l)", "1:17: mismatching label $l"),
    ("(func if $a else $b end)", "1:18: mismatching label $b"),
    ("(func block)", "1:12: unexpected token ')', expected end"),
    ("(func end)", "1:7: unexpected token 'end', expected an instruction or ')'"),
    ("(func block else end)", "1:13: unexpected token 'else', expected an instruction"),
    ("(func if else else end)", "1:15: unexpected token 'else', expected an instruction"),
    ("(func (end))", "1:8: unexpected token 'end', expected an instruction"),
    ("(func (if (nop)))", "1:16: unexpected token ')', expected '(then'"),
    ("(func (if (nop) (then) (nop)))", "1:24: unexpected token '(', expected '(else'"),
    ("(func (if (then) (else) (nop)))", "1:25: unexpected token '(', expected ')'"),
    ("(func (then))", "1:8: unexpected token 'then', expected an instruction"),
    ("(func (i32.add nop))", "1:16: unexpected token 'nop', expected '(' or ')'"),
    ("(func (nop) (local i32))", "1:14: unexpected token 'local', expected an instruction"),
    ("(func (block (param $x i32)))", "1:21: unexpected token '$x', expected a value type"),
    ("(func get_local 0)", "1:7: unknown operator get_local"),
    ("(func br_table)", "1:15: unexpected token ')', expected a label"),
    ("(func ref.null)", "1:15: unexpected token ')', expected a heap type"),
    ("(func \"a\")", "1:7: unexpected token '\"a\"', expected an instruction"),
    ("(func i32.load align=6)", "1:16: alignment must be a power of two"),
    ("(func i32.load align=4 offset=4)", "1:24: unknown operator offset=4"),
    // The error of a quoted module is where the quotation begins.
    ("(module quote\n  \"(func\" \" bar)\")", "2:3: unknown operator bar"),
  ])
  func error(text: String, shown: String) {
    #expect {
      try encode(text)
    } throws: { error in
      let matches = "\(error)" == shown
      if !matches { Issue.record("is: \(error)") }
      return matches
    }
  }

  @Test func positionsAreGivenInBytesToo() {
    let error = #expect(throws: TextError.self) { try encode("(; é\n ;) \"\"") }
    #expect(error?.offset == 10)
    #expect(error?.line == 2)
    #expect(error?.column == 5)
  }

  /// Sequences that are not UTF-8, in a comment.
  @Test(
    arguments: [
      [0x80], [0xff], [0xc0, 0x80], [0xc1, 0xbf], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80],
      [0xf0, 0x8f, 0xbf, 0xbf], [0xf4, 0x90, 0x80, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xc3],
      [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3, 0x28], [0xe2, 0x28, 0xa1],
    ] as [[UInt8]])
  func malformedUTF8(bytes: [UInt8]) {
    let error = #expect(throws: TextError.self) { try encode(text: Array(";; ".utf8) + bytes) }
    #expect(error?.cause == .malformedUTF8)
    #expect(error?.offset == 3)
  }

  /// A module's text, cut anywhere, is an error or a module, never a crash.
  @Test func prefixesAreHandled() throws {
    let text =
      Array(
        #"(module $m (func $f (param $x i32) (if (local.get $x) (then (br 0)) (else nop)) "#.utf8)
      + Array(#"f32.const 0x1.8p3 drop) (data (; c ;) "\u{41}\00") (@a "b") (elem func $f))"#.utf8)
    for length in 1..<text.count {
      #expect(throws: TextError.self) { try encode(text: Array(text.prefix(length))) }
    }
    _ = try encode(text: text)
  }
}
