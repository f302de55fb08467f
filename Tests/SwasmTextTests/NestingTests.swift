import SwasmText
import Testing

/// Nesting that would overflow the stack of a recursive reader.
@Suite struct NestingTests {
  private static let depth = 100_000

  @Test(arguments: [
    ("(module (func ", "(block ", ")", "))", 3),
    ("(module (func ", "block ", "end ", "))", 3),
    ("(module (func ", "(drop ", ")", "))", 1),
    ("(module (func ", "(if (nop) (then ", "))", "))", 4),
    ("(module (func ", "if $l else ", "end $l ", "))", 4),
    ("", "(; ", ";)", "(module)", 0),
    ("", "(@a ", ")", "(module)", 0),
  ])
  func nests(before: String, open: String, close: String, after: String, bytesEach: Int) throws {
    let text =
      before + String(repeating: open, count: Self.depth)
      + String(repeating: close, count: Self.depth) + after
    let module = try encode(text)
    #expect(module.count / Self.depth == bytesEach)
  }

  @Test(arguments: ["(", "(module ", "(module (func (block ", "(func (block (result i32) ("])
  func unclosed(text: String) {
    #expect(throws: TextError.self) { try encode(String(repeating: text, count: Self.depth)) }
  }

  @Test func quotesNest() throws {
    // Each layer doubles the backslashes of the one inside.
    var text = "(func nop)"
    for _ in 0..<6 {
      let escaped = text.reduce(into: "") { result, character in
        if character == "\"" || character == "\\" { result.append("\\") }
        result.append(character)
      }
      text = "(module quote \"\(escaped)\")"
    }
    #expect(try body(text) == [0, 0x01, 0x0b])
  }
}
