import CSwasm
import Glibc
import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

// Swift hides the variadic prctl.
private let setSeccomp = unsafeBitCast(
  dlsym(nil, "prctl"), to: (@convention(c) (CInt, CUnsignedLong) -> CInt).self)

/// Which system calls a guest is left.
private enum Lockdown { case none, onlyReadAndWrite }

/// PR_GET_SECCOMP. Under a filter, as when an older kernel is imitated, a process can't have the strict mode besides.
private let lockdowns: [Lockdown] = setSeccomp(21, 0) == 0 ? [.none, .onlyReadAndWrite] : [.none]

private enum End: Equatable {
  case exited(CInt)
  case killed(CInt)
}

/// Runs a prepared guest in a process of its own, which exits with 3 when the guest returns.
private func run(_ guest: borrowing PreparedGuest, _ lockdown: Lockdown = .none) -> End {
  let child = swasm_fork()
  if child == 0 {
    // PR_SET_SECCOMP, SECCOMP_MODE_STRICT: anything but read, write and exit kills.
    if lockdown == .onlyReadAndWrite, setSeccomp(22, 1) != 0 { _exit(99) }
    guest.run()
    _exit(3)
  }
  var status: CInt = 0
  while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  let signal = status & 0x7f
  return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal)
}

@Suite(.serialized) struct GuestProcessTests {
  private func prepare(
    _ entry: String?, _ arguments: [Value] = [], _ page: borrowing RecordPage,
    _ change: (inout Artifact) -> Void = { _ in }
  ) throws -> PreparedGuest {
    var artifact = fixtureArtifact()
    change(&artifact)
    return try PreparedGuest(
      try ArtifactFile(artifact), in: try Store(), imports: environment(), entry: entry,
      arguments: arguments, record: page)
  }

  @Test func returnsResultsThroughTheRecord() throws {
    let page = try RecordPage()
    let guest = try prepare("call_host", [.i32(6), .i32(7)], page)
    #expect(run(guest) == .exited(3))
    #expect(page.contents.state == .returned)
    #expect(page.results([.i32]) == [.i32(607)])
  }

  /// With only read and write left, a run that allocated or made another call would be killed on the way.
  @Test(
    .enabled(
      if: lockdowns.contains(.onlyReadAndWrite),
      "NOT TESTED: the tests are under a filter, and seccomp's strict mode can't be had besides"))
  func runMakesNoSystemCalls() throws {
    let page = try RecordPage()
    let guest = try prepare("call_host", [.i32(6), .i32(7)], page) {
      $0.modules[0].initializers.append(.start(FixtureFunction.index("f_start")))
      $0.modules[0].usesGS = true
    }
    // SIGKILL is exit_group's end under this lockdown.
    #expect(run(guest, .onlyReadAndWrite) == .killed(SIGKILL))
    #expect(page.contents.state == .returned)
    #expect(page.results([.i32]) == [.i32(607)])
  }

  @Test(arguments: [
    ("outer", [Value.i32(.max)], TrapKind.memoryOutOfBounds, 2),
    ("div", [.i32(1), .i32(0)], .integerDivideByZero, 1),
    ("unreachable", [], .unreachable, 1),
    ("recurse", [], .stackOverflow, 64),
    ("call_indirect", [.i32(77)], .undefinedElement, 1),
  ])
  func trapsAreRecordedWithoutOtherSystemCalls(
    _ entry: String, _ arguments: [Value], _ kind: TrapKind, _ frames: Int
  ) throws {
    for lockdown in lockdowns {
      let page = try RecordPage()
      let guest = try prepare(entry, arguments, page)
      let end = run(guest, lockdown)
      #expect(end == (lockdown == .none ? .exited(134) : .killed(SIGKILL)))
      #expect(page.contents.state == .trapped(kind))
      #expect(page.contents.frames.count == frames)
    }
  }

  @Test func startFunctionRunsAfterPreparing() throws {
    let page = try RecordPage()
    let guest = try prepare("global", [], page) {
      $0.modules[0].initializers += [.start(FixtureFunction.index("f_start"))]
    }
    #expect(page.contents.state == .none)
    #expect(run(guest) == .exited(3))
    #expect(page.results([.i32]) == [.i32(7)])
  }

  @Test func whatFollowsAStartFunctionWaitsForIt() throws {
    let page = try RecordPage()
    let guest = try prepare(nil, [], page) {
      let data = $0.modules[0].initializers.removeLast()
      $0.modules[0].data[0].mode = .active(
        MemoryIndex(0), offset: ConstantExpression([.i32Const(-1)], offset: 0))
      $0.modules[0].initializers += [.start(FixtureFunction.index("f_start")), data]
    }
    #expect(run(guest) == .exited(134))
    #expect(page.contents.state == .trapped(.memoryOutOfBounds))
  }

  @Test func otherFaultsAreNoTraps() throws {
    let page = try RecordPage()
    let guest = try prepare("wild", [], page)
    #expect(run(guest) == .exited(134))
    #expect(page.contents.state == .internalError(signal: Int(SIGSEGV)))
    #expect(page.contents.faultAddress == 0x10000)
  }

  /// As under `ulimit -v`: an error, not a crash.
  @Test func refusedAddressSpaceIsAnError() throws {
    let store = try Store()
    let child = swasm_fork()
    if child == 0 {
      var words = [CChar](repeating: 0, count: 64)
      let statm = open("/proc/self/statm", O_RDONLY)
      guard read(statm, &words, 63) > 0 else { _exit(98) }
      let most = rlim_t(atol(words)) * 4096 + 1 << 30
      var limit = rlimit(rlim_cur: most, rlim_max: most)
      guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { _exit(97) }
      do throws(InstantiationFailure) {
        _ = try store.makeMemory(MemoryType(limits: Limits(minimum: 1)))
        _exit(1)
      } catch {
        if case .addressSpaceRefused("linear memory", _, ENOMEM) = error { _exit(0) }
        _exit(2)
      }
    }
    var status: CInt = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    #expect(status == 0)
  }

  @Test func tellsWhichMemoriesGrow() throws {
    let page = try RecordPage()
    let growing = try prepare(nil, [], page)
    #expect(growing.growingMemories.count == 1)
    #expect(growing.growingMemories.allSatisfy { $0.base % (8 << 30) == 0 && $0.bits == 33 })
    let fixed = try prepare(nil, [], page) {
      $0.modules[0].memories = [MemoryType(limits: Limits(minimum: 1, maximum: 1))]
    }
    #expect(fixed.growingMemories.isEmpty)
    #expect(fixed.text.count == 2)
  }

  @Test func refusesEntriesThatItCannotRun() throws {
    let page = try RecordPage()
    for (entry, arguments) in [("nothing", []), ("memory", []), ("add", [Value.i32(1)])] {
      #expect(throws: InstantiationError.self) { _ = try prepare(entry, arguments, page) }
    }
  }
}
