import SwasmModule
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
  /// Places in them with a rule of their own.
  var inner: [Place] = []

  struct Place {
    /// As the guest knows it.
    var path: String
    var rule: RunOptions.Directory
  }

  func text(_ denial: Denial) -> String { report(denial).message }

  func report(_ denial: Denial) -> DenialReport {
    switch denial.kind {
    case .noDirectory, .outside, .readOnly, .denied, .mount, .kernelMount,
      .pinned, .outwardLink:
      pathReport(denial)
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
    let rule = rule(for: path)
    switch denial.kind {
    case .outside:
      return report(
        nil,
        "for \"\(path)\" (\(access)), which is outside the granted directory; "
          + "--dir with a directory that contains it would grant it")
    case .readOnly:
      // A link leads elsewhere.
      if rule?.access?.allowsChanges == true {
        return report(
          nil, "to change \"\(path)\", which leads into a directory that is granted read-only")
      }
      var wider = rule ?? RunOptions.Directory(host: "HOST", guest: "GUEST", access: nil)
      wider.access = .readWrite
      return report(
        flags(wider),
        "to change \"\(path)\"; its directory is granted read-only"
          + (flags(wider).map { "; \($0) would allow it" } ?? ""))
    case .denied:
      let denying = rule.flatMap { $0.access == DirectoryAccess.none ? option($0) : nil }
      return report(
        nil, "for \"\(path)\" (\(access)), which \(denying ?? "--dir with :none") denies")
    case .mount:
      return report(
        nil,
        "for \"\(path)\" (\(access)); a file system is mounted there, and letting it in takes the right to mount; "
          + "--dir with its directory would grant it")
    case .kernelMount where rule?.access == .copyOnWrite:
      return report(
        nil,
        "for \"\(path)\" (\(access)); a file system is mounted there, which is not part of the copy"
      )
    case .kernelMount:
      return report(
        nil,
        "for \"\(path)\" (\(access)); a kernel interface is mounted there, and none of those is let in"
      )
    case .pinned:
      return report(
        nil, "to move or remove \"\(path)\"; another --dir applies to it or to something in it")
    case .outwardLink:
      return report(
        nil, "for a symbolic link \"\(path)\" that leads out of the granted directory")
    default:
      let reason = directories.isEmpty ? "grants no directory" : "grants no directory there"
      let missing = flags(
        RunOptions.Directory(guest: Self.parent(of: path), access: wanted(denial)))
      // A path that was cut may lead anywhere, and what is above a directory is never reached through it.
      let isReached =
        ByteText.bytes(path).count < StatusPage.pathLimit
        && Self.normalized(path).split(separator: "/").first != ".."
      let allow = isReached ? missing : nil
      return report(
        allow,
        "for \"\(path)\" (\(access)); policy \(policy.name) \(reason)"
          + (allow.map { "; \($0) would" } ?? ""))
    }
  }

  /// With the policy that allows it, where the run's does not. nil where `--dir` has no words for the directory.
  private func flags(_ directory: RunOptions.Directory) -> String? {
    guard let option = option(directory) else { return nil }
    guard let access = directory.access, access > policy.capabilities.directories else {
      return option
    }
    return "--policy \(access == .readWrite ? "standard" : "strict") \(option)"
  }

  /// As a shell takes it: a part of it may be the guest's choice.
  private func option(_ directory: RunOptions.Directory) -> String? {
    let text = directory.description
    guard (try? RunOptions.directory(text)) == directory else { return nil }
    return "--dir \(ShellWord.quoted(text))"
  }

  private func wanted(_ denial: Denial) -> DirectoryAccess {
    denial.isWrite ? .readWrite : .readOnly
  }

  /// The rule that holds for a path of the guest's: that of the directory it leads into.
  private func rule(for path: String) -> RunOptions.Directory? {
    let places = directories.map { Place(path: $0.guest, rule: $0) } + inner
    let path = Self.normalized(path)
    return places.filter { place in
      let name = Array(place.path.utf8)
      guard path.utf8.starts(with: name) else { return false }
      let next = path.utf8.dropFirst(name.count).first
      return next == nil || next == UInt8(ascii: "/") || name.last == UInt8(ascii: "/")
    }.max { $0.path.utf8.count < $1.path.utf8.count }?.rule
  }

  /// Without steps down and up again.
  private static func normalized(_ path: String) -> String {
    var components: [Substring] = []
    for component in path.split(separator: "/", omittingEmptySubsequences: false) {
      if component == "..", let last = components.last, !["..", ".", ""].contains(last) {
        components.removeLast()
      } else {
        components.append(component)
      }
    }
    return components.joined(separator: "/")
  }

  /// The directory that holds a path, as the guest would name it.
  private static func parent(of path: String) -> String {
    guard path.utf8.first == UInt8(ascii: "/"),
      let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    else { return "." }
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

extension DenialMessage {
  init(policy: Policy, _ granted: [GuestGrants.Granted]) {
    let inner = granted.flatMap { directory in
      let guest = directory.asked.guest
      let start = guest.utf8.last == UInt8(ascii: "/") ? guest : guest + "/"
      return directory.inner.map {
        Place(path: start + ByteText.string($0.place.path), rule: $0.rule)
      }
    }
    self.init(policy: policy, directories: granted.map(\.asked), inner: inner)
  }
}
