import CSwasm
import Glibc
import Testing

/// Guests may not ask the kernel for the time: what would is found out beforehand.
@Suite(
  .serialized,
  .enabled(
    if: swasm_makes_call({ clock_gettime($0, $1!) }, CLOCK_MONOTONIC) >= 0,
    "NOT TESTED: the kernel can't hand system calls back"))
struct ClockTests {
  @Test func aSystemCallIsSeen() {
    let asksTheKernel: @convention(c) (clockid_t, UnsafeMutablePointer<timespec>?) -> Int32 = {
      Int32(
        truncatingIfNeeded: swasm_syscall3(
          Int(SYS_clock_gettime), Int($0), Int(bitPattern: $1), 0))
    }
    #expect(swasm_makes_call(asksTheKernel, CLOCK_MONOTONIC) == 1)
    // Afterwards it works again.
    var time = timespec()
    #expect(asksTheKernel(CLOCK_MONOTONIC, &time) == 0 && time.tv_sec > 0)
  }

  @Test func noneIsNotSeen() {
    #expect(swasm_makes_call({ _, _ in 0 }, CLOCK_MONOTONIC) == 0)
  }
}
