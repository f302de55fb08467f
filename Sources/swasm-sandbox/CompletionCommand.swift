import ArgumentParser
import SwasmSandbox

struct CompletionCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a completion script for a shell.",
    discussion: """
      examples:
        source <(swasm-sandbox completion bash)
        swasm-sandbox completion fish > ~/.config/fish/completions/swasm-sandbox.fish
      """)

  @Argument(help: "bash, zsh or fish.") var shell: String

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    guard let shell = CompletionShell(rawValue: shell) else {
      throw Failure(.usage, "completion \(shell): expected bash, zsh or fish")
    }
    try Diagnostics.output(RootCommand.completionScript(for: shell))
    return .success
  }
}
