import SwasmText
import Testing

/// Annotations that mean something: custom sections, names, branch hints.
@Suite struct AnnotationTests {
  /// The custom sections of a text, with the identifiers of the sections before them.
  private func custom(_ text: String) throws -> [String] {
    var last: UInt8 = 0
    var found: [String] = []
    for section in sections(of: try encode(text)) {
      if section.id != 0 {
        last = section.id
        continue
      }
      // Sizes are one byte here.
      let length = Int(section.bytes[section.bytes.startIndex + 2])
      let name = section.bytes.dropFirst(3).prefix(length)
      let rest = section.bytes.dropFirst(3 + length)
      found.append(
        "\(last) \(String(decoding: name, as: UTF8.self)) \(hexadecimal([(id: 0, bytes: rest)]))")
    }
    return found
  }

  @Test func customSectionsHaveTheirPlaces() throws {
    let text = """
      (@custom "a" "\\01") (type (func)) (@custom "b" (before global) "\\02" "\\03")
      (@custom "c" (after func)) (@custom "d" (before first)) (func) (@custom "e" (after last))
      (global i32 (i32.const 0))
      """
    #expect(try custom(text) == ["0 d ", "3 c ", "3 b 0203", "10 a 01", "10 e "])
  }

  @Test func annotationsName() throws {
    #expect(try custom(#"(module $x (@name "é"))"#) == ["0 name 000302c3a9"])
    #expect(try custom(#"(func $f (@name "g")) (func $h)"#) == ["10 name 010702000167010168"])
    // Of parameters and locals, with an identifier and without.
    #expect(
      try custom(#"(func (param i32) (param (@name "x") i32) (local $l (@name "") i64))"#)
        == ["10 name 020801000201017802" + "00"])
    #expect(
      try custom(#"(func (param $a (@name "b") i32) (param $b i32) (drop (local.get $a)))"#)
        == ["10 name 0209010002000162010162"])
  }

  /// Inside of an annotation nothing but parentheses, strings and comments means anything.
  @Test(arguments: [
    "(@a (@))", "(@a (@ x))", "(@a (@(@)) (@\"\") \")\" (; ) ;) @ x@y ,;])", "(@\"a b\" (@))",
  ])
  func skips(_ annotation: String) throws {
    #expect(try encode("(module \(annotation) (func))") == encode("(module (func))"))
  }

  @Test func hintsPrecedeTheCode() throws {
    let text = """
      (func (param i32)
        (@metadata.code.branch_hint "\\01") (if (local.get 0) (then))
        (block local.get 0 (@metadata.code.branch_hint "\\00") br_if 0
          (@metadata.code.branch_hint "\\01") (br_if 0 (local.get 0))))
      """
    #expect(
      try custom(text) == ["3 metadata.code.branch_hint 0100030301010a01000e0101"])
  }

  @Test(arguments: [
    (#"(func nop (@metadata.code.branch_hint "\02") if end)"#, "1:11: @metadata.code.branch_hint"),
    (#"(@metadata.code.branch_hint "\00") (func)"#, "1:1: misplaced @metadata.code.branch_hint"),
    (#"(func (@metadata.code.branch_hint "\00"))"#, "unexpected"),
    (
      #"(func (@metadata.code.branch_hint "\00") (@metadata.code.branch_hint "\00") if end)"#,
      "1:42: @metadata.code.branch_hint annotation: duplicate annotation"
    ),
    (#"(global i32 (@metadata.code.branch_hint "\00") (i32.const 0))"#, "misplaced"),
    (#"(@custom)"#, "1:1: @custom annotation"),
    (#"(@custom "a" (before types))"#, "1:1: @custom annotation"),
    (#"(func (@custom "a"))"#, "1:7: misplaced @custom"),
    (#"(module (func) (@name "a"))"#, "1:16: misplaced @name"),
    (#"(module (@name "a") (@name "b"))"#, "1:21: @name annotation"),
    (#"(func (param (@name "x") i32 i32))"#, "1:30: unexpected token 'i32'"),
    (#"(func (block (param (@name "x") i32)))"#, "1:21: misplaced @name"),
  ])
  func refuses(_ text: String, _ words: String) {
    let error = #expect(throws: TextError.self) { try encode(text) }
    let found = error?.description ?? ""
    #expect(found.contains(words), "\(found)")
  }
}
