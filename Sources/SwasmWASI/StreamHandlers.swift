import CSwasm
import Glibc

/// Reading and writing, with and without a position.
extension Handlers {
  /// (fd, vectors, count, result)
  @_noLocks
  static func fdRead(_ call: GuestCall) throws(WASIErrno) {
    let entry = try readable(call)
    guard entry.pointee.kind != .listener else { throw .notconn }
    try awaitIfNonblocking(entry, POLLIN, call)
    let count = try gather(call.u32(1), call.u32(2), call)
    try call.store(UInt32(truncatingIfNeeded: try read(entry, count, at: -1, call)), call.u32(3))
  }

  /// (fd, vectors, count, offset, result)
  @_noLocks
  static func fdPread(_ call: GuestCall) throws(WASIErrno) {
    let entry = try positioned(try readable(call), call)
    let count = try gather(call.u32(1), call.u32(2), call)
    let done = try read(entry, count, at: call.i64(3), call)
    try call.store(UInt32(truncatingIfNeeded: done), call.u32(4))
  }

  /// (fd, vectors, count, result)
  @_noLocks
  static func fdWrite(_ call: GuestCall) throws(WASIErrno) {
    let entry = try writable(call)
    guard entry.pointee.kind != .listener else { throw .notconn }
    try awaitIfNonblocking(entry, POLLOUT, call)
    let count = try call.cut(try gather(call.u32(1), call.u32(2), call), for: entry)
    let done = try write(entry, count, at: -1, call)
    if entry.pointee.isStandard, let status = call.state.pointee.status {
      StatusPage.countOutput(done, in: status)
    }
    try call.store(UInt32(truncatingIfNeeded: done), call.u32(3))
  }

  /// (fd, vectors, count, offset, result)
  @_noLocks
  static func fdPwrite(_ call: GuestCall) throws(WASIErrno) {
    let entry = try positioned(try writable(call), call)
    let count = try call.cut(try gather(call.u32(1), call.u32(2), call), for: entry)
    let done = try write(entry, count, at: call.i64(3), call)
    try call.store(UInt32(truncatingIfNeeded: done), call.u32(4))
  }

  // MARK: Descriptors

  /// The open descriptor of the first argument. A standard stream that is not granted is noted.
  @_noLocks
  static func stream(_ call: GuestCall) throws(WASIErrno) -> UnsafeMutablePointer<
    Descriptor
  > {
    do throws(WASIErrno) {
      return try call.state.pointee.descriptors.open(call.u32(0))
    } catch {
      let number = call.u32(0)
      if number < 3, call.state.pointee.ungrantedStreams & (1 &<< number) != 0 {
        _ = call.deny(number == 0 ? .stdin : number == 1 ? .stdout : .stderr)
      }
      throw error
    }
  }

  @_noLocks
  private static func readable(_ call: GuestCall) throws(WASIErrno) -> UnsafeMutablePointer<
    Descriptor
  > {
    let entry = try stream(call)
    guard entry.pointee.kind != .directory else { throw .isdir }
    guard entry.pointee.rights.contains(.fdRead) else { throw .badf }
    call.noteUse(of: entry)
    return entry
  }

  @_noLocks
  private static func writable(_ call: GuestCall) throws(WASIErrno) -> UnsafeMutablePointer<
    Descriptor
  > {
    let entry = try stream(call)
    guard entry.pointee.kind != .directory else { throw .isdir }
    guard entry.pointee.rights.contains(.fdWrite) else { throw .badf }
    call.noteUse(of: entry)
    return entry
  }

  /// A file and an offset that the kernel does not take for "at the position".
  @_noLocks
  private static func positioned(_ entry: UnsafeMutablePointer<Descriptor>, _ call: GuestCall)
    throws(WASIErrno) -> UnsafeMutablePointer<Descriptor>
  {
    guard entry.pointee.kind == .file else { throw .spipe }
    guard call.i64(3) >= 0 else { throw .inval }
    call.noteFileUse(of: entry)
    return entry
  }

