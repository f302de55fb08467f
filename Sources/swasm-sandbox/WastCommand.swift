import ArgumentParser
import SwasmSandbox

struct WastCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "wast", abstract: "Run test scripts and name the assertions that fail.",
    discussion: """
      Each failure is a line FILE:LINE: what was expected, what was got. The exit status is 1 when there is one. \
      Modules may import the specification's instance "spectest", and instances of modules with a name by that.
      """)

  @Argument(help: "The scripts.") var files: [String]
  @Flag(help: "Only encode, validate and compile the modules; run nothing.") var check = false
  @Option(help: ArgumentHelp("Wall-clock time for each script.", valueName: "duration"))
  var timeout: String?
  @Option(help: ArgumentHelp("Memory of each script's modules: 4GiB.", valueName: "size"))
  var memory: String?
  @Option(
    help: ArgumentHelp(
      "Processor time for running each script: 10 minutes.", valueName: "duration"))
  var cpuTime: String?
  @OptionGroup var compiler: CompilerLimitOptions

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Features that modules may use: -simd,-threads switches two off; mvp,simd are all there is.",
      valueName: "list"))
  var features: String?

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    var options = ScriptOptions()
    options.checksOnly = check
    if let features { try options.code.applyFeatures(features) }
    if let timeout {
      guard let limit = Quantities.milliseconds(timeout) else {
        throw Failure(.usage, "wast --timeout \(timeout): expected a duration such as 5s")
      }
      options.timeout = limit
    }
    if let memory {
      guard let limit = Quantities.bytes(memory) else {
        throw Failure(.usage, "wast --memory \(memory): expected a size such as 64MiB or 1GB")
      }
      options.memory = limit
    }
    if let cpuTime {
      guard let limit = Quantities.milliseconds(cpuTime) else {
        throw Failure(.usage, "wast --cpu-time \(cpuTime): expected a duration such as 5s")
      }
      options.cpuTime = limit
    }
    options.compiler = try compiler.limits()
    return try launcher.runScripts(files, options)
  }
}
