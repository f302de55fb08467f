import ArgumentParser
import SwasmSandbox

struct LinkCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "link", abstract: "Bundle a program and its libraries into one linked set.",
    discussion: """
      An import "a" "b" is the export b of the first library named a that has it. WASI is left to be imported \
      by the set. `run` takes the result.

      example:
        swasm-sandbox link app.wasm --with env=lib.wasm --with log=log.wasm -o set.wasm
      """)

  @Argument(help: "The program.") var module: String
  @Option(
    help: ArgumentHelp(
      "A library that others import by this name. Repeatable; several may share a name.",
      valueName: "name=file"))
  var with: [String] = []
  @Option(name: .shortAndLong, help: "Where the set goes; - is standard output.")
  var output: String?
  @OptionGroup var compiler: CompilerLimitOptions

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    guard let output else {
      throw Failure(.usage, "link: no output given; use -o FILE")
    }
    var libraries: [(name: String, path: String)] = []
    for value in with { libraries.append(try Self.library(value)) }
    try launcher.link(
      module: module, libraries: libraries, limits: try compiler.limits(), to: output)
    return .success
  }

  private static func library(_ value: String) throws(Failure) -> (name: String, path: String) {
    guard let equals = value.firstIndex(of: "="), value.index(after: equals) < value.endIndex else {
      throw Failure(.usage, "link --with \(value): expected NAME=FILE")
    }
    return (String(value[..<equals]), String(value[value.index(after: equals)...]))
  }
}
