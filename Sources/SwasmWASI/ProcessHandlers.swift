import CSwasm
import Glibc

/// The functions of the table. They run in a process that may no longer allocate, lock or
/// initialise anything.
enum Handlers {
  // MARK: Arguments and environment

  @_noLocks
  static func argsGet(_ call: GuestCall) throws(WASIErrno) {
    try copy(call.state.pointee.arguments, call)
  }
  @_noLocks
  static func argsSizesGet(_ call: GuestCall) throws(WASIErrno) {
    try sizes(call.state.pointee.arguments, call)
  }
  @_noLocks
  static func environGet(_ call: GuestCall) throws(WASIErrno) {
    call.note(.environment)
    try copy(call.state.pointee.environment, call)
  }
  @_noLocks
  static func environSizesGet(_ call: GuestCall) throws(WASIErrno) {
    call.note(.environment)
    try sizes(call.state.pointee.environment, call)
  }

  /// (pointers, bytes)
  @_noLocks
  private static func copy(_ block: StringBlock, _ call: GuestCall) throws(WASIErrno) {
    let buffer = call.u32(1)
    let target = try call.bytes(buffer, UInt64(block.byteCount))
    for index in 0..<block.count {
      let address = try call.element(call.u32(0), UInt32(truncatingIfNeeded: index), 4)
      try call.store(buffer &+ UInt32(truncatingIfNeeded: block.offsets[index]), address)
    }
    _ = swasm_wasi_copy(target, block.bytes, block.byteCount)
  }

  /// (count, byte count)
  @_noLocks
  private static func sizes(_ block: StringBlock, _ call: GuestCall) throws(WASIErrno) {
    try call.store(UInt32(truncatingIfNeeded: block.count), call.u32(0))
    try call.store(UInt32(truncatingIfNeeded: block.byteCount), call.u32(1))
  }

  // MARK: Clocks

  /// (clock, result). The CPU-time clocks cost a system call that no guest has: not supported.
  @_noLocks
  static func clockResGet(_ call: GuestCall) throws(WASIErrno) {
    let clock = try GuestClock(call.u32(0))
    let state = call.state
    let resolution =
      clock == .realtime ? state.pointee.realtimeResolution : state.pointee.monotonicResolution
    try call.store(resolution, call.u32(1))
  }

  /// (clock, precision, result)
  @_noLocks
  static func clockTimeGet(_ call: GuestCall) throws(WASIErrno) {
    try call.store(try GuestClock(call.u32(0)).now(), call.u32(2))
  }

  // MARK: The process

  /// (code). Does not return.
  @_noLocks
  static func procExit(_ call: GuestCall) throws(WASIErrno) {
    let code = call.u32(0)
    // It does not come back to where other calls are traced.
    if call.state.pointee.trace.isOn { call.traceExit() }
    if let status = call.state.pointee.status { StatusPage.recordExit(code, in: status) }
    swasm_wasi_exit(Int32(code & 0xff))
  }

  /// A guest has no signals.
  @_noLocks
  static func procRaise(_ call: GuestCall) throws(WASIErrno) { throw .notsup }

  /// Nothing to do: one thread, and the kernel preempts.
  @_noLocks
  static func schedYield(_ call: GuestCall) throws(WASIErrno) {}

  /// (buffer, length), in the chunks that the filter admits and that the kernel fills whole.
  @_noLocks
  static func randomGet(_ call: GuestCall) throws(WASIErrno) {
    let length = Int(call.u32(1))
    let target = try call.bytes(call.u32(0), UInt64(length))
    guard length > 0 else { return }
    guard call.state.pointee.allowed.contains(.random) else { throw call.deny(.random) }
    call.note(.random)
    var done = 0
    while done < length {
      let result = swasm_wasi_random(target + done, min(256, length &- done))
      if result == 0 &- Int(EINTR) { continue }
      guard result > 0 else { throw WASIErrno(kernel: result) }
      done &+= result
    }
  }
}

/// The clocks that the vDSO answers.
enum GuestClock: UInt8 {
  case realtime, monotonic

  @_noLocks
  static func == (a: Self, b: Self) -> Bool { a.rawValue == b.rawValue }

  @_noLocks
  init(_ number: UInt32) throws(WASIErrno) {
    switch number {
    case 0: self = .realtime
    case 1: self = .monotonic
    case 2, 3: throw .notsup
    default: throw .inval
    }
  }

  /// Nanoseconds.
  @_noLocks
  func now() -> UInt64 {
    var time = timespec()
    _ = swasm_wasi_clock(self == .realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC, &time)
    return WASIFilestat.nanoseconds(time)
  }
}
