import CLockdownProbe
import CSwasm
import Glibc
import Testing

@testable import SwasmLockdown

extension LockdownTests {
  /// The kernel against the table, in real children.
  @Suite(.enabled(if: kernelTakesFilters, needsFilters)) struct Kernel {
    @Test(arguments: Role.all)
    func letsRightArgumentsPass(_ role: Role) throws {
      let policy = try Fixture.policy(role)
      let plan = try Fixture.plan(role)
      // Where there is no signal to return from, returning from one is a crash.
      let returning = Int(SystemCall.rtSigreturn.number)
      for attempt in policy.allowed.flatMap({ Trial.right($0, under: policy) })
      where attempt.number != returning {
        let (ending, record) = probe(
          PROBE_CALL, number: attempt.number, attempt.arguments, plan: plan)
        #expect(record.locked == 1, "\(LockdownError(record.failure))")
        if attempt.number == Int(SystemCall.exitGroup.number) {
          #expect(ending == .exited(1))
        } else {
          #expect(ending == .exited(0) && record.finished == 1, "\(role.name): \(attempt)")
        }
      }
    }

    @Test(arguments: Role.all)
    func killsForEachWrongArgument(_ role: Role) throws {
      let policy = try Fixture.policy(role)
      let plan = try Fixture.plan(role)
      var tried: Set<Int> = []
      for attempt in policy.allowed.flatMap({ Trial.wrong($0, under: policy) }) {
        tried.insert(attempt.number)
        let (ending, record) = probe(
          PROBE_CALL, number: attempt.number, attempt.arguments, plan: plan)
        #expect(record.locked == 1)
        #expect(ending == .killed(SIGSYS), "\(role.name): \(attempt)")
      }
      let constrained =
        policy.allowed.filter { !$0.comparisons.isEmpty }.map(\.call)
        + policy.excluded.map(\.call)
      #expect(tried == Set(constrained.map { Int($0.number) }))
    }

    static let unlisted: [(String, Int)] = [
      ("open", 2), ("mmap", 9), ("rt_sigaction", 13), ("rt_sigreturn", 15), ("ioctl", 16),
      ("madvise", 28), ("dup", 32), ("getpid", 39), ("socket", 41), ("connect", 42),
      ("sendmsg", 46), ("clone", 56), ("fork", 57), ("vfork", 58), ("execve", 59), ("kill", 62),
      ("fcntl", 72), ("ptrace", 101), ("prctl", 157), ("arch_prctl", 158), ("mount", 165),
      ("futex", 202), ("openat", 257), ("unshare", 272), ("splice", 275), ("memfd_create", 319),
      ("bpf", 321), ("execveat", 322), ("userfaultfd", 323), ("seccomp", 317),
      ("process_vm_writev", 311), ("pkey_mprotect", 329), ("io_uring_setup", 425),
      ("pidfd_open", 434), ("clone3", 435), ("openat2", 437), ("none", 9999),
    ]

    @Test(arguments: Role.all)
    func killsForAnUnlistedCall(_ role: Role) throws {
      let held = Set(try Fixture.policy(role).allowed.map { Int($0.call.number) })
      let plan = try Fixture.plan(role)
      for (name, number) in Self.unlisted where !held.contains(number) {
        let (ending, record) = probe(PROBE_CALL, number: number, plan: plan)
        #expect(record.locked == 1 && ending == .killed(SIGSYS), "\(role.name): \(name)")
      }
    }

    /// read is 0 and write 1 at every level that holds them; with the x32 bit they are other calls.
    @Test(arguments: Role.all)
    func killsForX32NumbersAndTheOldEntryPoint(_ role: Role) throws {
      let plan = try Fixture.plan(role)
      for number in [0, 1, 231, 20] {
        let (x32, _) = probe(PROBE_CALL, number: number | 0x4000_0000, plan: plan)
        #expect(x32 == .killed(SIGSYS), "x32 \(number)")
      }
      // 20: getpid, 1: exit, 4: write of i386. A kernel without that entry point faults instead.
      for number in [20, 1, 4] {
        let (int80, record) = probe(PROBE_INT80, number: number, plan: plan)
        #expect(record.locked == 1)
        #expect(int80 == .killed(SIGSYS) || int80 == .killed(SIGSEGV), "int 0x80 \(number)")
      }
    }

    @Test func killsForWhatTheModuleDoesNotNeed() throws {
      let program = try FilterProgram(Fixture.request(.guest(.strict), [.writeOutput]))
      let plan = LockdownPlan(filter: program, limits: ResourceLimits())
      for (call, ending) in [
        (SystemCall.write, Ending.exited(0)), (.read, .killed(SIGSYS)),
        (.getrandom, .killed(SIGSYS)), (.mprotect, .killed(SIGSYS)), (.ppoll, .killed(SIGSYS)),
      ] {
        let arguments: [UInt64] =
          call == .mprotect
          ? [Fixture.memory.base, 4096, 3, 0, 0, 0]
          : call == .write ? [1, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0]
        #expect(probe(PROBE_CALL, number: Int(call.number), arguments, plan: plan).ending == ending)
      }
    }

    @Test func growsMemoryWithinTheDataLimit() throws {
      let plan = try Fixture.plan(
        .guest(.pure), limits: ResourceLimits(dataBytes: 3 << 30))
      let base = Fixture.memory.base
      let (grown, grownRecord) = probe(PROBE_GROW, [base, 65536, 0, 0, 0, 0], plan: plan)
      #expect(grown == .exited(0) && grownRecord.value == 0)
      let (refused, refusedRecord) = probe(PROBE_GROW, [base, 4 << 30, 0, 0, 0, 0], plan: plan)
      #expect(refused == .exited(0) && refusedRecord.value == -Int(ENOMEM))
    }

    /// With NPROC, SIGPENDING and the rest at 0 a fault still reaches the handler with its address.
    @Test func tellsTheFaultHandlerTheAddress() throws {
      let plan = try Fixture.plan(.guest(.pure))
      let address = Fixture.memory.base + 0x1234_5000
      let (ending, record) = probe(PROBE_FAULT, [address, 0, 0, 0, 0, 0], plan: plan)
      #expect(ending == .exited(9) && UInt64(record.value) == address)
    }

    @Test(arguments: [(true, Ending.killed(SIGSYS)), (false, .exited(0))])
    func coversEveryThreadOnlyWhenAsked(_ allThreads: Bool, _ expected: Ending) throws {
      let plan = try Fixture.plan(.compiler, allThreads: allThreads)
      let getpid = 39
      #expect(probe(PROBE_THREAD_CALL, number: getpid, plan: plan).ending == expected)
    }

    @Test func failsClosedNamingTheStep() throws {
      let plan = try Fixture.plan(.guest(.pure))
      plan.plan.pointee.filter_length = 0
      let (ending, record) = probe(PROBE_CALL, number: 39, plan: plan)
      #expect(ending == .exited(100) && record.locked == 0)
      let error = LockdownError(record.failure)
      #expect(error.errno == EINVAL && error.description.contains("seccomp"))
    }
  }
}
