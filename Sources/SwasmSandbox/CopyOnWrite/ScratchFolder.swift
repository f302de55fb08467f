import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// A run's folder for what is gone afterwards: temporary directories, and what is changed in directories that are copied
/// on write. It lies in `$TMPDIR` (or `/tmp`), is the user's alone, and is locked while it is in use; those that
/// a killed launcher has left are removed by the next one.
struct ScratchFolder: ~Copyable {
  let descriptor: Int32
  private let parent: Int32
  private let name: String

  /// Makes one, and removes those that nobody uses.
  ///
  /// - Parameter writable: directories that the program may write to. The folder must be in none of them.
  init(apartFrom writable: [(descriptor: Int32, name: String)]) throws(Failure) {
    let path = getenv("TMPDIR").map { ByteText.string(fromC: $0) } ?? ""
    let shown = path.hasPrefix("/") ? path : "/tmp"
    let parent = Glibc.open(ByteText.forC(shown), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else {
      throw .system("cannot open \"\(shown)\" for temporary files", errno)
    }
    let made: (name: String, folder: Int32)
    do throws(Failure) {
      try Self.check(parent, shown)
      if let outer = writable.first(where: { Self.lies(parent, in: $0.descriptor) }) {
        throw Failure(
          .setupFailed,
          "temporary files would be in \(outer.name), in reach of the program; TMPDIR names another "
            + "place for them")
      }
      Self.sweep(parent, prefix: Self.prefix)
      made = try Self.make(in: parent, shown)
    } catch {
      close(parent)
      throw error
    }
    self.parent = parent
    name = made.name
    descriptor = made.folder
  }

  deinit {
    _ = TreeRemoval.empty(descriptor)
    unlinkat(parent, name, AT_REMOVEDIR)
    close(descriptor)
    close(parent)
  }

  /// A new folder in it.
  func makeFolder(_ name: String, mode: mode_t = 0o700) throws(Failure) -> Int32 {
    guard mkdirat(descriptor, name, mode) == 0 else {
      throw .system("cannot make a temporary directory", errno)
    }
    let folder = openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard folder >= 0 else { throw .system("cannot open a temporary directory", errno) }
    return folder
  }

  /// An open folder in it; nil where there is none.
  func folder(_ path: String) -> Int32? {
    let folder = openat(descriptor, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    return folder >= 0 ? folder : nil
  }

  private static var prefix: String { "swasm-sandbox-\(geteuid())-" }

  /// Nobody else may rename or replace what is in the directory.
  private static func check(_ directory: Int32, _ shown: String) throws(Failure) {
    var status = stat()
    guard fstat(directory, &status) == 0 else {
      throw .system("cannot look at \"\(shown)\" for temporary files", errno)
    }
    let isOpen = status.st_mode & 0o022 != 0 && status.st_mode & S_ISVTX == 0
    guard status.st_uid == 0 || status.st_uid == geteuid(), !isOpen else {
      throw Failure(
        .setupFailed,
        "temporary files can't be in \"\(shown)\": other users can replace them there; TMPDIR names another place"
      )
    }
  }

  private static func lies(_ directory: Int32, in outer: Int32) -> Bool {
    guard let top = FileIdentity(of: outer) else { return true }
    var current = openat(directory, ".", pathOnly | O_DIRECTORY | O_CLOEXEC)
    defer { close(current) }
    var last: FileIdentity?
    while let found = FileIdentity(of: current), found != last {
      if found == top { return true }
      last = found
      let next = openat(current, "..", pathOnly | O_DIRECTORY | O_CLOEXEC)
      close(current)
      current = next
    }
    return current < 0
  }

  private static func make(in parent: Int32, _ shown: String) throws(Failure) -> (String, Int32) {
    for _ in 0..<16 {
      let name = prefix + randomText()
      guard mkdirat(parent, name, 0o700) == 0 else {
        if errno == EEXIST { continue }
        throw .system("cannot make a temporary directory in \"\(shown)\"", errno)
      }
      let folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      // Somebody who sweeps may have been quicker than the lock.
      if folder >= 0, lock(folder), FileIdentity(of: folder) == identity(name, parent) {
        return (name, folder)
      }
      if folder >= 0 { close(folder) }
    }
    throw Failure(.setupFailed, "cannot make a temporary directory in \"\(shown)\"")
  }

  private static func identity(_ name: String, _ parent: Int32) -> FileIdentity? {
    DirectoryTree.status(Array(name.utf8), in: parent).map { FileIdentity($0) }
  }

  /// A file system that knows no locks has no sweeping either.
  private static func lock(_ folder: Int32) -> Bool {
    let result = swasm_lock_folder(folder)
    return result == 0 || result != -EWOULDBLOCK
  }

  static func randomText() -> String {
    var random: UInt64 = 0
    _ = swasm_wasi_random(&random, MemoryLayout<UInt64>.size)
    let text = String(random, radix: 16)
    return String(repeating: "0", count: 16 - text.utf8.count) + text
  }

  /// Removes folders of this user's in a directory that are called so and that no process has locked.
  static func sweep(_ parent: Int32, prefix: String) {
    let copy = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return }
    defer { close(copy) }
    let names = (try? DirectoryTree.names(in: copy, DirectoryTree.top)) ?? []
    for name in names where isSwept(name, prefix) {
      guard let status = DirectoryTree.status(name, in: parent), status.kind == S_IFDIR,
        status.st_uid == geteuid()
      else { continue }
      let folder = name.withPath {
        openat(parent, $0, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
      guard folder >= 0 else { continue }
      defer { close(folder) }
      guard FileIdentity(of: folder) == FileIdentity(status), swasm_lock_folder(folder) == 0 else {
        continue
      }
      _ = TreeRemoval.empty(folder)
      _ = name.withPath { unlinkat(parent, $0, AT_REMOVEDIR) }
    }
  }

  private static func isSwept(_ name: [UInt8], _ prefix: String) -> Bool {
    name.starts(with: prefix.utf8) && name.count == prefix.utf8.count + 16
      && name.dropFirst(prefix.utf8.count).allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
          || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }
}
