import CSwasm
import Glibc
import SwasmWASI

/// What a broker keeps of the requests that it granted, for `learn`: which directories were used, in which way.
struct PathRecorder {
  /// Something that a request is about, found before the request is carried out.
  struct Target {
    var root: Int
    /// The granted directory that the use takes: from the root on, what is between the points that
    /// the path turns at included.
    var directory: [UInt8]
    var name: [UInt8]
    /// Where the path ends itself, if it ends at a directory.
    var ownDirectory: [UInt8]?
    /// The path goes by `..` or through a link.
    var hasTurned = false
  }

  /// What is known of an open handle.
  private struct Handle {
    /// Of a directory itself, of a file the one that it lies in.
    var directory: [UInt8]
    var isWritten: Bool
  }

  private var table = PathTable()
  private let pages: RecordPages
  /// By the handle's number.
  private var handles: [Handle?] = []

  init(_ pages: RecordPages) { self.pages = pages }

  /// The directory of a handle, from its root on.
  func directory(of handle: UInt32) -> [UInt8] {
    handle < handles.count ? handles[Int(handle)]?.directory ?? [] : []
  }

  mutating func opened(_ handle: UInt32, in directory: [UInt8], isWritten: Bool) {
    while handles.count <= handle { handles.append(nil) }
    let kept = directory.count <= PathTable.directoryLimit ? directory : []
    handles[Int(handle)] = Handle(directory: kept, isWritten: isWritten)
  }

  /// Handles of files that were open for writing.
  var written: [UInt32] {
    handles.indices.filter { handles[$0]?.isWritten == true }.map(UInt32.init)
  }

  func isWritten(_ handle: UInt32) -> Bool {
    handle < handles.count && handles[Int(handle)]?.isWritten == true
  }

  mutating func closed(_ handle: UInt32) {
    if handle < handles.count { handles[Int(handle)] = nil }
  }

  mutating func use(
    _ root: Int, _ directory: [UInt8], _ operation: BrokerOperation, isWrite: Bool,
    name: [UInt8] = []
  ) {
    let changed = table.add(
      PathTable.Entry(
        root: root, directory: directory, isWrite: isWrite, operation: operation, name: name))
    if changed?.isEmpty != true { pages.write(table, changed: changed) }
  }

  mutating func foundNothing() {
    table.totals.notFound += 1
    pages.write(table.totals)
  }

  mutating func grew(file bytes: UInt64) {
    guard bytes > table.totals.largestFile else { return }
    table.totals.largestFile = bytes
    pages.write(table.totals)
  }

  mutating func hold(names: UInt64) {
    guard names > table.totals.names else { return }
    table.totals.names = names
    pages.write(table.totals)
  }
}

extension PathRecorder {
  /// A recorder that has been through all that it does: what Swift's runtime does at the first time takes calls that no
  /// broker has.
  static func rehearsed(_ bytes: UnsafeMutableRawBufferPointer, _ resolution: BrokerResolution)
    -> PathRecorder
  {
    var trial = PathRecorder(RecordPages(bytes))
    for number in 0...PathTable.capacity {
      trial.use(0, Array("a/\(number)".utf8), .open, isWrite: number % 2 == 0)
    }
    trial.opened(1, in: [], isWritten: true)
    trial.closed(trial.written.first ?? 0)
    trial.foundNothing()
    trial.grew(file: 1)
    trial.hold(names: 1)
    var walk = PathWalk(-1, resolution)
    _ = walk.follow(Array("a/../b/./c".utf8)[...], followsLast: true)
    _ = PathWalk.joined(walk.span, PathWalk.common(walk.whole, walk.name))
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    return PathRecorder(RecordPages(bytes))
  }
}

extension Broker {
  /// What a request is about, as it is before the request is carried out; nothing where nobody wants to know.
  func targets(of message: BrokerMessage) -> [PathRecorder.Target] {
    guard recorder != nil else { return [] }
    let needs = message.row.needs
    let request = message.request
    var targets: [PathRecorder.Target] = []
    // The first path of a symbolic link is its text.
    if message.row.operation != .symlink {
      let target =
        needs.contains(.path)
        ? target(request.handle, message.path, follows: message.lookup.contains(.follow))
        : itself(request.handle)
      guard let target else { return [] }
      targets.append(target)
    }
    if needs.contains(.otherPath) {
      guard let target = target(request.otherHandle, message.otherPath, follows: false) else {
        return []
      }
      targets.append(target)
    }
    return targets
  }

  private func itself(_ handle: UInt32) -> PathRecorder.Target? {
    guard let entry = handles[handle], let directory = recorder?.directory(of: handle) else {
      return nil
    }
    return PathRecorder.Target(
      root: entry.root, directory: directory, name: [],
      ownDirectory: entry.kind == .directory ? directory : nil)
  }

