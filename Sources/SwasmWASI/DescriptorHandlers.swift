import CSwasm
import Glibc

/// Everything on an open descriptor but reading, writing and listing.
extension Handlers {
  /// The open descriptor of the first argument, which must have `rights`.
  @_noLocks
  static func descriptor(_ call: GuestCall, _ rights: WASIRights)
    throws(WASIErrno) -> UnsafeMutablePointer<Descriptor>
  {
    let entry = try call.state.pointee.descriptors.open(call.u32(0))
    guard entry.pointee.rights.contains(rights) else { throw .notcapable }
    return entry
  }

  /// As above, for what only files have.
  @_noLocks
  private static func file(_ call: GuestCall, _ rights: WASIRights, else error: WASIErrno)
    throws(WASIErrno) -> UnsafeMutablePointer<Descriptor>
  {
    let entry = try call.state.pointee.descriptors.open(call.u32(0))
    guard entry.pointee.kind == .file else {
      throw entry.pointee.kind == .directory ? .badf : error
    }
    return try descriptor(call, rights)
  }

  @_noLocks
  private static func check(_ result: Int) throws(WASIErrno) {
    guard result >= 0 else { throw WASIErrno(kernel: result) }
  }

  // MARK: Position

  /// (fd, offset, whence, result)
  @_noLocks
  static func fdSeek(_ call: GuestCall) throws(WASIErrno) {
    let entry = try file(call, .none, else: .spipe)
    let whence: Int32
    switch (call.u32(2), call.layout) {
    case (0, .preview1), (2, .unstable): whence = SEEK_SET
    case (1, .preview1), (0, .unstable): whence = SEEK_CUR
    case (2, .preview1), (1, .unstable): whence = SEEK_END
    default: throw .inval
    }
    let isTell = whence == SEEK_CUR && call.i64(1) == 0
    let rights = entry.pointee.rights
    guard rights.contains(.fdSeek) || (isTell && rights.contains(.fdTell)) else {
      throw .notcapable
    }
    let position = swasm_wasi_lseek(entry.pointee.host, call.i64(1), whence)
    try check(position)
    call.noteFileUse(of: entry)
    try call.store(UInt64(bitPattern: Int64(position)), call.u32(3))
  }

  /// (fd, result)
  @_noLocks
  static func fdTell(_ call: GuestCall) throws(WASIErrno) {
    let entry = try file(call, .fdTell, else: .spipe)
    let position = swasm_wasi_lseek(entry.pointee.host, 0, SEEK_CUR)
    try check(position)
    call.noteFileUse(of: entry)
    try call.store(UInt64(bitPattern: Int64(position)), call.u32(1))
  }

  // MARK: Contents

  /// (fd, offset, length, advice). Advice is never needed.
  @_noLocks
  static func fdAdvise(_ call: GuestCall) throws(WASIErrno) {
    _ = try file(call, .fdAdvise, else: .spipe)
    guard call.u32(3) <= 5 else { throw .inval }
    let (end, overflow) = call.u64(1).addingReportingOverflow(call.u64(2))
    guard !overflow, end <= UInt64(Int64.max) else { throw .inval }
  }

  /// (fd, offset, length). The broker has the same open file and does it.
  @_noLocks
  static func fdAllocate(_ call: GuestCall) throws(WASIErrno) {
    let entry = try file(call, .fdAllocate, else: .spipe)
    let (end, overflow) = call.u64(1).addingReportingOverflow(call.u64(2))
    guard !overflow, end <= UInt64(Int64.max), call.u64(2) > 0 else { throw .inval }
    guard entry.pointee.handle != BrokerRequest.noHandle else { throw .notsup }
    var request = BrokerRequest(.allocate, entry.pointee.handle)
    request.first = call.u64(1)
    request.second = call.u64(2)
    guard call.u64(2) <= call.state.pointee.writtenLeft else { throw call.denyWriting() }
    _ = try call.ask(request)
    call.countWritten(call.u64(2))
  }

