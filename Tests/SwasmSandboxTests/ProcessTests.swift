import Foundation
import Glibc
import Testing

/// Processes, seen from outside while a guest spins.
@Suite(.serialized) struct ProcessTests {
  private func spinning(_ options: [String], _ body: (LauncherRun, Int32) throws -> Void) throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(["run"] + options + [file])
    defer { run.process.terminate() }
    let guest = try #require(
      ProcessTable.locked("swasm-guest", below: run.process.processIdentifier))
    try body(run, guest)
  }

  @Test func guestIsLockedDown() throws {
    try spinning([]) { _, guest in
      let status = ProcessTable.status(of: guest)
      #expect(status["Seccomp"] == "2")
      #expect(status["NoNewPrivs"] == "1")
      #expect(status["Threads"] == "1")
      #expect(status["CapEff"] == "0000000000000000")
      #expect(status["CapPrm"] == "0000000000000000")
    }
  }

  @Test(.enabled(if: geteuid() == 0, "the kernel shows a guest's descriptors to root only"))
  func guestHoldsOnlyWhatItNeeds() throws {
    for (options, expected) in [
      ([], ["0", "1", "2"]), (["--dir", "/tmp"], ["0", "1", "2", "channel"]),
    ] {
      try spinning(options) { _, guest in
        let folder = "/proc/\(guest)/fd"
        let descriptors = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let kinds = try descriptors.map { number in
          let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: "\(folder)/\(number)")
          return Int(number)! < 3 ? number : target.hasPrefix("socket:") ? "channel" : target
        }
        #expect(kinds == expected)
      }
    }
  }

  @Test(.enabled(if: geteuid() == 0, "the kernel shows a guest's mappings to root only"))
  func noMappingIsWritableAndExecutable() throws {
    try spinning([]) { _, guest in
      let maps = try String(contentsOfFile: "/proc/\(guest)/maps", encoding: .utf8)
      let rights = maps.split(separator: "\n").compactMap {
        $0.split(separator: " ").dropFirst().first
      }
      #expect(rights.contains { $0.hasPrefix("r-x") })
      #expect(!rights.contains { $0.contains("w") && $0.contains("x") })
    }
  }

  /// What is in the launcher's arguments and environment is in no page of the guest.
  @Test(.enabled(if: geteuid() == 0, "needs to read the guest's memory"))
  func nothingOfTheLauncherReachesTheGuest() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    // Made at run time, so that the secret is in no binary.
    let secret = "secret-" + UUID().uuidString
    let other = "other-" + UUID().uuidString
    let run = try LauncherRun(
      ["run", "--policy", try scratch.file(other + ".toml", ""), file, "word-" + secret],
      environment: ["VARIABLE": secret])
    defer { run.process.terminate() }
    let guest = try #require(
      ProcessTable.locked("swasm-guest", below: run.process.processIdentifier))
    // The argument is the guest's own; the variable and the policy's path are not.
    #expect(try Self.count(of: "word-" + secret, in: guest) > 0)
    #expect(try Self.count(of: "VARIABLE=" + secret, in: guest) == 0)
    #expect(try Self.count(of: other, in: guest) == 0)
  }

  private static func count(of text: String, in pid: Int32) throws -> Int {
    let maps = try String(contentsOfFile: "/proc/\(pid)/maps", encoding: .utf8)
    let memory = open("/proc/\(pid)/mem", O_RDONLY)
    defer { close(memory) }
    try #require(memory >= 0)
    var count = 0
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ")
      // Read-only files of the program are the same for everybody; large empty reservations hold nothing.
      guard fields.count >= 2, fields[1].hasPrefix("rw") else { continue }
      let ends = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      guard ends.count == 2, ends[1] - ends[0] < 1 << 30 else { continue }
      var bytes = [UInt8](repeating: 0, count: Int(ends[1] - ends[0]))
      let read = pread(memory, &bytes, bytes.count, off_t(ends[0]))
      guard read > 0 else { continue }
      if Data(bytes[..<read]).range(of: Data(text.utf8)) != nil { count += 1 }
    }
    return count
  }

  @Test func killingTheLauncherLeavesNothing() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(["run", "--dir", scratch.path, file])
    let pid = run.process.processIdentifier
    _ = try #require(ProcessTable.locked("swasm-guest", below: pid))
    let all = ProcessTable.descendants(of: pid)
    #expect(
      Set(all.map { ProcessTable.name(of: $0) }) == ["swasm-broker", "swasm-guest"])
    kill(pid, SIGKILL)
    #expect(run.finish().status == 128 + SIGKILL)
    for _ in 0..<100 where !all.allSatisfy(ProcessTable.isGone) { usleep(10_000) }
    #expect(all.filter { !ProcessTable.isGone($0) } == [])
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func dies(by signal: Int32) throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(["run", file])
    let pid = run.process.processIdentifier
    let guest = try #require(ProcessTable.locked("swasm-guest", below: pid))
    kill(pid, signal)
    let result = run.finish()
    #expect(result.status == 128 + signal)
    #expect(result.stderr == "")
    #expect(ProcessTable.isGone(guest))
  }

  @Test func stopsAndContinuesWithTheGuest() throws {
    try spinning([]) { run, guest in
      let pid = run.process.processIdentifier
      func state(_ pid: Int32) -> Character? { ProcessTable.status(of: pid)["State"]?.first }
      func waitFor(_ wanted: Character) {
        for _ in 0..<200 where state(guest) != wanted { usleep(5000) }
      }
      kill(pid, SIGTSTP)
      waitFor("T")
      #expect(state(guest) == "T")
      kill(pid, SIGCONT)
      waitFor("R")
      #expect(state(guest) == "R")
    }
  }

  @Test func wallClockLimit() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let result = try LauncherRun.run(["run", "--timeout", "1s", file])
    #expect(result.status == 124)
    #expect(result.stderr == "swasm-sandbox: \(file): time limit of 1s reached; killed\n")
    #expect(result.time >= 1 && result.time < 1.5)
  }

  @Test func processorTimeLimit() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let result = try LauncherRun.run(["run", "--cpu-time", "1s", file])
    #expect(result.status == 124)
    #expect(result.stderr.contains("processor time limit of 1s reached"))
  }

  /// getpid, openat, socket, clone, execve, ptrace, io_uring_setup: harmless or not, none is in the table.
  @Test(arguments: ["pure", "strict", "standard"], [39, 257, 41, 56, 59, 101, 425])
  func forbiddenCallKills(_ policy: String, _ number: Int) throws {
    let scratch = try Scratch()
    let file = try scratch.file("call.wat", Programs.calls(number))
    let result = try LauncherRun.run(["run", "--policy", policy, file])
    #expect(result.status == 159)
    let words = "killed: it made a system call that policy \(policy) does not allow\n"
    #expect(result.stderr.hasSuffix(words), "\(result.stderr)")
  }

  @Test func closedPipeIsQuiet() throws {
    let scratch = try Scratch()
    let file = try scratch.file("yes.wat", Programs.yes)
    let shell = Process()
    let output = Pipe()
    let errors = Pipe()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = [
      "-c", "env --default-signal=PIPE \"$0\" run \"$1\" | head -1; echo ${PIPESTATUS[0]}",
      LauncherBinary.path, file,
    ]
    shell.standardOutput = output
    shell.standardError = errors
    try shell.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    #expect(text == "yes\n\(128 + SIGPIPE)\n")
    #expect(errors.fileHandleForReading.readDataToEndOfFile().isEmpty)
  }

  @Test func closedStandardDescriptors() throws {
    let scratch = try Scratch()
    let file = try scratch.file("hello.wat", Programs.hello)
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/bash")
    shell.arguments = ["-c", "\"$0\" run \"$1\" <&- >&- 2>&-", LauncherBinary.path, file]
    try shell.run()
    shell.waitUntilExit()
    #expect(shell.terminationStatus == 0)
  }
}
