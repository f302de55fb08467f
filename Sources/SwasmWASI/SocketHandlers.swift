import CSwasm
import Glibc

/// Sockets that were open before the guest started, and those that they accept.
extension Handlers {
  @_noLocks
  private static func socket(_ call: GuestCall, _ kind: DescriptorKind, _ right: WASIRights)
    throws(WASIErrno) -> UnsafeMutablePointer<Descriptor>
  {
    if !call.state.pointee.hasSockets { _ = call.deny(.sockets) }
    let entry = try call.state.pointee.descriptors.open(call.u32(0))
    guard entry.pointee.kind == .socket || entry.pointee.kind == .listener else { throw .notsock }
    guard entry.pointee.kind == kind else {
      throw kind == .socket ? .notconn : .inval
    }
    guard entry.pointee.rights.contains(right) else { throw .notcapable }
    guard call.state.pointee.allowed.contains(.sockets) else { throw call.deny(.sockets) }
    call.note(.sockets)
    return entry
  }

  /// (fd, flags, result)
  @_noLocks
  static func sockAccept(_ call: GuestCall) throws(WASIErrno) {
    let listener = try socket(call, .listener, .sockAccept)
    let flags = WASIFdFlags(rawValue: call.u16(1))
    guard flags.rawValue & ~WASIFdFlags.nonblock.rawValue == 0 else { throw .inval }
    _ = try call.bytes(call.u32(2), 4)
    try awaitIfNonblocking(listener, POLLIN, call)
    let result = swasm_wasi_socket_accept(listener.pointee.host, 0x80000 /* SOCK_CLOEXEC */)
    guard result >= 0 else { throw WASIErrno(kernel: result) }
    var entry = Descriptor()
    entry.kind = .socket
    entry.fileType = .socketStream
    entry.host = Int32(truncatingIfNeeded: result)
    entry.flags = flags
    entry.isPolledFirst = flags.contains(.nonblock)
    entry.rights = call.state.pointee.socketRights
    do throws(WASIErrno) {
      try call.store(try call.insert(entry), call.u32(2))
    } catch {
      _ = swasm_wasi_close(entry.host)
      throw error
    }
  }

  /// (fd, vectors, count, flags: peek 1, wait for all 2, byte count, flags out)
  @_noLocks
  static func sockRecv(_ call: GuestCall) throws(WASIErrno) {
    let entry = try socket(call, .socket, .fdRead)
    guard call.u32(3) <= 3 else { throw .inval }
    _ = try call.bytes(call.u32(4), 4)
    _ = try call.bytes(call.u32(5), 2)
    try awaitIfNonblocking(entry, POLLIN, call)
    let flags =
      (call.u32(3) & 1 != 0 ? Int32(0x2) /* MSG_PEEK */ : 0)
      | (call.u32(3) & 2 != 0 ? Int32(0x100) /* MSG_WAITALL */ : 0)
    var received = 0
    if let vector = firstFilled(try gather(call.u32(1), call.u32(2), call), call) {
      received = try repeated { () -> Int in
        swasm_wasi_socket_receive(entry.pointee.host, vector.iov_base, vector.iov_len, flags)
      }
    }
    try call.store(UInt32(truncatingIfNeeded: received), call.u32(4))
    try call.store(UInt16(0), call.u32(5))
  }

  /// (fd, vectors, count, flags, byte count)
  @_noLocks
  static func sockSend(_ call: GuestCall) throws(WASIErrno) {
    let entry = try socket(call, .socket, .fdWrite)
    guard call.u32(3) == 0 else { throw .inval }
    _ = try call.bytes(call.u32(4), 4)
    try awaitIfNonblocking(entry, POLLOUT, call)
    var sent = 0
    if let vector = firstFilled(try gather(call.u32(1), call.u32(2), call), call) {
      sent = try repeated { () -> Int in
        swasm_wasi_send(entry.pointee.host, vector.iov_base, vector.iov_len)
      }
    }
    try call.store(UInt32(truncatingIfNeeded: sent), call.u32(4))
  }

  /// (fd, how: receive 1, send 2)
  @_noLocks
  static func sockShutdown(_ call: GuestCall) throws(WASIErrno) {
    let entry = try socket(call, .socket, .sockShutdown)
    let how: Int32
    switch call.u32(1) {
    case 1: how = 0  // SHUT_RD
    case 2: how = 1  // SHUT_WR
    case 3: how = 2  // SHUT_RDWR
    default: throw .inval
    }
    let result = swasm_wasi_socket_shutdown(entry.pointee.host, how)
    guard result >= 0 else { throw WASIErrno(kernel: result) }
  }

  /// Makes a call again for as long as it is interrupted.
  @inline(__always)
  private static func repeated(_ call: () -> Int) throws(WASIErrno) -> Int {
    while true {
      let result = call()
      if result >= 0 { return result }
      guard result == 0 &- Int(EINTR) else { throw WASIErrno(kernel: result) }
    }
  }
}
