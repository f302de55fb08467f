import Foundation
import Glibc
import Testing

/// kill -9 at random moments, of every process of a run in turn.
@Suite(.serialized) struct DeathTests {
  /// SWASM_KILLS=500 for the full number.
  @Test func nothingIsLeft() throws {
    let count = ProcessInfo.processInfo.environment["SWASM_KILLS"].flatMap { Int($0) } ?? 60
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let granted = scratch.path + "/granted"
    try FileManager.default.createDirectory(atPath: granted, withIntermediateDirectories: true)
    var killed: [String: Int] = [:]
    var late = 0
    for index in 0..<count {
      let run = try LauncherRun(["run", "--dir", granted, "--timeout", "20s", file])
      let launcher = run.process.processIdentifier
      // Start, compilation, locking down and running all get their share.
      usleep(UInt32.random(in: 0...40_000))
      let all = [launcher] + ProcessTable.descendants(of: launcher)
      let victim = all[index % all.count]
      killed[ProcessTable.name(of: victim), default: 0] += 1
      kill(victim, SIGKILL)
      // A guest that goes on without its zygote, which has ended anyway, is all right: end it by its launcher.
      if ProcessTable.name(of: victim) == "swasm-zygote" || victim != launcher { usleep(20_000) }
      kill(launcher, SIGKILL)
      _ = run.finish()
      // 50 ms where a processor is free; a process that is killed needs one to die on.
      let start = Date()
      while !all.allSatisfy(ProcessTable.isGone), Date() < start.addingTimeInterval(2) {
        usleep(1000)
      }
      if Date() > start.addingTimeInterval(0.05) { late += 1 }
      let left = all.filter { !ProcessTable.isGone($0) }.map { ProcessTable.name(of: $0) }
      #expect(left == [], "round \(index)")
    }
    #expect(late * 20 <= count, "\(late) of \(count) took more than 50 ms to be gone")
    print("killed: \(killed.sorted { $0.key < $1.key }); gone after more than 50 ms: \(late)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: granted) == [])
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path).sorted() == [
        "granted", "loop.wat",
      ])
  }

  /// A guest or a broker that is killed ends its launcher, which waits for all that it started.
  @Test(arguments: ["swasm-guest", "swasm-broker"]) func launcherEndsAndReaps(_ name: String) throws
  {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(["run", "--dir", scratch.path, file])
    let launcher = run.process.processIdentifier
    let guest = try #require(ProcessTable.locked("swasm-guest", below: launcher))
    let all = ProcessTable.descendants(of: launcher)
    let victim = try #require(all.first { ProcessTable.name(of: $0) == name })
    kill(victim, SIGKILL)
    let result = run.finish()
    #expect(result.status == (name == "swasm-guest" ? 137 : 125), "\(result.stderr)")
    for pid in all { #expect(kill(pid, 0) != 0 && errno == ESRCH, "\(pid) of \(guest) is left") }
  }

  /// The launcher waits for its zygote too: no zombie for whoever adopts it.
  @Test func launcherLeavesNoZombie() throws {
    let scratch = try Scratch()
    let file = try scratch.file("hello.wat", Programs.hello)
    for _ in 0..<20 {
      let run = try LauncherRun(["run", file])
      let below = ProcessTable.descendants(of: run.process.processIdentifier)
      #expect(run.finish().status == 0)
      for pid in below { #expect(kill(pid, 0) != 0 && errno == ESRCH) }
    }
  }
}
