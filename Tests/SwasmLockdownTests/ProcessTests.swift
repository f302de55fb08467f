import CLockdownProbe
import CSwasm
import Foundation
import Testing

@testable import SwasmLockdown

extension LockdownTests {
  /// A locked-down process as the launcher sees it from outside.
  @Suite(.enabled(if: kernelTakesFilters, needsFilters)) struct Outside {
    /// Starts a child that copies 0 to 1 under `plan`, shows it to `look` once it is locked down, and
    /// answers with how it ended.
    static func observe(
      _ plan: borrowing LockdownPlan, _ look: (pid_t, (String) -> String) throws -> Void
    ) rethrows -> (ending: Ending, record: probe_record) {
      let (input, output) = (makePipe(), makePipe())
      let arguments = [Int](repeating: 0, count: 6)
      let child = arguments.withUnsafeBufferPointer { arguments in
        var request = probe_request(
          body: PROBE_COPY, plan: plan.plan, input: input.read, output: output.write, number: 0,
          arguments: arguments.baseAddress)
        return probe_start(&request)
      }
      close(input.read)
      close(output.write)
      func exchange(_ text: String) -> String {
        _ = text.utf8.map(\.self).withUnsafeBytes { write(input.write, $0.baseAddress, $0.count) }
        var answer: [UInt8] = []
        while answer.count < text.utf8.count, let byte = readByte(output.read) {
          answer.append(byte)
        }
        return String(decoding: answer, as: UTF8.self)
      }
      defer { close(output.read) }
      do {
        defer { close(input.write) }
        #expect(exchange("x") == "x", "the child is not up")
        try look(child.pid, exchange)
      }
      var record = probe_record()
      let status = probe_finish(child, &record)
      return (Ending(waitStatus: status), record)
    }

    static func table(_ pid: pid_t, _ file: String) throws -> [String: String] {
      let text = try String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)
      var fields: [String: String] = [:]
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { continue }
        fields[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
      }
      return fields
    }

    @Test func copiesLikeCatUnderThePureLevel() throws {
      let text = String(repeating: "all the world's a box\n", count: 500)
      let plan = try Fixture.plan(.guest(.pure))
      let (ending, record) = Self.observe(plan) { _, exchange in
        #expect(exchange(text) == text)
      }
      #expect(ending == .exited(0) && record.locked == 1)
    }

    @Test func showsFilterPrivilegesAndCapabilities() throws {
      let plan = try Fixture.plan(.guest(.pure))
      let (ending, record) = try Self.observe(plan) { pid, _ in
        let status = try Self.table(pid, "status")
        #expect(status["Seccomp"] == "2")
        // The tests may be under a filter themselves.
        let before = try Self.table(getpid(), "status")["Seccomp_filters"].flatMap { Int($0) } ?? 0
        #expect(status["Seccomp_filters"] == "\(before + 1)")
        #expect(status["NoNewPrivs"] == "1")
        for set in ["CapInh", "CapPrm", "CapEff", "CapAmb"] {
          #expect(status[set] == "0000000000000000", "\(set)")
        }
      }
      #expect(ending == .exited(0))
      let taken = Protections(rawValue: record.protections)
      print(
        "protections here: MDWE \(taken.contains(.denyWriteExecute)),",
        "indirect branch \(taken.contains(.indirectBranch))")
    }