  private func target(_ handle: UInt32, _ path: ArraySlice<UInt8>, follows: Bool)
    -> PathRecorder.Target?
  {
    guard let entry = handles[handle], entry.kind == .directory, let recorder, !path.isEmpty,
      !path.contains(0)
    else { return nil }
    var walk = PathWalk(entry.descriptor, resolution)
    guard walk.follow(path, followsLast: follows || path.last == UInt8(ascii: "/")) else {
      return nil
    }
    let start = recorder.directory(of: handle)
    return PathRecorder.Target(
      root: entry.root, directory: PathWalk.joined(start, walk.span), name: walk.name,
      ownDirectory: walk.isDirectory ? PathWalk.joined(start, walk.whole) : nil,
      hasTurned: walk.hasTurned)
  }

  /// Keeps what a request that was granted made use of.
  mutating func record(
    _ message: BrokerMessage, _ targets: [PathRecorder.Target], _ answer: BrokerAnswer
  ) {
    guard recorder != nil else { return }
    recorder?.hold(names: quota.used)
    guard let first = targets.first else { return }
    let operation = message.row.operation
    switch operation {
    case .open: recordOpening(message, first, answer)
    case .status, .handleStatus, .list, .readLink: recordLook(first, operation)
    case .close: break
    case .rename, .link: recordMove(first, targets.last ?? first, operation)
    case .createDirectory, .symlink, .setTimes, .handleSetTimes, .allocate:
      recorder?.use(
        first.root, first.directory, operation, isWrite: true, name: first.name)
    case .removeDirectory, .unlink:
      recorder?.use(
        first.root, first.directory, operation, isWrite: true, name: first.name)
      keepMovable(first, operation)
    }
  }

  /// What is looked at grants the directory that it lies in; a directory grants itself.
  private mutating func recordLook(
    _ target: PathRecorder.Target, _ operation: BrokerOperation
  ) {
    if !target.hasTurned, let directory = target.ownDirectory {
      recorder?.use(target.root, directory, operation, isWrite: false)
    } else {
      recorder?.use(target.root, target.directory, operation, isWrite: false, name: target.name)
    }
  }

  private mutating func recordOpening(
    _ message: BrokerMessage, _ target: PathRecorder.Target, _ answer: BrokerAnswer
  ) {
    let asked = WASIOpenFlags(rawValue: message.request.openFlags)
    let isWrite =
      message.lookup.contains(.write) || asked.contains(.create) || asked.contains(.truncate)
    let handle = answer.reply.handle
    let isDirectory = handle != BrokerRequest.noHandle && handles[handle]?.kind == .directory
    if isDirectory {
      recordLook(target, .open)
    } else {
      recorder?.use(
        target.root, target.directory, .open, isWrite: isWrite, name: target.name)
    }
    guard handle != BrokerRequest.noHandle else { return }
    let directory = isDirectory ? target.ownDirectory ?? target.directory : target.directory
    recorder?.opened(handle, in: directory, isWritten: isWrite && !isDirectory)
  }

  /// Both names have to be under one rule, and under the rule of what is moved.
  private mutating func recordMove(
    _ old: PathRecorder.Target, _ new: PathRecorder.Target, _ operation: BrokerOperation
  ) {
    if old.root == new.root {
      let directory = PathWalk.common(old.directory, new.directory)
      recorder?.use(old.root, directory, operation, isWrite: true, name: old.name)
    } else {
      recorder?.use(old.root, old.directory, operation, isWrite: true, name: old.name)
      recorder?.use(new.root, new.directory, operation, isWrite: true, name: new.name)
    }
    keepMovable(old, operation)
  }

  /// A directory with a rule of its own could not be moved or removed: its rule is that of what it lies in.
  private mutating func keepMovable(
    _ target: PathRecorder.Target, _ operation: BrokerOperation
  ) {
    guard let directory = target.ownDirectory else { return }
    recorder?.use(target.root, directory, operation, isWrite: true)
  }

  /// Keeps what a request that failed says of the program.
  mutating func recordFailure(
    _ error: WASIErrno, _ message: BrokerMessage, _ targets: [PathRecorder.Target]
  ) {
    guard recorder != nil else { return }
    if error == .noent {
      recorder?.foundNothing()
    } else if error == .exist, let last = targets.last {
      // The program knows by it what is there.
      recordLook(last, message.row.operation)
    }
  }

  /// The size of a file that was written, when it is closed.
  mutating func recordClosing(_ handle: UInt32) {
    guard recorder != nil, let entry = handles[handle] else { return }
    if recorder?.isWritten(handle) == true,
      let size = try? Self.attributes(entry.descriptor).st_size
    {
      recorder?.grew(file: UInt64(max(0, size)))
    }
    recorder?.closed(handle)
  }

  /// The same for all that the guest left open.
  mutating func recordEnd() {
    for handle in recorder?.written ?? [] { recordClosing(handle) }
  }
}
