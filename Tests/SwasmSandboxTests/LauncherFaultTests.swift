import CSwasm
import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// What a hostile or worn-out environment does to the launcher: every run ends, with the program's result or with words.
@Suite(.serialized) struct LauncherFaultTests {
  /// Killed by one of its own faults, which no environment may bring about.
  private static let crashes = [SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV].map { 128 + $0 }

  private static func hasStrace() -> Bool {
    (try? Shell.run("strace -V", directory: "/").status) == 0
  }

  /// Calls and errors that may meet any of the processes. `mmap` and `brk` are not here: when memory is refused to the
  /// Swift runtime itself it ends the process.
  static let injections = [
    "socketpair:error=EMFILE", "socketpair:error=ENFILE", "clone:error=EAGAIN",
    "clone:error=ENOMEM",
    "memfd_create:error=EMFILE", "memfd_create:error=ENOMEM", "ftruncate:error=ENOSPC",
    "sendfile:error=EIO", "sendfile:error=ENOSPC", "pipe2:error=EMFILE", "pidfd_open:error=EMFILE",
    "pidfd_open:error=ENOSYS", "signalfd4:error=EMFILE", "poll:error=ENOMEM", "poll:error=EINTR",
    "wait4:error=EINTR", "fcntl:error=EMFILE", "fcntl:error=EPERM", "openat:error=EMFILE",
    "openat:error=ENFILE", "newfstatat:error=EIO", "read:error=EIO", "read:error=EINTR",
    "pread64:error=EIO", "write:error=EINTR", "sendmsg:error=ENOBUFS", "recvmsg:error=ENOMEM",
    "recvfrom:error=EINTR", "sendto:error=EPIPE", "close:error=EIO", "close_range:error=ENOSYS",
    "dup2:error=EMFILE", "setitimer:error=EPERM", "prctl:error=EPERM", "prctl:error=EINVAL",
    "seccomp:error=EINVAL", "seccomp:error=ENOMEM", "prlimit64:error=EPERM",
    "setresuid:error=EAGAIN",
    "setgroups:error=EPERM", "capset:error=EPERM", "sigaltstack:error=ENOMEM",
    "mprotect:error=ENOMEM:when=4+", "munmap:error=ENOMEM", "keyctl:error=EDQUOT",
    "getrandom:error=ENOSYS:when=4+", "rt_sigaction:error=EINVAL:when=9+", "chdir:error=ENOENT",
    "fsync:error=EIO", "renameat:error=EIO", "getppid:retval=1",
  ]

