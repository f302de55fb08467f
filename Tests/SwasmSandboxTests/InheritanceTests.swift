import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// What a program has of whoever started the launcher: signals that are ignored, limits, an environment without /proc.
@Suite(.serialized) struct InheritanceTests {
  /// Writes until that fails, and exits with the errno.
  private static let writes = """
    (module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
      (memory (export "memory") 1)
      (func (export "_start") (local $errno i32)
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (i32.const 4096))
        (loop $l
          (local.set $errno (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
          (br_if $l (i32.eqz (local.get $errno))))
        (call $exit (local.get $errno))))
    """

  /// SIGPIPE as the parent left it; 64 is `pipe`.
  @Test(
    arguments: [("", 128 + SIGPIPE), ("trap '' PIPE;", 64)], ["", "--max-output 1GiB"])
  func brokenPipe(_ signal: (String, Int32), _ option: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Self.writes)
    let result = try Shell.run(
      "(\(signal.0) exec \"$SWASM\" run \(option) a.wat) | true; echo ${PIPESTATUS[0]}",
      directory: scratch.path)
    #expect(result.stdout == "\(signal.1)\n", "\(result.stderr)")
    #expect(result.stderr == "")
  }

  /// The launcher's own output too.
  @Test func brokenPipeOfTheLauncher() throws {
    let result = try Shell.run(
      "(trap '' PIPE; sleep 0.2; exec \"$SWASM\" policy list) | true; echo ${PIPESTATUS[0]}",
      directory: "/")
    #expect(result.stdout == "125\n")
    #expect(result.stderr == "swasm-sandbox: cannot write standard output: Broken pipe\n")
  }

  /// Ignored by a shell that started it in the background: the program does not die of it either.
  @Test(arguments: ["INT", "QUIT", "HUP", "TERM"]) func ignoredSignals(_ signal: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("loop.wat", Programs.loop)
    let result = try Shell.run(
      "set -m; (trap '' \(signal); exec \"$SWASM\" run --timeout 2s loop.wat) & sleep 0.7; "
        + "kill -\(signal) -- -$!; wait $!; echo $?", directory: scratch.path)
    #expect(result.stdout == "124\n", "\(result.stderr)")
  }

  private static let shell = "processor time limit of 1s reached, set by `ulimit -t`; killed"

  /// The limit that was met is the one that is named.
  @Test(
    arguments: [
      ("ulimit -St 1", "", Self.shell), ("ulimit -t 1", "", Self.shell),
      ("ulimit -St 1; ulimit -Ht 3", "", Self.shell),
      ("ulimit -St 1", "--cpu-time 5s", Self.shell), ("ulimit -St 1", "--timeout 9s", Self.shell),
      ("ulimit -St 9", "--cpu-time 1s", "processor time limit of 1s reached; killed"),
      ("ulimit -St 9", "--timeout 1s", "time limit of 1s reached; killed"),
    ])
  func processorTime(_ limit: String, _ options: String, _ words: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("loop.wat", Programs.loop)
    let result = try Shell.run(
      "\(limit); exec timeout 10 \"$SWASM\" run \(options) loop.wat", directory: scratch.path)
    #expect(result.status == 124)
    #expect(result.stderr == "swasm-sandbox: loop.wat: \(words)\n")
    #expect(result.time < 5)
  }

  /// With the launcher stopped nobody looks at the clock but the kernel.
  @Test func timeLimitWithoutTheLauncher() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let run = try LauncherRun(["run", "--timeout", "1s", file])
    let launcher = run.process.processIdentifier
    let guest = try #require(ProcessTable.locked("swasm-guest", below: launcher))
    kill(launcher, SIGSTOP)
    let start = Date()
    while !ProcessTable.isGone(guest), Date().timeIntervalSince(start) < 15 { usleep(10_000) }
    #expect(ProcessTable.isGone(guest))
    kill(launcher, SIGCONT)
    let result = run.finish()
    #expect(result.status == 124)
    #expect(result.stderr.contains("time limit of 1s reached; killed"), "\(result.stderr)")
  }

  @Test func whichLimitWasMet() {
    var limits = Policy.Limits()
    let none = rlimit(rlim_cur: .max, rlim_max: .max)
    #expect(ProcessorLimit.met(by: SIGKILL, after: 9000, limits, shell: none) == nil)
    #expect(ProcessorLimit.met(by: SIGXCPU, after: 9000, limits, shell: none) == nil)
    let hard = rlimit(rlim_cur: 2, rlim_max: 2)
    #expect(
      ProcessorLimit.met(by: SIGKILL, after: 1950, limits, shell: hard)
        == ProcessorLimit(milliseconds: 2000, source: .shell))
    #expect(ProcessorLimit.met(by: SIGKILL, after: 500, limits, shell: hard) == nil)
    limits.timeout = .max
    limits.cpuTime = 1500
    #expect(
      ProcessorLimit.met(by: SIGXCPU, after: 0, limits, shell: hard)
        == ProcessorLimit(milliseconds: 1500, source: .run))
    #expect(
      ProcessorLimit.met(by: SIGKILL, after: 1500, limits, shell: none)
        == ProcessorLimit(milliseconds: 1500, source: .run))
    limits.timeout = 100
    #expect(
      ProcessorLimit.met(by: SIGXCPU, after: 0, limits, shell: none)
        == ProcessorLimit(milliseconds: 1100, source: .wallClock))
  }

  /// KiB and bytes, as the kernel has them for the guest.
  @Test(
    .enabled(if: geteuid() == 0, "NOT TESTED: /proc/PID/limits of a guest is root's to read"),
    arguments: [
      ("ulimit -Sf 100", "", "Max file size", 102_400),
      ("ulimit -Sf 100", "--max-file-size 1MiB", "Max file size", 102_400),
      ("ulimit -Sf 10000", "--max-file-size 1MiB", "Max file size", 1 << 20),
      ("ulimit -St 77", "", "Max cpu time", 77),
      ("ulimit -Sd 900000", "", "Max data size", 921_600_000),
      ("ulimit -Ss 4096", "", "Max stack size", 4 << 20),
      ("ulimit -Sn 100", "", "Max open files", 100),
      ("ulimit -Sn 100", "--open-files 50", "Max open files", 50),
    ] as [(String, String, String, UInt64)])
  func softLimits(_ limit: String, _ options: String, _ name: String, _ value: UInt64) throws {
    let scratch = try Scratch()
    _ = try scratch.file("loop.wat", Programs.loop)
    // One filter more than the test is under itself.
    let result = try Shell.run(
      "filters() { awk '/^Seccomp_filters/ { print $2 }' /proc/$1/status; }; "
        + "\(limit); \"$SWASM\" run \(options) loop.wat & "
        + "for i in $(seq 100); do sleep 0.05; g=$(pgrep -P $! swasm-guest) && "
        + "[ $(filters $g) -gt $(filters self) ] && break; done; "
        + "grep '\(name)' /proc/$g/limits; kill -9 $!", directory: scratch.path)
    let words = result.stdout.dropFirst(26).split(separator: " ")
    #expect(words.first.flatMap { UInt64($0) } == value, "\(result.stdout)\(result.stderr)")
  }

  /// A refusal names the limit that it follows from.
  @Test(
    arguments: [
      ("ulimit -Sf 20", "", "a file larger than 20KiB, the limit that `ulimit -f` sets"),
      (
        "ulimit -Sf 2000", "--max-file-size 20KiB",
        "larger than 20KiB, the limit; --max-file-size sets it"
      ),
    ])
  func fileSize(_ limit: String, _ options: String, _ words: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.writesUntilItFails)
    let result = try Shell.run(
      "mkdir data; touch data/f; \(limit); \"$SWASM\" run --dir data \(options) a.wat; echo $?; "
        + "stat -c %s data/f", directory: scratch.path)
    // fbig
    #expect(result.stdout == "22\n20480\n", "\(result.stderr)")
    #expect(result.stderr.contains(words), "\(result.stderr)")
  }

  @Test func descriptors() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.opensUntilItFails)
    let result = try Shell.run(
      "mkdir data; touch data/f; ulimit -Sn 40; \"$SWASM\" run --dir data a.wat; echo $?",
      directory: scratch.path)
    #expect(result.stderr.contains("one descriptor more than 40, the limit that `ulimit -n` sets"))
    let granted = try Shell.run(
      "ulimit -Sn 40; \"$SWASM\" run $(yes -- '--dir .' | head -38) a.wat", directory: scratch.path)
    #expect(granted.status == 2)
    #expect(granted.stderr.contains("41 descriptors are granted, more than the 40 of `ulimit -n`"))
  }

  /// The launcher's own files are within the soft limit too.
  @Test func filesOfTheLauncher() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try Shell.run(
      "ulimit -Sf 1; \"$SWASM\" compile a.wat -o a.swasm; echo $?; ls", directory: scratch.path)
    #expect(result.stdout == "125\na.wat\n")
    #expect(result.stderr.contains("File too large"), "\(result.stderr)")
  }

  /// Nothing of a run needs /proc.
  @Test(
    .enabled(if: Mounting.isAllowed, "NOT TESTED: nobody may unmount /proc here"),
    arguments: [
      ("run a.wat", 0), ("run --dir . a.wat", 0), ("inspect a.wat", 0),
      ("run loop.wat --timeout", 124),
    ])
  func withoutProc(_ command: String, _ status: Int32) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    _ = try scratch.file("loop.wat", Programs.loop)
    let command = command == "run loop.wat --timeout" ? "run --timeout 300ms loop.wat" : command
    let result = try Shell.run(
      "unshare -m sh -c 'umount -l /proc && exec \"$SWASM\" \(command)'", directory: scratch.path)
    #expect(result.status == status, "\(result.stderr)")
  }

  /// Nor does it need /dev, even with its standard streams closed.
  @Test(
    .enabled(if: Mounting.isAllowed, "NOT TESTED: nobody may mount here"),
    arguments: ["", "<&-", ">&-", "<&- >&-", "2>&-", "<&- 2>&-", "<&- >&- 2>&-"])
  func withoutDevices(_ closed: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try Shell.run(
      "unshare -m sh -c 'mount -t tmpfs none /dev && exec \"$SWASM\" run a.wat \(closed)'",
      directory: scratch.path)
    #expect(result.status == 0, "\(result.stderr)")
    let hasOutput = !closed.split(separator: " ").contains(">&-")
    #expect(result.stdout == (hasOutput ? "hello\n" : ""))
  }

  /// The environment is the user's again by the time that anybody looks at it, and so is the last argument.
  @Test func environmentAndArguments() throws {
    let scratch = try Scratch()
    _ = try scratch.file("words.wat", Programs.words)
    _ = try scratch.file(
      "p.toml", "[capabilities]\nstdout = true\nenvironment = [\"SWIFT_BACKTRACE\", \"LAST\"]\n")
    let result = try Shell.run(
      "LAST=1 \"$SWASM\" run --policy ./p.toml words.wat x y | tr '\\0' ' '",
      directory: scratch.path)
    #expect(result.stdout == "words.wat x y LAST=1 ", "\(result.stdout)\(result.stderr)")
  }

  /// Native code that ends by the status that a failed start has.
  @Test(arguments: [125, 126, 0, 134]) func nativeExit(_ code: Int) throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat",
      """
      (module
        (import "swasm_test" "exit_group" (func $exit (param i64)))
        (memory (export "memory") 1)
        (func (export "_start") (call $exit (i64.const \(code)))))
      """)
    let result = try LauncherRun.run(["run", "--json", "a.wat"], directory: scratch.path)
    #expect(result.status == Int32(code))
    #expect(ResultTests.member(try ResultTests.object(result.stderr), "outcome") == "exited")
    #expect(!result.stderr.contains("nothing ran"))
  }
}
