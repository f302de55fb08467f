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
    ("fd_write", "pure", "write           fd ∈ {1, 2}"),
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

  /// Policies of the user's own are found by name, shown by the list, and go before built-in ones.
  @Test func ownPolicies() throws {
    let scratch = try Scratch()
    let folder = scratch.path + "/swasm-sandbox/policies"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    _ = try scratch.file("swasm-sandbox/policies/pure.toml", "name = \"mine\"\n")
    _ = try scratch.file("here.toml", "name = \"here\"\n")
    let environment = ["XDG_CONFIG_HOME": scratch.path]
    let list = try LauncherRun.run(["policy", "list"], environment: environment)
    #expect(list.stdout.hasPrefix("pure: \(folder)/pure.toml\n"), "\(list.stdout)")
    let shown = try LauncherRun.run(
      ["policy", "show", "--canonical", "pure"], environment: environment)
    #expect(shown.stdout.contains("capabilities.stdout = false"))
    // Nothing of the current directory is read unless it is named as a file.
    let here = try LauncherRun.run(["policy", "show", "here"], directory: scratch.path)
    #expect(here.status == 2)
  }

  @Test func listingNamesTheCalls() {
    #expect(Policy.pure.listing.contains("system calls (4;"))
    #expect(Policy.strict.listing.contains("system calls (7;"))
    #expect(Policy.pure.listing.contains("mprotect"))
    #expect(!Policy.pure.listing.contains("getrandom"))
    #expect(Policy.strict.listing.contains("getrandom       len ≤ 256, flags == 0"))
  }
}
