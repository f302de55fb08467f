import Foundation
import SwasmLockdown
import Testing

@testable import SwasmSandbox

/// Numbers and lists in the pages, against the code that they are about.
struct DocumentationFactTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// A page without its line breaks.
  private static func page(_ name: String) throws -> String {
    try String(contentsOf: root.appending(path: name), encoding: .utf8)
      .replacing("\n", with: " ")
  }

  private static func count(_ level: Level, in policy: Policy) -> Int {
    SystemCallRow.calls(in: policy.rows(at: level)).count
  }

  @Test func theFirstPageCountsSystemCalls() throws {
    let page = try Self.page("README.md")
    let pure = Self.count(.pure, in: .pure)
    let strict = (Self.count(.strict, in: .strict), Self.count(.standard, in: .strict))
    let standard = Self.count(.standard, in: .standard)
    let network = Self.count(.network, in: .network)
    let counts =
      "\(pure) under `pure`, \(strict.0) under `strict` (\(strict.1) with directories), "
      + "\(standard) under `standard`, \(network) under `network`"
    #expect(page.contains(counts), "README should say: \(counts)")
    #expect(page.contains("\(pure) to \(network) system calls"))
  }

  @Test func theOldestKernelIsOneThatIsTested() throws {
    let page = try Self.page("README.md")
    let version = try #require(page.firstMatch(of: /kernel ([0-9]+\.[0-9]+) or later/)?.output.1)
    let tests = try Self.page("Tests/SwasmSandboxTests/OlderKernelTests.swift")
    #expect(tests.contains("\"\(version)\""))
  }

  @Test(arguments: RunOption.allCases)
  func everyOptionIsExplained(_ option: RunOption) throws {
    #expect(try Self.page("docs/cli.md").contains("| `\(option.flag)"))
  }

  @Test func everyAuditIsNamed() throws {
    let questions = AuditQuestion.allCases.map(\.rawValue).joined(separator: "|")
    #expect(try Self.page("docs/cli.md").contains("swasm-sandbox audit \(questions) ["))
  }

  /// Row of wasi.md's table of refusals, what grants it.
  @Test(arguments: ["`random_get`", "`poll_oneoff` that has to wait or looks at a stream"])
  func refusalsNameThePoliciesThatGrant(_ call: String) throws {
    let row = try #require(
      String(contentsOf: Self.root.appending(path: "docs/wasi.md"), encoding: .utf8)
        .split(separator: "\n").first { $0.hasPrefix("| \(call) |") })
    for policy in Policy.builtIn {
      let grants =
        call == "`random_get`" ? policy.capabilities.random : policy.capabilities.waiting
      #expect(row.contains("`\(policy.name)`") == grants, "\(policy.name)")
    }
  }

  @Test func noSourceImportsFoundation() throws {
    let sources = Self.root.appending(path: "Sources")
    let files = try #require(FileManager.default.enumerator(atPath: sources.path))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    #expect(files.count > 300)
    for file in files {
      let text = try String(contentsOf: sources.appending(path: file), encoding: .utf8)
      #expect(!text.contains(/import Foundation/), "\(file)")
    }
  }

  /// The page that results are described on has each outcome's exit status.
  @Test(arguments: SwasmSandbox.ExitStatus.meanings.map(\.status))
  func everyExitStatusIsInTheTable(_ status: SwasmSandbox.ExitStatus) throws {
    #expect(try Self.page("docs/cli.md").contains("| \(status.code) |"))
  }
}
