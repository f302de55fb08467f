import CSwasm
import Glibc
import SwasmModule

/// The folder of the cache: the user's own, and nobody else's to look into. Owns its descriptor.
struct CacheFolder: ~Copyable {
  let path: String
  let descriptor: Int32

  /// Why there is no cache.
  struct Refusal: Error, Equatable {
    var reason: String
  }

  /// `$SWASM_CACHE_DIR`, `$XDG_CACHE_HOME/swasm-sandbox`, or `~/.cache/swasm-sandbox`.
  static func standardPath() throws(Refusal) -> String {
    if let path = getenv("SWASM_CACHE_DIR").map({ ByteText.string(fromC: $0) }) {
      guard path.hasPrefix("/") else {
        throw Refusal(
          reason: path.isEmpty
            ? "SWASM_CACHE_DIR is empty" : "SWASM_CACHE_DIR must be an absolute path: \(path)")
      }
      return path
    }
    return try userFolder("XDG_CACHE_HOME", ".cache") + "/swasm-sandbox"
  }

  /// A folder of the XDG base directories.
  static func userFolder(_ variable: String, _ underHome: String) throws(Refusal) -> String {
    for (name, suffix) in [(variable, ""), ("HOME", "/" + underHome)] {
      if let value = getenv(name).map({ ByteText.string(fromC: $0) }), value.hasPrefix("/") {
        return value + suffix
      }
    }
    throw Refusal(reason: "neither \(variable) nor HOME is set")
  }

  /// Opens a folder; makes it, and those that it is in, when `creates`.
  init(_ path: String, creates: Bool) throws(Refusal) {
    var descriptor = Self.open(path)
    if descriptor < 0, errno == ENOENT, creates {
      Self.make(path)
      descriptor = Self.open(path)
    }
    guard descriptor >= 0 else { throw Refusal(reason: "\(path): \(describe(errno: errno))") }
    if let fault = Self.fault(descriptor) {
      close(descriptor)
      throw Refusal(reason: "\(path): \(fault)")
    }
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  private static func open(_ path: String) -> Int32 {
    Glibc.open(ByteText.forC(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  }

  private static func fault(_ descriptor: Int32) -> String? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return describe(errno: errno) }
    if status.st_uid != geteuid() { return "belongs to another user" }
    if status.st_mode & 0o077 != 0 {
      return "other users can look into it; `chmod 700` mends that"
    }
    return nil
  }

  /// Every missing folder on the way, for the user alone.
  private static func make(_ path: String) {
    var end = path.startIndex
    while end < path.endIndex {
      end = path[path.index(after: end)...].firstIndex(of: "/") ?? path.endIndex
      mkdir(ByteText.forC(String(path[..<end])), 0o700)
    }
  }

  /// Opens a regular file of the user's own that nobody else can write; −1 otherwise.
  func openFile(_ name: String) -> Int32 {
    let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard file >= 0 else { return -1 }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_mode & 0o022 == 0
    else {
      close(file)
      return -1
    }
    return file
  }

  /// Puts a file in place whole, or not at all.
  ///
  /// - Parameters:
  ///   - replaces: what is there already.
  ///   - fill: gives 0 or an errno.
  /// - Returns: false when it did not work: no room, no right.
  func writeFile(_ name: String, replaces: Bool, _ fill: (Int32) -> Int32) -> Bool {
    let temporary = "\(Self.temporaryPrefix)\(getpid())-\(ScratchFolder.randomText())"
    let file = openat(
      descriptor, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    var isDone = fill(file) == 0 && fsync(file) == 0
    isDone = close(file) == 0 && isDone
    if isDone {
      // A link replaces nothing: of two writers the first one wins.
      isDone =
        replaces
        ? renameat(descriptor, temporary, descriptor, name) == 0
        : linkat(descriptor, temporary, descriptor, name, 0) == 0
    }
    if !isDone || !replaces { unlinkat(descriptor, temporary, 0) }
    return isDone
  }

  static let temporaryPrefix = ".new-"

  func remove(_ name: String) -> Bool { unlinkat(descriptor, name, 0) == 0 }

  /// A file in the folder.
  struct Listed: Equatable {
    var name: String
    var size: UInt64
    /// When it was last used, in seconds.
    var time: Int
  }

  /// All regular files.
  func files() -> [Listed] {
    let copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else {
      if copy >= 0 { close(copy) }
      return []
    }
    var files: [Listed] = []
    for name in DirectoryNames.read(stream) {
      var status = stat()
      guard fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0,
        status.st_mode & S_IFMT == S_IFREG
      else { continue }
      files.append(
        Listed(name: name, size: UInt64(status.st_size), time: status.st_mtim.tv_sec))
    }
    return files
  }
}
