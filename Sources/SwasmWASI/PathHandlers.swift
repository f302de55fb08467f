import CSwasm

/// Paths and directories. No call that takes a path is left in the guest's process: the broker does
/// them all.
extension Handlers {
  /// The directory that argument `index` names, with the right to do what is asked.
  @_noLocks
  private static func directory(_ call: GuestCall, _ index: Int, _ right: WASIRights)
    throws(WASIErrno) -> UnsafeMutablePointer<Descriptor>
  {
    let entry = try call.state.pointee.descriptors.open(call.u32(index))
    guard entry.pointee.kind == .directory else { throw .notdir }
    guard entry.pointee.rights.contains(right) else { throw .notcapable }
    return entry
  }

  /// Which arguments of a call hold a directory's descriptor and a path beneath it.
  private struct PathArguments {
    let descriptor: Int
    let address: Int
    let length: Int
    @_noLocks
    init(_ descriptor: Int, _ address: Int, _ length: Int) {
      self.descriptor = descriptor
      self.address = address
      self.length = length
    }
  }

  /// Fills in a request's directory and path. A descriptor that is not open is noted: most guests
  /// try descriptor 3 when nothing is granted.
  @_noLocks
  private static func prepare(
    _ call: GuestCall, _ operation: BrokerOperation, _ path: PathArguments, _ right: WASIRights,
    isWrite: Bool
  ) throws(WASIErrno) -> BrokerRequest {
    let entry = try granted(call, path, right, isWrite: isWrite)
    var request = BrokerRequest(operation, entry.pointee.handle)
    request.pathLength = try call.putPath(call.u32(path.address), call.u32(path.length))
    return request
  }

  /// The directory of a path; a path without one is noted.
  @_noLocks
  private static func granted(
    _ call: GuestCall, _ path: PathArguments, _ right: WASIRights, isWrite: Bool
  ) throws(WASIErrno) -> UnsafeMutablePointer<Descriptor> {
    do throws(WASIErrno) {
      return try directory(call, path.descriptor, right)
    } catch {
      if error == .badf {
        let length = call.u32(path.length)
        let bytes = try call.bytes(call.u32(path.address), UInt64(length))
        call.recordPathDenial(
          .noDirectory, isWrite: isWrite, root: Descriptor.notPreopened, path: bytes,
          length: Int(length))
      }
      throw error
    }
  }

  /// Asks the broker, and notes what it refused for want of a grant.
  @_noLocks
  private static func ask(
    _ call: GuestCall, _ request: BrokerRequest, _ path: PathArguments,
    _ other: PathArguments? = nil, isWrite: Bool
  ) throws(WASIErrno) -> (reply: BrokerReply, descriptor: Int32) {
    do throws(WASIErrno) {
      return try call.ask(request)
    } catch {
      let refused = call.state.pointee.reply.load(as: BrokerReply.self)
      if refused.errno == UInt32(error.code), let kind = DenialKind(refusal: refused.refusal) {
        let path = refused.refusesOther == 0 ? path : other ?? path
        let entry = try call.state.pointee.descriptors.open(call.u32(path.descriptor))
        let length = call.u32(path.length)
        let bytes = try call.bytes(call.u32(path.address), UInt64(length))
        let isAbsolute = length > 0 && bytes.load(as: UInt8.self) == 0x2f
        call.recordPathDenial(
          kind, isWrite: isWrite,
          root: isAbsolute ? Descriptor.notPreopened : entry.pointee.root, path: bytes,
          length: Int(length))
      }
      throw error == .notcapable ? .perm : error
    }
  }

  /// A change of one path: (fd, path, length).
  @_noLocks
  private static func change(
    _ call: GuestCall, _ operation: BrokerOperation, _ right: WASIRights
  ) throws(WASIErrno) {
    let path = PathArguments(0, 1, 2)
    let request = try prepare(call, operation, path, right, isWrite: true)
    _ = try ask(call, request, path, isWrite: true)
  }

