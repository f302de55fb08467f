import ArgumentParser
import SwasmSandbox

/// For the help: the short path takes the command (``CommandLineInterface``).
struct LearnCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "learn",
    abstract: "Run a program, and make the narrowest policy for what it used.",
    usage: "swasm-sandbox learn [--output <file>] [options of run] <module> [arguments]",
    discussion: """
      The policy goes to standard error when the program has ended, each line with the call that made it \
      necessary. `swasm-sandbox run --policy FILE` with the same program and arguments then works, and has \
      nothing else.

      All options of `run` are taken, and say what the program may do while it is watched. Without --dir that is \
      to read and write the current directory and /tmp, and to read all other files that you can.

      examples:
        swasm-sandbox learn --output tool.toml tool.wasm data/in.txt
        swasm-sandbox run --policy tool.toml tool.wasm data/in.txt
      """)

  @Option(
    help: ArgumentHelp(
      "Where the policy goes instead of standard error.", valueName: "file"))
  var output: String?
  @Argument(
    parsing: .captureForPassthrough, help: "Options of run, the module, then its arguments.")
  var command: [String] = []
}
