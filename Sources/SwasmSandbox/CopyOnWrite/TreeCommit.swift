import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// Applies what a program changed in a copy to the directory itself. First every new content is put into a folder beside
/// it, while nothing shows; then files take their places by renaming, whole each.
struct TreeCommit: ~Copyable {
  static let prefix = ".swasm-sandbox-commit-"

  private let changes: [TreeChange]
  private let original: DirectoryTree
  private let version: DirectoryTree
  private let start: timespec
  /// How messages name the directory.
  private let shown: String
  private let folder: Int32
  private let name: String

  /// Makes the folder for new contents.
  init(
    _ changes: [TreeChange], from version: Int32, to original: Int32, since start: timespec,
    shown: String
  ) throws(Failure) {
    let name = Self.prefix + ScratchFolder.randomText()
    guard mkdirat(original, name, 0o700) == 0 else {
      throw .system("cannot apply the changes to \"\(shown)\"", errno)
    }
    let folder = openat(original, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard folder >= 0 else { throw .system("cannot apply the changes to \"\(shown)\"", errno) }
    // Against a launcher that looks for what others have left.
    _ = swasm_lock_folder(folder)
    self.changes = changes
    self.version = DirectoryTree(descriptor: version)
    self.original = DirectoryTree(descriptor: original)
    self.start = start
    self.shown = shown
    self.name = name
    self.folder = folder
  }

  deinit {
    _ = TreeRemoval.empty(folder)
    unlinkat(original.descriptor, name, AT_REMOVEDIR)
    close(folder)
  }

  private func failure(_ error: DirectoryTree.Failed, _ applied: Int? = nil) -> Failure {
    let path = shown + "/" + ByteText.string(error.path)
    let reason =
      error.errno == EEXIST || error.errno == ESTALE
      ? "somebody else has changed it meanwhile" : describe(errno: error.errno)
    let done = applied.map { "; \($0) of \(changes.count) were applied before" } ?? ""
    return Failure(
      .setupFailed, "cannot apply the change of \"\(path)\": \(reason)\(done)")
  }

  private func failed(_ path: [UInt8], _ number: Int32 = errno) -> DirectoryTree.Failed {
    DirectoryTree.Failed(errno: abs(number), path: path)
  }

  // MARK: Preparation

  /// Puts new contents beside the directory's files, and looks whether all can be applied.
  func prepare(_ pause: () throws(Failure) -> Void) throws(Failure) {
    for (index, change) in changes.enumerated() {
      try pause()
      do throws(DirectoryTree.Failed) {
        try requireUnchanged(change)
        if change.kind != .deleted, !change.isDirectory { try stage(change, "\(index)") }
      } catch {
        throw failure(error)
      }
    }
    _ = swasm_sync_file_system(folder)
  }

  /// What was there is there, as the program has found it.
  ///
  /// - Parameter isUnderWay: other changes have been applied, which shows in the times of directories, and of inodes
  ///   whose other names were replaced.
  private func requireUnchanged(_ change: TreeChange, isUnderWay: Bool = false)
    throws(DirectoryTree.Failed)
  {
    if change.kind == .added { return }
    guard let status = try original.status(change.path),
      change.isDirectory == (status.kind == S_IFDIR)
    else { throw failed(change.path, ESTALE) }
    if change.isDirectory, isUnderWay || change.kind == .modified { return }
    if (isUnderWay ? status.st_mtim : status.st_ctim) > start {
      throw failed(change.path, ESTALE)
    }
  }

  private func stage(_ change: TreeChange, _ name: String) throws(DirectoryTree.Failed) {
    switch change.mode & S_IFMT {
    case S_IFREG: try stageFile(change, name)
    case S_IFLNK:
      let parent = try version.parent(of: change.path)
      guard let text = DirectoryTree.linkText(change.path.lastName, in: parent.number),
        text.withPath({ symlinkat($0, folder, name) }) == 0
      else { throw failed(change.path) }
    case S_IFIFO:
      guard mkfifoat(folder, name, change.mode & 0o777) == 0 else { throw failed(change.path) }
    default: throw failed(change.path, EPERM)
    }
  }

  private func stageFile(_ change: TreeChange, _ name: String) throws(DirectoryTree.Failed) {
    let source = try version.open(change.path, O_RDONLY | O_NONBLOCK)
    let status = try Self.attributes(source.number, change.path)
    guard status.kind == S_IFREG else { throw failed(change.path, ESTALE) }
    let file = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failed(change.path) }
    defer { close(file) }
    let copied = swasm_copy_contents(source.number, file, .max)
    guard copied >= 0 else { throw failed(change.path, Int32(-copied)) }
    var owner = status
    if change.kind == .modified {
      if let old = try? original.open(change.path, O_RDONLY | O_NONBLOCK) {
        swasm_copy_attributes(old.number, file)
      }
      guard let old = try original.status(change.path) else { throw failed(change.path, ESTALE) }
      owner = old
      // Another user's file would become this user's by being replaced.
      guard owner.st_uid == geteuid() || geteuid() == 0 else { throw failed(change.path, EPERM) }
    }
    if fchown(file, owner.st_uid, owner.st_gid) != 0 { _ = fchown(file, .max, owner.st_gid) }
    guard fchmod(file, change.mode & 0o777) == 0 else { throw failed(change.path) }
    var times = [status.st_atim, status.st_mtim]
    _ = futimens(file, &times)
  }