  /// The filter has no call to make a stream non-blocking, so one that was made so is polled first.
  @_noLocks
  static func awaitIfNonblocking(
    _ entry: UnsafeMutablePointer<Descriptor>, _ events: Int32, _ call: GuestCall
  ) throws(WASIErrno) {
    guard entry.pointee.isPolledFirst, call.state.pointee.allowed.contains(.poll) else { return }
    call.note(.waiting)
    var polled = pollfd(fd: entry.pointee.host, events: Int16(events), revents: 0)
    var timeout = timespec()
    if swasm_wasi_poll(&polled, 1, &timeout) == 0 { throw .again }
  }

  // MARK: Vectors

  /// Translates the guest's vectors, as many as one call takes: reading and writing less is always
  /// allowed.
  @_noLocks
  static func gather(_ vectors: UInt32, _ count: UInt32, _ call: GuestCall)
    throws(WASIErrno) -> Int
  {
    _ = try call.bytes(vectors, UInt64(count) &* 8)
    let used = min(Int(count), WASIState.vectorLimit)
    for index in 0..<used {
      let vector = vectors &+ UInt32(truncatingIfNeeded: index &* 8)
      let address = try call.loadU32(vector)
      let length = try call.loadU32(vector &+ 4)
      call.state.pointee.vectors[index] = iovec(
        iov_base: try call.bytes(address, UInt64(length)), iov_len: Int(length))
    }
    return used
  }

  /// The first vector that is not empty, for calls that take one buffer.
  @_noLocks
  static func firstFilled(_ count: Int, _ call: GuestCall) -> iovec? {
    for index in 0..<count where call.state.pointee.vectors[index].iov_len > 0 {
      return call.state.pointee.vectors[index]
    }
    return nil
  }

  @_noLocks
  private static func read(
    _ entry: UnsafeMutablePointer<Descriptor>, _ count: Int, at offset: Int64, _ call: GuestCall
  ) throws(WASIErrno) -> Int {
    let state = call.state
    while true {
      let result: Int
      if state.pointee.allowed.contains(.vectors) {
        result = swasm_wasi_preadv2(
          entry.pointee.host, state.pointee.vectors, Int32(truncatingIfNeeded: count), offset)
      } else if let vector = firstFilled(count, call) {
        result = swasm_wasi_read(entry.pointee.host, vector.iov_base, vector.iov_len)
      } else {
        return 0
      }
      if result >= 0 { return result }
      guard result == 0 &- Int(EINTR) else { throw WASIErrno(kernel: result) }
    }
  }

  @_noLocks
  private static func write(
    _ entry: UnsafeMutablePointer<Descriptor>, _ count: Int, at offset: Int64, _ call: GuestCall
  ) throws(WASIErrno) -> Int {
    let state = call.state
    guard state.pointee.allowed.contains(.vectors) else {
      return try writeEach(entry, count, call)
    }
    let isAppending =
      offset < 0 && entry.pointee.kind == .file && entry.pointee.flags.contains(.append)
    while true {
      let result = swasm_wasi_pwritev2(
        entry.pointee.host, state.pointee.vectors, Int32(truncatingIfNeeded: count), offset,
        isAppending ? 1 : 0)
      if result >= 0 {
        if entry.pointee.isCounted { call.countWritten(UInt64(truncatingIfNeeded: result)) }
        return result
      }
      guard result == 0 &- Int(EINTR) else { throw WASIErrno(kernel: result) }
    }
  }

  /// One `write` per vector, until one is not written whole.
  @_noLocks
  private static func writeEach(
    _ entry: UnsafeMutablePointer<Descriptor>, _ count: Int, _ call: GuestCall
  ) throws(WASIErrno) -> Int {
    var done = 0
    var index = 0
    while index < count {
      let vector = call.state.pointee.vectors[index]
      let result =
        vector.iov_len == 0
        ? 0 : swasm_wasi_write(entry.pointee.host, vector.iov_base, vector.iov_len)
      if result == 0 &- Int(EINTR) { continue }
      if result < 0 {
        if done > 0 { return done }
        throw WASIErrno(kernel: result)
      }
      done &+= result
      if result < vector.iov_len { return done }
      index &+= 1
    }
    return done
  }
}
