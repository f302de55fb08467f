import CSwasm
import Glibc

/// `poll_oneoff`: clocks and descriptors together.
extension Handlers {
  /// (subscriptions, events, count, result)
  @_noLocks
  static func pollOneoff(_ call: GuestCall) throws(WASIErrno) {
    let count = call.u32(2)
    guard count > 0 else { throw .inval }
    _ = try call.bytes(call.u32(0), UInt64(count) &* Subscription.size(call.layout))
    _ = try call.bytes(call.u32(1), UInt64(count) &* Subscription.eventSize)
    _ = try call.bytes(call.u32(3), 4)
    let start = PollStart()
    var wait = PollWait()
    for index in 0..<count { try wait.add(try Subscription(call, index, start), call) }
    try wait.run(call)
    let now = GuestClock.monotonic.now()
    var events: UInt32 = 0
    for index in 0..<count {
      let subscription = try Subscription(call, index, start)
      guard let event = try wait.event(subscription, now, call) else { continue }
      try event.store(subscription.userdata, events, call)
      events &+= 1
    }
    try call.store(events, call.u32(3))
  }
}

/// When a call began, which times that are not absolute count from: subscriptions are read twice.
private struct PollStart {
  let monotonic = GuestClock.monotonic.now()
  let realtime = GuestClock.realtime.now()
  @_noLocks init() {}
}

/// What one subscription asks for.
private struct Subscription {
  enum Kind: UInt8 { case clock, read, write }

  let userdata: UInt64
  let kind: Kind
  /// Of read and write.
  let descriptor: UInt32
  /// Of clocks: when, on the monotonic clock, in nanoseconds.
  let deadline: UInt64
  let errno: WASIErrno

  /// Snapshot 0 has an identifier before the clock's fields.
  @_noLocks
  static func size(_ layout: WASILayout) -> UInt64 { layout == .preview1 ? 48 : 56 }
  static var eventSize: UInt64 { @_noLocks get { 32 } }

  @_noLocks
  init(_ call: GuestCall, _ index: UInt32, _ start: PollStart) throws(WASIErrno) {
    let at = try call.element(call.u32(0), index, Self.size(call.layout))
    userdata = try call.loadU64(at)
    guard let kind = Kind(rawValue: try call.loadU8(at &+ 8)) else { throw .inval }
    self.kind = kind
    guard kind == .clock else {
      descriptor = try call.loadU32(at &+ 16)
      deadline = UInt64.max
      errno = .success
      return
    }
    descriptor = 0
    let fields = at &+ (call.layout == .preview1 ? 16 : 24)
    let isAbsolute = try call.loadU16(fields &+ 24) & 1 != 0
    let timeout = try call.loadU64(fields &+ 8)
    do throws(WASIErrno) {
      let clock = try GuestClock(try call.loadU32(fields))
      deadline = Self.deadline(clock, timeout, isAbsolute: isAbsolute, start)
      errno = .success
    } catch {
      deadline = 0
      errno = error
    }
  }

  /// Turned into a time of the monotonic clock, the only one that the filter lets a guest sleep by.
  @_noLocks
  private static func deadline(
    _ clock: GuestClock, _ timeout: UInt64, isAbsolute: Bool, _ start: PollStart
  ) -> UInt64 {
    if isAbsolute, clock == .monotonic { return timeout }
    var left = timeout
    if isAbsolute { left = timeout > start.realtime ? timeout &- start.realtime : 0 }
    let (deadline, overflow) = start.monotonic.addingReportingOverflow(left)
    return overflow ? UInt64.max : deadline
  }
}

/// One event, as far as it differs between subscriptions.
private struct PollEvent {
  var errno = WASIErrno.success
  var kind: UInt8
  var bytes: UInt64 = 0
  var hasHungUp = false

  @_noLocks
  init(_ kind: Subscription.Kind) { self.kind = kind.rawValue }

  @_noLocks
  func store(_ userdata: UInt64, _ index: UInt32, _ call: GuestCall) throws(WASIErrno) {
    let at = try call.element(call.u32(1), index, Subscription.eventSize)
    let result = try call.bytes(at, Subscription.eventSize)
    result.storeBytes(of: userdata, as: UInt64.self)
    (result + 8).storeBytes(of: UInt64(errno.code) | UInt64(kind) &<< 16, as: UInt64.self)
    (result + 16).storeBytes(of: bytes, as: UInt64.self)
    (result + 24).storeBytes(of: hasHungUp ? 1 : 0, as: UInt64.self)
  }
}

/// The descriptors to wait for, each once, and the time to wait until.
private struct PollWait {
  var deadline = UInt64.max
  var isReady = false
  /// Of `state.polled`.
  var count = 0

  @_noLocks
  init() {}

