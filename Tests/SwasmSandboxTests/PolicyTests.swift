import Foundation
import SwasmLockdown
import SwasmWASI
import Testing

@testable import SwasmSandbox

@Suite struct PolicyTests {
  private static let folder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("policies")

  @Test(arguments: Policy.builtIn) func fileSaysTheSame(_ policy: Policy) throws {
    let file = Self.folder.appendingPathComponent(policy.name + ".toml")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(try PolicyFile.parse(text, shown: file.path) == policy)
  }

  @Test(arguments: Policy.builtIn) func everyEntryHasItsReason(_ policy: Policy) throws {
    let file = Self.folder.appendingPathComponent(policy.name + ".toml")
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    where line.contains(" = ") && !line.hasPrefix("#") && !line.hasPrefix("name") {
      #expect(line.contains("# "), "\(line)")
    }
  }

  @Test func silenceGrantsNothing() throws {
    let policy = try PolicyFile.parse("", shown: "empty")
    #expect(policy.standardStreams == [false, false, false])
    #expect(policy.capabilities.directories == .none)
    #expect(policy.level == .pure)
  }

  @Test func everyKeyIsRead() throws {
    let text = """
      name = "mine"
      require = ["landlock", "mseal"]
      [capabilities]
      stdin = true
      stdout = true
      stderr = true
      waiting = true
      random = true
      directories = "read-only"
      sockets = true
      environment = ["LANG", "TZ"]
      [limits]
      memory = "64MiB"
      stack = "1MiB"
      timeout = "1500ms"
      cpu-time = "2s"
      max-file-size = "1KB"
      max-output = "1MiB"
      open-files = 32
      max-files = 0
      max-written = "5MB"
      compile-memory = "2GiB"
      compile-time = "3s"
      [grants]
      directories = ["data::/data:ro"]
      variables = ["TZ=UTC"]
      listen = ["127.0.0.1:80"]
      """
    let policy = try PolicyFile.parse(text, shown: "mine")
    var expected = Policy(
      name: "mine",
      capabilities: .init(
        waiting: true, random: true, directories: .readOnly, sockets: true,
        environment: ["LANG", "TZ"]),
      limits: .init(
        memory: 64 << 20, stack: 1 << 20, timeout: 1500, cpuTime: 2000, maxFileSize: 1000,
        maxOutput: 1 << 20, openFiles: 32, maxFiles: 0, maxWritten: 5_000_000))
    expected.limits.compiler.memory = 2 << 30
    expected.limits.compiler.time = 3000
    expected.require = [.landlock, .sealed]
    expected.grants.directories = [.init(host: "data", guest: "/data", access: .readOnly)]
    expected.grants.variables = ["TZ=UTC"]
    expected.grants.listeners = [try SocketAddress(.tcplisten, "127.0.0.1:80")]
    #expect(policy == expected)
    for key in PolicyKey.allCases { #expect(text.contains(key.shortName), "\(key) is not in it") }
  }

  @Test(arguments: [
    ("[limits]\nmemroy = \"1GiB\"", "unknown key \"memroy\"; did you mean \"memory\"?"),
    ("[capabilites]\nstdin = true", "unknown key \"capabilites\"; did you mean \"capabilities\"?"),
    ("[limits]\nxyzzy = 1", "unknown key \"xyzzy\"; known: memory, stack"),
    ("[limits]\nmemory = 5", "limits.memory is not a size"),
    ("[limits]\nmemory = \"much\"", "limits.memory is not a size"),
    ("[capabilities]\nstdin = \"yes\"", "capabilities.stdin is not true or false"),
    ("[capabilities]\ndirectories = \"all\"", "is not one of \"none\", \"read-only\""),
    ("[capabilities]\nenvironment = [1]", "is not a list of strings"),
    ("[limits]\nopen-files = 3", "is not a number from 16 to 65536"),
    ("limits = 3", "limits is not a section"),
    ("[limits", "p.toml:1:8: expected \"]\""),
    ("\n[limits]\n  memroy = \"1GiB\"", "p.toml:3: unknown key"),
    ("[limits]\nopen-files = true", "p.toml:2: limits.open-files is not a number"),
    ("[limits]\nopen-files = -1", "is not a number from 16"),
    ("require = [\"landlok\"]", "is not a list of these: \"landlock\", \"mseal\""),
    ("require = \"landlock\"", "is not a list of these"),
    ("requires = []", "did you mean \"require\"?"),
    ("name = 3", "p.toml:1: name is not a string"),
  ]) func refused(_ text: String, _ says: String) {
    let failure = #expect(throws: Failure.self) { try PolicyFile.parse(text, shown: "p.toml") }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains(says) ?? false, "\(failure?.message ?? "")")
  }

  @Test func levels() {
    #expect(Policy.pure.level(grantsDirectories: false) == .pure)
    #expect(Policy.strict.level(grantsDirectories: false) == .strict)
    #expect(Policy.strict.level(grantsDirectories: true) == .standard)
    #expect(Policy.standard.level(grantsDirectories: false) == .standard)
    #expect(Policy.network.level(grantsDirectories: true) == .standard)
    #expect(Policy.network.level(grantsDirectories: false, grantsSockets: true) == .network)
    #expect(Policy.standard.level(grantsDirectories: true, grantsSockets: true) == .standard)
    #expect(!Policy.pure.needs(at: .pure).contains(.random))
    #expect(!Policy.strict.needs(at: .standard).contains(.resize))
  }

  @Test func optionsOnTop() throws {
    var options = RunOptions()
    for (option, value) in [
      (RunOption.memory, "2GiB"), (.maxFileSize, "1MiB"), (.openFiles, "2000"),
    ] {
      try options.apply(option, value)
    }
    let limited = Policy.strict.limited(by: options)
    #expect(limited.limits.maxFileSize == 1 << 20)
    #expect(
      limited.limitsWider(than: .strict) == [
        "--memory 2GiB (policy strict: 1GiB)", "--open-files 2000 (policy strict: 1024)",
      ])
    #expect(
      Policy.standard.limited(by: options).limitsWider(than: .standard) == [
        "--open-files 2000 (policy standard: 1024)"
      ])
  }

  /// The hash is of the policy, not of the file that says it.
  @Test func canonicalText() throws {
    let file = Self.folder.appendingPathComponent("strict.toml")
    let text = try String(contentsOf: file, encoding: .utf8)
    let read = try PolicyFile.parse(text + "\n# a comment\n", shown: "x")
    #expect(read.sha256 == Policy.strict.sha256)
    #expect(Set(Policy.builtIn.map(\.sha256)).count == Policy.builtIn.count)
    #expect(Policy.strict.sha256 == SHA256.hexadecimal(Array(Policy.strict.canonicalText.utf8)))
  }

  @Test(arguments: [
    ("random_get", "pure", "it is refused\n  allowed by strict, standard, network"),
    ("random_get", "strict", "getrandom       len ≤ 256"),
    ("path_open", "strict", "capabilities.directories = read-only"),
    ("fd_write", "pure", "write           fd == 1"),
    ("sock_send", "standard", "allowed by network"),
    ("args_get", "pure", "asks nothing of the kernel"),
    ("memory", "strict", "limits.memory = 1GiB"),
    ("limits.open-files", "pure", "set by --open-files and SWASM_OPEN_FILES"),
    ("ftruncate", "strict", "not allowed under policy strict"),
    ("getrandom", "strict", "random_get, in chunks"),
    ("execve", "network", "no guest makes this system call"),
    ("/etc/passwd", "pure", "--policy strict --dir /etc/passwd"),
    ("/etc", "standard", "--dir /etc:ro or --dir /etc:rw"),
  ]) func explains(_ word: String, _ policy: String, _ says: String) throws {
    let text = try PolicyExplanation(Policy.named(policy)).text(about: word)
    #expect(text.contains(says), "\(text)")
  }

  @Test func explainsNothingUnknown() {
    let failure = #expect(throws: Failure.self) {
      try PolicyExplanation(.pure).text(about: "random_gte")
    }
    #expect(failure?.message.contains("did you mean \"random_get\"?") ?? false)
  }

  /// Policies of the user's own are found by name and shown by the list. None takes a built-in one's place.
  @Test func ownPolicies() throws {
    let scratch = try Scratch()
    let folder = try policyFolder(scratch)
    _ = try scratch.file("swasm-sandbox/policies/mine.toml", "name = \"mine\"\n")
    _ = try scratch.file("here.toml", "name = \"here\"\n")
    let environment = ["XDG_CONFIG_HOME": scratch.path]
    let list = try LauncherRun.run(["policy", "list"], environment: environment)
    #expect(list.stdout.hasPrefix("mine: \(folder)/mine.toml\n"), "\(list.stdout)")
    let shown = try LauncherRun.run(
      ["policy", "show", "--canonical", "mine"], environment: environment)
    #expect(shown.stdout.contains("capabilities.stdout = false"))
    // Nothing of the current directory is read unless it is named as a file.
    let here = try LauncherRun.run(["policy", "show", "here"], directory: scratch.path)
    #expect(here.status == 2)
    let relative = try LauncherRun.run(
      ["policy", "show", "mine"], directory: scratch.path, environment: ["XDG_CONFIG_HOME": "."])
    #expect(relative.status == 2, "\(relative)")
    _ = try scratch.file("swasm-sandbox/policies/strict.toml", "[capabilities]\nrandom = true\n")
    let shadowed = try LauncherRun.run(["policy", "show", "strict"], environment: environment)
    #expect(shadowed.status == 2, "\(shadowed)")
    #expect(shadowed.stderr.contains("\(folder)/strict.toml has its name"), "\(shadowed)")
    let named = ["policy", "show", "\(folder)/strict.toml"]
    #expect(try LauncherRun.run(named, environment: environment).status == 0)
    let marked = try LauncherRun.run(["policy", "list"], environment: environment).stdout
    #expect(marked.contains("strict.toml (not used: has the name of"), "\(marked)")
  }

  private func policyFolder(_ scratch: Scratch) throws -> String {
    let folder = scratch.path + "/swasm-sandbox/policies"
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    for part in [scratch.path, scratch.path + "/swasm-sandbox", folder] {
      #expect(chmod(part, 0o755) == 0)
    }
    return folder
  }

  /// Who may write a policy may grant by it. What is named by its path is the user's choice, unless nobody knows who wrote it.
  @Test(
    arguments: [
      ("policies/p.toml", 0o644, 0, nil, true),
      ("policies/p.toml", 0o664, 0, "can be written", true),
      ("policies/p.toml", 0o666, 0, "can be written", false),
      ("policies/p.toml", 0o646, 0, "can be written", false),
      ("policies/p.toml", 0o644, 65534, "belongs to another user", true),
      ("policies", 0o775, 0, "can be written", true),
      ("policies", 0o777, 0, "can be written", true),
      ("policies", 0o755, 65534, "belongs to another user", true),
      ("", 0o777, 0, "can be written", true), ("..", 0o1777, 0, "can be written", true),
    ] as [(String, mode_t, uid_t, String?, Bool)])
  func policiesOfOthers(
    _ part: String, _ mode: mode_t, _ owner: uid_t, _ fault: String?, _ isFitWhenNamed: Bool
  ) throws {
    // Giving files away takes root.
    guard owner == 0 || geteuid() == 0 else { return }
    let scratch = try Scratch()
    let folder = try policyFolder(scratch)
    let file = try scratch.file("swasm-sandbox/policies/p.toml", "name = \"p\"\n")
    let path = scratch.path + "/swasm-sandbox/" + part
    #expect(chmod(file, 0o644) == 0 && chmod(path, mode) == 0)
    if owner != 0 { #expect(chown(path, owner, owner) == 0) }
    let environment = ["XDG_CONFIG_HOME": scratch.path]
    let found = try LauncherRun.run(["policy", "show", "p"], environment: environment)
    #expect(found.status == (fault == nil ? 0 : 2), "\(found)")
    if let fault { #expect(found.stderr.contains(fault), "\(found)") }
    let list = try LauncherRun.run(["policy", "list"], environment: environment).stdout
    #expect(list.contains("\(folder)/p.toml (not used") == (fault != nil), "\(list)")
    let named = try LauncherRun.run(["policy", "show", file], environment: environment)
    #expect(named.status == (isFitWhenNamed ? 0 : 2), "\(named)")
  }

  @Test func listingNamesTheCalls() {
    #expect(Policy.pure.listing.contains("system calls (4;"))
    #expect(Policy.strict.listing.contains("system calls (7;"))
    #expect(Policy.pure.listing.contains("mprotect"))
    #expect(!Policy.pure.listing.contains("getrandom"))
    #expect(Policy.strict.listing.contains("getrandom       len ≤ 256, flags == 0"))
  }
}
