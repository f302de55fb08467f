import ArgumentParser
import SwasmSandbox

/// The options of all commands besides `run` that start a compiler process.
struct CompilerLimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      RunOption.compileMemory.help, valueName: RunOption.compileMemory.placeholder))
  var compileMemory: String?
  @Option(
    help: ArgumentHelp(
      RunOption.compileTime.help, valueName: RunOption.compileTime.placeholder))
  var compileTime: String?

  func limits() throws(Failure) -> CompilerLimits {
    try CompilerLimits(memory: compileMemory, time: compileTime)
  }
}