  @_noLocks
  static func pathCreateDirectory(_ call: GuestCall) throws(WASIErrno) {
    try change(call, .createDirectory, .pathCreateDirectory)
  }
  @_noLocks
  static func pathRemoveDirectory(_ call: GuestCall) throws(WASIErrno) {
    try change(call, .removeDirectory, .pathRemoveDirectory)
  }
  @_noLocks
  static func pathUnlinkFile(_ call: GuestCall) throws(WASIErrno) {
    try change(call, .unlink, .pathUnlinkFile)
  }

  /// (fd, lookup, path, length, result)
  @_noLocks
  static func pathFilestatGet(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(0, 2, 3)
    var request = try prepare(call, .status, path, .pathFilestatGet, isWrite: false)
    request.lookup = call.u32(1) & BrokerLookup.follow.rawValue
    try call.store(try ask(call, request, path, isWrite: false).reply.filestat, call.u32(4))
  }

  /// (fd, lookup, path, length, access time, modification time, flags)
  @_noLocks
  static func pathFilestatSetTimes(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(0, 2, 3)
    let flags = WASITimeFlags(rawValue: call.u16(6))
    guard flags.isValid else { throw .inval }
    var request = try prepare(call, .setTimes, path, .pathFilestatSetTimes, isWrite: true)
    request.lookup = call.u32(1) & BrokerLookup.follow.rawValue
    request.timeFlags = flags.rawValue
    request.first = call.u64(4)
    request.second = call.u64(5)
    _ = try ask(call, request, path, isWrite: true)
  }

  // MARK: Two paths

  /// Adds the second path of a request, at arguments `path`.
  @_noLocks
  private static func addSecond(
    _ call: GuestCall, _ request: inout BrokerRequest, _ path: PathArguments, _ right: WASIRights
  ) throws(WASIErrno) {
    request.otherHandle = try granted(call, path, right, isWrite: true).pointee.handle
    request.otherPathLength = try call.putPath(
      call.u32(path.address), call.u32(path.length), after: request.pathLength)
  }

  /// (fd, lookup, path, length, new fd, new path, length). The link itself is linked, never what it
  /// leads to.
  @_noLocks
  static func pathLink(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(0, 2, 3)
    guard call.u32(1) & BrokerLookup.follow.rawValue == 0 else { throw .inval }
    var request = try prepare(call, .link, path, .pathLinkSource, isWrite: true)
    let other = PathArguments(4, 5, 6)
    try addSecond(call, &request, other, .pathLinkTarget)
    _ = try ask(call, request, path, other, isWrite: true)
  }

  /// (fd, path, length, new fd, new path, length)
  @_noLocks
  static func pathRename(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(0, 1, 2)
    var request = try prepare(call, .rename, path, .pathRenameSource, isWrite: true)
    let other = PathArguments(3, 4, 5)
    try addSecond(call, &request, other, .pathRenameTarget)
    _ = try ask(call, request, path, other, isWrite: true)
  }

  /// (text, length, fd, path, length)
  @_noLocks
  static func pathSymlink(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(2, 3, 4)
    let entry = try granted(call, path, .pathSymlink, isWrite: true)
    var request = BrokerRequest(.symlink, entry.pointee.handle)
    request.pathLength = try call.putPath(call.u32(0), call.u32(1))
    try addSecond(call, &request, path, .pathSymlink)
    _ = try ask(call, request, path, isWrite: true)
  }

  /// (fd, path, length, buffer, size, result). A text that does not fit is cut.
  @_noLocks
  static func pathReadlink(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(0, 1, 2)
    let target = try call.bytes(call.u32(3), UInt64(call.u32(4)))
    var request = try prepare(call, .readLink, path, .pathReadlink, isWrite: false)
    request.limit = min(call.u32(4), UInt32(truncatingIfNeeded: BrokerReply.dataLimit))
    let length = try ask(call, request, path, isWrite: false).reply.length
    guard length <= request.limit else { throw .io }
    _ = swasm_wasi_copy(target, call.replyData, Int(length))
    try call.store(length, call.u32(5))
  }

  // MARK: Opening

