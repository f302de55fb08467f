import ArgumentParser
import SwasmSandbox

struct PolicyCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show what policies grant.",
    subcommands: [PolicyListCommand.self, PolicyShowCommand.self])

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    throw Failure(
      .usage, "policy: expected `swasm-sandbox policy list` or `swasm-sandbox policy show NAME`")
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

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(Policy.named(name).listing)
    return .success
  }
}