    @Test func setsHardAndSoftLimits() throws {
      let limits = ResourceLimits(
        dataBytes: 64 << 20, cpuMilliseconds: 7000, fileBytes: 1 << 20, openFiles: 9,
        stackBytes: 1 << 20)
      let expected = [
        ("Max data size", "67108864"), ("Max file size", "1048576"),
        ("Max open files", "9"), ("Max stack size", "1048576"), ("Max core file size", "0"),
        ("Max processes", "0"), ("Max locked memory", "0"), ("Max msgqueue size", "0"),
        ("Max pending signals", "0"), ("Max file locks", "0"),
        ("Max address space", "unlimited"),
      ]
      let plan = try Fixture.plan(.guest(.pure), limits: limits)
      _ = try Self.observe(plan) { pid, _ in
        let text = try String(contentsOfFile: "/proc/\(pid)/limits", encoding: .utf8)
        for (name, value) in expected {
          let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name) })
          let columns = line.dropFirst(name.count).split(separator: " ")
          #expect(columns.prefix(2).map(String.init) == [value, value], "\(name)")
        }
        let time = try #require(text.split(separator: "\n").first { $0.hasPrefix("Max cpu time") })
        #expect(time.split(separator: " ").dropFirst(3).prefix(2) == ["7", "8"])
      }
    }

    @Test(.enabled(if: geteuid() == 0, "NOT TESTED: changing identity needs root"))
    func changesIdentityWherePrivileged() throws {
      let identity = Identity.change(user: 65534, group: 65534, required: true)
      let plan = try Fixture.plan(.guest(.pure), identity: identity)
      let (ending, record) = try Self.observe(plan) { pid, _ in
        let status = try Self.table(pid, "status")
        #expect(status["Uid"] == "65534\t65534\t65534\t65534")
        #expect(status["Gid"] == "65534\t65534\t65534\t65534")
        #expect(status["Groups"] == "")
      }
      #expect(ending == .exited(0))
      #expect(Protections(rawValue: record.protections).contains(.identitySwitched))
    }

    @Test(.enabled(if: geteuid() == 0, "NOT TESTED: changing identity needs root"))
    func keepsOrRefusesAnIdentityThatCannotBe() throws {
      let plan = try Fixture.plan(
        .guest(.pure), identity: .change(user: .max - 1, group: .max - 1, required: false))
      let (ending, record) = probe(PROBE_CALL, number: 0, plan: plan)
      #expect(ending == .exited(0) && record.locked == 1)
    }
  }

  /// The first steps of a child.
  @Suite struct Entry {
    @Test func leavesOnlyTheListedDescriptorsAndResetsTheRest() throws {
      let link = try ParentLink()
      let kept: [Int32] = [0, 2, 5, 11, 63]
      let opened = [5, 11].filter { fcntl($0, F_GETFD) < 0 }.map { dup2(2, $0) }
      defer { opened.forEach { close($0) } }
      // Whoever runs the tests may have left 63 open, too.
      let expected = kept.filter { fcntl($0, F_GETFD) >= 0 }.map(Int.init)
      var seen: UnsafeMutablePointer<probe_entered>?
      let child = kept.withUnsafeBufferPointer { list in
        var entry = swasm_entry(
          child_end: link.childEnd, parent_end: link.parentEnd, kept: list.baseAddress,
          kept_count: list.count, file_mask: 0o077)
        return probe_enter_start(&entry, &seen)
      }
      try link.acknowledgeChild()
      var found = probe_entered()
      let status = probe_enter_finish(child, seen, &found)
      #expect(Ending(waitStatus: status) == .exited(0))
      #expect(found.failure.step == SWASM_STEP_NONE, "\(LockdownError(found.failure))")
      let open = (0..<64).filter { found.open_descriptors >> UInt64($0) & 1 == 1 }
      // Other tests open and close descriptors of this process meanwhile: those are left that were there all the time,
      // and none that is not listed.
      let stayed = expected.filter { fcntl(Int32($0), F_GETFD) >= 0 }
      #expect(Set(open).isSuperset(of: stayed) && open.allSatisfy { kept.contains(Int32($0)) })
      #expect(found.file_mask == 0o077)
      #expect(found.leads_session == 0 && found.at_root == 1)
      #expect(found.blocked_signals == 0)
      // Set to be ignored: SIGPIPE, which stays so, and SIGUSR1, which does not.
      #expect(found.ignored_signals == 1)
    }

    /// In this very process: such a list closes nothing.
    @Test(arguments: [[3, 1], [1, 1], [-1]] as [[Int32]])
    func refusesAnUnsortedList(_ kept: [Int32]) {
      let failure = swasm_close_all_except(kept, kept.count)
      #expect(failure.step == SWASM_STEP_DESCRIPTORS && failure.error == EINVAL)
    }

    /// The child sees that its parent died before it was tied, and dies with it afterwards.
    @Test func noticesADeadParent() throws {
      let (report, hold) = (makePipe(), makePipe())
      let middle = probe_orphan(1, report.write, hold.read, hold.write)
      close(report.write)
      #expect(readByte(report.read) == UInt8(SWASM_STEP_HANDSHAKE.rawValue))
      #expect(readByte(report.read) == nil, "the orphan lives on")
      waitpid(middle, nil, 0)
      for descriptor in [report.read, hold.read, hold.write] { close(descriptor) }
    }

    @Test func diesWithItsParent() throws {
      let (report, hold) = (makePipe(), makePipe())
      let middle = probe_orphan(0, report.write, hold.read, hold.write)
      close(report.write)
      #expect(readByte(report.read) == 0, "the child is not tied")
      close(hold.write)
      waitpid(middle, nil, 0)
      #expect(readByte(report.read) == nil, "the child survived its parent")
      close(report.read)
      close(hold.read)
    }

    @Test func reportsAChildThatDiedBeforeTheHandshake() throws {
      let link = try ParentLink()
      let pid = swasm_fork()
      if pid == 0 { swasm_exit_group(0) }
      var failure: LockdownError?
      do throws(LockdownError) {
        try link.acknowledgeChild()
      } catch {
        failure = error
      }
      #expect(failure?.errno == ECONNRESET)
      waitpid(pid, nil, 0)
    }

    /// The Swift interface from fork to filter, as the zygote uses it.
    @Test(.enabled(if: kernelTakesFilters, needsFilters))
    func entersAndLocksDownFromSwift() throws {
      let entry = ChildEntry(keptDescriptors: [2, 0, 1])
      let plan = try Fixture.plan(.guest(.pure))
      let link = try ParentLink()
      let pid = swasm_fork()
      if pid == 0 {
        do throws(LockdownError) {
          try entry.enter(link: link)
          _ = try plan.lockDown()
          _ = swasm_syscall3(Int(SYS_write), 1, 0, 0)
          swasm_exit_group(17)
        } catch {
          swasm_exit_group(Int32(error.step.rawValue))
        }
      }
      try link.acknowledgeChild()
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      #expect(Ending(waitStatus: status) == .exited(17))
    }
  }
}
