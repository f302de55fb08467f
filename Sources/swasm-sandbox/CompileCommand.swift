import ArgumentParser
import SwasmSandbox

struct CompileCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "compile", abstract: "Compile a module ahead of time; `run` takes the result.")

  @Argument(help: "The module.") var module: String
  @Option(name: .shortAndLong, help: "Where the compiled artifact goes.") var output: String?
  @Option(
    help: ArgumentHelp(
      "Link a module that later ones import by this name. Repeatable.", valueName: "name=file"))
  var preload: [String] = []
  @Option(
    help: ArgumentHelp(
      "Print forms of one function instead: ir, selected, allocated, with commas.",
      valueName: "forms"))
  var dump: String?
  @Flag(
    name: .customLong("deterministic-nan"),
    help: ArgumentHelp(stringLiteral: RunOption.deterministicNaN.help))
  var deterministicNaN = false
  @Flag(
    name: .customLong("checked-memory"),
    help: ArgumentHelp(stringLiteral: RunOption.checkedMemory.help))
  var checkedMemory = false
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Features that modules may use: -simd,-threads switches two off; mvp,simd are all there is.",
      valueName: "list"))
  var features: String?
  @Option(help: ArgumentHelp("The number of the function to dump.", valueName: "index"))
  var function: UInt32?
  @OptionGroup var compiler: CompilerLimitOptions

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    var options = RunOptions()
    for value in preload { try options.apply(.preload, value) }
    options.code.deterministicNaN = deterministicNaN
    options.code.checksBounds = checkedMemory
    if let features { try options.apply(.features, features) }
    if let dump {
      guard let function else {
        throw Failure(.usage, "compile --dump: --function N chooses the function")
      }
      try Diagnostics.output(
        launcher.dump(
          module: module, preloads: options.preloads, forms: try forms(dump), function: function,
          limits: try compiler.limits()))
      return .success
    }
    guard let output else {
      throw Failure(.usage, "compile: no output given; use -o FILE")
    }
    try launcher.compile(
      module: module, preloads: options.preloads, code: options.code,
      limits: try compiler.limits(), to: output)
    return .success
  }

  private func forms(_ text: String) throws(Failure) -> [DumpForm] {
    var forms: [DumpForm] = []
    for word in text.split(separator: ",") {
      guard let form = DumpForm(rawValue: String(word)) else {
        throw Failure(.usage, "compile --dump \(word): expected ir, selected or allocated")
      }
      forms.append(form)
    }
    return forms
  }
}
