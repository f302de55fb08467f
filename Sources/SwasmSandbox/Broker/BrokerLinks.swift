import CSwasm
import Glibc
import SwasmWASI

/// Symbolic links. None is made that leads out of the granted directory: the guest could not follow
/// it, but whoever finds it later would.
extension Broker {
  static func symlink(_ broker: inout Broker, _ message: BrokerMessage)
    throws(WASIErrno) -> BrokerAnswer
  {
    guard !message.path.isEmpty else { throw .noent }
    guard !message.path.contains(0) else { throw .ilseq }
    let new = try broker.place(message.request.otherHandle, message.otherPath)
    if new.hasSlash {
      guard let mode = new.mode() else { throw .noent }
      throw mode == S_IFDIR ? .exist : .notdir
    }
    try new.requireNothing()
    try broker.requireInward(message.path, at: new)
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
    var answer = BrokerAnswer()
    answer.data = try place.linkText().prefix(Int(message.request.limit))
    return answer
  }

  /// A link that is moved or linked again may lead out from its new place, and so may those in a directory.
  func requireInward(_ old: borrowing Place, movedTo new: borrowing Place) throws(WASIErrno) {
    switch old.mode() {
    case S_IFLNK: try requireInward(try old.linkText(), at: new)
    case S_IFDIR: try requireInwardLinks(in: old, movedTo: new)
    default: break
    }
  }

  /// Refuses the text of a link that would lead out from a place.
  private func requireInward(_ text: ArraySlice<UInt8>, at place: borrowing Place)
    throws(WASIErrno)
  {
    guard let steps = Self.stepsUp(text) else { throw .notcapable }
    if steps == 0 { return }
    guard let depth = depth(of: place.directory, below: place.root), steps <= depth else {
      throw .notcapable
    }
  }

  /// How far a link goes up before it goes down; nil where it may lead anywhere: it is absolute, or goes up later,
  /// and what comes before may be a link too.
  private static func stepsUp(_ text: ArraySlice<UInt8>) -> Int? {
    guard text.first != UInt8(ascii: "/") else { return nil }
    let above = [UInt8](repeating: UInt8(ascii: "."), count: 2)[...]
    let components = text.split(separator: UInt8(ascii: "/")).filter { $0 != above.prefix(1) }
    let steps = components.prefix { $0 == above }.count
    return components.dropFirst(steps).contains(above) ? nil : steps
  }

  /// Directories between a directory and the granted one that it lies in, itself counted; nil where it lies there no more.
  private func depth(of directory: Int32, below root: Int) -> Int? {
    guard let top = roots[root], var current = FileIdentity(of: directory) else { return nil }
    var parent: Int32 = -1
    defer { if parent >= 0 { _ = swasm_wasi_close(parent) } }
    var depth = 0
    while current != top {
      guard let next = try? resolution.openParent(of: parent >= 0 ? parent : directory),
        let identity = FileIdentity(of: next.number), identity != current
      else { return nil }
      if parent >= 0 { _ = swasm_wasi_close(parent) }
      parent = next.release()
      current = identity
      depth += 1
    }
    return depth
  }

  /// Looks at all links in a directory that is moved up. Links that led out before are not this guest's.
  private func requireInwardLinks(in old: borrowing Place, movedTo new: borrowing Place)
    throws(WASIErrno)
  {
    guard let before = depth(of: old.directory, below: old.root),
      let after = depth(of: new.directory, below: new.root)
    else { throw .notcapable }
    guard after < before else { return }
    let top = try resolution.open(
      old.directory, old.name, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    var pending: [(path: [UInt8], depth: Int)] = [([UInt8(ascii: ".")], 1)]
    var size = 0
    while let (path, depth) = pending.popLast() {
      size -= path.count
      let directory = try resolution.open(
        top.number, path + [0], flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
      let number = directory.number
      try DirectoryEntry.read(number) { (entry) throws(WASIErrno) in
        if entry.type == .directory, !entry.name.elementsEqual([0x2e, 0x2e]) {
          pending.append((path + [UInt8(ascii: "/")] + entry.name, depth + 1))
          size += path.count + 1 + entry.name.count
          guard size <= Self.pendingLimit else { throw .nomem }
        }
        guard entry.type == .symbolicLink else { return }
        let link = Place(
          opened: nil, directory: number, name: entry.name + [0], hasSlash: false,
          isReadOnly: false, root: old.root)
        guard let steps = Self.stepsUp(try link.linkText()) else { return }
        if steps <= before + depth, steps > after + depth { throw .notcapable }
      }
    }
  }

  /// Bytes of paths that are still to be looked at.
  private static var pendingLimit: Int { 16 << 20 }
}
