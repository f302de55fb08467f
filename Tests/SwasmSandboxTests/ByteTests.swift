import Foundation
import Glibc
import SwasmModule
import Testing

@testable import SwasmSandbox

/// Arguments, variables and paths are bytes.
@Suite struct ByteTests {
  @Test(
    arguments: [
      ([], ""), ([0x61, 0xc3, 0xa9], "aé"), ([0xff], "\u{10ffff}"),
      ([0x61, 0x80, 0x62], "a\u{10ff80}b"),
      // Cut off, too long, a surrogate, beyond the last.
      ([0xc3], "\u{10ffc3}"), ([0xc0, 0xaf], "\u{10ffc0}\u{10ffaf}"),
      ([0xed, 0xa0, 0x80], "\u{10ffed}\u{10ffa0}\u{10ff80}"),
      ([0xf4, 0x90, 0x80, 0x80], "\u{10fff4}\u{10ff90}\u{10ff80}\u{10ff80}"),
      // The characters themselves that stand for bytes.
      ([0xf4, 0x8f, 0xbf, 0xbf], "\u{10fff4}\u{10ff8f}\u{10ffbf}\u{10ffbf}"),
      ([0xf4, 0x8f, 0xbd, 0xbf], "\u{10ff7f}"),
    ] as [([UInt8], String)]) func asText(bytes: [UInt8], text: String)
  {
    #expect(ByteText.string(bytes) == text)
    #expect(ByteText.bytes(text) == bytes)
  }

  @Test func nothingIsLost() {
    for _ in 0..<2000 {
      let bytes = (0..<Int.random(in: 0..<12)).map { _ in
        [UInt8.random(in: .min ... .max), 0xf4, 0x8f, 0xbf, 0x41, 0xe2, 0x80].randomElement()!
      }
      #expect(ByteText.bytes(ByteText.string(bytes)) == bytes)
    }
  }

  @Test(arguments: [
    ("a/b-c_1.wasm:ro", "a/b-c_1.wasm:ro"), ("", "''"), ("a b", "'a b'"), ("$(x)", "'$(x)'"),
    ("it's", #"'it'\''s'"#), ("/x;touch owned;#", "'/x;touch owned;#'"), ("~", "'~'"),
    ("a\nb", #"$'a\x0ab'"#), ("\u{10ffff}'\\", #"$'\xff\'\\'"#), ("\u{202e}", #"$'\xe2\x80\xae'"#),
    ("é", "'é'"),
  ]) func wordsOfAShell(text: String, quoted: String) throws {
    #expect(ShellWord.quoted(text) == quoted)
    let printed = try Shell.run("printf %s \(quoted) | od -An -tx1 -v", directory: "/").stdout
    let bytes = printed.split { $0.isWhitespace }.map { UInt8($0, radix: 16) }
    #expect(bytes == ByteText.bytes(text))
  }

  /// By way of a file for what is expected: what a shell makes of the same words.
  @Test(arguments: [
    // Arguments, the program's name, variables that are set and passed on.
    (
      #"run --argv0 "n$B" --env "V$B=$B" --env Q words.wat "$B" "é""#,
      #"%s\0%s\0%s\0%s=%s\0Q=%s\0"#,
      #""n$B" "$B" é "V$B" "$B" "$B""#
    ),
    // An accent after a sign makes no other character of it.
    (#"run --env=A=$'\xcc\x81' words.wat"#, #"words.wat\0A=%s\0"#, #"$'\xcc\x81'"#),
    (#"run --env "$B=1" --env "$B=2" "m$B.wat""#, #"%s\0%s=2\0"#, #""m$B.wat" "$B""#),
    // One name to people, two to the system.
    (
      #"run --env $'\xc3\xa9=1' --env $'e\xcc\x81=2' words.wat"#, #"words.wat\0%s=1\0%s=2\0"#,
      #"$'\xc3\xa9' $'e\xcc\x81'"#
    ),
  ]) func passUnchanged(command: String, format: String, words: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("words.wat", Programs.words)
    let result = try Shell.run(
      #"""
      B=$'x\xff\xfe\xf4\x8f\xbf\xbf'; export Q=$B; cp words.wat "m$B.wat"
      "$SWASM" \#(command) > got || exit 1
      printf '\#(format)' \#(words) > wanted
      cmp got wanted || { od -c got; od -c wanted; exit 1; }
      """#, directory: scratch.path)
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
  }

  @Test func pathsOfTheHost() throws {
    let scratch = try Scratch()
    let result = try Shell.run(
      #"""
      B=$'x\xff\xfe'; mkdir "d$B" && echo old > "d$B/old" && printf '%s' "$PROGRAM" > open.wat
      "$SWASM" run --dir "d$B:ro" open.wat && "$SWASM" compile open.wat -o "o$B" && [ -s "o$B" ] || exit 1
      "$SWASM" run --dir "e$B" open.wat; "$SWASM" run "e$B.wasm"; "$SWASM" run --json "e$B.wasm"
      "$SWASM" run --policy "e$B.toml" open.wat
      """#, directory: scratch.path,
      environment: [
        "PROGRAM": Programs.opens("old", openFlags: 0, rights: 1 << 1, writes: false)
      ])
    let lines = result.stderr.split(separator: "\n")
    #expect(lines.count == 4, "\(result.stderr)")
    #expect(
      zip(
        lines,
        [#""ex\xff\xfe""#, #""ex\xff\xfe.wasm""#, #"\"ex\\xff\\xfe.wasm\""#, #""ex\xff\xfe.toml""#]
      )
      .allSatisfy { $0.contains($1) }, "\(result.stderr)")
  }
}
