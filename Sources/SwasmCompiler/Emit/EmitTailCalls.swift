// A tail call leaves its caller's frame to the callee. Stack arguments end where the caller's own ended, since results on
// the stack are expected directly above them; the return address goes below the callee's:
//
//     before   outgoing: header, arguments │ slots │ saved │ return address │ own arguments │ results
//     after                                             return address │ arguments │ results
extension FunctionEmitter {
  mutating func emitTailCall(_ instruction: MachineInstruction, incomingBytes: Int32) {
    let arguments = max(instruction.r1.id, 0)
    if arguments == 0, incomingBytes == 0 {
      leaveFrame()
    } else {
      moveToCaller(arguments: arguments, incomingBytes: incomingBytes)
    }
    encode(instruction)
  }

  /// Everything moves upwards, so the highest words go first. xmm15 is free.
  private mutating func moveToCaller(arguments: Int32, incomingBytes: Int32) {
    let header = Selector.tailCallHeader
    let returnAddress = frame.incomingOffset - 8
    let target = frame.incomingOffset + incomingBytes - arguments - 8
    if target != returnAddress { copy(8, from: returnAddress, to: header - 8) }
    restoreSaved()
    var offset = arguments
    while offset > 0 {
      offset -= 16
      copy(16, from: header + offset, to: target + 8 + offset)
    }
    if target != returnAddress { copy(8, from: header - 8, to: target) }
    adjustStack(.add, target)
  }

  private mutating func copy(_ width: UInt8, from source: Int32, to destination: Int32) {
    let scratch = Register.xmm(15)
    encode(MachineInstruction(.movf, .dm, width: width, r0: scratch, memory: .stack(source)))
    encode(MachineInstruction(.movf, .mr, width: width, r0: scratch, memory: .stack(destination)))
  }

  private mutating func restoreSaved() {
    var offset = frame.incomingOffset - 8
    for register in FunctionEmitter.savedOrder where savedRegisters & register.bit != 0 {
      offset -= 8
      encode(MachineInstruction(.mov, .dm, width: 8, r0: register, memory: .stack(offset)))
    }
  }
}
