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

  init(_ observed: Observation, canNest: Bool) {
    self.observed = observed
    self.canNest = canNest
    let keeps = Self.reasonToKeep(observed) != nil
    // The first of each keeps the order, by which some programs know their directories.
    let made = keeps ? kept().map { [$0] } : lasting.map(narrowed)
    grants = made.flatMap { $0.prefix(1) } + made.flatMap { $0.dropFirst() }
    grants += restrictions
  }

  /// Why directories keep their places and their extent; nil where they may be narrowed.
  static func reasonToKeep(_ observed: Observation) -> String? {
    if observed.uses[.sockets] != nil {
      return "sockets come after them, and are known by number"
    }
    if observed.uses[.directoryNames] == nil { return "the program knows them by number" }
    return crosses(observed) ? "one was written to by way of another" : nil
  }

  /// Was something written by the rule of a directory that lies in the one that the path went through?
  private static func crosses(_ observed: Observation) -> Bool {
    observed.paths.contains {
      $0.isWrite && observed.directories[$0.root].access == .readOnly
    }
  }

  /// Numbers of the directories that a policy can grant; the one that is made for the run comes after them.
  private var lasting: [Int] {
    observed.directories.indices.filter { !observed.directories[$0].isTemporary }
  }

  /// As they were given, up to the last that was used; sockets come after all of them.
  private func kept() -> [Grant] {
    let needsAll = observed.uses[.sockets] != nil || Self.crosses(observed)
    let last = observed.paths.map(\.root).max() ?? -1
    return lasting.prefix(needsAll ? .max : last + 1).map { root in
      let uses = uses(in: root)
      let first = uses.first { $0.isWrite } ?? uses.first
      var directory = observed.directories[root]
      if !keepsAccess, first?.isWrite != true { directory.access = .readOnly }
      return Grant(
        directory: directory,
        reason: first?.reason ?? "unused; it keeps the numbers of those behind it")
    }
  }

  /// Directories that may lie in one another keep the access that they were given: where one was written to by way of
  /// another, and where they can't have different rules.
  private var keepsAccess: Bool {
    Self.crosses(observed) || !canNest && observed.directories.count > 1
  }

  /// Rules that held something back in what is granted now: what was denied, and what could only be read.
  private var restrictions: [Grant] {
    if grants.isEmpty { return [] }
    let writable = grants.filter { $0.directory.access == .readWrite }.map {
      Self.resolved($0.directory.host)
    }
    return observed.options.directories.compactMap { asked in
      if asked.access == DirectoryAccess.none {
        return Grant(directory: asked, reason: "as it was given")
      }
      let known = observed.directories.first { $0.host == asked.host && $0.guest == asked.guest }
      guard let known, known.access == .readOnly,
        !grants.contains(where: { $0.directory == known }),
        let path = Self.resolved(known.host),
        writable.contains(where: { $0.map { Self.holds($0, path) } ?? true })
      else { return nil }
      return Grant(directory: known, reason: "unused; what is in it could only be read")
    }
  }

  /// Absolute and without links, less the first slash.
  private static func resolved(_ host: String) -> [UInt8]? {
    guard let path = realpath(ByteText.forC(host), nil) else { return nil }
    defer { free(path) }
    return Array(UnsafeRawBufferPointer(start: path, count: strlen(path)).dropFirst())
  }

  private func uses(in root: Int) -> [Use] {
    observed.paths.filter { $0.root == root }.map { entry in
      Use(path: entry.directory, isWrite: entry.isWrite, reason: reason(entry))
    }
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
    var previous: [UInt8]?
    for use in sorted {
      // What is written to may be read: the same directory's reading needs nothing more.
      if use.path == previous { continue }
      previous = use.path
      // The last one that holds it is the deepest.
      guard let outer = result.lastIndex(where: { Self.holds($0.path, use.path) }) else {
        result.append(use)
        continue
      }
      if result[outer].isWrite == use.isWrite || (!canNest && result[outer].isWrite) {
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
    outer.isEmpty || outer == inner || inner.isBeneath(outer)
  }

  private func directory(_ root: Int, _ use: Use) -> RunOptions.Directory {
    var directory = observed.directories[root]
    let most = directory.access ?? .readOnly
    directory.host = Self.joined(directory.host, use.path)
    directory.guest = Self.joined(directory.guest, use.path)
    directory.access = min(most, use.isWrite || keepsAccess ? .readWrite : .readOnly)
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
