import CSwasm
import Glibc
import SwasmWASI

/// Changes of names: made in the opened parent directory, with a last component that holds no
/// slash.
extension Broker {
  /// A name in a directory.
  struct Place: ~Copyable {
    /// Owned if the path had a parent, else the directory of the handle.
    let opened: OwnedDescriptor?
    let directory: Int32
    let name: [UInt8]
    let hasSlash: Bool
    /// Of the handle.
    let isReadOnly: Bool
    let root: Int

    /// The name, for C.
    func withName(_ body: (Int32, UnsafePointer<CChar>) -> Int) -> Int {
      name.withUnsafeBufferPointer {
        body(
          directory, UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self))
      }
    }

    /// What the name stands for, links not followed; nil if nothing.
    func mode() -> UInt32? { attributes().map { $0.st_mode & S_IFMT } }

    func attributes() -> stat? {
      var status = stat()
      let result = withName { swasm_broker_stat($0, $1, &status, AT_SYMLINK_NOFOLLOW) }
      return result >= 0 ? status : nil
    }

    /// The text of a symbolic link.
    func linkText() throws(WASIErrno) -> ArraySlice<UInt8> {
      var text = [UInt8](repeating: 0, count: BrokerRequest.pathLimit + 1)
      let length = try checked(
        text.withUnsafeMutableBytes { bytes in
          withName { swasm_broker_read_link($0, $1, bytes.baseAddress, bytes.count) }
        })
      return text[..<length]
    }

    /// Where nothing may change, a name that is there already is the better reason not to make it.
    func requireNothing() throws(WASIErrno) {
      if isReadOnly { throw mode() == nil ? .rofs : .exist }
    }

    /// With a slash at its end, a name must stand for a directory, if for anything.
    func requireDirectory() throws(WASIErrno) {
      if hasSlash, let mode = mode(), mode != S_IFDIR { throw .notdir }
    }
  }

  func place(_ handle: UInt32, _ bytes: ArraySlice<UInt8>) throws(WASIErrno) -> Place {
    let path = try BrokerPath(bytes)
    let start = try directory(handle)
    var opened: OwnedDescriptor?
    if let parent = path.parent {
      opened = try resolution.open(start.descriptor, parent, flags: pathOnly | O_DIRECTORY)
    }
    let number = opened?.number ?? start.descriptor
    return Place(
      opened: opened, directory: number, name: path.name, hasSlash: path.hasSlash,
      isReadOnly: start.isReadOnly, root: start.root)
  }

  /// A directory that leads to one that is granted otherwise keeps its name.
  private func requireMovable(_ place: borrowing Place) throws(WASIErrno) {
    guard !mounts.pinned.isEmpty, let status = place.attributes() else { return }
    if mounts.pinned.contains(FileIdentity(status)) { throw .busy }
  }

  static func createDirectory(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let place = try broker.place(message.request.handle, message.path)
    try place.requireNothing()
    try broker.quota.check()
    try checked(place.withName { swasm_broker_make_directory($0, $1, 0o777) })
    broker.quota.added()
    return BrokerAnswer()
  }

  static func removeDirectory(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let place = try broker.place(message.request.handle, message.path)
    try checked(place.withName { swasm_broker_unlink($0, $1, AT_REMOVEDIR) })
    broker.quota.removed()
    return BrokerAnswer()
  }

  static func unlink(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let place = try broker.place(message.request.handle, message.path)
    try place.requireDirectory()
    try checked(place.withName { swasm_broker_unlink($0, $1, 0) })
    broker.quota.removed()
    return BrokerAnswer()
  }

  static func rename(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let old = try broker.place(message.request.handle, message.path)
    let new = try broker.place(message.request.otherHandle, message.otherPath)
    try old.requireDirectory()
    if new.hasSlash, let mode = old.mode(), mode != S_IFDIR { throw .notdir }
    try broker.requireMovable(old)
    try broker.requireInward(old, movedTo: new)
    let result = old.withName { from, oldName in
      new.withName { to, newName in swasm_broker_rename(from, oldName, to, newName) }
    }
    if broker.mustMoveEntries(result, old, new) {
      try broker.moveEntries(of: old, to: new)
    } else {
      try checked(result)
    }
    return BrokerAnswer()
  }

  static func link(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let old = try broker.place(message.request.handle, message.path)
    let new = try broker.place(message.request.otherHandle, message.otherPath)
    try old.requireDirectory()
    if new.hasSlash { throw new.mode() == nil ? .noent : .exist }
    if old.mode() != nil { try new.requireNothing() }
    try broker.requireInward(old, movedTo: new)
    try broker.quota.check()
    try checked(
      old.withName { from, oldName in
        new.withName { to, newName in swasm_broker_link(from, oldName, to, newName) }
      })
    broker.quota.added()
    return BrokerAnswer()
  }
}
