import CSwasm
import Glibc
import SwasmLockdown
import SwasmModule
import SwasmWASI

/// `learn`: a run in which everything is recorded, and the policy that is made of it.
struct Learner {
  private let observed: Observation
  private let options: RunOptions
  private let program: String

  private init(_ observed: Observation, program: String) {
    self.observed = observed
    options = observed.options
    self.program = program
  }

  static func check(_ options: RunOptions) throws(Failure) {
    if options.isDryRun {
      throw .usage("learn: --dry-run runs nothing, so there would be nothing to learn")
    }
    if options.printsJSON, options.learning?.output == nil {
      throw .usage("learn: with --json the policy needs a file of its own; --output FILE names it")
    }
  }

  // MARK: What a program may do while it is watched

  /// Where neither an option nor the policy grants a directory, or a socket, which would have another number then: the
  /// current one and /tmp for writing, the rest of the file system for reading. Each by the name of its own, because most programs take the longest name that a path begins with.
  static func addDirectories(to options: inout RunOptions, _ policy: Policy) {
    guard options.directories.isEmpty, options.sockets.isEmpty,
      policy.capabilities.directories != .none
    else { return }
    options.directories = [RunOptions.Directory(host: ".", guest: ".", access: nil)]
    let canNest = SecondWalls.lack(of: .detachedMounts) == nil
    // --tmp gives another one by that name.
    let grantsTmp = canNest && !options.grantsTemporary
    if canNest {
      options.directories += topDirectories.filter { grantsTmp || $0 != "/tmp" }.map { name in
        RunOptions.Directory(
          host: name, guest: name, access: name == "/tmp" ? nil : .readOnly)
      }
    }
    let writes = policy.capabilities.directories == .readWrite
    let own = "the current directory" + (grantsTmp && writes ? " and /tmp" : "")
    let rest =
      canNest ? writes ? ", and read every other file that you can" : " and every other file" : ""
    Diagnostics.report(
      "learn: no --dir is given, so the program may \(writes ? "read and write" : "read") \(own)\(rest)"
    )
  }

  /// Interfaces of the kernel and devices hold no files.
  private static let noFiles = ["proc", "sys", "dev"]

  private static var topDirectories: [String] {
    DirectoryNames.read(opendir("/")).filter { name in
      guard !name.hasPrefix("."), !noFiles.contains(name) else { return false }
      let directory = RunOptions.Directory(host: "/\(name)", guest: "/\(name)", access: .readOnly)
      // Only those that are open to this user and that --dir has words for.
      return access("/\(name)/.", R_OK | X_OK) == 0
        && (try? RunOptions.directory(directory.description)) == directory
    }.map { "/\($0)" }.sorted()
  }

  // MARK: What was learnt

  /// Writes the policy to where it is to go.
  static func report(_ result: RunResult, program: String) throws(Failure) {
    guard let observed = result.observed else {
      Diagnostics.report("learn: the program never started, so there is no policy for it")
      return
    }
    try Learner(observed, program: program).write(result)
  }

  private func write(_ result: RunResult) throws(Failure) {
    let text = text(result)
    let bytes = Array(text.utf8)
    guard let path = options.learning?.output else { return Self.write(bytes) }
    do throws(Failure) {
      let file = try MemoryFile("swasm-policy", bytes)
      try OutputFile.write(file.descriptor, count: bytes.count, to: path)
    } catch {
      // The run can't be had again.
      Self.write(bytes)
      throw error
    }
    if !options.printsJSON {
      Diagnostics.report("learn: the policy is in \(path); `\(command(policy: path))` uses it")
    }
  }

