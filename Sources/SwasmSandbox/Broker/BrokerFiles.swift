import CSwasm
import Glibc
import SwasmWASI

extension Broker {
  /// The directory of a request's first or second handle. The request has been checked.
  func directory(_ handle: UInt32) throws(WASIErrno) -> BrokerHandle {
    guard let entry = handles[handle] else { throw .badf }
    return entry
  }

  static func attributes(_ descriptor: Int32) throws(WASIErrno) -> stat {
    var status = stat()
    try checked(swasm_broker_stat(descriptor, "", &status, 0x1000 /* AT_EMPTY_PATH */))
    return status
  }

  // MARK: Opening and closing

  static func open(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let parent = try broker.directory(message.request.handle)
    guard !broker.handles.isFull else { throw .nfile }
    let path = try BrokerPath(message.path)
    let file = try broker.open(path, message, parent)
    let status = try file.attributes()
    let wantsNonblocking = WASIFdFlags(rawValue: message.request.fdFlags).contains(.nonblock)
    var answer = BrokerAnswer(status)
    switch status.st_mode & S_IFMT {
    case S_IFDIR: break
    case S_IFREG: answer.descriptor = file.number
    case S_IFIFO:
      if !wantsNonblocking { try checked(swasm_broker_set_flags(file.number, 0)) }
      answer.descriptor = file.release()
      answer.closesDescriptor = true
      return answer
    default: throw .acces
    }
    answer.reply.handle = broker.handles.insert(
      BrokerHandle(
        kind: answer.descriptor < 0 ? .directory : .file, descriptor: file.release(),
        isReadOnly: parent.isReadOnly, root: parent.root, isGranted: false))
    return answer
  }

  /// Devices and pipes must not block: opened so, and looked at by the caller.
  private mutating func open(
    _ path: BrokerPath, _ message: BrokerMessage, _ parent: BrokerHandle
  ) throws(WASIErrno) -> OwnedDescriptor {
    let asked = WASIOpenFlags(rawValue: message.request.openFlags)
    let isWrite = message.lookup.contains(.write)
    if asked.contains(.create), asked.contains(.directory) { throw .inval }
    if parent.isReadOnly, isWrite || asked.contains(.truncate) { throw .rofs }
    var flags = O_NONBLOCK | O_NOCTTY | Self.accessMode(message.lookup)
    if asked.contains(.directory) || path.hasSlash { flags |= O_DIRECTORY }
    if !message.lookup.contains(.follow), !path.hasSlash { flags |= O_NOFOLLOW }
    if asked.contains(.truncate) { flags |= O_TRUNC }
    let synchronous = WASIFdFlags(rawValue: message.request.fdFlags)
    if synchronous.contains(.dsync) { flags |= 0o10000 /* O_DSYNC */ }
    if synchronous.contains(.sync) || synchronous.contains(.rsync) {
      flags |= 0o4010000 /* O_SYNC */
    }
    guard asked.contains(.create) else {
      return try resolution.open(parent.descriptor, path.whole, flags: flags)
    }
    if path.hasSlash { throw .isdir }
    if asked.contains(.exclusive) { flags |= O_EXCL }
    if parent.isReadOnly {
      return try openExisting(parent, path, flags, isExclusive: asked.contains(.exclusive))
    }
    if quota.isLimited { return try openCounted(parent, path, flags) }
    return try resolution.open(
      parent.descriptor, path.whole, flags: flags | O_CREAT, mode: 0o666)
  }

  /// Creation that has to know whether there is a new name: what is there already is opened, else a name is
  /// added, by nobody else.
  private mutating func openCounted(_ parent: BrokerHandle, _ path: BrokerPath, _ flags: Int32)
    throws(WASIErrno) -> OwnedDescriptor
  {
    if flags & O_EXCL == 0 {
      do throws(WASIErrno) {
        return try resolution.open(parent.descriptor, path.whole, flags: flags)
      } catch {
        // A symbolic link to nothing is not found here and exists below: then nothing is made.
        if error != .noent { throw error }
      }
    }
    try quota.check()
    let file = try resolution.open(
      parent.descriptor, path.whole, flags: flags | O_CREAT | O_EXCL, mode: 0o666)
    quota.added()
    return file
  }

  /// Creation where nothing may change: all right for what is there already.
  private func openExisting(
    _ parent: BrokerHandle, _ path: BrokerPath, _ flags: Int32, isExclusive: Bool
  ) throws(WASIErrno) -> OwnedDescriptor {
    do throws(WASIErrno) {
      let file = try resolution.open(parent.descriptor, path.whole, flags: flags & ~O_EXCL)
      if isExclusive { throw .exist }
      return file
    } catch {
      throw error == .noent ? .rofs : error
    }
  }

  private static func accessMode(_ lookup: BrokerLookup) -> Int32 {
    guard lookup.contains(.write) else { return O_RDONLY }
    return lookup.contains(.read) ? O_RDWR : O_WRONLY
  }

  static func close(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    broker.recordClosing(message.request.handle)
    try broker.handles.remove(message.request.handle)
    return BrokerAnswer()
  }

  // MARK: Attributes

  static func status(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    BrokerAnswer(try broker.found(message).attributes())
  }

  /// What a request's path leads to, for its attributes only.
  private func found(_ message: BrokerMessage) throws(WASIErrno) -> OwnedDescriptor {
    let path = try BrokerPath(message.path)
    var flags = pathOnly
    if path.hasSlash { flags |= O_DIRECTORY }
    if !message.lookup.contains(.follow), !path.hasSlash { flags |= O_NOFOLLOW }
    return try resolution.open(
      try directory(message.request.handle).descriptor, path.whole, flags: flags)
  }

  static func handleStatus(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    BrokerAnswer(try attributes(try broker.directory(message.request.handle).descriptor))
  }

  static func setTimes(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    try broker.found(message).setTimes(message.request)
    return BrokerAnswer()
  }

  static func handleSetTimes(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    try setTimes(try broker.directory(message.request.handle).descriptor, message.request)
    return BrokerAnswer()
  }

  static func setTimes(_ descriptor: Int32, _ request: BrokerRequest)
    throws(WASIErrno)
  {
    let flags = WASITimeFlags(rawValue: request.timeFlags)
    guard flags.isValid else { throw .inval }
    var times = [
      time(request.first, flags.contains(.access), flags.contains(.accessNow)),
      time(request.second, flags.contains(.modification), flags.contains(.modificationNow)),
    ]
    try checked(swasm_broker_set_times(descriptor, &times))
  }

  private static func time(_ nanoseconds: UInt64, _ isSet: Bool, _ isNow: Bool) -> timespec {
    if isSet {
      return timespec(
        tv_sec: Int(nanoseconds / 1_000_000_000), tv_nsec: Int(nanoseconds % 1_000_000_000))
    }
    return timespec(tv_sec: 0, tv_nsec: isNow ? (1 << 30) - 1 /* UTIME_NOW */ : (1 << 30) - 2)
  }

  static func allocate(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    guard let offset = Int64(exactly: message.request.first),
      let length = Int64(exactly: message.request.second)
    else { throw .fbig }
    let file = try broker.directory(message.request.handle).descriptor
    var result: Int
    repeat { result = swasm_broker_allocate(file, offset, length) } while result == -Int(EINTR)
    try checked(result)
    return BrokerAnswer()
  }
}
