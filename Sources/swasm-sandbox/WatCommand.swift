import ArgumentParser
import SwasmSandbox

struct WatCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "wat", abstract: "Encode a module in the text format as a binary one.",
    discussion: "The module is not validated: `inspect` and `run` do that.")

  @Argument(help: "The module.") var module: String
  @Option(name: .shortAndLong, help: "Where the binary goes; - is standard output.")
  var output: String?
  @OptionGroup var compiler: CompilerLimitOptions

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    guard let output else {
      throw Failure(.usage, "wat: no output given; use -o FILE")
    }
    try launcher.encode(module: module, limits: try compiler.limits(), to: output)
    return .success
  }
}
