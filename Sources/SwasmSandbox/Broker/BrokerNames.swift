import CSwasm
import Glibc
import SwasmWASI

/// Changes of names: made in the opened parent directory, with a last component that holds no
/// slash.
extension Broker {
  /// A name in a directory.
  private struct Place: ~Copyable {
    /// Owned if the path had a parent, else the directory of the handle.
    let opened: OwnedDescriptor?
    let directory: Int32
    let name: [UInt8]
    let hasSlash: Bool

    /// The name, for C.
    func withName(_ body: (Int32, UnsafePointer<CChar>) -> Int) -> Int {
      name.withUnsafeBufferPointer {
        body(
          directory, UnsafeRawPointer($0.baseAddress!).assumingMemoryBound(to: CChar.self))
      }
    }

    /// What the name stands for, links not followed; nil if nothing.
    func mode() -> UInt32? {
      var status = stat()
      let result = withName { swasm_broker_stat($0, $1, &status, AT_SYMLINK_NOFOLLOW) }
      return result >= 0 ? status.st_mode & S_IFMT : nil
    }

    /// With a slash at its end, a name must stand for a directory, if for anything.
    func requireDirectory() throws(WASIErrno) {
      if hasSlash, let mode = mode(), mode != S_IFDIR { throw .notdir }
    }
  }

  private func place(_ handle: UInt32, _ bytes: ArraySlice<UInt8>) throws(WASIErrno) -> Place {
    let path = try BrokerPath(bytes)
    let start = try directory(handle).descriptor
    guard let parent = path.parent else {
      return Place(opened: nil, directory: start, name: path.name, hasSlash: path.hasSlash)
    }
    let opened = try Self.openBeneath(start, parent, flags: pathOnly | O_DIRECTORY)
    let number = opened.number
    return Place(opened: opened, directory: number, name: path.name, hasSlash: path.hasSlash)
  }

  static func createDirectory(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let place = try broker.place(message.request.handle, message.path)
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
    try checked(
      old.withName { from, oldName in
        new.withName { to, newName in swasm_broker_rename(from, oldName, to, newName) }
      })
    return BrokerAnswer()
  }

  static func link(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let old = try broker.place(message.request.handle, message.path)
    let new = try broker.place(message.request.otherHandle, message.otherPath)
    try old.requireDirectory()
    if new.hasSlash { throw new.mode() == nil ? .noent : .exist }
    try broker.quota.check()
    try checked(
      old.withName { from, oldName in
        new.withName { to, newName in swasm_broker_link(from, oldName, to, newName) }
      })
    broker.quota.added()
    return BrokerAnswer()
  }

  /// A link to an absolute path leads out of every granted directory, for the guest and for whoever
  /// follows it later: refused.
  static func symlink(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    guard let first = message.path.first else { throw .noent }
    guard !message.path.contains(0) else { throw .ilseq }
    guard first != UInt8(ascii: "/") else { throw .notcapable }
    let new = try broker.place(message.request.otherHandle, message.otherPath)
    if new.hasSlash {
      guard let mode = new.mode() else { throw .noent }
      throw mode == S_IFDIR ? .exist : .notdir
    }
    let text = (message.path + [0]).map { CChar(bitPattern: $0) }
    try broker.quota.check()
    try checked(new.withName { swasm_broker_symlink(text, $0, $1) })
    broker.quota.added()
    return BrokerAnswer()
  }

  static func readLink(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    let place = try broker.place(message.request.handle, message.path)
    if place.hasSlash {
      guard let mode = place.mode() else { throw .noent }
      throw mode == S_IFDIR ? .inval : .notdir
    }
    var text = [UInt8](repeating: 0, count: BrokerRequest.pathLimit + 1)
    let length = try checked(
      text.withUnsafeMutableBytes { bytes in
        place.withName { swasm_broker_read_link($0, $1, bytes.baseAddress, bytes.count) }
      })
    var answer = BrokerAnswer()
    answer.data = text[..<min(length, Int(message.request.limit))]
    return answer
  }
}