  /// (fd, lookup, path, length, open flags, base rights, inheriting rights, fd flags, result)
  @_noLocks
  static func pathOpen(_ call: GuestCall) throws(WASIErrno) {
    let path = PathArguments(0, 2, 3)
    let asked = WASIRights(rawValue: call.u64(5))
    let isWrite = asked.contains(.fdWrite) || call.u32(4) & 0b1001 != 0
    guard call.u32(4) <= UInt32(WASIOpenFlags.all.rawValue),
      call.u32(7) <= UInt32(WASIFdFlags.all.rawValue)
    else { throw .inval }
    _ = try call.bytes(call.u32(8), 4)
    var request = try prepare(call, .open, path, .pathOpen, isWrite: isWrite)
    let required = requiredRights(WASIOpenFlags(rawValue: call.u16(4)))
    let parent = try directory(call, 0, required).pointee
    let rights = asked.intersection(parent.inheriting)
    request.lookup = call.u32(1) & BrokerLookup.follow.rawValue
    if rights.contains(.fdRead) { request.lookup |= BrokerLookup.read.rawValue }
    if rights.contains(.fdWrite) { request.lookup |= BrokerLookup.write.rawValue }
    request.openFlags = call.u16(4)
    request.fdFlags = call.u16(7)
    let answer = try ask(call, request, path, isWrite: isWrite)
    let entry = opened(answer.reply, answer.descriptor, parent, rights, call)
    do throws(WASIErrno) {
      try call.store(try call.insert(entry), call.u32(8))
    } catch {
      call.forget(entry.handle)
      if entry.host >= 0 { _ = swasm_wasi_close(entry.host) }
      throw error
    }
  }

  /// What a directory must allow for a file to be created or cut in it.
  @_noLocks
  private static func requiredRights(_ flags: WASIOpenFlags) -> WASIRights {
    var rights = WASIRights.pathOpen
    if flags.contains(.create) { rights = rights.union(.pathCreateFile) }
    if flags.contains(.truncate) { rights = rights.union(.pathFilestatSetSize) }
    return rights
  }

  /// The entry for what the broker opened.
  @_noLocks
  private static func opened(
    _ reply: BrokerReply, _ descriptor: Int32, _ parent: Descriptor, _ rights: WASIRights,
    _ call: GuestCall
  ) -> Descriptor {
    var entry = Descriptor()
    let type = UInt8(truncatingIfNeeded: reply.filestat.fileType)
    entry.fileType = WASIFileType(code: type)
    entry.handle = reply.handle
    entry.host = descriptor
    entry.root = parent.root
    entry.flags = WASIFdFlags(rawValue: call.u16(7))
    switch entry.fileType {
    case .directory:
      entry.kind = .directory
      entry.rights = rights.intersection(call.state.pointee.directoryRights)
      entry.inheriting = WASIRights(rawValue: call.u64(6)).intersection(parent.inheriting)
    case .regularFile:
      entry.kind = .file
      entry.rights = rights.intersection(call.state.pointee.fileRights)
    default:
      entry.kind = .stream
      entry.rights = rights.intersection(call.state.pointee.fileRights)
    }
    return entry
  }

  // MARK: Listing

  /// (fd, buffer, size, cookie, result). Fewer bytes than the buffer holds mean the end, so as much
  /// is fetched as fits.
  @_noLocks
  static func fdReaddir(_ call: GuestCall) throws(WASIErrno) {
    let entry = try call.state.pointee.descriptors.open(call.u32(0))
    guard entry.pointee.kind == .directory else { throw .notdir }
    guard entry.pointee.rights.contains(.fdReaddir) else { throw .notcapable }
    let size = call.u32(2)
    let target = try call.bytes(call.u32(1), UInt64(size))
    var request = BrokerRequest(.list, entry.pointee.handle)
    request.first = call.u64(3)
    var done: UInt32 = 0
    while done < size {
      request.second = UInt64(done)
      request.limit = min(size &- done, UInt32(truncatingIfNeeded: BrokerReply.dataLimit))
      let length = try call.ask(request).reply.length
      guard length <= request.limit else { throw .io }
      _ = swasm_wasi_copy(target + Int(done), call.replyData, Int(length))
      done &+= length
      if length < request.limit { break }
    }
    try call.store(done, call.u32(4))
  }
}
