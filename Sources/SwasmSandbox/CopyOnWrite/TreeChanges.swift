import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// Something that a program changed in a directory.
struct TreeChange: Equatable {
  enum Kind: String {
    case added, modified, deleted

    /// As lists show it.
    var letter: String {
      switch self {
      case .added: "A"
      case .modified: "M"
      case .deleted: "D"
      }
    }
  }

  var kind: Kind
  /// From the directory.
  var path: [UInt8]
  /// Type and permissions; of what was there before where it is deleted.
  var mode: mode_t

  var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
}

/// What a program changed in a directory that is copied on write, found by comparing what it left with what is there.
/// Contents, types, permissions and the texts of links count; times alone don't.
struct TreeChanges {
  /// How the program's own version is kept.
  enum Version {
    /// An overlay's upper layer: what was changed, and marks for what is gone.
    case layer
    /// All of it. Only what was changed after that time is the program's doing.
    case copy(made: timespec)
  }

  /// More than so many are not kept in memory.
  static let most = 1_000_000

  private let before: DirectoryTree
  private let after: DirectoryTree
  private let version: Version
  /// When the run began.
  private let start: timespec
  /// Places with rules of their own.
  private let places: [[UInt8]]
  /// By their paths.
  private(set) var changes: [TreeChange] = []
  /// Paths of these that somebody else has changed since the start.
  private(set) var conflicts: [[UInt8]] = []

  private enum Visit {
    /// What is on both sides.
    case compared([UInt8])
    case added([UInt8])
    case deleted([UInt8])
  }
  private var visits: [Visit] = []

  init(
    of before: Int32, by after: Int32, _ version: Version, since start: timespec,
    apartFrom places: [[UInt8]]
  ) {
    self.before = DirectoryTree(descriptor: before)
    self.after = DirectoryTree(descriptor: after)
    self.version = version
    self.start = start
    self.places = places
  }

  /// - Parameter pause: called now and then; what it throws ends the search.
  mutating func find(_ pause: () throws(Failure) -> Void) throws(Failure) {
    visits = [.compared(DirectoryTree.top)]
    while let visit = visits.popLast() {
      try pause()
      do throws(DirectoryTree.Failed) {
        try go(on: visit)
      } catch {
        throw .system("cannot look for changes at \"\(ByteText.string(error.path))\"", error.errno)
      }
      guard changes.count <= Self.most else {
        throw Failure(.setupFailed, "more than \(Self.most) changes; they are not listed")
      }
    }
    changes.sort {
      $0.path != $1.path
        ? $0.path.lexicographicallyPrecedes($1.path) : $0.kind == .deleted && $1.kind != .deleted
    }
  }

  private mutating func go(on visit: Visit) throws(DirectoryTree.Failed) {
    switch visit {
    case .compared(let path): try compare(path)
    case .added(let path):
      let directory = try after.directory(path)
      for name in try DirectoryTree.names(in: directory.number, path) {
        let new = DirectoryTree.status(name, in: directory.number)
        pair(path.appending(name), isMark(new) ? nil : new, nil)
      }
    case .deleted(let path):
      let directory = try before.directory(path)
      for name in try DirectoryTree.names(in: directory.number, path) {
        pair(path.appending(name), nil, DirectoryTree.status(name, in: directory.number))
      }
    }
  }

  /// Did the program have nothing to do with something in its copy?
  private func isUntouched(_ status: stat) -> Bool {
    if case .copy(let made) = version { !(status.st_ctim > made) } else { false }
  }

  /// A mark of an upper layer that hides a name.
  private func isMark(_ status: stat?) -> Bool {
    if case .layer = version, let status {
      status.kind == S_IFCHR && status.st_rdev == 0
    } else {
      false
    }
  }

