import ArgumentParser
import SwasmSandbox

struct InspectCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a module imports, exports and needs.")

  @Argument(help: "The module.") var module: String
  @Flag(help: "Print one JSON object.") var json = false
  @Flag(help: "Show the modules and instances of a linked set, and what makes them.")
  var linked = false
  @OptionGroup var compiler: CompilerLimitOptions

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    guard !(json && linked) else {
      throw Failure(.usage, "inspect: --linked is text only; leave --json out")
    }
    let limits = try compiler.limits()
    try Diagnostics.output(
      linked
        ? launcher.inspectLinked(module: module, limits: limits)
        : launcher.inspect(module: module, asJSON: json, limits: limits))
    return .success
  }
}
