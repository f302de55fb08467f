import ArgumentParser
import SwasmSandbox

struct InspectCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a module imports, exports and needs.")

  @Argument(help: "The module.") var module: String
  @Flag(help: "Print one JSON object.") var json = false

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(launcher.inspect(module: module, asJSON: json))
    return .success
  }
}
