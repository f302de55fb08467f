import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// The broker's versions of directories that are copied on write, in the run's scratch folder: overlays where the kernel
/// allows them, else copies. `N/upper` or `N/copy` is the program's version of directory N.
struct CopiedDirectories {
  static func upper(_ index: Int) -> String { "\(index)/upper" }
  static func copy(_ index: Int) -> String { "\(index)/copy" }

  struct Failed: Error {
    /// The directory's number.
    var index: Int
    var words: String
  }

  private let directories: [BrokerPlan.Directory]
  private let originals: [Int32]
  /// Of the scratch folder, in the mount namespace that the process is in.
  private var scratch: Int32
  /// By the directory's number.
  private var copies: [Int: (folder: Int32, mounts: [[UInt8]])] = [:]

  init(_ directories: [BrokerPlan.Directory], _ originals: ArraySlice<Int32>, scratch: Int32) {
    self.directories = directories
    self.originals = Array(originals)
    self.scratch = scratch
  }

  /// Finds the scratch folder's path, while it can be found.
  func scratchPath() throws(GrantedTrees.Unavailable) -> [CChar]? {
    scratch >= 0 ? try GrantedTrees.path(of: scratch) : nil
  }

  /// The process is in a new mount namespace, where the folder is found again by its path.
  mutating func enterNamespace(_ path: [CChar]?) throws(GrantedTrees.Unavailable) {
    guard let path else { return }
    let found = swasm_find_again(scratch, path)
    guard found >= 0 else { throw GrantedTrees.Unavailable() }
    scratch = found
  }

  /// A detached mount of a copy. nil where there is no right to make mounts.
  mutating func tree(_ index: Int) throws(Failed) -> Int32? {
    let tree = swasm_clone_tree(try copy(index), nil)
    return tree >= 0 ? tree : nil
  }

  /// A detached mount that keeps the program's changes apart. nil where there can be none.
  ///
  /// - Parameter path: of the original, in a new mount namespace; else nil.
  func overlay(_ index: Int, path: [CChar]?) -> Int32? {
    let original = originals[index]
    var status = stat()
    // In a namespace a user can't change what belongs to others, in a copy of it they could not either: but all
    // of a copy is theirs.
    guard fstat(original, &status) == 0, status.st_uid == geteuid() || path == nil else {
      return nil
    }
    let lower = path.map { swasm_find_again(original, $0) } ?? original
    guard lower >= 0 else { return nil }
    defer { if lower != original { close(lower) } }
    let upper = makeFolder(index, "upper")
    let work = makeFolder(index, "work")
    defer {
      if upper >= 0 { close(upper) }
      if work >= 0 { close(work) }
    }
    guard upper >= 0, work >= 0 else { return nil }
    // What the program sees of the directory itself is the upper layer's.
    if fchown(upper, status.st_uid, status.st_gid) != 0 { _ = fchown(upper, .max, status.st_gid) }
    var times = [status.st_atim, status.st_mtim]
    let overlay = swasm_mount_overlay(lower, upper, work)
    guard overlay >= 0, fchmod(upper, status.permissions) == 0, futimens(upper, &times) == 0 else {
      return nil
    }
    return overlay
  }

  private func makeFolder(_ index: Int, _ name: String) -> Int32 {
    mkdirat(scratch, "\(index)", 0o700)
    let path = "\(index)/\(name)"
    guard mkdirat(scratch, path, 0o700) == 0 else { return -1 }
    return openat(scratch, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
  }

  /// A copy, open for reading; made once.
  ///
  /// - Parameter crossesNothing: no file system may be mounted in it, for nothing would cover the place.
  mutating func copy(_ index: Int, crossesNothing: Bool = false) throws(Failed) -> Int32 {
    let copy: (folder: Int32, mounts: [[UInt8]])
    if let made = copies[index] { copy = made } else { copy = try makeCopy(index) }
    copies[index] = copy
    if crossesNothing, let place = copy.mounts.first {
      throw Failed(
        index: index,
        words: "cannot be copied: a file system is mounted in it at \"\(ByteText.string(place))\"")
    }
    return copy.folder
  }

  private func makeCopy(_ index: Int) throws(Failed) -> (folder: Int32, mounts: [[UInt8]]) {
    let folder = makeFolder(index, "copy")
    guard folder >= 0 else {
      throw Failed(index: index, words: "cannot be copied: \(describe(errno: errno))")
    }
    var copy = TreeCopy(
      of: originals[index], to: folder, apartFrom: directories[index].inner.map(\.path))
    do throws(TreeCopy.Failed) {
      try copy.make()
    } catch {
      throw Failed(index: index, words: Self.words(error))
    }
    return (folder, copy.mounts)
  }

  private static func words(_ error: TreeCopy.Failed) -> String {
    switch error {
    case .tooLarge:
      "is too large to be copied, with more than \(Quantities.text(bytes: UInt64(TreeCopy.mostBytes))) or "
        + "\(TreeCopy.mostNames) names; where overlays can be mounted, as root or in a user namespace, "
        + "nothing is copied"
    case .failed(let failed):
      "cannot be copied: \"\(ByteText.string(failed.path))\": \(describe(errno: failed.errno))"
    }
  }
}
