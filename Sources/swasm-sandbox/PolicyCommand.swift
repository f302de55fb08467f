import ArgumentParser
import SwasmSandbox

struct PolicyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Show what policies grant.",
    subcommands: [PolicyListCommand.self, PolicyShowCommand.self])
}

struct PolicyListCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the built-in policies.")

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    Diagnostics.output(Policy.list)
    return .success
  }
}

struct PolicyShowCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show a policy's capabilities, its limits and the system calls that follow.")

  @Argument(help: "The policy's name, or its file.") var name: String

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    Diagnostics.output(try Policy.named(name).listing)
    return .success
  }
}
