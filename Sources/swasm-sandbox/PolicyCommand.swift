import ArgumentParser
import SwasmSandbox

struct PolicyCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show, check and explain policies.",
    subcommands: [
      PolicyListCommand.self, PolicyShowCommand.self, PolicyCheckCommand.self,
      PolicyExplainCommand.self,
    ])

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    throw Failure(
      .usage, "policy: expected list, show NAME, check FILE or explain WORD after it")
  }
}

struct PolicyListCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the built-in policies.")

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(Policy.list)
    return .success
  }
}

struct PolicyShowCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a policy's capabilities, its limits and the system calls that follow.")

  @Argument(help: "The policy's name, or its file.") var name: String
  @Flag(help: "Print the text whose SHA-256 is in results.") var canonical = false

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    let policy = try Policy.named(name)
    try Diagnostics.output(canonical ? policy.canonicalText : policy.listing)
    return .success
  }
}

struct PolicyCheckCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check a policy's file.",
    discussion: "Says what is wrong with it, and where; exit status 2.")

  @Argument(help: "The file, or a policy's name.") var file: String

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output("\(file): \(Policy.named(file).summary)\n")
    return .success
  }
}

struct PolicyExplainCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a policy has to do with something.",
    discussion: """
      examples:
        swasm-sandbox policy explain random_get --policy pure
        swasm-sandbox policy explain ftruncate
        swasm-sandbox policy explain memory --policy mine.toml
        swasm-sandbox policy explain /etc/passwd --policy strict
      """)

  @Argument(help: "A key of policies, a WASI function, a system call, or a path.")
  var word: String
  @Option(help: "The policy.") var policy = Policy.defaultPolicy.name

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(PolicyExplanation(try Policy.named(policy)).text(about: word))
    return .success
  }
}
