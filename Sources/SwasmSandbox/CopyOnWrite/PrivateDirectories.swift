import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// The launcher's part in directories that are gone or undone afterwards: it makes the folder that they lie in, finds out
/// what was changed when all processes are dead, applies it if that is asked for, and removes the folder.
struct PrivateDirectories: ~Copyable {
  private let grants: GuestGrants
  private let folder: ScratchFolder
  private let temporary: Int32
  private let start: timespec
  /// A directory that is copied, and the program's version of it.
  private struct Copied {
    var number: Int
    var descriptor: Int32
    var version: TreeChanges.Version
  }
  private var copied: [Copied] = []

  /// nil where no directory needs it.
  static func make(_ grants: GuestGrants) throws(Failure) -> PrivateDirectories? {
    let hasTemporary = grants.directories.contains(where: \.asked.isTemporary)
    guard hasTemporary || grants.directories.contains(where: \.isCopied) else { return nil }
    let start = timespec.now(CLOCK_REALTIME)
    let writable = grants.directories.filter { $0.isWritable && !$0.asked.isTemporary }
    let folder = try ScratchFolder(
      apartFrom: writable.map { ($0.descriptor, "--dir \($0.asked)") })
    let temporary = hasTemporary ? try folder.makeFolder("temporary") : -1
    for granted in grants.directories where granted.isCopied {
      ScratchFolder.sweep(granted.descriptor, prefix: TreeCommit.prefix)
    }
    return PrivateDirectories(grants, folder, temporary, start)
  }

  private init(
    _ grants: GuestGrants, _ folder: consuming ScratchFolder, _ temporary: Int32, _ start: timespec
  ) {
    self.grants = grants
    self.folder = folder
    self.temporary = temporary
    self.start = start
  }

  deinit {
    for one in copied { close(one.descriptor) }
    if temporary >= 0 { close(temporary) }
  }

  /// The directories as the broker gets them.
  func directoryDescriptors() -> [Int32] {
    grants.directories.map { $0.asked.isTemporary ? temporary : $0.descriptor }
  }

  /// The folder, where the broker has to make something in it.
  func scratchDescriptors() -> [Int32] {
    grants.directories.contains(where: \.isCopied) ? [folder.descriptor] : []
  }

  /// The broker has made the program's versions; the program has not begun.
  mutating func versionsAreMade() throws(Failure) {
    for (number, granted) in grants.directories.enumerated() where granted.isCopied {
      if let copy = folder.folder(CopiedDirectories.copy(number)) {
        let made = Self.endOfTick()
        copied.append(Copied(number: number, descriptor: copy, version: .copy(made: made)))
      } else if let upper = folder.folder(CopiedDirectories.upper(number)) {
        copied.append(Copied(number: number, descriptor: upper, version: .layer))
      } else {
        throw .system("cannot open the copy of \"\(granted.asked.host)\"", errno)
      }
    }
  }

  /// A time such that all that is changed from now on has a later one: the kernel's clock for files goes in steps.
  private static func endOfTick() -> timespec {
    let time = timespec.now(CLOCK_REALTIME)
    // Somebody may set the clock back: a step takes 10 ms at most.
    for _ in 0..<100 where !(timespec.now(CLOCK_REALTIME_COARSE) > time) { usleep(500) }
    return time
  }

  /// Finds the changes, and applies them where that is asked for. All processes that could write are dead.
  ///
  /// - Parameter pause: called now and then; what it throws ends it, but for the changes' own taking place.
  func conclude(_ result: inout RunResult, commits: Bool, _ pause: () throws(Failure) -> Void)
    throws(Failure)
  {
    if copied.isEmpty { return }
    do throws(Failure) {
      let found = try find(pause)
      result.changes = report(found)
      guard commits, result.changes?.list.isEmpty == false else { return }
      guard result.outcome == .exited, result.status == .success else {
        result.messages.append("nothing is applied, because the program's exit status is not 0")
        return
      }
      try apply(found, pause)
      result.changes?.isApplied = true
    } catch {
      if case .signal = error.status { throw error }
      result.messages.append(error.message)
      if result.status == .success { result.status = .setupFailed }
    }
  }

  private func find(_ pause: () throws(Failure) -> Void) throws(Failure) -> [TreeChanges] {
    var found: [TreeChanges] = []
    for one in copied {
      let granted = grants.directories[one.number]
      var changes = TreeChanges(
        of: granted.descriptor, by: one.descriptor, one.version, since: start,
        apartFrom: granted.inner.map(\.place.path))
      try changes.find(pause)
      found.append(changes)
    }
    return found
  }

  private func shown(_ index: Int) -> String {
    let host = grants.directories[copied[index].number].asked.host
    return host.utf8.last == UInt8(ascii: "/") ? String(host.dropLast()) : host
  }

  private func report(_ found: [TreeChanges]) -> ChangeReport {
    var report = ChangeReport()
    for (index, changes) in found.enumerated() {
      let shown = shown(index)
      report.list += changes.changes.map {
        ChangeReport.Change(
          kind: $0.kind,
          path: "\(shown)/\(ByteText.string($0.path))\($0.isDirectory ? "/" : "")")
      }
    }
    return report
  }

  /// Everything is prepared before anything is changed.
  private func apply(_ found: [TreeChanges], _ pause: () throws(Failure) -> Void) throws(Failure) {
    for (index, changes) in found.enumerated() {
      if let path = changes.conflicts.first {
        throw Failure(
          .setupFailed,
          "nothing is applied: somebody else has changed \"\(shown(index))/\(ByteText.string(path))\" "
            + "since the start")
      }
    }
    try apply(found[...], at: 0, pause)
  }

  /// All in turn are prepared, then all are applied.
  private func apply(
    _ found: ArraySlice<TreeChanges>, at index: Int, _ pause: () throws(Failure) -> Void
  ) throws(Failure) {
    guard let changes = found.first else { return }
    let directory = grants.directories[copied[index].number].descriptor
    let commit = try TreeCommit(
      changes.changes, from: copied[index].descriptor, to: directory, since: start,
      shown: shown(index))
    try commit.prepare(pause)
    try apply(found.dropFirst(), at: index + 1, pause)
    try commit.apply()
  }
}
