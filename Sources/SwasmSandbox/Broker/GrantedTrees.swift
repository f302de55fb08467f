import CSwasm
import Glibc
import SwasmWASI

/// The granted directories as trees of mounts of the broker's own: each with the file systems that are mounted
/// in it, and with the flags of the most specific grant at every place. They lead nowhere else.
///
/// What is mounted or unmounted outside after the start changes nothing in them.
struct GrantedTrees {
  /// A descriptor for each directory, in their order.
  private(set) var descriptors: [Int32] = []
  private(set) var closed: [BrokerMounts.Closed] = []

  /// Devices of those trees that are overlays.
  private(set) var overlays: [UInt64] = []
  /// Places with rules of their own and what they lie in, as they are in trees of copies.
  private(set) var pinned: [FileIdentity] = []

  /// Why there are none: the right to make them is missing, or something is not where it was.
  struct Unavailable: Error {
    /// Where doing without them won't help either.
    var failed: CopiedDirectories.Failed?
  }

  private let directories: [BrokerPlan.Directory]
  private let originals: [Int32]
  /// For those places where nothing may be opened.
  private var shut: [[[UInt8]]] = []
  /// One of each tree for every place in another where it is to be.
  private var clones: [[Int32]] = []
  private var hasNamespace = false

  init(
    _ directories: [BrokerPlan.Directory], _ descriptors: ArraySlice<Int32>,
    _ copied: inout CopiedDirectories
  ) throws(Unavailable) {
    self.directories = directories
    originals = Array(descriptors)
    var paths: [[CChar]] = []
    for descriptor in originals { paths.append(try Self.path(of: descriptor)) }
    let scratch = try copied.scratchPath()
    let mountPoints = try MountPoints()
    try enterNamespace(&copied, scratch)
    for index in originals.indices {
      let tree = try tree(index, paths[index], &copied)
      guard swasm_mark_tree(tree, directories[index].isReadOnly ? 1 : 0) == 0 else {
        throw Unavailable()
      }
      self.descriptors.append(tree)
      shut.append(Self.foreign(mountPoints.beneath(paths[index]), in: tree, directories[index]))
    }
    if shut.contains(where: { !$0.isEmpty }) || directories.contains(where: { !$0.inner.isEmpty }) {
      try furnish()
    }
    for index in originals.indices where directories[index].isCopied { pinPlaces(of: index) }
  }

  private mutating func enterNamespace(_ copied: inout CopiedDirectories, _ scratch: [CChar]?)
    throws(Unavailable)
  {
    let (user, group) = (geteuid(), getegid())
    let namespace = swasm_own_mount_namespace()
    guard namespace >= 0 else { throw Unavailable() }
    hasNamespace = namespace == 1
    guard hasNamespace, scratch != nil else { return }
    // A file system of the namespace's own has files of those users only that it knows. Where that can't be, there are
    // copies.
    _ = swasm_map_user(user, group)
    try copied.enterNamespace(scratch)
  }

  private mutating func tree(_ index: Int, _ path: [CChar], _ copied: inout CopiedDirectories)
    throws(Unavailable) -> Int32
  {
    guard directories[index].isCopied else {
      let tree = swasm_clone_tree(originals[index], hasNamespace ? path : nil)
      guard tree >= 0 else { throw Unavailable() }
      return tree
    }
    do throws(CopiedDirectories.Failed) {
      let path = hasNamespace ? path : nil
      if let overlay = copied.overlay(index, path: path) {
        if let identity = FileIdentity(of: overlay) { overlays.append(identity.device) }
        return overlay
      }
      if let tree = try copied.tree(index) { return tree }
    } catch {
      throw Unavailable(failed: error)
    }
    throw Unavailable()
  }

  /// The names to the places in a directory must stay, and are other files in a copy of it.
  private mutating func pinPlaces(of index: Int) {
    for inner in directories[index].inner {
      var path = inner.path
      while path != DirectoryTree.top {
        let place = Self.open(path, in: descriptors[index])
        if place >= 0 {
          if let identity = FileIdentity(of: place) { pinned.append(identity) }
          close(place)
        }
        path = path.directoryPart
      }
    }
  }

  static func path(of descriptor: Int32) throws(Unavailable) -> [CChar] {
    var path = [CChar](repeating: 0, count: 4096)
    let length = swasm_directory_path(descriptor, &path, path.count)
    guard length > 0 else { throw Unavailable() }
    return Array(path[...length])
  }

  /// Mounts in a tree whose files are nobody's data: interfaces of the kernel's, through which a broker could be
  /// taken over, and whatever is not known. What is granted in its own right is let in. Of a directory that is copied
  /// they are no part.
  private static func foreign(
    _ mounts: [[UInt8]], in tree: Int32, _ directory: BrokerPlan.Directory
  ) -> [[UInt8]] {
    mounts.filter { path in
      guard !directory.inner.contains(where: { $0.path == path }) else { return false }
      let place = open(path, in: tree)
      guard place >= 0 else { return false }
      defer { close(place) }
      return directory.isCopied || swasm_holds_files(place) != 1
    }
  }

  private static func open(_ path: [UInt8], in tree: Int32) -> Int32 {
    swasm_open_place(tree, (path + [0]).map { CChar(bitPattern: $0) })
  }