  private mutating func compare(_ path: [UInt8]) throws(DirectoryTree.Failed) {
    let new: OwnedDescriptor
    do throws(DirectoryTree.Failed) {
      new = try after.directory(path)
    } catch {
      // One that this user could not read before either.
      if case .copy = version, error.errno == EACCES { return }
      throw error
    }
    let old = try before.directory(path)
    let names = try DirectoryTree.names(in: new.number, path)
    for name in names {
      let child = path.appending(name)
      guard !places.contains(child), let status = DirectoryTree.status(name, in: new.number) else {
        continue
      }
      let previous = DirectoryTree.status(name, in: old.number)
      if isUntouched(status), status.kind != S_IFDIR { continue }
      if isUntouched(status), previous?.kind != S_IFDIR {
        // Somebody has taken a directory away in which the program may have changed something.
        conflicts.append(child)
        continue
      }
      guard let previous, previous.kind == status.kind, !isMark(status) else {
        pair(child, isMark(status) ? nil : status, previous)
        continue
      }
      if status.kind == S_IFDIR { visits.append(.compared(child)) }
      if !isUntouched(status), try differs(name, status, new.number, previous, old.number, child) {
        note(.modified, child, status.st_mode)
        // Names may come and go in a directory that stays.
        if status.kind != S_IFDIR { noteConflict(child, previous) }
      }
    }
    if hidesOthers(new) { try compareHidden(path, old.number, names) }
  }

  /// Is what is not in a directory gone?
  private func hidesOthers(_ directory: borrowing OwnedDescriptor) -> Bool {
    switch version {
    case .layer: return swasm_is_opaque(directory.number) == 1
    case .copy:
      // No name came or went where the directory itself is as it was.
      guard let status = try? directory.attributes() else { return true }
      return !isUntouched(status)
    }
  }

  private mutating func compareHidden(_ path: [UInt8], _ old: Int32, _ names: [[UInt8]])
    throws(DirectoryTree.Failed)
  {
    let kept = Set(names)
    for name in try DirectoryTree.names(in: old, path) where !kept.contains(name) {
      let child = path.appending(name)
      guard !places.contains(child), let status = DirectoryTree.status(name, in: old) else {
        continue
      }
      // Of devices and sockets there are no copies.
      if case .copy = version, ![S_IFDIR, S_IFREG, S_IFLNK, S_IFIFO].contains(status.kind) {
        continue
      }
      // What somebody else has made since the copy was never in it.
      if case .copy = version, name.withPath({ swasm_is_younger(old, $0, [start]) }) != 0 {
        continue
      }
      pair(child, nil, status)
    }
  }

  /// A name that is not the same on both sides.
  private mutating func pair(_ path: [UInt8], _ new: stat?, _ old: stat?) {
    if let old {
      note(.deleted, path, old.st_mode)
      noteConflict(path, old)
      if old.kind == S_IFDIR { visits.append(.deleted(path)) }
    }
    if let new {
      note(.added, path, new.st_mode)
      if new.kind == S_IFDIR { visits.append(.added(path)) }
    }
  }

  private mutating func note(_ kind: TreeChange.Kind, _ path: [UInt8], _ mode: mode_t) {
    changes.append(TreeChange(kind: kind, path: path, mode: mode))
  }

  /// The program itself changes nothing in what was there.
  private mutating func noteConflict(_ path: [UInt8], _ old: stat) {
    if old.st_ctim > start { conflicts.append(path) }
  }

  private func differs(
    _ name: [UInt8], _ new: stat, _ newDirectory: Int32, _ old: stat, _ oldDirectory: Int32,
    _ path: [UInt8]
  ) throws(DirectoryTree.Failed) -> Bool {
    if new.kind == S_IFLNK {
      return DirectoryTree.linkText(name, in: newDirectory)
        != DirectoryTree.linkText(name, in: oldDirectory)
    }
    if new.permissions != old.permissions { return true }
    guard new.kind == S_IFREG else { return false }
    if new.st_size != old.st_size { return true }
    let first = try after.open(path, O_RDONLY | O_NONBLOCK)
    let second = try before.open(path, O_RDONLY | O_NONBLOCK)
    let result = swasm_same_contents(first.number, second.number)
    guard result >= 0 else { throw DirectoryTree.Failed(errno: -result, path: path) }
    return result == 0
  }
}