  private static func attributes(_ file: Int32, _ path: [UInt8]) throws(DirectoryTree.Failed)
    -> stat
  {
    var status = stat()
    guard fstat(file, &status) == 0 else {
      throw DirectoryTree.Failed(errno: errno, path: path)
    }
    return status
  }

  // MARK: Application

  /// Makes all changes; deletions last, but for those that are in the way.
  func apply() throws(Failure) {
    let added = Set(changes.lazy.filter { $0.kind == .added }.map(\.path))
    var applied = 0
    do throws(DirectoryTree.Failed) {
      for change in changes.reversed() where change.kind == .deleted && isReplaced(change, added) {
        try delete(change)
        applied += 1
      }
      for (index, change) in changes.enumerated() where change.kind != .deleted {
        if change.isDirectory { try makeDirectory(change) } else { try put(change, "\(index)") }
        applied += 1
      }
      for change in changes.reversed() where change.kind == .deleted && !isReplaced(change, added) {
        try delete(change)
        applied += 1
      }
      // Not before: without the right to write to a directory nothing could be put into it.
      for change in changes.reversed() where change.kind != .deleted && change.isDirectory {
        try setMode(change)
      }
    } catch {
      throw failure(error, applied)
    }
  }

  /// Does something new stand where a change takes something away, or where a directory around it was?
  private func isReplaced(_ change: TreeChange, _ added: Set<[UInt8]>) -> Bool {
    var path = change.path
    while path != DirectoryTree.top {
      if added.contains(path) { return true }
      path = path.directoryPart
    }
    return false
  }

  private func makeDirectory(_ change: TreeChange) throws(DirectoryTree.Failed) {
    guard change.kind == .added else { return }
    let parent = try original.parent(of: change.path)
    let name = change.path.lastName
    guard name.withPath({ mkdirat(parent.number, $0, 0o700) }) == 0 else {
      throw failed(change.path)
    }
  }

  private func setMode(_ change: TreeChange) throws(DirectoryTree.Failed) {
    let directory = try original.directory(change.path)
    // A set-group-id bit comes from the directory around it.
    let status = try Self.attributes(directory.number, change.path)
    let mode = (change.mode & 0o777) | (status.permissions & S_ISGID)
    if status.permissions != mode, fchmod(directory.number, mode) != 0 { throw failed(change.path) }
  }

  /// Lets a file or a link take its place.
  private func put(_ change: TreeChange, _ staged: String) throws(DirectoryTree.Failed) {
    try requireUnchanged(change, isUnderWay: true)
    let parent = try original.parent(of: change.path)
    let result = change.path.lastName.withPath { name in
      change.kind == .added
        ? swasm_rename_new(folder, staged, parent.number, name)
        : renameat(folder, staged, parent.number, name) == 0 ? 0 : -errno
    }
    guard result == 0 else { throw failed(change.path, result) }
  }

  private func delete(_ change: TreeChange) throws(DirectoryTree.Failed) {
    try requireUnchanged(change, isUnderWay: true)
    let parent = try original.parent(of: change.path)
    let result = change.path.lastName.withPath {
      unlinkat(parent.number, $0, change.isDirectory ? AT_REMOVEDIR : 0)
    }
    guard result == 0 else { throw failed(change.path) }
  }
}
