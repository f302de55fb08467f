import Foundation
import Testing

/// All that is said to people, in one list: `messages.txt` is there to be read as a whole. `make bless` renews it.
struct MessageListTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  private static let golden = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "messages.txt")
  /// What only a developer sees: broken invariants, printed code.
  private static let left = ["SwasmCompiler/"]

  @Test func areTheOnesThatWereRead() throws {
    let now = try Self.all.get()
    if ProcessInfo.processInfo.environment["SWASM_BLESS"] == "1" {
      try now.write(to: Self.golden, atomically: true, encoding: .utf8)
    }
    let known = try String(contentsOf: Self.golden, encoding: .utf8)
    let before = Set(known.split(separator: "\n"))
    let new = now.split(separator: "\n").filter { !before.contains($0) }
    #expect(
      now == known,
      "read the new ones, then `make bless`:\n\(new.joined(separator: "\n"))")
  }

  /// Words that no native speaker would use there, each of them once found in a message.
  @Test(arguments: [
    " is no ", " are no ", "for want of", "is compiled already", "fit for use",
    "in place of messages",
    "outside of the granted", "up to any number", "of its making",
  ])
  func arePlain(_ words: String) throws {
    let found = try Self.all.get().split(separator: "\n").filter {
      $0.replacing(/there (is|are) no/, with: "").contains(words)
    }
    #expect(found.isEmpty)
  }

  private static let all = Result { try list() }

  private static func list() throws -> String {
    let sources = root.appending(path: "Sources").path
    let files = try #require(FileManager.default.enumerator(atPath: sources))
      .compactMap { $0 as? String }
      .filter { $0.hasSuffix(".swift") && !left.contains(where: $0.hasPrefix) }.sorted()
    return try files.map { file in
      let text = try String(contentsOfFile: sources + "/" + file, encoding: .utf8)
      let found = literals(in: Array(text.utf8)).filter(isMessage)
      return found.isEmpty ? "" : "== \(file)\n" + found.map { $0 + "\n" }.joined()
    }.joined()
  }

  /// Two words or more that are not all code.
  private static func isMessage(_ text: String) -> Bool {
    let words = text.split { !($0.isLetter || $0 == "'") }
    return text.contains(" ")
      && words.filter { $0.count > 1 && $0.allSatisfy(\.isLetter) }.count > 1
  }

  /// The string literals of Swift source, each on one line; what is interpolated is `…`.
  private static func literals(in source: [UInt8]) -> [String] {
    var found: [String] = []
    var at = 0
    while at < source.count {
      let byte = source[at]
      if byte != UInt8(ascii: "\""), byte != UInt8(ascii: "/") {
        at += 1
      } else if source[at...].starts(with: "//".utf8) {
        while at < source.count, source[at] != UInt8(ascii: "\n") { at += 1 }
      } else if source[at...].starts(with: "\"\"\"".utf8) {
        at += 3
        found.append(literal(in: source, &at, endedBy: "\"\"\""))
      } else if byte == UInt8(ascii: "\"") {
        at += 1
        found.append(literal(in: source, &at, endedBy: "\""))
      } else {
        at += 1
      }
    }
    return found
  }

  private static func literal(in source: [UInt8], _ at: inout Int, endedBy end: String) -> String {
    var text: [UInt8] = []
    while at < source.count,
      source[at] != UInt8(ascii: "\"") || !source[at...].starts(with: end.utf8)
    {
      if source[at] == UInt8(ascii: "\\"), source[at + 1] == UInt8(ascii: "(") {
        at += 2
        skipInterpolation(in: source, &at)
        text += Array("…".utf8)
      } else if source[at] == UInt8(ascii: "\\") {
        // An escaped character, or a line that goes on.
        at += 1
        if source[at] != UInt8(ascii: "\n") { text += [UInt8(ascii: "\\"), source[at]] }
        at += 1
      } else {
        text.append(source[at])
        at += 1
      }
    }
    at += end.utf8.count
    return String(decoding: text, as: UTF8.self)
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  /// To behind its closing parenthesis; there may be literals in it, which are not looked at.
  private static func skipInterpolation(in source: [UInt8], _ at: inout Int) {
    var depth = 1
    while depth > 0, at < source.count {
      switch source[at] {
      case UInt8(ascii: "("): depth += 1
      case UInt8(ascii: ")"): depth -= 1
      case UInt8(ascii: "\""):
        at += 1
        _ = literal(in: source, &at, endedBy: "\"")
        continue
      default: break
      }
      at += 1
    }
  }
}