  @Test(arguments: injections) func refusedCalls(_ injection: String) throws {
    guard Self.hasStrace() else {
      withKnownIssue("NOT TESTED: there is no strace") { #expect(Self.hasStrace()) }
      return
    }
    let call = injection.prefix { $0 != ":" }
    guard geteuid() == 0 || !["setresuid", "setgroups"].contains(call) else {
      withKnownIssue("NOT TESTED: only root makes this call") { #expect(geteuid() == 0) }
      return
    }
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    // Early ones meet the loader of a build with shared libraries, late ones the last process.
    let counts = injection.contains("when=") ? [""] : [1, 2, 3, 5, 30].map { ":when=\($0)" }
    var injected = 0
    for count in counts {
      let result = try Shell.run(
        "timeout -k 1 20 strace -f -qq -o trace -e trace=\(call) -e inject=\(injection)\(count) "
          + "\"$SWASM\" run --dir . --max-output 100 a.wat", directory: scratch.path,
        environment: ["SWASM_CACHE_DIR": scratch.path + "/cache", "XDG_STATE_HOME": scratch.path])
      let trace = try String(contentsOfFile: scratch.path + "/trace", encoding: .utf8)
      injected += trace.contains("INJECTED") ? 1 : 0
      let what = "\(injection)\(count): \(result.status) \(result.stdout) \(result.stderr)"
      #expect(!Self.crashes.contains(result.status), "\(what)")
      #expect(result.status != 124 && result.status != 137, "it hung: \(what)")
      if result.status == 0 {
        #expect(result.stdout == "hello\n", "\(what)")
      } else {
        #expect(!result.stderr.isEmpty || result.status == 128 + SIGPIPE, "not a word: \(what)")
      }
    }
    #expect(injected > 0, "\(injection) met no call")
  }

  /// Whatever is limited: the program's result, or words and 125.
  @Test(arguments: [
    "ulimit -n 3", "ulimit -n 4", "ulimit -n 5", "ulimit -n 6", "ulimit -n 7", "ulimit -n 8",
    "ulimit -n 10",
    "ulimit -n 12", "ulimit -n 16", "ulimit -f 0", "ulimit -f 1", "ulimit -Sf 1", "ulimit -s 256",
    "ulimit -c 0", "ulimit -l 0", "ulimit -i 0", "ulimit -q 0", "ulimit -e 0", "ulimit -r 0",
    "ulimit -v 4000000", "ulimit -v 30000000",
  ]) func smallLimits(_ limit: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let result = try Shell.run(
      "\(limit); exec timeout 20 \"$SWASM\" run --dir . a.wat", directory: scratch.path)
    #expect(!Self.crashes.contains(result.status), "\(limit): \(result.status) \(result.stderr)")
    // A build with shared libraries does not get as far as its own code.
    if result.stderr.contains("error while loading shared libraries") { return }
    #expect(
      result.status == 0 || result.status == 125, "\(limit): \(result.status) \(result.stderr)")
    #expect(result.stdout == (result.status == 0 ? "hello\n" : ""))
    if result.status == 125 { #expect(result.stderr.contains("swasm-sandbox: "), "\(limit)") }
  }

  /// KiB of address space. Where there is too little for guards the code checks, with one warning.
  @Test(arguments: [1_000_000, 2_000_000, 4_000_000, 40_000_000, 500_000_000])
  func limitedAddressSpace(_ limit: Int) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    for _ in 0..<2 {
      let result = try Shell.run(
        "ulimit -v \(limit); \"$SWASM\" run a.wat", directory: scratch.path)
      #expect(result.status == 0, "\(limit): \(result.stderr)")
      #expect(result.stdout == "hello\n")
      #expect(
        result.stderr
          == "swasm-sandbox: a.wat: `ulimit -v` leaves no room for guards around memories; "
          + "accesses are checked in code, which is slower\n")
    }
  }

