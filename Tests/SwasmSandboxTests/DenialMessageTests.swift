import SwasmWASI
import Testing

@testable import SwasmSandbox

/// What a message about a refusal tells the user to do has to be what grants it.
@Suite struct DenialMessageTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var policy = Policy.standard
    var directories: [RunOptions.Directory] = []
    var inner: [DenialMessage.Place] = []
    var denial: Denial
    var hint: String
    var testDescription: String { hint }
  }

  private static func denial(_ kind: DenialKind, _ path: String = "", write: Bool = false) -> Denial
  {
    Denial(kind: kind, path: path, isWrite: write)
  }

  private static let data = RunOptions.Directory(host: "/srv/d", guest: "/data", access: .readOnly)
  private static let inner = RunOptions.Directory(
    host: "/srv/i", guest: "/data/in", access: .readOnly)
  private static let secret = RunOptions.Directory(
    host: "work/s", guest: "work/s", access: DirectoryAccess.none)
  private static let here = RunOptions.Directory(host: ".", guest: ".", access: nil)

  private static let mine = Policy(
    name: "mine", capabilities: .init(stdin: false), limits: .init())

  static let rows = [
    // The directory that holds the file.
    Row(denial: denial(.noDirectory, "/data/list.txt"), hint: "; --dir /data:ro would"),
    Row(denial: denial(.noDirectory, "/a/b/c", write: true), hint: "; --dir /a/b:rw would"),
    Row(denial: denial(.noDirectory, "list.txt"), hint: "; --dir .:ro would"),
    Row(denial: denial(.noDirectory, "a/list.txt"), hint: "; --dir .:ro would"),
    Row(denial: denial(.noDirectory, "/list.txt"), hint: "; --dir HOST::/:ro would"),
    // Under a policy that allows it.
    Row(
      policy: .pure, denial: denial(.noDirectory, "/d/f"),
      hint: "; --policy strict --dir /d:ro would"),
    Row(policy: .strict, denial: denial(.noDirectory, "/d/f"), hint: "; --dir /d:ro would"),
    Row(
      policy: .strict, denial: denial(.noDirectory, "/d/f", write: true),
      hint: "; --policy standard --dir /d:rw would"),
    // The directory that is granted, by the names that it was granted by.
    Row(
      directories: [inner, data], denial: denial(.readOnly, "/data/f", write: true),
      hint: "; --dir /srv/d::/data:rw would allow it"),
    Row(
      directories: [data, inner], denial: denial(.readOnly, "/data/in/f", write: true),
      hint: "; --dir /srv/i::/data/in:rw would allow it"),
    Row(
      policy: .strict, directories: [here], denial: denial(.readOnly, "./f", write: true),
      hint: "; --policy standard --dir .:rw would allow it"),
    // What the guest chose of it is a word for the shell, whatever is in it; where no words would do, there are none.
    Row(
      denial: denial(.noDirectory, "/x;touch owned;#/data"),
      hint: "; --dir '/x;touch owned;#:ro' would"),
    Row(denial: denial(.noDirectory, "/a\u{10ffff}/f"), hint: #"; --dir $'/a\xff:ro' would"#),
    Row(denial: denial(.noDirectory, "/a::b/f"), hint: "grants no directory"),
    Row(denial: denial(.noDirectory, "../f"), hint: "grants no directory"),
    Row(denial: denial(.noDirectory, "a/../../f"), hint: "grants no directory"),
    Row(
      denial: denial(.noDirectory, "/" + String(repeating: "x", count: StatusPage.pathLimit - 1)),
      hint: "grants no directory"),
    // Another rule in a granted directory.
    Row(
      directories: [here], inner: [.init(path: "./s", rule: secret)],
      denial: denial(.denied, "./s/f"), hint: "which --dir work/s:none denies"),
    Row(
      directories: [here], inner: [.init(path: "./d", rule: data)],
      denial: denial(.readOnly, "./x/../d/f", write: true),
      hint: "; --dir /srv/d::/data:rw would allow it"),
    Row(
      directories: [here], inner: [.init(path: "./d", rule: data)],
      denial: denial(.readOnly, "./de", write: true), hint: "; --dir .:rw would allow it"),
    Row(
      directories: [.init(host: "w", guest: "w", access: .readWrite)],
      denial: denial(.readOnly, "w/link/f", write: true),
      hint: "which leads into a directory that is granted read-only"),
    Row(denial: denial(.kernelMount, "/d/proc"), hint: "and none of those is let in"),
    Row(policy: .pure, denial: denial(.random), hint: "; --policy strict would"),
    Row(
      policy: .strict, denial: denial(.sockets),
      hint: "; --policy network --tcplisten ADDRESS:PORT would"),
    Row(
      policy: .network, denial: denial(.sockets),
      hint: "; no option grants one; --tcplisten ADDRESS:PORT would"),
    Row(
      policy: .standard, denial: denial(.openFiles),
      hint: "more than 1024, the limit; --open-files sets it"),
    Row(
      policy: .strict, denial: denial(.fileSize),
      hint: "larger than 1GiB, the limit; --max-file-size sets it"),
    // A policy of the user's own: what to change in it.
    Row(
      policy: mine, denial: denial(.stdin),
      hint: "policy mine does not grant it; stdin = true in it would"),
    Row(policy: mine, denial: denial(.random), hint: "; random = true in it would"),
    Row(policy: mine, denial: denial(.files), hint: "; --policy standard would"),
  ]

  @Test(arguments: rows) func hints(_ row: Row) {
    let message = DenialMessage(
      policy: row.policy, directories: row.directories, inner: row.inner
    ).text(row.denial)
    #expect(message.hasSuffix(row.hint), "\(message)")
  }
}
