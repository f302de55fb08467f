import Glibc
import Testing

@testable import SwasmWASI

@Suite struct PollTests {
  static let inputs = 0
  static let outputs = 4096

  func clock(
    _ guest: Guest, _ index: Int, id: UInt32, timeout: UInt64, isAbsolute: Bool = false
  ) {
    let at = 48 * index
    guest.put(UInt64(100 + index), at)
    guest.put(UInt64(0), at + 8)
    guest.put(id, at + 16)
    guest.put(timeout, at + 24)
    guest.put(UInt16(isAbsolute ? 1 : 0), at + 40)
  }

  func descriptor(_ guest: Guest, _ index: Int, _ number: UInt32, isRead: Bool) {
    let at = 48 * index
    guest.put(UInt64(100 + index), at)
    guest.put(UInt64(isRead ? 1 : 2), at + 8)
    guest.put(number, at + 16)
  }

  /// userdata, errno and type of each event.
  func poll(_ guest: Guest, _ count: UInt64) -> [[UInt64]] {
    guard guest.call("poll_oneoff", 0, 4096, count, 2048) == .success else { return [] }
    return (0..<Int(guest.u32(2048))).map {
      let at = 4096 + 32 * $0
      return [guest.u64(at), UInt64(guest.u16(at + 8)), UInt64(guest.u16(at + 10))]
    }
  }

  func nanoseconds(_ body: () -> Void) -> UInt64 {
    let start = GuestClock.monotonic.now()
    body()
    return GuestClock.monotonic.now() - start
  }

  @Test func needsASubscription() { #expect(Guest().call("poll_oneoff", 0, 0, 0, 0) == .inval) }

  @Test(arguments: [UInt32(0), 1], [false, true])
  func sleeps(id: UInt32, isAbsolute: Bool) {
    let guest = Guest()
    let base = isAbsolute ? (id == 0 ? GuestClock.realtime : .monotonic).now() : 0
    clock(guest, 0, id: id, timeout: base + 20_000_000, isAbsolute: isAbsolute)
    let took = nanoseconds { #expect(poll(guest, 1) == [[100, 0, 0]]) }
    #expect(took >= 19_000_000 && took < 2_000_000_000)
  }

  @Test func aTimeInThePastIsDue() {
    let guest = Guest()
    clock(guest, 0, id: 1, timeout: 1, isAbsolute: true)
    clock(guest, 1, id: 1, timeout: UInt64.max)
    #expect(poll(guest, 2) == [[100, 0, 0]])
  }

  @Test func aClockThatIsNotThereIsAnEvent() {
    let guest = Guest()
    clock(guest, 0, id: 2, timeout: 0)
    #expect(poll(guest, 1) == [[100, UInt64(WASIErrno.notsup.code), 0]])
  }

  @Test func aDescriptorThatIsNotOpenIsAnEvent() {
    let guest = Guest()
    descriptor(guest, 0, 9, isRead: true)
    clock(guest, 1, id: 1, timeout: 60_000_000_000)
    #expect(poll(guest, 2) == [[100, UInt64(WASIErrno.badf.code), 1]])
  }

  @Test func filesAreReady() throws {
    let scratch = Scratch()
    let guest = scratch.guest()
    let file = UInt32(try guest.open("file").get())
    descriptor(guest, 0, file, isRead: true)
    descriptor(guest, 1, file, isRead: false)
    #expect(poll(guest, 2) == [[100, 0, 1], [101, 0, 2]])
    #expect(guest.u64(4096 + 16) == 5)
  }

  @Test func waitsForAStreamAndAClock() {
    let (near, far) = socketPair()
    defer {
      close(near)
      close(far)
    }
    let guest = Guest { $0.sockets = [.init(descriptor: near, isListening: false)] }
    descriptor(guest, 0, 3, isRead: true)
    clock(guest, 1, id: 1, timeout: 20_000_000)
    let took = nanoseconds { #expect(poll(guest, 2) == [[101, 0, 0]]) }
    #expect(took >= 19_000_000)
    write(far, "x", 1)
    clock(guest, 1, id: 1, timeout: 60_000_000_000)
    #expect(poll(guest, 2) == [[100, 0, 1]])
    descriptor(guest, 1, 3, isRead: false)
    #expect(poll(guest, 2) == [[100, 0, 1], [101, 0, 2]])
  }

  @Test func unknownTagsAreRefused() {
    let guest = Guest()
    guest.put(UInt8(3), 8)
    #expect(guest.call("poll_oneoff", 0, 4096, 1, 2048) == .inval)
  }

  @Test func theOlderLayoutHasALongerSubscription() {
    let guest = Guest(module: "wasi_unstable")
    guest.put(UInt64(1), 56 + 32 + 0)  // timeout of the second subscription: 1 ns
    guest.put(UInt32(1), 24)
    guest.put(UInt64(60_000_000_000), 32)
    guest.put(UInt64(77), 56)
    guest.put(UInt32(1), 56 + 24)
    #expect(poll(guest, 2) == [[77, 0, 0]])
  }
}
