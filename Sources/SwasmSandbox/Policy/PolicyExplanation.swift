import SwasmLockdown
import SwasmWASI

/// Answers about what a policy says of something: a key, a WASI function, a system call, or a path.
public struct PolicyExplanation {
  let policy: Policy

  public init(_ policy: Policy) { self.policy = policy }

  /// - Throws: when the word stands for nothing that is known.
  public func text(about word: String) throws(Failure) -> String {
    if let key = PolicyKey.allCases.first(where: { $0.rawValue == word || $0.shortName == word }) {
      return explain(key)
    }
    if let function = WASITable.functions.first(where: { $0.name == word }) {
      return explain(function)
    }
    if let call = SystemCall.allCases.first(where: { $0.name == word }) { return explain(call) }
    if word.hasPrefix("/") || word.hasPrefix(".") { return explain(path: word) }
    if PolicyExplanation.neverGranted.contains(word) {
      return "\(word)\n  no guest makes this system call, under any policy: the filter kills it\n"
    }
    let known =
      PolicyKey.allCases.map(\.shortName) + WASITable.functions.map(\.name)
      + SystemCall.allCases.map(\.name)
    let hint = Suggestion.nearest(to: word, among: known).map { "; did you mean \"\($0)\"?" }
    throw .usage(
      "policy explain \(word): no key, WASI function, system call or path" + (hint ?? ""))
  }

  /// Calls that people ask about and that are in no row.
  private static let neverGranted = [
    "open", "openat", "socket", "connect", "bind", "listen", "execve", "clone", "fork", "ioctl",
    "dup", "mmap", "kill", "ptrace", "sendmsg", "prctl", "io_uring_setup",
  ]

  private func explain(_ key: PolicyKey) -> String {
    var text = "\(key.rawValue) = \(key.text(in: policy))\n  \(key.meaning)\n"
    if let option = key.option { text += "  set by \(option.flag) and \(option.variable)\n" }
    let others = Policy.builtIn.filter { $0.name != policy.name }.map {
      "\($0.name): \(key.text(in: $0))"
    }
    return text + "  \(others.joined(separator: "; "))\n"
  }

  /// Each need of a function with the key that decides about it.
  private static let keys: [(WASINeeds, [PolicyKey])] = [
    (.read, [.stdin, .directories]), (.write, [.stdout, .stderr, .directories]),
    (.sleep, [.waiting]), (.poll, [.waiting]), (.random, [.random]), (.sockets, [.sockets]),
    (.openPaths, [.directories]), (.resize, [.directories]), (.seek, [.directories]),
    (.status, [.directories]), (.synchronize, [.directories]), (.close, [.directories]),
  ]

  private func explain(_ function: WASIFunction) -> String {
    let level = policy.level(grantsDirectories: true, grantsSockets: true)
    let needs = function.needs
    var text = "\(function.name)\n"
    if needs.isEmpty { return text + "  asks nothing of the kernel: every policy allows it\n" }
    var shown: [PolicyKey] = []
    for (need, keys) in Self.keys where needs.contains(need) {
      for key in keys where !shown.contains(key) {
        shown.append(key)
        text += "  \(key.rawValue) = \(key.text(in: policy)): \(key.meaning)\n"
      }
    }
    let wanted = GuestCapabilities.kernelNeeds(
      for: needs, granted: policy.needs(at: level), streams: policy.standardStreams,
      hasChannel: true,
      growsMemory: false)
    let rows = SystemCallTable.rows(for: .guest(level), needs: wanted)
      .filter { $0.need != nil }
    text += rows.isEmpty ? "  no system call is left for it: it is refused\n" : "  system calls\n"
    text += SystemCallRow.text(rows)
    return text + allowing { $0.needs(at: $0.level).isSuperset(of: needs.subtracting(.vectors)) }
  }

  private func explain(_ call: SystemCall) -> String {
    let level = policy.level(grantsDirectories: true, grantsSockets: true)
    let rows = policy.rows(at: level).filter { $0.call == call }
    let text =
      rows.isEmpty
      ? "\(call.name)\n  not allowed under policy \(policy.name): it kills the guest\n"
      : "\(call.name)\n\(SystemCallRow.text(rows))"
    return text + allowing { $0.rows(at: $0.level).contains { $0.call == call } }
  }

  private func explain(path: String) -> String {
    let access = policy.capabilities.directories
    var text = "\(path)\n  capabilities.directories = \(access.rawValue)\n"
    if let grant = policy.grants.directories.last(where: { $0.holds(path) }) {
      let shown = Printable.line(grant.description)
      return "\(text)  in a directory that the policy grants: \(shown)\n"
    }
    let flag = "\(RunOption.dir.flag) \(path)"
    switch access {
    case .none: text += "  refused: \(RunOption.policy.flag) strict \(flag) grants it for reading\n"
    case .readOnly:
      text += "  refused unless a directory that holds it is granted: \(flag):ro\n"
      text += "  \(RunOption.policy.flag) standard \(flag):rw grants it for writing\n"
    case .copyOnWrite:
      text += "  refused unless a directory that holds it is granted: \(flag):ro or \(flag):cow\n"
      text += "  \(RunOption.policy.flag) standard \(flag):rw grants it for writing\n"
    case .readWrite:
      text += "  refused unless a directory that holds it is granted: \(flag):ro or \(flag):rw\n"
    }
    return text
  }

  private func allowing(_ condition: (Policy) -> Bool) -> String {
    let names = Policy.builtIn.filter(condition).map(\.name)
    return "  allowed by \(names.isEmpty ? "no policy" : names.joined(separator: ", "))\n"
  }
}

extension RunOptions.Directory {
  /// Is a path of the guest's in it, going by its name?
  fileprivate func holds(_ path: String) -> Bool {
    let name = Array(guest.utf8)
    guard path.utf8.starts(with: name) else { return false }
    let next = path.utf8.dropFirst(name.count).first
    return next == nil || next == UInt8(ascii: "/") || name.last == UInt8(ascii: "/")
  }
}
