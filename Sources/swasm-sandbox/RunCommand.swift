import ArgumentParser
import SwasmSandbox

struct RunCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a program.",
    discussion: """
      Options end at the module; what follows is the program's. Without --dir it reaches no file, without --env no \
      variable.

      examples:
        swasm-sandbox run --dir data::/data:ro tool.wasm /data/in.txt
        cat page.html | swasm-sandbox run --policy pure --timeout 5s filter.wasm > page.txt
        swasm-sandbox run --invoke add math.wasm 2 3
      """)

  @Option(help: RunCommand.help(.dir)) var dir: [String] = []
  @Option(help: RunCommand.help(.env)) var env: [String] = []
  @Option(help: RunCommand.help(.policy)) var policy: String?
  @Option(help: RunCommand.help(.timeout)) var timeout: String?
  @Option(help: RunCommand.help(.memory)) var memory: String?
  @Option(help: RunCommand.help(.stack)) var stack: String?
  @Option(help: RunCommand.help(.invoke)) var invoke: String?
  @Option(help: RunCommand.help(.preload)) var preload: [String] = []
  @Option(help: RunCommand.help(.argv0)) var argv0: String?
  @Option(help: RunCommand.help(.maxFileSize)) var maxFileSize: String?
  @Option(help: RunCommand.help(.cpuTime)) var cpuTime: String?
  @Option(help: RunCommand.help(.maxOutput)) var maxOutput: String?
  @Option(help: RunCommand.help(.openFiles)) var openFiles: String?
  @Option(help: RunCommand.help(.maxFiles)) var maxFiles: String?
  @Option(help: RunCommand.help(.maxWritten)) var maxWritten: String?
  @Option(help: RunCommand.help(.compileMemory)) var compileMemory: String?
  @Option(help: RunCommand.help(.compileTime)) var compileTime: String?
  @Option(help: RunCommand.help(.tcplisten)) var tcplisten: [String] = []
  @Option(help: RunCommand.help(.socket)) var socket: [String] = []
  @Option(name: .customLong("status-fd"), help: RunCommand.help(.statusFD)) var statusFD: String?
  @Flag(help: ArgumentHelp(stringLiteral: RunOption.json.help)) var json = false
  @Flag(help: ArgumentHelp(stringLiteral: RunOption.dryRun.help)) var dryRun = false
  @Flag(help: ArgumentHelp(stringLiteral: RunOption.noCache.help)) var noCache = false
  @Flag(help: ArgumentHelp(stringLiteral: RunOption.trace.help)) var trace = false
  @Flag(
    name: .customLong("deterministic-nan"),
    help: ArgumentHelp(stringLiteral: RunOption.deterministicNaN.help))
  var deterministicNaN = false
  @Flag(
    name: .customLong("checked-memory"),
    help: ArgumentHelp(stringLiteral: RunOption.checkedMemory.help))
  var checkedMemory = false
  @Flag(
    name: .customLong("allow-compiled"),
    help: ArgumentHelp(stringLiteral: RunOption.allowCompiled.help))
  var allowCompiled = false
  @Option(parsing: .unconditional, help: RunCommand.help(.features)) var features: String?
  @Flag(help: ArgumentHelp(stringLiteral: RunOption.tmp.help)) var tmp = false
  @Option(help: RunCommand.help(.changes)) var changes: String?
  @Flag(help: ArgumentHelp(stringLiteral: RunOption.commit.help)) var commit = false
  @Argument(parsing: .captureForPassthrough, help: "The module, then its arguments.")
  var command: [String] = []

  private static func help(_ option: RunOption) -> ArgumentHelp {
    ArgumentHelp(stringLiteral: option.help).valueName(option.placeholder)
  }

  /// The same as what ``RunParser`` makes of the words.
  func options() throws(Failure) -> RunOptions {
    var options = RunOptions()
    let given: [(RunOption, [String])] = [
      (.dir, dir), (.env, env), (.policy, Self.list(policy)), (.timeout, Self.list(timeout)),
      (.memory, Self.list(memory)), (.stack, Self.list(stack)), (.invoke, Self.list(invoke)),
      (.preload, preload), (.argv0, Self.list(argv0)), (.maxFileSize, Self.list(maxFileSize)),
      (.cpuTime, Self.list(cpuTime)), (.maxOutput, Self.list(maxOutput)),
      (.openFiles, Self.list(openFiles)), (.maxFiles, Self.list(maxFiles)),
      (.maxWritten, Self.list(maxWritten)), (.compileMemory, Self.list(compileMemory)),
      (.compileTime, Self.list(compileTime)), (.tcplisten, tcplisten),
      (.socket, socket),
      (.statusFD, Self.list(statusFD)), (.json, json ? [""] : []), (.dryRun, dryRun ? [""] : []),
      (.noCache, noCache ? [""] : []),
      (.trace, trace ? [""] : []), (.deterministicNaN, deterministicNaN ? [""] : []),
      (.checkedMemory, checkedMemory ? [""] : []), (.allowCompiled, allowCompiled ? [""] : []),
      (.features, Self.list(features)), (.tmp, tmp ? [""] : []),
      (.changes, Self.list(changes)), (.commit, commit ? [""] : []),
    ]
    for (option, values) in given {
      for value in values { try options.apply(option, value) }
    }
    // What the parser of commands does not know it takes for the program; the short parser tells.
    guard case .run(let rest) = try RunParser.parse(command) else {
      throw Failure(.usage, "run: --help goes before the other options")
    }
    options.module = rest.module
    options.arguments = rest.arguments
    return options
  }

  private static func list(_ value: String?) -> [String] { value.map { [$0] } ?? [] }

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try launcher.run(try options())
  }
}

extension ArgumentHelp {
  fileprivate func valueName(_ name: String) -> ArgumentHelp {
    var help = self
    help.valueName = name
    return help
  }
}