  /// (fd)
  @_noLocks
  static func fdDatasync(_ call: GuestCall) throws(WASIErrno) {
    try synchronize(call, .fdDatasync)
  }

  /// (fd)
  @_noLocks
  static func fdSync(_ call: GuestCall) throws(WASIErrno) { try synchronize(call, .fdSync) }

  /// A directory's names are on disk once a file in it has been synchronised: nothing to do for
  /// itself.
  @_noLocks
  private static func synchronize(_ call: GuestCall, _ right: WASIRights) throws(WASIErrno) {
    let entry = try call.state.pointee.descriptors.open(call.u32(0))
    switch entry.pointee.kind {
    case .directory: _ = try descriptor(call, right)
    case .file:
      _ = try descriptor(call, right)
      guard call.state.pointee.allowed.contains(.synchronize) else { throw call.deny(.files) }
      let host = entry.pointee.host
      call.noteFileUse(of: entry)
      try check(right == .fdSync ? swasm_wasi_fsync(host) : swasm_wasi_fdatasync(host))
    default: throw .inval
    }
  }

  /// (fd, size). Not of a standard stream: what a shell appends to is not the program's to empty.
  @_noLocks
  static func fdFilestatSetSize(_ call: GuestCall) throws(WASIErrno) {
    guard try !call.state.pointee.descriptors.open(call.u32(0)).pointee.isStandard else {
      throw .inval
    }
    let entry = try file(call, .fdFilestatSetSize, else: .inval)
    guard call.i64(1) >= 0 else { throw .inval }
    guard call.state.pointee.allowed.contains(.resize) else { throw call.deny(.files) }
    try check(swasm_wasi_ftruncate(entry.pointee.host, call.i64(1)))
  }

  // MARK: Attributes

  /// (fd, result): type u8, flags u16 at 2, rights u64 at 8 and 16.
  @_noLocks
  static func fdFdstatGet(_ call: GuestCall) throws(WASIErrno) {
    let entry = try descriptor(call, .none)
    let result = try call.bytes(call.u32(1), 24)
    result.storeBytes(of: UInt64(entry.pointee.fileType.code), as: UInt64.self)
    (result + 2).storeBytes(of: entry.pointee.flags.rawValue, as: UInt16.self)
    (result + 8).storeBytes(of: entry.pointee.rights.rawValue, as: UInt64.self)
    (result + 16).storeBytes(of: entry.pointee.inheriting.rawValue, as: UInt64.self)
  }

  /// (fd, flags). Those that make writes synchronous are fixed when a file is opened.
  @_noLocks
  static func fdFdstatSetFlags(_ call: GuestCall) throws(WASIErrno) {
    let entry = try descriptor(call, .fdFdstatSetFlags)
    let flags = WASIFdFlags(rawValue: call.u16(1))
    guard call.u32(1) <= UInt32(WASIFdFlags.all.rawValue) else { throw .inval }
    guard entry.pointee.kind != .directory else { throw .badf }
    let changed = flags.rawValue ^ entry.pointee.flags.rawValue
    let changeable = WASIFdFlags.append.rawValue | WASIFdFlags.nonblock.rawValue
    guard changed & ~changeable == 0 else { throw .notsup }
    entry.pointee.flags = flags
    entry.pointee.isPolledFirst = flags.contains(.nonblock) && entry.pointee.kind != .file
  }

  /// (fd, base, inheriting). Rights only shrink.
  @_noLocks
  static func fdFdstatSetRights(_ call: GuestCall) throws(WASIErrno) {
    let entry = try descriptor(call, .none)
    let base = WASIRights(rawValue: call.u64(1))
    let inheriting = WASIRights(rawValue: call.u64(2))
    guard entry.pointee.rights.contains(base),
      entry.pointee.inheriting.contains(inheriting)
    else { throw .notcapable }
    entry.pointee.rights = base
    entry.pointee.inheriting = inheriting
  }

