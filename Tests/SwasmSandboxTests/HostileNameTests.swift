import Testing

@testable import SwasmSandbox

/// Names in modules and of files are anybody's: in messages and in what `inspect` prints they begin no line.
@Suite struct HostileNameTests {
  /// A newline, then what looks like a message; marks that turn text around or are not seen.
  private static let name =
    "x\\0aswasm-sandbox: a.wat: verified\\e2\\80\\ae\\d8\\9c\\e2\\80\\8b\\e2\\80\\a8"
  private static let shown =
    "x\\nswasm-sandbox: a.wat: verified\\u{202e}\\u{61c}\\u{200b}\\u{2028}"

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var text: String
    var arguments = ["run", "a.wat"]
    var lines = 1

    init(_ name: String, _ text: String, _ arguments: [String] = ["run", "a.wat"], lines: Int = 1) {
      testDescription = name
      self.text = text
      self.arguments = arguments
      self.lines = lines
    }
  }

  static let rows: [Row] = [
    Row("import", "(module (import \"m\" \"NAME\" (func)))"),
    Row("module of an import", "(module (import \"NAME\" \"f\" (func)))"),
    Row("exports that could be invoked", "(module (func (export \"NAME\")))"),
    Row("twice exported", "(module (func (export \"NAME\") (export \"NAME\")))"),
    Row(
      "function in a backtrace",
      "(module (func $f (@name \"NAME\") (export \"_start\") unreachable))",
      lines: 2),
    Row(
      "module in a backtrace", "(module (@name \"NAME\") (func (export \"_start\") unreachable))",
      lines: 2),
    Row(
      "inspected import", "(module (import \"m\" \"NAME\" (func)))", ["inspect", "a.wat"], lines: 6),
    Row("inspected export", "(module (func (export \"NAME\")))", ["inspect", "a.wat"], lines: 6),
    Row("inspected module", "(module (@name \"NAME\"))", ["inspect", "a.wat"], lines: 6),
    Row(
      "member of a set", "(module (module $m (@name \"NAME\")) (instance (instantiate $m)))",
      ["inspect", "--linked", "a.wat"], lines: 12),
    Row("name in a script", "(module) (invoke \"NAME\")", ["wast", "a.wat"], lines: 2),
  ]

  @Test(arguments: rows) func beginsNoLine(_ row: Row) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", row.text.replacing("NAME", with: Self.name))
    let result = try LauncherRun.run(row.arguments, directory: scratch.path)
    let text = result.stderr + result.stdout
    #expect(text.contains(Self.shown), "\(text)")
    #expect(text.split(separator: "\n").count == row.lines, "\(text)")
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !Printable.isHidden($0) })
  }

  /// Files too.
  @Test func ofAFile() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a\nb.wat", "(module (func (export \"_start\") unreachable))")
    for arguments in [["run", "a\nb.wat"], ["run", "--preload", "x\ny=gone", "a\nb.wat"]] {
      let result = try LauncherRun.run(arguments, directory: scratch.path)
      for line in result.stderr.split(separator: "\n") {
        #expect(line.hasPrefix("swasm-sandbox: ") || line.hasPrefix("   0: "), "\(result.stderr)")
      }
    }
  }

  /// The program's last words do not run into the object of `--json`.
  @Test func theObjectHasItsOwnLine() throws {
    let text = """
      (module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1) (data (i32.const 0) "\\10\\00\\00\\00\\03\\00\\00\\00")
        (data (i32.const 16) "{\\"o")
        (func (export "_start")
          (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 8)))))
      """
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", text)
    for options in [[], ["--max-output", "1MiB"]] {
      let result = try LauncherRun.run(
        ["run", "--json"] + options + ["a.wat"], directory: scratch.path)
      let lines = result.stderr.split(separator: "\n")
      #expect(lines.count == 2 && lines[0] == "{\"o", "\(result.stderr)")
      #expect(lines.last?.hasPrefix("{\"outcome\":\"exited\"") == true, "\(result.stderr)")
    }
  }
}