  /// Mounts on the trees what does not come with them. That takes a namespace, for a detached tree nothing can be
  /// mounted on; the trees are cloned from there again, and are as detached as before. Each is cloned while it is the
  /// last on the root: the next one is mounted on it, and would come along.
  private mutating func furnish() throws(Unavailable) {
    guard swasm_private_mounts(hasNamespace ? 1 : 0) == 0 else { throw Unavailable() }
    clones = directories.map { _ in [] }
    for index in try order() {
      let tree = descriptors[index]
      guard swasm_attach_tree(tree, -1) == 0 else { throw Unavailable() }
      for path in shut[index] { try shut(path, in: tree, isDenied: false) }
      for inner in directories[index].inner where !isShut(inner.path, in: index) {
        try mount(inner, in: index, tree)
      }
      descriptors[index] = try Self.clone(tree)
      let uses = directories.reduce(0) { $0 + $1.inner.count { $0.directory == index } }
      for _ in 0..<uses { clones[index].append(try Self.clone(tree)) }
      close(tree)
    }
  }

  private static func clone(_ tree: Int32) throws(Unavailable) -> Int32 {
    let clone = swasm_clone_tree(tree, nil)
    guard clone >= 0 else { throw Unavailable() }
    return clone
  }

  /// What lies in others is finished before them.
  private func order() throws(Unavailable) -> [Int] {
    var order: [Int] = []
    while order.count < directories.count {
      let next = directories.indices.first { index in
        !order.contains(index)
          && directories[index].inner.allSatisfy { $0.directory.map(order.contains) ?? true }
      }
      guard let next else { throw Unavailable() }
      order.append(next)
    }
    return order
  }

  /// Does a place lie in another that nobody can open?
  private func isShut(_ path: [UInt8], in index: Int) -> Bool {
    shut[index].contains { path.starts(with: $0 + [UInt8(ascii: "/")]) }
  }

  private mutating func shut(_ path: [UInt8], in tree: Int32, isDenied: Bool) throws(Unavailable) {
    let place = Self.open(path, in: tree)
    // Beneath another that was shut before.
    if place == -ENOENT, !isDenied { return }
    guard place >= 0 else { throw Unavailable() }
    defer { close(place) }
    try shut(place, isDenied: isDenied)
  }

  private mutating func shut(_ place: Int32, isDenied: Bool) throws(Unavailable) {
    var identity: [UInt64] = [0, 0]
    guard swasm_close_place(place, &identity) == 0 else { throw Unavailable() }
    closed.append(
      BrokerMounts.Closed(
        identity: FileIdentity(device: identity[0], inode: identity[1]), isDenied: isDenied))
  }

  private mutating func mount(_ inner: BrokerPlan.Inner, in outer: Int, _ tree: Int32)
    throws(Unavailable)
  {
    let place = Self.open(inner.path, in: tree)
    guard place >= 0 else { throw Unavailable() }
    defer { close(place) }
    // In a copy it is another file.
    let original = directories[outer].isCopied ? Self.open(inner.path, in: originals[outer]) : place
    defer { if original >= 0, original != place { close(original) } }
    guard original >= 0, FileIdentity(of: original) == inner.identity else { throw Unavailable() }
    guard let index = inner.directory else { return try shut(place, isDenied: true) }
    guard let clone = clones[index].popLast() else { throw Unavailable() }
    defer { close(clone) }
    guard swasm_attach_tree(clone, place) == 0 else { throw Unavailable() }
  }
}

/// Where file systems are mounted, as the kernel lists it.
private struct MountPoints {
  /// Sorted, so that each follows those that it lies in.
  private var paths: [[UInt8]] = []

  init() throws(GrantedTrees.Unavailable) {
    let file = Glibc.open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw GrantedTrees.Unavailable() }
    defer { close(file) }
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 32768)
    while true {
      let count = retrying { read(file, &buffer, buffer.count) }
      guard count >= 0 else { throw GrantedTrees.Unavailable() }
      if count == 0 { break }
      text += buffer[..<count]
    }
    for line in text.split(separator: UInt8(ascii: "\n")) {
      // Number, parent, device, root, mount point.
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 5)
      if fields.count > 5 { paths.append(Self.unescaped(fields[4])) }
    }
    paths.sort { $0.lexicographicallyPrecedes($1) }
  }

  /// Spaces and the like are written as three octal digits.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      guard byte == UInt8(ascii: "\\"), digits.count == 3 else {
        result.append(byte)
        continue
      }
      result.append(digits.reduce(0) { $0 << 3 | ($1 & 7) })
      rest = rest.dropFirst(3)
    }
    return result
  }

  /// Paths of those in a directory, from there.
  func beneath(_ directory: [CChar]) -> [[UInt8]] {
    var start = directory.dropLast().map { UInt8(bitPattern: $0) }
    if start != [UInt8(ascii: "/")] { start.append(UInt8(ascii: "/")) }
    var found: [[UInt8]] = []
    for path in paths where path.starts(with: start) && path.count > start.count {
      let relative = Array(path[start.count...])
      if found.last != relative { found.append(relative) }
    }
    return found
  }
}
