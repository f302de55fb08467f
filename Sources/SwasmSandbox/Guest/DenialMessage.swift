import SwasmWASI

/// A refusal in words: what was asked for, why it was refused, and what would grant it.
struct DenialMessage {
  /// The run's.
  let policy: Policy
  let directories: [RunOptions.Directory]

  func text(_ denial: Denial) -> String {
    let access = denial.isWrite ? "write" : "read"
    let path = denial.path
    switch denial.kind {
    case .noDirectory:
      let reason = directories.isEmpty ? "grants no directory" : "grants no directory there"
      let missing = RunOptions.Directory(guest: Self.parent(of: path), access: wanted(denial))
      return "guest asked for \"\(path)\" (\(access)); policy \(policy.name) \(reason); "
        + "\(flags(missing)) would"
    case .outside:
      return "guest asked for \"\(path)\" (\(access)), which is outside of the granted directory; "
        + "--dir with a directory that holds it would grant it"
    case .readOnly:
      var wider =
        directory(of: path) ?? RunOptions.Directory(host: "HOST", guest: "GUEST", access: nil)
      wider.access = .readWrite
      return "guest asked to change \"\(path)\"; its directory is granted read-only; "
        + "\(flags(wider)) would allow it"
    case .sleep: return needsPolicy("to sleep", "strict")
    case .poll: return needsPolicy("to wait for descriptors", "strict")
    case .random: return needsPolicy("for random bytes", "strict")
    case .files: return needsPolicy("for a descriptor operation", "standard")
    case .sockets: return "guest asked for a socket operation; no policy grants sockets"
    }
  }

  private func needsPolicy(_ what: String, _ name: String) -> String {
    "guest asked \(what); policy \(policy.name) does not grant it; --policy \(name) would"
  }

  /// With the policy that allows it, where the run's does not.
  private func flags(_ directory: RunOptions.Directory) -> String {
    guard let access = directory.access, access > policy.capabilities.directories else {
      return "--dir \(directory)"
    }
    return "--policy \(access == .readWrite ? "standard" : "strict") --dir \(directory)"
  }

  private func wanted(_ denial: Denial) -> DirectoryAccess {
    denial.isWrite ? .readWrite : .readOnly
  }

  /// The granted directory that a path of the guest's leads into.
  private func directory(of path: String) -> RunOptions.Directory? {
    directories.filter { directory in
      let guest = directory.guest
      return path == guest || path.hasPrefix(guest.hasSuffix("/") ? guest : guest + "/")
    }.max { $0.guest.utf8.count < $1.guest.utf8.count }
  }

  /// The directory that holds a path, as the guest would name it.
  private static func parent(of path: String) -> String {
    guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return "." }
    let parent = path[..<slash]
    return parent.isEmpty ? "/" : String(parent)
  }
}

extension RunOptions.Directory {
  /// One that the guest knows by the name that it has outside, but for the root: nobody means to grant that.
  fileprivate init(guest: String, access: DirectoryAccess) {
    self.init(host: guest == "/" ? "HOST" : guest, guest: guest, access: access)
  }
}
