import CSwasm
import Glibc
import SwasmWASI

/// Renaming of directories in overlays, where the kernel does not rename one that was there before: it is made anew under
/// its new name, what is in it is moved, and the old one goes. Nobody but the guest sees it happen, and the
/// guest waits.
extension Broker {
  /// Bytes of paths of the directories in one that is moved.
  private static var pathsLimit: Int { 16 << 20 }

  /// Did the kernel refuse to rename a directory of an overlay for no other reason?
  func mustMoveEntries(_ result: Int, _ old: borrowing Place, _ new: borrowing Place) -> Bool {
    guard result == -Int(EXDEV), !mounts.overlays.isEmpty, old.root == new.root,
      old.mode() == S_IFDIR,
      let first = FileIdentity(of: old.directory), let second = FileIdentity(of: new.directory)
    else { return false }
    // Beneath one granted directory an overlay is mounted once.
    return first.device == second.device && mounts.overlays.contains(first.device)
  }

  func moveEntries(of old: borrowing Place, to new: borrowing Place) throws(WASIErrno) {
    let source = try resolution.open(
      old.directory, old.name, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    // Everything that may be too much is found out before anything is changed.
    let directories = try directories(in: source.number)
    // One that is there has to be empty.
    if new.mode() != nil { try checked(new.withName { swasm_broker_unlink($0, $1, AT_REMOVEDIR) }) }
    try Self.makeDirectory(like: source, new)
    let target = try resolution.open(
      new.directory, new.name, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    for (path, _) in directories {
      try moveEntries(path, from: source.number, to: target.number, old.root)
    }
    // From the inside out: what was made in them has changed their times.
    for (path, status) in directories.reversed() {
      let moved = try open(path, in: target.number)
      var times = [status.st_atim, status.st_mtim]
      try checked(swasm_broker_set_times(moved.number, &times))
      if path.count > 1 { try removeDirectory(path, in: source.number, old.root) }
    }
    try checked(old.withName { swasm_broker_unlink($0, $1, AT_REMOVEDIR) })
  }

  private func open(_ path: [UInt8], in top: Int32) throws(WASIErrno) -> OwnedDescriptor {
    try resolution.open(top, path + [0], flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  }

  /// Paths of all directories in one, itself first; each after the one that it lies in.
  private func directories(in top: Int32) throws(WASIErrno) -> [(path: [UInt8], status: stat)] {
    var paths: [[UInt8]] = [[UInt8(ascii: ".")]]
    var found: [(path: [UInt8], status: stat)] = []
    var size = 0
    while found.count < paths.count {
      let path = paths[found.count]
      let directory = try open(path, in: top)
      found.append((path, try directory.attributes()))
      try DirectoryEntry.read(directory.number) { (entry) throws(WASIErrno) in
        guard entry.type == .directory, !entry.name.elementsEqual([0x2e, 0x2e]) else { return }
        paths.append(path + [UInt8(ascii: "/")] + entry.name)
        size += path.count + 1 + entry.name.count + MemoryLayout<stat>.size
        guard size <= Self.pathsLimit else { throw .nomem }
      }
    }
    return found
  }

  /// Moves what is no directory, and makes the directories anew.
  private func moveEntries(_ path: [UInt8], from source: Int32, to target: Int32, _ root: Int)
    throws(WASIErrno)
  {
    let from = try open(path, in: source)
    let to = try open(path, in: target)
    let (fromNumber, toNumber) = (from.number, to.number)
    var names: [(name: [UInt8], isDirectory: Bool)] = []
    try DirectoryEntry.read(fromNumber) { (entry) throws(WASIErrno) in
      if entry.name.elementsEqual([0x2e, 0x2e]) { return }
      names.append((entry.name + [0], entry.type == .directory))
    }
    for (name, isDirectory) in names {
      let old = Place(
        opened: nil, directory: fromNumber, name: name, hasSlash: false, isReadOnly: false,
        root: root)
      let new = Place(
        opened: nil, directory: toNumber, name: name, hasSlash: false, isReadOnly: false,
        root: root)
      if isDirectory {
        let directory = try resolution.open(
          fromNumber, name, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try Self.makeDirectory(like: directory, new)
      } else {
        try checked(
          old.withName { from, oldName in
            new.withName { to, newName in swasm_broker_rename(from, oldName, to, newName) }
          })
      }
    }
  }

  private static func makeDirectory(like old: borrowing OwnedDescriptor, _ new: borrowing Place)
    throws(WASIErrno)
  {
    let mode = try old.attributes().st_mode & 0o777
    try checked(new.withName { swasm_broker_make_directory($0, $1, mode) })
  }

  private func removeDirectory(_ path: [UInt8], in top: Int32, _ root: Int) throws(WASIErrno) {
    let parent = try open(path.directoryPart, in: top)
    let place = Place(
      opened: nil, directory: parent.number, name: path.lastName + [0], hasSlash: false,
      isReadOnly: false, root: root)
    try checked(place.withName { swasm_broker_unlink($0, $1, AT_REMOVEDIR) })
  }
}
