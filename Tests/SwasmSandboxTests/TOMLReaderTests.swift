import SeededRandom
import Testing

@testable import SwasmSandbox

@Suite struct TOMLReaderTests {
  private static func entries(_ text: String) throws -> [String: TOMLReader.Value] {
    let document = try TOMLReader.read(text)
    return Dictionary(
      uniqueKeysWithValues: document.entries.map {
        ([$0.section, $0.key].compactMap(\.self).joined(separator: "."), $0.value)
      })
  }

  @Test(
    arguments: [
      ("", [:]),
      ("# only a comment", [:]),
      ("a = 1", ["a": .integer(1)]),
      ("a=-17 # why", ["a": .integer(-17)]),
      ("a = +1_000", ["a": .integer(1000)]),
      ("a = 0", ["a": .integer(0)]),
      ("a = 9223372036854775807", ["a": .integer(.max)]),
      ("a = true\r\nb = false\r\n", ["a": .boolean(true), "b": .boolean(false)]),
      (#"a = "x\t\"\\\u00e9\U0001F600""#, ["a": .string("x\t\"\\é😀")]),
      (#"a = 'C:\x'"#, ["a": .string(#"C:\x"#)]),
      ("a = \"\"\nb = ''", ["a": .string(""), "b": .string("")]),
      ("a = \"# no comment\"", ["a": .string("# no comment")]),
      ("[s]\na-b_1 = 1\n\t[ t ] # here\na = 2", ["s.a-b_1": .integer(1), "t.a": .integer(2)]),
      ("a = []", ["a": .list([])]),
      ("a = [ \"x\", 'y' , ]", ["a": .list([.string("x"), .string("y")])]),
      (
        "a = [ # one\n  1,\n\n  2 # two\n]\nb = 3",
        [
          "a": .list([.integer(1), .integer(2)]), "b": .integer(3),
        ]
      ),
    ] as [(String, [String: TOMLReader.Value])])
  func reads(_ text: String, _ expected: [String: TOMLReader.Value]) throws {
    #expect(try Self.entries(text) == expected)
  }

  @Test(arguments: [
    ("a", 1, 2, "expected \"=\""),
    ("a = ", 1, 5, "expected a value"),
    ("\n  = 1", 2, 3, "expected a name"),
    ("a = 1 b = 2", 1, 7, "end of the line"),
    ("a = 1\na = 2", 2, 1, "\"a\" appears twice"),
    ("[s]\n[s]", 2, 1, "section \"s\" appears twice"),
    ("[s]\nx = 1\nx = 1", 3, 1, "appears twice"),
    ("[s", 1, 3, "expected \"]\""),
    ("[[s]]", 1, 2, "lists of sections"),
    ("[a.b]", 1, 3, "names with dots"),
    ("a.b = 1", 1, 2, "names with dots"),
    ("\"a\" = 1", 1, 1, "expected a name"),
    ("a = 1.5", 1, 5, "\"1.5\" is not a string, a whole number"),
    ("a = 007", 1, 5, "is not a string"),
    ("a = 1__0", 1, 5, "is not a string"),
    ("a = 9223372036854775808", 1, 5, "is not a string"),
    ("a = 0x10", 1, 5, "is not a string"),
    ("a = 1979-05-27", 1, 5, "is not a string"),
    ("a = yes", 1, 5, "\"yes\" is not a string"),
    ("a = {}", 1, 5, "tables within a line"),
    ("a = [[1]]", 1, 6, "lists in lists"),
    ("a = [1 2]", 1, 8, "expected \",\""),
    ("a = [1,\n", 2, 1, "expected a value"),
    ("a = \"x", 1, 5, "the string is not closed"),
    ("a = \"x\ny\"", 1, 5, "the string is not closed"),
    ("a = \"\"\"x\"\"\"", 1, 7, "several lines"),
    (#"a = "\q""#, 1, 6, "unknown escape"),
    (#"a = "\ud800""#, 1, 6, "unknown escape"),
    ("a = \"\u{1}\"", 1, 6, "control characters"),
    ("# \u{0}", 1, 3, "control characters"),
    ("a = 1\r", 1, 6, "end of the line"),
  ]) func refuses(_ text: String, _ line: Int, _ column: Int, _ says: String) {
    let error = #expect(throws: TOMLReader.Malformed.self) { try TOMLReader.read(text) }
    #expect(error?.place == TOMLReader.Place(line: line, column: column), "\(text)")
    #expect(error?.reason.contains(says) ?? false, "\(error?.reason ?? "")")
  }

  /// Whatever the bytes are, it ends with a document or with a place within the text.
  @Test func randomTexts() {
    var random = SeededGenerator(state: 11)
    let pieces = [
      "[", "]", "a", "b", "=", " = ", "\"", "'", "\n", "\r\n", "#", ",", "1", "-", "_", ".", "true",
      "\\", "\\u00e9", "{", "}", "é", "\u{0}", "[limits]\n", "stack = \"8MiB\"\n", "\t",
    ]
    for _ in 0..<20_000 {
      let text = (0..<Int.random(in: 0...24, using: &random))
        .map { _ in pieces.randomElement(using: &random)! }.joined()
      let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      do throws(TOMLReader.Malformed) {
        _ = try TOMLReader.read(text)
      } catch {
        guard lines.indices.contains(error.place.line - 1) else {
          Issue.record("\(text.debugDescription): line \(error.place.line)")
          continue
        }
        let width = lines[error.place.line - 1].count
        #expect((1...width + 1).contains(error.place.column), "\(text.debugDescription)")
      }
    }
  }
}