  @_noLocks
  mutating func add(_ subscription: Subscription, _ call: GuestCall) throws(WASIErrno) {
    guard subscription.kind != .clock else {
      if subscription.errno != .success { isReady = true }
      deadline = min(deadline, subscription.deadline)
      return
    }
    guard let entry = polledEntry(subscription, call) else {
      isReady = true
      return
    }
    call.noteUse(of: entry)
    let state = call.state
    let events = Int16(subscription.kind == .read ? POLLIN : POLLOUT)
    for index in 0..<count where state.pointee.polled[index].fd == entry.pointee.host {
      state.pointee.polled[index].events |= events
      return
    }
    guard count < state.pointee.pollLimit else { throw .nomem }
    state.pointee.polled[count] = pollfd(fd: entry.pointee.host, events: events, revents: 0)
    count &+= 1
  }

  /// The descriptor to wait for: files and directories, and errors, need no waiting.
  @_noLocks
  private func polledEntry(_ subscription: Subscription, _ call: GuestCall)
    -> UnsafeMutablePointer<Descriptor>?
  {
    do throws(WASIErrno) {
      let entry = try call.state.pointee.descriptors.open(subscription.descriptor)
      switch entry.pointee.kind {
      case .stream, .socket, .listener: return entry
      default: return nil
      }
    } catch { return nil }
  }

  /// Waits until something is ready or the time has come.
  @_noLocks
  mutating func run(_ call: GuestCall) throws(WASIErrno) {
    if count == 0 {
      if !isReady { try sleep(call) }
      return
    }
    guard call.state.pointee.allowed.contains(.poll) else { throw call.deny(.poll) }
    call.note(.waiting)
    while true {
      let now = isReady ? UInt64.max : GuestClock.monotonic.now()
      let left = deadline > now && !isReady ? deadline &- now : 0
      var timeout = PollWait.timespec(left)
      let result = swasm_wasi_poll(
        call.state.pointee.polled, UInt32(truncatingIfNeeded: count), &timeout)
      if result == 0 &- Int(EINTR) { continue }
      guard result >= 0 else { throw WASIErrno(kernel: result) }
      if result > 0 || isReady || GuestClock.monotonic.now() >= deadline { return }
    }
  }

  @_noLocks
  private func sleep(_ call: GuestCall) throws(WASIErrno) {
    call.note(.waiting)
    guard GuestClock.monotonic.now() < deadline else { return }
    guard call.state.pointee.allowed.contains(.sleep) else { throw call.deny(.sleep) }
    var time = PollWait.timespec(deadline)
    while true {
      let result = swasm_wasi_sleep_until(&time)
      if result == 0 { return }
      guard result == 0 &- Int(EINTR) else { throw WASIErrno(kernel: result) }
    }
  }

  @_noLocks
  private static func timespec(_ nanoseconds: UInt64) -> Glibc.timespec {
    Glibc.timespec(
      tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
  }

  /// The event of a subscription that is ready.
  @_noLocks
  func event(_ subscription: Subscription, _ now: UInt64, _ call: GuestCall)
    throws(WASIErrno) -> PollEvent?
  {
    var event = PollEvent(subscription.kind)
    guard subscription.kind != .clock else {
      event.errno = subscription.errno
      return subscription.errno != .success || now >= subscription.deadline ? event : nil
    }
    guard let entry = polledEntry(subscription, call) else {
      describeReady(subscription, &event, call)
      return event
    }
    let wanted = subscription.kind == .read ? POLLIN : POLLOUT
    for index in 0..<count where call.state.pointee.polled[index].fd == entry.pointee.host {
      let happened = Int32(call.state.pointee.polled[index].revents)
      guard happened & (wanted | POLLERR | POLLHUP | POLLNVAL) != 0 else { return nil }
      event.hasHungUp = happened & POLLHUP != 0
      event.bytes = happened & wanted != 0 ? 1 : 0
      if happened & POLLNVAL != 0 { event.errno = .badf }
      return event
    }
    return nil
  }

  /// A file is always ready, for as many bytes as it has left; what is not open is an error.
  @_noLocks
  private func describeReady(
    _ subscription: Subscription, _ event: inout PollEvent, _ call: GuestCall
  ) {
    do throws(WASIErrno) {
      let entry = try call.state.pointee.descriptors.open(subscription.descriptor)
      guard entry.pointee.kind == .file else {
        event.errno = .badf
        return
      }
      event.bytes = 1
      guard subscription.kind == .read, call.state.pointee.allowed.contains(pollingFile)
      else { return }
      var status = stat()
      let position = swasm_wasi_lseek(entry.pointee.host, 0, SEEK_CUR)
      if position >= 0, swasm_wasi_fstat(entry.pointee.host, &status) == 0 {
        event.bytes = UInt64(max(0, status.st_size &- position))
      }
    } catch { event.errno = error }
  }

  private var pollingFile: WASINeeds {
    WASINeeds(rawValue: WASINeeds.seek.rawValue | WASINeeds.status.rawValue)
  }
}
