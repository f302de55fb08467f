import CSwasm
import Glibc

/// The guest's side of the broker's channel.
extension GuestCall {
  /// Sends a request whose paths are in the message buffer already, and waits for the answer.
  @_noLocks
  func ask(_ request: BrokerRequest) throws(WASIErrno) -> (reply: BrokerReply, descriptor: Int32) {
    let buffer = state.pointee.reply
    // Without an answer there is no errno of the broker's.
    buffer.storeBytes(of: 0, as: UInt32.self)
    try send(request)
    var descriptor: Int32 = -1
    while true {
      let result = swasm_wasi_receive(
        state.pointee.channel, buffer, BrokerReply.messageLimit, &descriptor,
        &state.pointee.patience)
      if result == 0 &- Int(EINTR) { continue }
      if result == 0 &- Int(EMFILE) {
        forget(buffer.load(as: BrokerReply.self).handle)
        throw .mfile
      }
      guard result >= MemoryLayout<BrokerReply>.size else { throw .io }
      let reply = buffer.load(as: BrokerReply.self)
      guard reply.errno == 0 else {
        throw WASIErrno(code: UInt16(truncatingIfNeeded: reply.errno))
      }
      return (reply, descriptor)
    }
  }

  /// Tells the broker that a handle is done with.
  @_noLocks
  func forget(_ handle: UInt32) {
    guard handle != BrokerRequest.noHandle else { return }
    do throws(WASIErrno) { try send(BrokerRequest(.close, handle)) } catch {}
  }

  @_noLocks
  private func send(_ request: BrokerRequest) throws(WASIErrno) {
    let state = state
    guard state.pointee.channel >= 0, state.pointee.allowed.contains(.openPaths) else {
      throw deny(.files)
    }
    let buffer = state.pointee.request
    buffer.storeBytes(of: request, as: BrokerRequest.self)
    let count =
      MemoryLayout<BrokerRequest>.size &+ Int(request.pathLength) &+ Int(request.otherPathLength)
    while true {
      let result = swasm_wasi_send(state.pointee.channel, buffer, count)
      if result == 0 &- Int(EINTR) { continue }
      guard result == count else { throw .io }
      return
    }
  }

  /// The bytes that came with the last answer.
  var replyData: UnsafeMutableRawPointer {
    @_noLocks get { state.pointee.reply + MemoryLayout<BrokerReply>.size }
  }

  /// Copies a path from the guest's memory into the message, after `used` bytes of another.
  @_noLocks
  func putPath(_ address: UInt32, _ length: UInt32, after used: UInt32 = 0)
    throws(WASIErrno) -> UInt32
  {
    let source = try bytes(address, UInt64(length))
    guard Int(length) <= BrokerRequest.pathLimit else { throw .nametoolong }
    let target = state.pointee.request + (MemoryLayout<BrokerRequest>.size &+ Int(used))
    _ = swasm_wasi_copy(target, source, Int(length))
    return length
  }
}