  private static func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { _ = writeAll(2, $0) } }

  private func text(_ result: RunResult) -> String {
    let grants = LearntGrants(observed, canNest: SecondWalls.lack(of: .detachedMounts) == nil)
    let learnt = LearntPolicy(observed, grants.grants)
    let policy = learnt.policy
    let file = options.learning?.output ?? "FILE.toml"
    var lines = [
      "What \(program) used, learnt by `swasm-sandbox learn`. With this file:",
      "  \(command(policy: file))",
      "Without it:",
      "  \(command(policy))",
    ]
    lines += notes(result)
    lines += refusals(result)
    return lines.map { PolicyText.comment($0) + "\n" }.joined() + "\n"
      + PolicyText(policy: policy, reasons: learnt.reasons).text
  }

  private func notes(_ result: RunResult) -> [String] {
    var notes: [String] = []
    if result.outcome != .exited || result.status != .success {
      let end =
        result.messages.first { !$0.isEmpty } ?? "it ended with status \(result.status.code)"
      let first = end.split(separator: "\n").first.map(String.init) ?? end
      notes.append("The run did not succeed; this is what it had used by then: \(first)")
    }
    if observed.totals.notFound > 0 {
      notes.append(
        "Nothing is granted for \(Quantities.count(observed.totals.notFound, "look-up that", "look-ups that"))"
          + " found nothing.")
    }
    if observed.totals.wasFull {
      notes.append(
        "It used too many directories to list: the deepest are replaced by the ones they are in.")
    }
    if !observed.paths.isEmpty, let reason = LearntGrants.reasonToKeep(observed) {
      notes.append("Its directories stay as they were given: \(reason).")
    }
    let inherited = options.sockets.contains {
      if case .inherited = $0 { true } else { false }
    }
    if inherited {
      notes.append("A policy cannot grant what --socket does; give that option again.")
    }
    if observed.temporaryUse != nil {
      notes.append("A policy cannot grant what --tmp does; give that option again.")
    }
    return notes
  }

  /// What a program asked for in vain is no part of its policy.
  private func refusals(_ result: RunResult) -> [String] {
    guard !result.denials.isEmpty else { return [] }
    let more = result.denialCount - result.denials.count
    return ["Refused, and not granted here:"] + result.denials.map { "  \($0.message)" }
      + (more > 0 ? ["  and \(more) more"] : [])
  }

  // MARK: Commands

  /// The run again, under a policy's file.
  private func command(policy file: String) -> String {
    (["swasm-sandbox", "run", "--policy", ShellWord.quoted(file)] + tail(options)).joined(
      separator: " ")
  }

  /// The run again, by options alone and the lowest built-in policy that has all that is needed.
  private func command(_ policy: Policy) -> String {
    let builtIn = Policy.builtIn.first { known in
      let has = known.capabilities
      let needs = policy.capabilities
      return (has.waiting || !needs.waiting) && (has.random || !needs.random)
        && (has.sockets || !needs.sockets) && has.directories >= needs.directories
    }
    var words = ["swasm-sandbox", "run", "--policy", (builtIn ?? .defaultPolicy).name]
    func add(_ option: RunOption, _ value: String) {
      words += [option.flag, ShellWord.quoted(value)]
    }
    for directory in policy.grants.directories { add(.dir, directory.description) }
    for name in policy.capabilities.environment { add(.env, name) }
    for variable in policy.grants.variables { add(.env, variable) }
    for address in policy.grants.listeners { add(.tcplisten, address.description) }
    for key in PolicyKey.inSection("limits") {
      guard let option = key.option,
        key.text(in: policy) != key.text(in: Policy.defaultPolicy)
      else { continue }
      add(option, key.text(in: policy))
    }
    return (words + tail(options)).joined(separator: " ")
  }

  /// What a policy has no words for, the module, and the program's arguments.
  private func tail(_ options: RunOptions) -> [String] {
    var words: [String] = []
    func add(_ option: RunOption, _ value: String? = nil) {
      words.append(option.flag)
      if let value { words.append(ShellWord.quoted(value)) }
    }
    for socket in options.sockets {
      if case .inherited(let number) = socket { add(.socket, "\(number)") }
    }
    if observed.temporaryUse != nil { add(.tmp) }
    if let file = options.changesFile { add(.changes, file) }
    if options.commits { add(.commit) }
    for preload in options.preloads { add(.preload, preload.description) }
    if let invoke = options.invoke { add(.invoke, invoke) }
    if let argv0 = options.argv0 { add(.argv0, argv0) }
    if options.code.deterministicNaN { add(.deterministicNaN) }
    if options.code.checksBounds { add(.checkedMemory) }
    if let list = options.features { add(.features, list) }
    if options.allowsCompiled { add(.allowCompiled) }
    if !options.usesCache { add(.noCache) }
    // What follows the module is the program's, all but one -- directly after it.
    let separator = options.arguments.first == "--" ? ["--"] : []
    let module = options.module.hasPrefix("-") && options.module != "-" ? ["--"] : []
    return words + module + [ShellWord.quoted(options.module)] + separator
      + options.arguments.map(ShellWord.quoted)
  }
}
