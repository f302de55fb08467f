/// Where a function's stack frame keeps things, counted from rsp after the prologue:
///
///     rsp ─▶ arguments of calls │ spill slots │ padding │ saved registers │ return address │ incoming arguments
struct FrameLayout: Hashable {
  /// Bytes at the bottom of the frame for the stack arguments of calls, and so the offset of spill slot 0.
  let outgoingBytes: Int32
  /// Bytes that the prologue takes with `sub rsp`.
  let localBytes: Int32
  /// Offset of the first incoming stack argument.
  let incomingOffset: Int32

  /// Lays out a frame of `slots` 8-byte spill slots below `savedRegisters` pushed registers, so that rsp is 16-byte
  /// aligned at calls. `outgoingBytes` is a multiple of 8.
  ///
  /// A function that calls nothing and has no vectors in its slots needs no alignment.
  init(outgoingBytes: Int32, slots: Int32, savedRegisters: Int32, isAligned: Bool = true) {
    assert(outgoingBytes % 8 == 0)
    let pushed = 8 * savedRegisters + 8
    let wanted = outgoingBytes + 8 * slots
    self.outgoingBytes = outgoingBytes
    localBytes = isAligned ? wanted + (16 - (wanted + pushed) % 16) % 16 : wanted
    incomingOffset = localBytes + pushed
  }

  /// A frame without slots, saved registers or stack arguments of its own.
  static var empty: FrameLayout { FrameLayout(outgoingBytes: 0, slots: 0, savedRegisters: 0) }

  @inline(__always)
  func slotOffset(_ slot: Int32) -> Int32 { outgoingBytes + 8 * slot }
}
