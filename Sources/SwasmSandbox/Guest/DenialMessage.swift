import SwasmWASI

/// A refusal as it is reported: the rule, what was asked, and what would allow it.
struct DenialReport: Equatable {
  /// The key of the policy that it follows from.
  var rule: PolicyKey
  /// In words, as in `random bytes`.
  var asked: String
  var path: String?
  /// `read` or `write`, of paths.
  var access: String?
  /// Options, or a line of the policy; nil where nothing would.
  var allow: String?
  /// All of it in one line.
  var message: String
}

/// A refusal in words: what was asked for, why it was refused, and what would grant it.
struct DenialMessage {
  /// The run's.
  let policy: Policy
  let directories: [RunOptions.Directory]

  func text(_ denial: Denial) -> String { report(denial).message }

  func report(_ denial: Denial) -> DenialReport {
    switch denial.kind {
    case .noDirectory, .outside, .readOnly: pathReport(denial)
    case .sleep: needed(.waiting, "to sleep", "--policy strict")
    case .poll: needed(.waiting, "to wait for descriptors", "--policy strict")
    case .random: needed(.random, "for random bytes", "--policy strict")
    case .files: needed(.directories, "for a descriptor operation", "--policy standard")
    case .stdin: needed(.stdin, "to read standard input", "--policy pure")
    case .stdout: needed(.stdout, "to write to standard output", "--policy pure")
    case .stderr: needed(.stderr, "to write to standard error", "--policy pure")
    case .sockets: sockets
    case .openFiles:
      limited(.openFiles, "for one descriptor more than", "\(policy.limits.openFiles)")
    case .fileCount:
      limited(
        .maxFiles, "to add one name more to its directories than",
        PolicyKey.maxFiles.text(in: policy))
    case .written:
      limited(
        .maxWritten, "to write more to files than", PolicyKey.maxWritten.text(in: policy))
    case .fileSize:
      limited(.maxFileSize, "for a file larger than", PolicyKey.maxFileSize.text(in: policy))
    }
  }

  // MARK: Paths

  private func pathReport(_ denial: Denial) -> DenialReport {
    let access = denial.isWrite ? "write" : "read"
    let path = denial.path
    func report(_ allow: String?, _ message: String) -> DenialReport {
      DenialReport(
        rule: .directories, asked: "\(access) \(path)", path: path, access: access, allow: allow,
        message: "guest asked " + message)
    }
    switch denial.kind {
    case .outside:
      return report(
        nil,
        "for \"\(path)\" (\(access)), which is outside of the granted directory; "
          + "--dir with a directory that holds it would grant it")
    case .readOnly:
      var wider =
        directory(of: path) ?? RunOptions.Directory(host: "HOST", guest: "GUEST", access: nil)
      wider.access = .readWrite
      return report(
        flags(wider),
        "to change \"\(path)\"; its directory is granted read-only; \(flags(wider)) would allow it")
    default:
      let reason = directories.isEmpty ? "grants no directory" : "grants no directory there"
      let missing = RunOptions.Directory(guest: Self.parent(of: path), access: wanted(denial))
      return report(
        flags(missing),
        "for \"\(path)\" (\(access)); policy \(policy.name) \(reason); \(flags(missing)) would")
    }
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

  // MARK: The rest

  /// Something that a policy grants or not.
  ///
  /// - Parameter option: names the built-in policy that does.
  private func needed(_ rule: PolicyKey, _ asked: String, _ option: String) -> DenialReport {
    let isBuiltIn = Policy.builtIn.contains { $0.name == policy.name }
    let line = rule == .directories ? nil : "\(rule.shortName) = true"
    let allow = isBuiltIn ? option : line ?? option
    let would = isBuiltIn || line == nil ? option : "\(allow) in it"
    return DenialReport(
      rule: rule, asked: asked, allow: allow,
      message: "guest asked \(asked); policy \(policy.name) does not grant it; \(would) would")
  }

  private var sockets: DenialReport {
    let grant = "\(RunOption.tcplisten.flag) ADDRESS:PORT"
    let allow = policy.capabilities.sockets ? grant : "--policy network \(grant)"
    let reason =
      policy.capabilities.sockets ? "no option grants one" : "policy \(policy.name) grants none"
    return DenialReport(
      rule: .sockets, asked: "for a socket operation", allow: allow,
      message: "guest asked for a socket operation; \(reason); \(allow) would")
  }

  private func limited(_ rule: PolicyKey, _ asked: String, _ limit: String) -> DenialReport {
    let option = rule.option?.flag ?? ""
    return DenialReport(
      rule: rule, asked: "\(asked) \(limit)", allow: option,
      message: "guest asked \(asked) \(limit), the limit; \(option) sets it")
  }
}

extension RunOptions.Directory {
  /// One that the guest knows by the name that it has outside, but for the root: nobody means to grant that.
  fileprivate init(guest: String, access: DirectoryAccess) {
    self.init(host: guest == "/" ? "HOST" : guest, guest: guest, access: access)
  }
}
