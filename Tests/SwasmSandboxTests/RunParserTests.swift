import ArgumentParser
import Testing

@testable import SwasmSandbox
@testable import swasm_sandbox

@Suite struct RunParserTests {
  static let accepted: [[String]] = [
    ["a.wasm"],
    ["-"],
    ["a.wasm", "--dir", "x", "-v", "--", "y"],
    ["a.wasm", "--", "--help"],
    ["--", "a.wasm", "x"],
    ["--dir", "x", "a.wasm"],
    ["--dir=x::/y:ro", "--dir", "z:rw", "a.wasm"],
    ["--dir", "a::b::c", "a.wasm"], ["--dir", "a:none", "--dir=b:c:none", "a.wasm"],
    ["--dir", "a::\u{301}b", "--env", "A=\u{301}", "--env=\u{10ffff}=\u{10ff80}", "\u{10ffff}"],
    ["--env", "A=1", "--env=B=x=y", "--env", "PATH", "a.wasm"],
    ["--policy", "strict", "--timeout", "1.5s", "--cpu-time=2s", "a.wasm", "w"],
    ["--memory", "64MiB", "--stack", "1MB", "--max-file-size", "10K", "a.wasm"],
    ["--invoke", "f", "a.wasm", "-1", "2"],
    ["--json", "--dry-run", "--no-cache", "--status-fd=5", "a.wasm", "--json"],
    ["--dir", "a:cow", "--tmp", "--changes", "x", "--commit", "a.wasm", "--tmp"],
    ["--deterministic-nan", "--invoke", "f", "a.wasm"],
    ["--features", "-simd,-threads", "a.wasm"],
    ["--max-output", "1MiB", "--open-files=64", "--max-files", "0", "--max-written=5MB", "a.wasm"],
    ["--tcplisten", "127.0.0.1:9", "--tcplisten=[::1]:80", "--socket", "7", "a.wasm"],
    ["--preload", "b=b.wasm", "--preload", "c=c=d.wasm", "--argv0", "n", "a.wasm"],
  ]
  static let refused: [[String]] = [
    [], ["--dir"], ["--dir", ""], ["--dir", "::/x", "a.wasm"],
    ["--dir", ":none", "a.wasm"], ["--dir", "a::b:none", "a.wasm"], ["--bogus", "a.wasm"],
    ["-x", "a.wasm"], ["--tmp=x", "a.wasm"], ["--changes", "", "a.wasm"],
    ["--commit=yes", "a.wasm"],
    ["--memory", "lots", "a.wasm"], ["--timeout", "0s", "a.wasm"], ["--preload", "=f", "a.wasm"],
    ["--env", "=v", "a.wasm"], ["--json=x", "a.wasm"], ["--socket", "2", "a.wasm"],
    ["--tcplisten", "[127.0.0.1:1", "a.wasm"], ["--open-files", "+20", "a.wasm"],
  ]

  /// The short path and the parser of all other commands understand the same.
  @Test(arguments: accepted) func agrees(_ words: [String]) throws {
    guard case .run(let short) = try RunParser.parse(words) else {
      Issue.record("not a run")
      return
    }
    let long = try #require(try RootCommand.parseAsRoot(["run"] + words) as? RunCommand)
    #expect(try long.options() == short)
  }

  @Test(arguments: refused) func refuses(_ words: [String]) {
    #expect(throws: Failure.self) { try RunParser.parse(words) }
    #expect(throws: (any Error).self) {
      let command = try RootCommand.parseAsRoot(["run"] + words)
      _ = try (command as? RunCommand)?.options()
    }
  }

  @Test func values() throws {
    let words = [
      "--dir", "h::g:ro", "--dir", "both", "--env", "K=V", "--memory", "1KiB", "--timeout", "2m",
      "m.wasm", "--", "--x", "y",
    ]
    guard case .run(let options) = try RunParser.parse(words) else {
      Issue.record("not a run")
      return
    }
    #expect(
      options.directories == [
        RunOptions.Directory(host: "h", guest: "g", access: .readOnly),
        RunOptions.Directory(host: "both", guest: "both", access: nil),
      ])
    #expect(options.environment == ["K=V"])
    #expect(options.memory == 1024)
    #expect(options.timeout == 120_000)
    #expect(options.module == "m.wasm")
    #expect(options.arguments == ["--x", "y"])
  }

  @Test func helpIsTheLongOne() throws {
    #expect(try RunParser.parse(["--help"]) == .help)
    #expect(try RunParser.parse(["--dir", "x", "-h"]) == .help)
    let help = RootCommand.helpMessage(for: RunCommand.self)
    for option in RunOption.allCases { #expect(help.contains(option.flag)) }
  }

  @Test func whatBelongsToRun() {
    #expect(RootCommand.runArguments(of: ["run", "a"]) == ["a"])
    #expect(RootCommand.runArguments(of: ["a.wasm", "b"]) == ["a.wasm", "b"])
    #expect(RootCommand.runArguments(of: ["--dir", "x", "a.wasm"]) == ["--dir", "x", "a.wasm"])
    for words in [[], ["compile"], ["inspect", "x"], ["policy"], ["help"], ["--version"], ["-h"]] {
      #expect(RootCommand.runArguments(of: words) == nil, "\(words)")
    }
  }
}
