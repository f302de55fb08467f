import Foundation
import Testing

@testable import SwasmSandbox

/// What the launcher says about itself when it is asked to try.
@Suite(.serialized) struct AuditTests {
  private func audit(_ words: [String], environment: [String: String]? = nil) throws
    -> LauncherResult
  {
    try LauncherRun.run(["audit"] + words, environment: environment)
  }

  @Test(arguments: [
    (["--policy", "pure"], [4]), (["--policy", "strict"], [7, 14]),
    (["--policy", "standard"], [15]),
    (["--policy", "network"], [15, 18]),
    (["--role", "compiler"], [9]), (["--role", "broker"], [20]),
  ])
  func letsThroughTheTableAndNoMore(_ words: [String], _ counts: [Int]) throws {
    let result = try audit(["syscalls"] + words)
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    let lines = result.stdout.split(separator: "\n").filter { $0.contains("let through: ") }
    #expect(lines.count == counts.count)
    for (line, count) in zip(lines, counts) { #expect(line.hasSuffix(" (\(count))"), "\(line)") }
    #expect(result.stdout.hasSuffix("as it should be\n"))
  }

  /// Secrets in the environment, the arguments and on the heap; looked for by native code in a guest.
  @Test(arguments: ["pure", "standard"]) func findsNoSecret(_ policy: String) throws {
    let secret = "sentinel-\(UUID().uuidString)"
    let result = try audit(["memory", "--policy", policy], environment: ["SENTINEL": secret])
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    // The heap's, SENTINEL, and the cache that every run of these tests is given.
    #expect(result.stdout.contains("for 3 strings"), "\(result.stdout)")
  }

  @Test(arguments: [
    ("pure", "guest", 3), ("standard", "guest", 4), ("standard", "compiler", 1),
    ("standard", "broker", 2),
  ])
  func leavesTheDescriptorsOfTheRole(_ policy: String, _ role: String, _ count: Int) throws {
    let result = try audit(["descriptors", "--policy", policy, "--role", role])
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    let line = try #require(result.stdout.split(separator: "\n").first { $0.contains("open: ") })
    #expect(line.split(separator: " ").count == count + 1, "\(line)")
  }

  /// Start after start leaves nothing: no descriptor, no process. SWASM_STARTS=10000 for the long run.
  @Test func startsAreFlat() throws {
    let count = ProcessInfo.processInfo.environment["SWASM_STARTS"] ?? "200"
    let result = try audit(["speed", "--count", count])
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    print(result.stdout)
  }

  /// SWASM_GUESTS=1000 for the full number.
  @Test func manyGuestsAreAliveAtATime() throws {
    let count = ProcessInfo.processInfo.environment["SWASM_GUESTS"] ?? "100"
    let result = try audit(["load", "--policy", "strict", "--count", count])
    #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
    #expect(result.stdout.contains("\(count) guests alive"))
    print(result.stdout)
  }

  @Test func doctorNamesEveryLayer() throws {
    let result = try LauncherRun.run(["doctor"])
    for name in ["seccomp", "landlock", "mseal", "mdwe", "own-user", "detached-mounts"] {
      #expect(result.stdout.contains(" \(name) "), "\(result.stdout)")
    }
    #expect((result.status == 0) == !result.stdout.contains("MISSING"))
  }

  @Test func refusesWhatItDoesNotKnow() throws {
    #expect(try audit(["everything"]).status == 2)
    #expect(try audit(["syscalls", "--policy", "nonesuch"]).status == 2)
    #expect(try audit(["load", "--policy", "pure"]).status == 2)
  }
}
