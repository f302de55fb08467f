import Foundation
import Testing

@testable import SwasmLockdown

extension LockdownTests {
  @Suite struct Table {
    static let pure = ["exit_group", "read", "write", "mprotect"]
    static let strict = pure + ["clock_nanosleep", "ppoll", "getrandom"]
    static let standard =
      ["exit_group", "mprotect", "clock_nanosleep", "ppoll", "getrandom"]
      + ["preadv2", "pwritev2", "lseek", "fstat", "close", "fdatasync", "fsync", "ftruncate"]
      + ["sendto", "recvmsg"]
    static let network = standard + ["recvfrom", "accept4", "shutdown"]
    /// The last one only with worker threads.
    static let compiler =
      ["exit_group", "write", "mmap", "munmap", "mremap", "brk", "madvise"]
      + ["gettid", "futex"]
    static let broker =
      ["exit_group", "ppoll", "recvmsg", "sendmsg", "openat2", "close", "fstat", "newfstatat"]
      + ["readlinkat", "getdents64", "mkdirat", "unlinkat", "renameat2", "linkat", "symlinkat"]
      + ["utimensat", "fallocate", "fcntl", "ftruncate", "brk"]

    static let script =
      ["exit_group", "write", "rt_sigreturn", "mmap", "mprotect", "munmap"]
      + ["mremap", "brk", "madvise", "gettid", "getrandom"]

    /// The design's lists, with its counts: a row added or lost has to be added or lost here too.
    @Test(arguments: [
      (Role.guest(.pure), pure, 4), (.guest(.strict), strict, 7),
      (.guest(.standard), standard, 15), (.guest(.network), network, 18),
      (.compiler, compiler, 9), (.broker, broker, 20), (.script, script, 11),
    ])
    func holdsTheDesignedCalls(_ role: Role, _ names: [String], _ count: Int) {
      let calls = Set(SystemCallTable.rows(for: role).map(\.call.name))
      #expect(calls.count == count)
      #expect(calls.sorted() == names.sorted())
    }

    @Test(arguments: Role.all)
    func giveEachRowAReasonAndConsistentArguments(_ role: Role) {
      for row in SystemCallTable.rows(for: role) {
        #expect(!row.reason.isEmpty)
        let positions = row.arguments.map(\.position)
        #expect(Set(positions).count == positions.count, "\(row.call) constrains one twice")
        #expect(positions.allSatisfy { (0...5).contains($0) })
        #expect(SystemCallTable.listing(for: role).contains(row.constraintText))
      }
    }

    @Test func knowsEveryCallAndUsesEveryCall() {
      let used = Set(SystemCallTable.rows.map(\.call))
      for call in SystemCall.allCases {
        #expect(call.number >= 0)
        #expect(used.contains(call), "\(call) is in no row")
      }
    }

    @Test func usesEveryNeed() {
      let used = SystemCallTable.rows.compactMap(\.need).reduce(KernelNeeds()) { $0.union($1) }
      #expect(used == .all)
    }

    @Test(arguments: KernelNeeds.each)
    func cutsDownToWhatIsWanted(_ need: KernelNeeds) {
      for role in Role.all {
        let all = SystemCallTable.rows(for: role)
        let without = SystemCallTable.rows(
          for: role, needs: .all.subtracting(need))
        #expect(without == all.filter { $0.need != need })
      }
    }

    @Test func leavesEightCallsToACompilerWithoutThreads() {
      let calls = SystemCallTable.rows(for: .compiler, needs: []).map(\.call.name)
      #expect(calls.sorted() == Self.compiler.dropLast().sorted())
    }

    @Test func leavesOnlyTheEndToAGuestThatWantsNothing() throws {
      for level in Level.allCases {
        let policy = try FilterPolicy(
          FilterRequest(role: .guest(level), needs: [], bindings: FilterBindings()))
        #expect(policy.allowed.map(\.call) == [.exitGroup])
      }
    }

    @Test(arguments: [
      (Role.guest(.pure), SystemCall.mprotect), (.guest(.network), .mprotect),
      (.compiler, .write), (.broker, .recvmsg), (.script, .write),
    ])
    func refusesUnboundSymbols(_ role: Role, _ call: SystemCall) {
      #expect {
        _ = try FilterPolicy(FilterRequest(role: role, bindings: FilterBindings()))
      } throws: { error in
        guard case .unbound(call, _)? = error as? FilterError else { return false }
        return true
      }
    }

    @Test func keepsEachMemoryToItsOwnReservation() throws {
      let memories = [MemoryReservation(base: 1 << 40), MemoryReservation(base: 1 << 41, bits: 20)]
      let policy = try FilterPolicy(
        FilterRequest(
          role: .guest(.pure), needs: [.growMemory], bindings: FilterBindings(memories: memories)))
      let cases: [(UInt64, UInt64, Bool)] = [
        (1 << 40, 1 << 32, true), ((1 << 40) + (1 << 32) - 4096, 1 << 32, true),
        ((1 << 40) + (1 << 32), 4096, false), ((1 << 40) - 4096, 4096, false),
        (1 << 41, 1 << 19, true), (1 << 41, (1 << 19) + 1, false),
        ((1 << 41) + (1 << 19), 4096, false), (0, 4096, false),
      ]
      for (address, length, expected) in cases {
        let arguments: [UInt64] = [address, length, 3, 0, 0, 0]
        #expect(policy.permits(SystemCall.mprotect.number, arguments) == expected)
        #expect(!policy.permits(SystemCall.mprotect.number, [address, length, 7, 0, 0, 0]))
      }
    }

    @Test(arguments: Level.allCases) func namesLevels(_ level: Level) {
      #expect(Level(name: level.name) == level)
      #expect(Level(name: "root") == nil)
    }

    @Test func namesEachProtectionOnce() {
      let names = Protections.each.flatMap(\.names)
      #expect(names.count == Protections.each.count && Set(names).count == names.count)
      for protection in Protections.each {
        #expect(protection.names.first.flatMap { Protections(name: $0) } == protection)
      }
      #expect(
        Protections.secondWalls.names
          == ["landlock", "mseal", "mdwe", "own-user", "detached-mounts"])
      #expect(Protections(name: "hope") == nil)
    }

    /// The document holds the table word for word; SWASM_BLESS=1 writes it.
    @Test func goldenPageOfTheDocumentation() throws {
      let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../docs/policy.md").standardized
      let begin = "<!-- the table begins: made from the code -->\n"
      let end = "<!-- the table ends -->\n"
      let text = try String(contentsOf: page, encoding: .utf8)
      let parts = text.components(separatedBy: begin)
      let rest = try #require(parts.last?.components(separatedBy: end))
      try #require(parts.count == 2 && rest.count == 2, "the marks are missing")
      let table = Role.all.map { SystemCallTable.listing(for: $0) }.joined(separator: "\n")
      let expected = parts[0] + begin + "\n" + table + "\n" + end + rest[1]
      if ProcessInfo.processInfo.environment["SWASM_BLESS"] == "1" {
        try expected.write(to: page, atomically: true, encoding: .utf8)
      } else {
        #expect(text == expected, "docs/policy.md differs from the table; `make bless` writes it")
      }
    }
  }
}
