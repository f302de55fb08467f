import Glibc

/// Removes all that is in a directory, however deep it is. Directories in directories are moved up and wait for their turn,
/// so that neither memory nor descriptors are needed for the depth.
enum TreeRemoval {
  /// False when something is left.
  ///
  /// - Parameter directory: open for reading, and nobody else's.
  static func empty(_ directory: Int32) -> Bool {
    var number = 0
    var pending = true
    while pending {
      pending = false
      guard let names = try? names(in: directory) else { return false }
      for name in names {
        switch remove(name, from: directory, movingTo: directory, &number) {
        case .gone: break
        case .waits: pending = true
        case .stays: return false
        }
      }
    }
    return true
  }

  private enum Outcome { case gone, waits, stays }

  private static func names(in directory: Int32) throws(DirectoryTree.Failed) -> [[UInt8]] {
    let copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { throw DirectoryTree.Failed(errno: errno, path: DirectoryTree.top) }
    defer { close(copy) }
    return try DirectoryTree.names(in: copy, DirectoryTree.top)
  }

  /// Removes a name, or empties the directory that it stands for as far as that goes.
  private static func remove(
    _ name: [UInt8], from directory: Int32, movingTo top: Int32, _ number: inout Int
  ) -> Outcome {
    if name.withPath({ unlinkat(directory, $0, 0) }) == 0 { return .gone }
    guard errno == EISDIR || errno == EPERM else { return .stays }
    if name.withPath({ unlinkat(directory, $0, AT_REMOVEDIR) }) == 0 { return .gone }
    let inner = openDirectory(name, in: directory)
    guard inner >= 0 else { return .stays }
    defer { close(inner) }
    guard let names = try? names(in: inner) else { return .stays }
    var waits = false
    for entry in names {
      if entry.withPath({ unlinkat(inner, $0, 0) }) == 0 { continue }
      if entry.withPath({ unlinkat(inner, $0, AT_REMOVEDIR) }) == 0 { continue }
      // A directory that is moved changes its entry `..`, which takes the right to write to it.
      let opened = openDirectory(entry, in: inner)
      if opened >= 0 { close(opened) }
      guard move(entry, from: inner, to: top, &number) else { return .stays }
      waits = true
    }
    guard name.withPath({ unlinkat(directory, $0, AT_REMOVEDIR) }) == 0 else { return .stays }
    return waits ? .waits : .gone
  }

  /// To a name that is free.
  private static func move(
    _ name: [UInt8], from directory: Int32, to top: Int32, _ number: inout Int
  ) -> Bool {
    while true {
      number += 1
      let new = Array("swasm-waits-\(number)".utf8)
      if DirectoryTree.status(new, in: top) != nil { continue }
      return name.withPath { old in new.withPath { renameat(directory, old, top, $0) } } == 0
    }
  }

  /// Whoever owns a directory may open it, if not at once. −1 for anything else.
  private static func openDirectory(_ name: [UInt8], in directory: Int32) -> Int32 {
    let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    guard let status = DirectoryTree.status(name, in: directory), status.kind == S_IFDIR else {
      return -1
    }
    if status.permissions & 0o700 != 0o700 {
      // Only in directories that nobody else can change: the name can't have become a link.
      _ = name.withPath { fchmodat(directory, $0, 0o700, 0) }
    }
    return name.withPath { openat(directory, $0, flags) }
  }
}
