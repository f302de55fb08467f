import CSwasm
import Glibc
import SwasmRuntime
import Testing

@testable import SwasmWASI

@Suite struct ProcessTests {
  @Test func givesArgumentsAndEnvironment() {
    let guest = Guest {
      $0.arguments = ["prog", "", "añb"].map { Array($0.utf8) }
      $0.environment = [Array("A=1".utf8)]
    }
    #expect(guest.call("args_sizes_get", 0, 4) == .success)
    #expect(guest.u32(0) == 3 && guest.u32(4) == 11)
    #expect(guest.call("args_get", 16, 64) == .success)
    #expect([16, 20, 24].map { guest.u32($0) } == [64, 69, 70])
    #expect(guest.text(64, 11) == "prog\0\0añb\0")
    #expect(guest.call("environ_sizes_get", 0, 4) == .success)
    #expect(guest.u32(0) == 1 && guest.u32(4) == 4)
    #expect(guest.call("environ_get", 16, 64) == .success)
    #expect(guest.text(64, 4) == "A=1\0")
  }

  @Test func cutsStringsAtNUL() {
    let guest = Guest { $0.arguments = [Array("a\0b".utf8)] }
    guest.call("args_sizes_get", 0, 4)
    #expect(guest.u32(4) == 2)
  }

  @Test func readsTheTwoClocks() {
    let guest = Guest()
    #expect(guest.call("clock_time_get", 0, 0, 0) == .success)
    #expect(abs(Double(guest.u64(0)) / 1e9 - Double(time(nil))) < 5)
    guest.call("clock_time_get", 1, 0, 0)
    let before = guest.u64(0)
    guest.call("clock_time_get", 1, 0, 0)
    #expect(guest.u64(0) >= before)
    #expect(guest.call("clock_res_get", 1, 0) == .success)
    #expect((1...1_000_000_000).contains(guest.u64(0)))
  }

  @Test(
    arguments: [
      (2, WASIErrno.notsup), (3, .notsup), (4, .inval), (0xffff_ffff, .inval),
    ] as [(UInt64, WASIErrno)])
  func refusesOtherClocks(clock: UInt64, errno: WASIErrno) {
    let guest = Guest()
    #expect(guest.call("clock_time_get", clock, 0, 0) == errno)
    #expect(guest.call("clock_res_get", clock, 0) == errno)
  }

  @Test func fillsMoreThanOneChunkWithRandomBytes() {
    let guest = Guest()
    #expect(guest.call("random_get", 0, 1000) == .success)
    let chunks = stride(from: 0, to: 1000, by: 250).map { guest.text($0, 250) }
    #expect(Set(chunks).count == 4)
    #expect(guest.u64(1000) == 0)
  }

  @Test func hasNoSignals() { #expect(Guest().call("proc_raise", 6) == .notsup) }

  /// In a process of its own, which it ends.
  @Test(arguments: [(0, 0), (7, 7), (256 + 9, 9), (0xffff_ffff, 255)] as [(UInt64, Int32)])
  func exitsWithTheLowByte(code: UInt64, status: Int32) {
    let guest = Guest()
    let exit = guest.function("proc_exit")
    guest.slots.storeBytes(of: code, as: UInt64.self)
    let child = pid_t(swasm_wasi_syscall6(57 /* fork */, 0, 0, 0, 0, 0, 0))
    if child == 0 { _ = exit.pointer(exit.context, guest.slots, guest.data) }
    var result: Int32 = 0
    #expect(waitpid(child, &result, 0) == child)
    #expect(result == status << 8)
    #expect(StatusPage.exitCode(in: guest.page) == UInt32(code))
  }

  @Test func recordsWhatALevelRefuses() {
    let guest = Guest {
      $0.allowed = .pure
      $0.standardStreams = [false, false, false]
    }
    #expect(guest.call("random_get", 0, 8) == .notcapable)
    guest.put(UInt32(1), 16)
    guest.put(UInt64(1_000_000_000), 24)
    #expect(guest.call("poll_oneoff", 0, 512, 1, 1024) == .notcapable)
    #expect(guest.denials.map(\.kind) == [.random, .sleep])
  }

  @Test func keepsTheFirstRefusalsAndCountsAll() {
    let guest = Guest { $0.allowed = .pure }
    for index in 0..<100 { _ = guest.open("/file-\(index)") }
    let denials = StatusPage.denials(in: guest.page)
    #expect(denials.kept.count == StatusPage.denialLimit)
    #expect(denials.total == 100)
  }

  /// Without a path one refusal is as good as many, and leaves room for others.
  @Test func keepsOneOfAKind() {
    let guest = Guest { $0.allowed = .pure }
    for _ in 0..<100 { guest.call("random_get", 0, 8) }
    #expect(guest.denials.map(\.kind) == [.random])
    #expect(StatusPage.denials(in: guest.page).total == 1)
  }

  @Test func recordsStreamsThatAreNotGranted() {
    let guest = Guest { $0.standardStreams = [false, false, true] }
    #expect(guest.call("fd_read", 0, guest.vector(address: 8192, count: 4), 1, 8) == .badf)
    #expect(guest.call("fd_write", 1, guest.vector("x"), 1, 8) == .badf)
    #expect(guest.call("fd_write", 9, guest.vector("x"), 1, 8) == .badf)
    #expect(guest.denials.map(\.kind) == [.stdin, .stdout])
  }

  @Test func recordsSocketsAndSecondPaths() {
    let guest = Guest()
    #expect(guest.call("sock_accept", 3, 0, 8) == .badf)
    guest.call("path_symlink", 0, 0, 3, 0, 0)
    guest.call("path_rename", 3, 0, 0, 4, 0, 0)
    #expect(guest.denials.map(\.kind) == [.sockets, .noDirectory, .noDirectory])
    #expect(guest.denials.map(\.isWrite) == [false, true, true])
  }

  @Test func namesAPathThatNothingGrants() {
    let guest = Guest()
    #expect(guest.open("/etc/passwd", rights: WASIRights.fdRead.rawValue) == .failure(.badf))
    #expect(
      guest.denials == [Denial(kind: .noDirectory, path: "/etc/passwd", isWrite: false)])
  }

  @Test func believesNothingOnTheStatusPage() {
    let guest = Guest()
    guest.page.initializeMemory(as: UInt8.self, repeating: 0xff, count: StatusPage.byteCount)
    #expect(StatusPage.exitCode(in: guest.page) == nil)
    #expect(StatusPage.denials(in: guest.page).kept.isEmpty)
    guest.page.initializeMemory(as: UInt8.self, repeating: 1, count: StatusPage.byteCount)
    #expect(StatusPage.denials(in: guest.page).kept.count == StatusPage.denialLimit)
  }
}
