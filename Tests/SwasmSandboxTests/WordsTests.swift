import SwasmModule
import SwasmRuntime
import Testing

@testable import SwasmSandbox

@Suite struct WordsTests {
  @Test(
    arguments: [
      ("500ms", 500), ("5s", 5000), ("2m", 120_000), ("1h", 3_600_000), ("7", 7000), ("1.5s", 1500),
      ("0.25m", 15_000),
      ("0", nil), ("0ms", nil), ("", nil), ("s", nil), ("-1s", nil), ("+1s", nil), ("1 s", nil),
      ("1x", nil),
      ("1.2.3s", nil), ("99999999999999999999s", nil), ("18446744073709551615h", nil),
    ] as [(String, UInt64?)]) func durations(_ text: String, _ expected: UInt64?)
  {
    #expect(Quantities.milliseconds(text) == expected)
  }

  @Test(
    arguments: [
      ("64MiB", 64 << 20), ("1GB", 1_000_000_000), ("512K", 512 << 10), ("4096", 4096), ("10B", 10),
      ("1.5GiB", 3 << 29), ("2G", 2 << 30),
      ("0", nil), ("", nil), ("MiB", nil), ("-1", nil), ("1TiB", nil), ("0x10", nil),
      ("99999999999GiB", nil),
    ] as [(String, UInt64?)]) func sizes(_ text: String, _ expected: UInt64?)
  {
    #expect(Quantities.bytes(text) == expected)
  }

  @Test func quantitiesReadWhatTheyWrite() {
    for value: UInt64 in [1, 999, 1000, 1024, 1500, 60_000, 90_000, 1 << 20, 3 << 30] {
      #expect(Quantities.milliseconds(Quantities.text(milliseconds: value)) == value)
      #expect(Quantities.bytes(Quantities.text(bytes: value)) == value)
    }
  }

  @Test(
    arguments: [
      ("--memroy", "--memory"), ("--dri", "--dir"), ("--polcy", "--policy"),
      ("--time", "--timeout"),
      ("--max-filesize", "--max-file-size"),
      // Too far from all, and the start of more than one.
      ("--nope", nil), ("--zzz", nil), ("--ma", nil),
    ] as [(String, String?)]) func suggestions(_ word: String, _ expected: String?)
  {
    #expect(Suggestion.nearest(to: word, among: RunOption.allCases.map(\.flag)) == expected)
    #expect(Suggestion.nearest(to: word, among: []) == nil)
  }

  @Test func plurals() {
    #expect(Quantities.count(1, "page", "pages") == "1 page")
    #expect(Quantities.count(0, "page", "pages") == "0 pages")
  }

  @Test func controlCharactersAreNotPrinted() {
    #expect(
      Printable.lines("a\u{1b}[2Jb\u{202e}c\u{9b}d\ne") == "a\\u{1b}[2Jb\\u{202e}c\\u{9b}d\ne")
    #expect(Printable.line("a\nb\r\tc") == "a\\nb\\r\\tc")
    // Of the kinds that begin lines, turn text around, or take no room.
    let hidden =
      "\u{61c}\u{200b}\u{200c}\u{200d}\u{200e}\u{2028}\u{2029}\u{2066}\u{feff}\u{ad}\u{e0041}"
    for scalar in hidden.unicodeScalars {
      let shown = "a\\u{\(String(scalar.value, radix: 16))}b"
      #expect(Printable.line("a\(scalar)b") == shown)
      #expect(Printable.lines("a\(scalar)b") == shown)
    }
    #expect(Printable.line("größer ≤ 漢") == "größer ≤ 漢")
  }

  @Test func json() {
    #expect(JSON.string("a\"\\\n\u{1}é") == "\"a\\\"\\\\\\n\\u0001é\"")
    #expect(JSON.object([("a", JSON.array(["1", "2"]))]) == "{\"a\":[1,2]}")
  }

  @Test(
    arguments: [
      ("i32", "5", Value.i32(5)), ("i32", "-1", .i32(.max)), ("i32", "4294967295", .i32(.max)),
      ("i32", "0xff", .i32(255)), ("i32", "-2147483648", .i32(1 << 31)),
      ("i32", "4294967296", nil), ("i32", "-2147483649", nil), ("i32", "", nil),
      ("i32", "+-1", nil),
      ("i32", "1.5", nil), ("i32", "0x", nil), ("i32", "0x-1", nil),
      ("i64", "18446744073709551615", .i64(.max)), ("i64", "18446744073709551616", nil),
      ("i64", "-9223372036854775808", .i64(1 << 63)),
      ("f32", "1.5", .f32(0x3fc0_0000)), ("f64", "-0.0", .f64(1 << 63)), ("f64", "x", nil),
      ("externref", "1", .externref(1)),
    ] as [(String, String, Value?)]) func invokeWords(
      _ type: String, _ word: String, _ value: Value?
    ) throws
  {
    let types: [String: ValueType] = [
      "i32": .i32, "i64": .i64, "f32": .f32, "f64": .f64, "externref": .externref,
    ]
    let function = FunctionType(parameters: [try #require(types[type])], results: [])
    #expect((try? InvokeValues.parse([word], as: function, function: "f").first) == value)
  }
}
