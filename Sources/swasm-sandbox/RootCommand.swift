import ArgumentParser
import SwasmSandbox

struct RootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swasm-sandbox",
    abstract: "Runs untrusted WebAssembly programs as native commands, in a box.",
    discussion: """
      `swasm-sandbox app.wasm args…` means `swasm-sandbox run app.wasm args…`. Modules are files in the binary \
      or the text format, or - for standard input.

      Exit status: the guest's own; 2 usage, 124 time limit, 125 set-up failed, 126 module not usable, 127 module \
      not found, 134 trap, 137 out of memory, 153 output limit, 159 forbidden system call.
      """,
    version: Version.text,
    subcommands: [
      RunCommand.self, LearnCommand.self, CompileCommand.self, InspectCommand.self,
      LinkCommand.self, WatCommand.self,
      WastCommand.self, PolicyCommand.self, CacheCommand.self, AuditCommand.self,
      DoctorCommand.self,
      CompletionCommand.self, ManualCommand.self,
    ])

  static let commandNames = [
    "run", "learn", "compile", "inspect", "link", "wat", "wast", "policy", "cache", "audit",
    "doctor", "completion", "manual", "help",
  ]

  /// What belongs to `run`, if the words are about that: its name, or something that names no command.
  static func runArguments(of words: [String]) -> [String]? {
    guard let first = words.first else { return nil }
    if first == "run" { return Array(words.dropFirst()) }
    let own = [
      "--help", "-h", "--version", "--generate-completion-script", "--experimental-dump-help",
    ]
    if commandNames.contains(first)
      || own.contains(where: { first == $0 || first.hasPrefix($0 + "=") })
    {
      return nil
    }
    return words
  }
}
