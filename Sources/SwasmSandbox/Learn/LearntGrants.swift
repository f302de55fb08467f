import CSwasm
import Glibc
import SwasmModule
import SwasmWASI

/// From the directories that a program used to those that its policy grants.
///
/// What is used grants the directory that it lies in, for reading, or for writing where something was changed; a directory
/// that is opened or looked at grants itself. What lies in a granted one needs none of its own unless its access is another.
/// Never more than was granted.
struct LearntGrants {
  struct Grant {
    var directory: RunOptions.Directory
    /// The call that made it necessary.
    var reason: String
  }

  /// Grants that one granted directory may become.
  static let most = 16

  /// Each granted directory by its number, with what it becomes.
  private(set) var grants: [Grant] = []

  private let observed: Observation
  /// A directory can be granted otherwise than the one that it lies in.
  private let canNest: Bool

  private struct Use {
    var path: [UInt8]
    var isWrite: Bool
    var reason: String

    var depth: Int { path.isEmpty ? 0 : 1 + path.count { $0 == UInt8(ascii: "/") } }
  }

  /// - Parameter denied: rules that deny, which stay as they are.
  init(_ observed: Observation, canNest: Bool, denied: [RunOptions.Directory]) {
    self.observed = observed
    self.canNest = canNest
    let knowsNames = observed.uses[.directoryNames] != nil
    // A program that knows directories by number needs those before it as well.
    let last = observed.paths.map(\.root).max() ?? -1
    var nested: [Grant] = []
    for root in observed.directories.indices.prefix(last + 1) {
      let made = knowsNames ? narrowed(root) : [whole(root)]
      // The first of each keeps the order, by which some programs know their directories.
      grants += made.prefix(1)
      nested += made.dropFirst()
    }
    grants += nested
    if !grants.isEmpty {
      grants += denied.map { Grant(directory: $0, reason: "as it was given") }
    }
  }

  private func uses(in root: Int) -> [Use] {
    observed.paths.filter { $0.root == root }.map { entry in
      Use(path: entry.directory, isWrite: entry.isWrite, reason: reason(entry))
    }
  }

  /// For a program that knows its directories by number: as it was given.
  private func whole(_ root: Int) -> Grant {
    let uses = uses(in: root)
    let first = uses.first { $0.isWrite } ?? uses.first
    let path = Use(
      path: [], isWrite: first?.isWrite ?? false,
      reason: first?.reason ?? "nothing: it keeps the numbers of those behind it")
    return Grant(directory: directory(root, path), reason: path.reason)
  }

  private func narrowed(_ root: Int) -> [Grant] {
    var uses = merged(uses(in: root))
    while let index = raised(uses, in: root) {
      uses[index].path = PathTable.parent(uses[index].path)
      uses = merged(uses)
    }
    return uses.map { Grant(directory: directory(root, $0), reason: $0.reason) }
  }

  /// The directory that can't have a grant of its own, so that the one that it lies in has to have it.
  private func raised(_ uses: [Use], in root: Int) -> Int? {
    uses.indices.first { !uses[$0].path.isEmpty && !isUsable(uses[$0], in: root) }
      ?? (uses.count > Self.most
        ? uses.indices.filter { !uses[$0].path.isEmpty }.max { uses[$0].depth < uses[$1].depth }
        : nil)
  }

  /// Is it there for the next run, and is there a way to write it down?
  private func isUsable(_ use: Use, in root: Int) -> Bool {
    let directory = directory(root, use)
    guard (try? RunOptions.directory(directory.description)) == directory else { return false }
    var status = stat()
    return lstat(ByteText.forC(directory.host), &status) == 0
      && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Each directory once, by rising depth, without those that what they lie in grants alike.
  private func merged(_ uses: [Use]) -> [Use] {
    var result: [Use] = []
    let sorted = uses.sorted {
      $0.depth != $1.depth
        ? $0.depth < $1.depth
        : $0.path != $1.path
          ? $0.path.lexicographicallyPrecedes($1.path) : $0.isWrite && !$1.isWrite
    }
    for use in sorted {
      // The last one that holds it is the deepest.
      guard let outer = result.lastIndex(where: { Self.holds($0.path, use.path) }) else {
        result.append(use)
        continue
      }
      let same = result[outer].path == use.path
      if same || result[outer].isWrite == use.isWrite || (!canNest && result[outer].isWrite) {
        continue
      }
      if canNest {
        result.append(use)
      } else {
        result[outer].isWrite = true
        result[outer].reason = use.reason
      }
    }
    return result
  }

  private static func holds(_ outer: [UInt8], _ inner: [UInt8]) -> Bool {
    outer.isEmpty || outer == inner
      || inner.starts(with: outer) && inner[outer.count] == UInt8(ascii: "/")
  }

  private func directory(_ root: Int, _ use: Use) -> RunOptions.Directory {
    var directory = observed.directories[root]
    let most = directory.access ?? .readOnly
    directory.host = Self.joined(directory.host, use.path)
    directory.guest = Self.joined(directory.guest, use.path)
    directory.access = min(most, use.isWrite ? .readWrite : .readOnly)
    return directory
  }

  /// A name beneath a directory's, as the program would write it.
  static func joined(_ directory: String, _ path: [UInt8]) -> String {
    guard !path.isEmpty else { return directory }
    let name = ByteText.string(path)
    if directory == "." { return name }
    return directory.utf8.last == UInt8(ascii: "/") ? directory + name : "\(directory)/\(name)"
  }

  private func reason(_ entry: PathTable.Entry) -> String {
    let path = PathWalk.joined(entry.directory, entry.name)
    let shown = Self.joined(observed.directories[entry.root].guest, path)
    return "\(entry.operation.function) \"\(shown)\"" + (entry.isWrite ? ", for writing" : "")
  }
}

extension BrokerOperation {
  /// The WASI function that asks for it.
  var function: String {
    switch self {
    case .open: "path_open"
    case .close: "fd_close"
    case .status: "path_filestat_get"
    case .handleStatus: "fd_filestat_get"
    case .setTimes: "path_filestat_set_times"
    case .handleSetTimes: "fd_filestat_set_times"
    case .allocate: "fd_allocate"
    case .createDirectory: "path_create_directory"
    case .removeDirectory: "path_remove_directory"
    case .unlink: "path_unlink_file"
    case .rename: "path_rename"
    case .link: "path_link"
    case .symlink: "path_symlink"
    case .readLink: "path_readlink"
    case .list: "fd_readdir"
    }
  }
}
