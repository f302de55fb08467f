import CSwasm
import Glibc
import SwasmWASI

/// A private copy of a directory, for where there can be no overlay: files, directories, links and FIFOs with their
/// modes and times. Links are copied as links, devices and sockets are left out.
struct TreeCopy {
  /// What is copied at most; files that the file system shares between original and copy don't count.
  static let mostBytes: Int64 = 4 << 30
  static let mostNames = 500_000

  enum Failed: Error, Equatable {
    case tooLarge
    case failed(DirectoryTree.Failed)
  }

  /// Places with rules of their own: only something to mount on is made there.
  private let places: [[UInt8]]
  private let source: DirectoryTree
  private let target: DirectoryTree
  /// Places where another file system is mounted; nothing of it is copied.
  private(set) var mounts: [[UInt8]] = []
  private var bytes: Int64 = 0
  private var names = 0
  /// Directories with the modes and times that they have in the end, those within others after them.
  private var directories: [(path: [UInt8], status: stat)] = []

  /// - Parameter target: an empty directory.
  init(of source: Int32, to target: Int32, apartFrom places: [[UInt8]]) {
    self.source = DirectoryTree(descriptor: source)
    self.target = DirectoryTree(descriptor: target)
    self.places = places
  }

  mutating func make() throws(Failed) {
    do throws(DirectoryTree.Failed) {
      let top = try source.directory(DirectoryTree.top)
      var status = stat()
      guard fstat(top.number, &status) == 0 else { throw failed(DirectoryTree.top) }
      directories.append((DirectoryTree.top, status))
      var next = 0
      while next < directories.count {
        try copyEntries(ofDirectory: next)
        if names > Self.mostNames || bytes > Self.mostBytes { throw failed([], EFBIG) }
        next += 1
      }
      // From the inside out: what is made in a directory changes its time.
      for (path, status) in directories.reversed() {
        let directory = try target.directory(path)
        Self.settle(directory.number, status)
      }
    } catch {
      throw error.errno == EFBIG && error.path.isEmpty ? .tooLarge : .failed(error)
    }
  }

  private func failed(_ path: [UInt8], _ number: Int32 = errno) -> DirectoryTree.Failed {
    DirectoryTree.Failed(errno: number, path: path)
  }

  private mutating func copyEntries(ofDirectory index: Int) throws(DirectoryTree.Failed) {
    let path = directories[index].path
    if places.contains(path) { return }
    let from: OwnedDescriptor
    do throws(DirectoryTree.Failed) {
      from = try source.directory(path)
    } catch {
      switch error.errno {
      case EXDEV: mounts.append(path)
      // What this user can't read is there, and can't be read in the copy either.
      case EACCES: directories[index].status.st_mode &= ~0o777
      case ENOENT, ENOTDIR, ELOOP: break
      default: throw error
      }
      return
    }
    let to = try target.directory(path)
    for name in try DirectoryTree.names(in: from.number, path) {
      guard let status = DirectoryTree.status(name, in: from.number) else { continue }
      names += 1
      if names > Self.mostNames { return }
      let entry = path.appending(name)
      switch status.kind {
      case S_IFDIR:
        guard name.withPath({ mkdirat(to.number, $0, 0o700) }) == 0 else { throw failed(entry) }
        directories.append((entry, status))
      case S_IFREG: try copyFile(entry, name, status, from.number, to.number)
      case S_IFLNK: try copyLink(entry, name, status, from.number, to.number)
      case S_IFIFO:
        guard name.withPath({ mkfifoat(to.number, $0, status.permissions) }) == 0 else {
          throw failed(entry)
        }
      default: break
      }
    }
  }

  private mutating func copyFile(
    _ path: [UInt8], _ name: [UInt8], _ status: stat, _ from: Int32, _ to: Int32
  ) throws(DirectoryTree.Failed) {
    let copy = name.withPath { openat(to, $0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
    guard copy >= 0 else { throw failed(path) }
    defer { close(copy) }
    let file =
      places.contains(path) ? -EACCES : name.withPath { swasm_open_beneath(from, $0, O_NONBLOCK) }
    switch file {
    case -EXDEV: mounts.append(path)
    case 0...:
      defer { close(file) }
      let count = swasm_copy_contents(file, copy, Self.mostBytes - bytes)
      if count == -Int64(EFBIG) { throw failed([], EFBIG) }
      guard count >= 0 else { throw failed(path, Int32(-count)) }
      bytes += count
    default: break
    }
    // One that can't be read here is there, and can't be read in the copy either.
    Self.settle(copy, status, isUnreadable: file < 0)
  }

  private func copyLink(
    _ path: [UInt8], _ name: [UInt8], _ status: stat, _ from: Int32, _ to: Int32
  ) throws(DirectoryTree.Failed) {
    guard let text = DirectoryTree.linkText(name, in: from) else { return }
    let result = text.withPath { text in name.withPath { symlinkat(text, to, $0) } }
    guard result == 0 else { throw failed(path) }
    var times = [status.st_atim, status.st_mtim]
    _ = name.withPath { utimensat(to, $0, &times, AT_SYMLINK_NOFOLLOW) }
  }

  /// The owner as far as this user may give files away, then the mode, which that would change.
  private static func settle(_ file: Int32, _ status: stat, isUnreadable: Bool = false) {
    if fchown(file, status.st_uid, status.st_gid) != 0 { _ = fchown(file, .max, status.st_gid) }
    _ = fchmod(file, isUnreadable ? 0 : status.permissions)
    var times = [status.st_atim, status.st_mtim]
    _ = futimens(file, &times)
  }
}
