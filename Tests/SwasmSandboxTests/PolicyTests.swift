import Foundation
import SwasmLockdown
import SwasmWASI
import Testing

@testable import SwasmSandbox

@Suite struct PolicyTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("policies")

  @Test(arguments: Policy.builtIn) func fileSaysTheSame(_ policy: Policy) throws {
    let file = Self.folder.appendingPathComponent(policy.name + ".toml")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(try PolicyFile.parse(text, shown: file.path) == policy)
  }

  @Test(arguments: Policy.builtIn) func everyEntryHasItsReason(_ policy: Policy) throws {
    let file = Self.folder.appendingPathComponent(policy.name + ".toml")
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    where line.contains(" = ") && !line.hasPrefix("#") && !line.hasPrefix("name") {
      #expect(line.contains("# "), "\(line)")
    }
  }

  @Test func silenceGrantsNothing() throws {
    let policy = try PolicyFile.parse("", shown: "empty")
    #expect(policy.standardStreams == [false, false, false])
    #expect(policy.capabilities.directories == .none)
    #expect(policy.level == .pure)
  }

  @Test func everyKeyIsRead() throws {
    let text = """
      name = "mine"
      [capabilities]
      stdin = true
      stdout = true
      stderr = true
      waiting = true
      random = true
      directories = "read-only"
      environment = ["LANG", "TZ"]
      [limits]
      memory = "64MiB"
      stack = "1MiB"
      timeout = "1500ms"
      cpu-time = "2s"
      max-file-size = "1KB"
      open-files = 32
      """
    let policy = try PolicyFile.parse(text, shown: "mine")
    #expect(
      policy
        == Policy(
          name: "mine",
          capabilities: .init(
            waiting: true, random: true, directories: .readOnly, environment: ["LANG", "TZ"]),
          limits: .init(
            memory: 64 << 20, stack: 1 << 20, timeout: 1500, cpuTime: 2000, maxFileSize: 1000,
            openFiles: 32)))
  }

  @Test(arguments: [
    ("[limits]\nmemroy = \"1GiB\"", "unknown key \"memroy\"; did you mean \"memory\"?"),
    ("[capabilites]\nstdin = true", "unknown key \"capabilites\"; did you mean \"capabilities\"?"),
    ("[limits]\nxyzzy = 1", "unknown key \"xyzzy\"; known: memory, stack"),
    ("[limits]\nmemory = 5", "limits.memory is not a size"),
    ("[limits]\nmemory = \"much\"", "limits.memory is not a size"),
    ("[capabilities]\nstdin = \"yes\"", "capabilities.stdin is not true or false"),
    ("[capabilities]\ndirectories = \"all\"", "is not one of \"none\", \"read-only\""),
    ("[capabilities]\nenvironment = [1]", "is not a list of strings"),
    ("[limits]\nopen-files = 3", "is not a number from 16 to 65536"),
    ("limits = 3", "limits is not a section"),
    ("[limits", "not TOML"),
  ]) func refused(_ text: String, _ says: String) {
    let failure = #expect(throws: Failure.self) { try PolicyFile.parse(text, shown: "p.toml") }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains(says) ?? false, "\(failure?.message ?? "")")
  }

  @Test func levels() {
    #expect(Policy.pure.level(grantsDirectories: false) == .pure)
    #expect(Policy.strict.level(grantsDirectories: false) == .strict)
    #expect(Policy.strict.level(grantsDirectories: true) == .standard)
    #expect(Policy.standard.level(grantsDirectories: false) == .standard)
    #expect(!Policy.pure.needs(at: .pure).contains(.random))
    #expect(!Policy.strict.needs(at: .standard).contains(.resize))
  }

  @Test func listingNamesTheCalls() {
    #expect(Policy.pure.listing.contains("system calls (4;"))
    #expect(Policy.strict.listing.contains("system calls (7;"))
    #expect(Policy.pure.listing.contains("mprotect"))
    #expect(!Policy.pure.listing.contains("getrandom"))
    #expect(Policy.strict.listing.contains("getrandom       len ≤ 256, flags == 0"))
  }
}