  /// What guards do otherwise: past the end of a memory, and of a table; a memory grows as far as there is room, and by
  /// system calls that the filter knows.
  @Test(
    arguments: [
      ("(drop (i32.load offset=4 (i32.const 65532)))", 134, "out of bounds memory access"),
      ("(i64.store (i32.const -8) (i64.const 1))", 134, "out of bounds memory access"),
      ("(call_indirect (i32.const 70000))", 134, "undefined element"),
      ("(call_indirect (i32.const 0))", 134, "uninitialized element"),
      (
        "(loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 256)) (i32.const 0))))"
          + "(i32.store (i32.sub (i32.shl (memory.size) (i32.const 16)) (i32.const 4)) (i32.const 1))",
        0, ""
      ),
    ] as [(String, Int32, String)])
  func checkedMemory(_ body: String, _ status: Int32, _ message: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat", "(module (memory 1) (table 10 funcref) (func (export \"_start\") \(body)))")
    for command in [
      "ulimit -v 3000000; \"$SWASM\" run a.wat", "\"$SWASM\" run --checked-memory a.wat",
    ] {
      let result = try Shell.run(command, directory: scratch.path)
      #expect(result.status == status, "\(command): \(result.stderr)")
      #expect(message.isEmpty || result.stderr.contains(message), "\(result.stderr)")
    }
  }

  /// An artifact is what it was compiled to be.
  @Test func artifactsUnderALimit() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    let script =
      "\"$SWASM\" compile a.wat -o a.swasm; \"$SWASM\" compile --checked-memory a.wat -o c.swasm; "
    let refused = try Shell.run(
      script + "ulimit -v 3000000; \"$SWASM\" run a.swasm", directory: scratch.path)
    #expect(refused.status == 125)
    #expect(refused.stderr.contains("`ulimit -v` limits the address space to 3000000KiB"))
    #expect(refused.stderr.contains("--checked-memory"))
    let runs = try Shell.run("ulimit -v 3000000; \"$SWASM\" run c.swasm", directory: scratch.path)
    #expect(runs.status == 0 && runs.stdout == "hello\n" && runs.stderr.isEmpty, "\(runs.stderr)")
  }

  /// Inherited settings that a program may have been started with.
  @Test(arguments: [
    "exec env --ignore-signal", "exec env --block-signal", "exec env --ignore-signal=CHLD",
    "exec env --ignore-signal=SYS,SEGV,BUS,FPE,ILL", "exec env --block-signal=SYS,SEGV,CHLD",
    "exec env --ignore-signal=PIPE", "umask 777; exec", "umask 0; exec", "exec env -i",
    "cd /; rmdir \"$OLDPWD/gone\"; exec", "exec 9</etc/passwd 8>/dev/null; exec",
    "exec setsid", "exec nohup", "exec nice -n 19", "exec <&-", "exec 2>&-; exec",
    "exec 0>&- 2>&-; exec",
  ]) func inheritance(_ start: String) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.hello)
    mkdir(scratch.path + "/gone", 0o700)
    let path = scratch.path + "/a.wat"
    let launch = start.hasSuffix("exec <&-") ? "exec <&-; exec" : start
    let result = try Shell.run(
      "\(launch) \"$SWASM\" run \(path)", directory: scratch.path + "/gone")
    #expect(result.status == 0, "\(start): \(result.status) \(result.stderr)")
    #expect(result.stdout == "hello\n", "\(start)")
  }

  /// Its own faults are a guest's traps, and its end is seen, with every signal ignored or blocked before.
  @Test(arguments: ["--ignore-signal", "--block-signal"]) func trapsWithOddSignals(_ option: String)
    throws
  {
    let scratch = try Scratch()
    for (name, body) in [("a", "(drop (i32.load (i32.const -8)))"), ("b", "unreachable")] {
      _ = try scratch.file(name + ".wat", Programs.traps(body))
      let result = try Shell.run(
        "env \(option) \"$SWASM\" run \(name).wat", directory: scratch.path)
      #expect(result.status == 134, "\(result.stderr)")
    }
    _ = try scratch.file("c.wat", Programs.calls(39))
    #expect(
      try Shell.run("env \(option) \"$SWASM\" run c.wat", directory: scratch.path).status == 159)
  }

  @Test(.enabled(if: Mounting.isAllowed, "NOT TESTED: nobody may mount here")) func withoutProc()
    throws
  {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.grow)
    let result = try Shell.run(
      """
      unshare -m bash -c 'mount --make-rprivate / && mount -t tmpfs none /proc
      "$SWASM" run --memory 64MiB a.wat; echo $?'
      """, directory: scratch.path)
    #expect(result.stdout == "64\n", "\(result.stderr)")
  }

  /// Words that can't be said, results that can't be written.
  @Test func fullStreams() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.functions)
    _ = try scratch.file("t.wat", Programs.traps("unreachable"))
    for (script, status) in [
      ("\"$SWASM\" run --invoke add a.wat 1 2 >/dev/full", 125),
      ("\"$SWASM\" policy list >/dev/full", 125),
      ("\"$SWASM\" policy list >&-", 125), ("\"$SWASM\" run t.wat 2>/dev/full", 134),
      ("\"$SWASM\" run --json t.wat 2>/dev/full", 134), ("\"$SWASM\" run t.wat 2>&-", 134),
      ("\"$SWASM\" compile a.wat -o /dev/full", 125), ("\"$SWASM\" run --help >/dev/full", 125),
      ("\"$SWASM\" policy list | true; (exit ${PIPESTATUS[0]})", 0),
    ] {
      let result = try Shell.run(script, directory: scratch.path)
      let isQuietEnd = status == 0 && [0, 128 + SIGPIPE].contains(result.status)
      #expect(
        isQuietEnd || result.status == Int32(status), "\(script): \(result.status) \(result.stderr)"
      )
    }
  }

  // MARK: Without privileges

  /// As nobody: no root, no capability, no user namespace.
  @Test(.enabled(if: geteuid() == 0, "the other tests run without root already")) func asNobody()
    throws
  {
    let scratch = try Scratch()
    chmod(scratch.path, 0o777)
    mkdir(scratch.path + "/data", 0o777)
    chmod(scratch.path + "/data", 0o777)
    for (name, text) in [
      ("hello", Programs.hello), ("loop", Programs.loop), ("grow", Programs.grow),
      ("trap", Programs.traps("unreachable")), ("call", Programs.calls(39)),
      ("open", Programs.opens("new", openFlags: 1, rights: 64, writes: true)),
    ] {
      chmod(try scratch.file(name + ".wat", text), 0o644)
    }
    let user =
      "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all"
    guard try Shell.run("\(user) \"$SWASM\" --version", directory: scratch.path).status == 0 else {
      withKnownIssue("NOT TESTED: nobody may not run \(LauncherBinary.path)") {
        #expect(Bool(false))
      }
      return
    }
    for (options, status) in [
      ("hello.wat", 0), ("--timeout 300ms loop.wat", 124), ("--cpu-time 1s loop.wat", 124),
      ("--memory 8MiB grow.wat", 8), ("trap.wat", 134), ("call.wat", 159),
      ("--dir data open.wat", 0), ("--dir data:ro open.wat", 69), ("--max-output 3 hello.wat", 153),
      ("--policy pure hello.wat", 0),
    ] {
      let result = try Shell.run(
        "exec \(user) \"$SWASM\" run \(options)", directory: scratch.path,
        environment: ["HOME": scratch.path])
      #expect(result.status == Int32(status), "\(options): \(result.status) \(result.stderr)")
    }
    #expect(try String(contentsOfFile: scratch.path + "/data/new", encoding: .utf8) == "new\n")
  }

  // MARK: Load

  @Test func manyAtOnce() throws {
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    let runs = try (0..<24).map { _ in try LauncherRun(["run", "--timeout", "5s", file]) }
    for run in runs {
      #expect(ProcessTable.locked("swasm-guest", below: run.process.processIdentifier) != nil)
    }
    for run in runs { kill(run.process.processIdentifier, SIGTERM) }
    for run in runs { #expect(run.finish().status == 128 + SIGTERM) }
  }

  /// Killed at any moment, a launcher leaves no process behind: what is left would become a child of this one.
  @Test func nothingOutlivesTheLauncher() throws {
    let prctl = 157
    let childSubreaper = 36
    #expect(swasm_syscall3(prctl, childSubreaper, 1, 0) == 0)
    defer { _ = swasm_syscall3(prctl, childSubreaper, 0, 0) }
    let scratch = try Scratch()
    let file = try scratch.file("loop.wat", Programs.loop)
    for delay in stride(from: 500, to: 60_000, by: 1500) {
      let run = try LauncherRun(["run", "--dir", scratch.path, "--max-output", "1MiB", file])
      usleep(UInt32(delay))
      kill(run.process.processIdentifier, SIGKILL)
      #expect(run.finish().status == 128 + SIGKILL)
    }
    func orphans() -> [String] {
      let own = "/proc/self/task/\(getpid())/children"
      let children = (try? String(contentsOfFile: own, encoding: .utf8)) ?? ""
      return children.split(separator: " ").compactMap { Int32($0) }
        .filter { !ProcessTable.isGone($0) }.map { ProcessTable.name(of: $0) }
        .filter { ["swasm-zygote", "swasm-guest", "swasm-broker", "swasm-compiler"].contains($0) }
    }
    for _ in 0..<20 where !orphans().isEmpty { usleep(5000) }
    #expect(orphans() == [])
  }
}