  /// (fd, result). Of a stream only the type is known.
  @_noLocks
  static func fdFilestatGet(_ call: GuestCall) throws(WASIErrno) {
    let entry = try stream(call)
    guard entry.pointee.rights.contains(.fdFilestatGet) else { throw .notcapable }
    // Python asks this of each standard stream, and takes one that is not there for an error.
    call.noteUse(of: entry)
    var filestat = WASIFilestat()
    filestat.fileType = UInt64(entry.pointee.fileType.code)
    switch entry.pointee.kind {
    case .directory:
      filestat = try call.ask(BrokerRequest(.handleStatus, entry.pointee.handle)).reply.filestat
    case .file where call.state.pointee.allowed.contains(.status):
      var status = stat()
      try check(swasm_wasi_fstat(entry.pointee.host, &status))
      filestat = WASIFilestat(status)
    default: break
    }
    try call.store(filestat, call.u32(1))
  }

  /// (fd, access time, modification time, flags)
  @_noLocks
  static func fdFilestatSetTimes(_ call: GuestCall) throws(WASIErrno) {
    let entry = try descriptor(call, .fdFilestatSetTimes)
    let flags = WASITimeFlags(rawValue: call.u16(3))
    guard flags.isValid else { throw .inval }
    guard entry.pointee.handle != BrokerRequest.noHandle else { throw .notsup }
    var request = BrokerRequest(.handleSetTimes, entry.pointee.handle)
    request.timeFlags = flags.rawValue
    request.first = call.u64(1)
    request.second = call.u64(2)
    _ = try call.ask(request)
  }

  // MARK: Preopened directories

  /// (fd, result): tag u8, length u32 at 4.
  @_noLocks
  static func fdPrestatGet(_ call: GuestCall) throws(WASIErrno) {
    let index = try preopened(call)
    let length = UInt64(call.state.pointee.preopenNames.length(index))
    try call.store(length &<< 32, call.u32(1))
  }

  /// (fd, bytes, length)
  @_noLocks
  static func fdPrestatDirName(_ call: GuestCall) throws(WASIErrno) {
    let index = try preopened(call)
    let names = call.state.pointee.preopenNames
    call.note(.directoryNames)
    guard Int(call.u32(2)) >= names.length(index) else { throw .nametoolong }
    let target = try call.bytes(call.u32(1), UInt64(names.length(index)))
    _ = swasm_wasi_copy(target, names.bytes + names.offsets[index], names.length(index))
  }

  @_noLocks
  private static func preopened(_ call: GuestCall) throws(WASIErrno) -> Int {
    let entry = try descriptor(call, .none)
    guard entry.pointee.preopen != Descriptor.notPreopened else { throw .badf }
    return Int(entry.pointee.preopen)
  }

  // MARK: Closing

  /// (fd)
  @_noLocks
  static func fdClose(_ call: GuestCall) throws(WASIErrno) {
    let entry = try descriptor(call, .none)
    release(entry, call)
    call.state.pointee.descriptors.free(call.u32(0))
  }

  /// (from, to)
  @_noLocks
  static func fdRenumber(_ call: GuestCall) throws(WASIErrno) {
    let source = try descriptor(call, .none)
    let target = try call.state.pointee.descriptors.open(call.u32(1))
    guard source != target else { return }
    release(target, call)
    target.pointee = source.pointee
    call.state.pointee.descriptors.free(call.u32(0))
  }

  /// Gives up what stands behind an entry.
  @_noLocks
  private static func release(_ entry: UnsafeMutablePointer<Descriptor>, _ call: GuestCall) {
    call.forget(entry.pointee.handle)
    if entry.pointee.host >= 0, !entry.pointee.isStandard,
      call.state.pointee.allowed.contains(.close)
    {
      _ = swasm_wasi_close(entry.pointee.host)
    }
  }
}
