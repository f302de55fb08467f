import ArgumentParser
import SwasmSandbox

struct ManualCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual page, for man.",
    discussion: """
      example:
        swasm-sandbox manual | man -l -
      """)

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(ManualPage.text)
    return .success
  }
}

/// The manual page, in the man macros of troff, from the tables of commands, options and exit statuses.
enum ManualPage {
  static var text: String {
    """
    .TH SWASM-SANDBOX 1 "" "\(escaped("swasm-sandbox \(Version.number)"))" "User Commands"
    .SH NAME
    swasm-sandbox \\- run untrusted WebAssembly programs in a box
    .SH SYNOPSIS
    .B swasm-sandbox run
    [\\fIoptions\\fR] \\fIMODULE\\fR [\\fIarguments\\fR]
    .br
    .B swasm-sandbox
    \\fIMODULE\\fR [\\fIarguments\\fR]
    .br
    .B swasm-sandbox
    \\fICOMMAND\\fR \\fB\\-\\-help\\fR
    .SH DESCRIPTION
    Compiles a WebAssembly program to native code in a process that can do nothing but compute, and runs it in another
    process, which reaches a handful of system calls with checked arguments and the directories that were granted.
    Options end at the module; what follows is the program's. Standard output belongs to the program; messages go to
    standard error.
    .SH COMMANDS
    \(commands.joined(separator: "\n"))
    .SH OPTIONS OF RUN
    \(RunOption.allCases.map(entry).joined(separator: "\n"))
    .PP
    Durations are 500ms, 5s, 2m, 1h; a bare number is seconds. Sizes are 64MiB, 1GB, 4096.
    .SH EXIT STATUS
    \(ExitStatus.meanings.map { item("\($0.status.code)", $0.meaning) }.joined(separator: "\n"))
    .SH ENVIRONMENT
    \(RunOption.allCases.filter(\.hasVariable).map { item($0.variable, "Stands in for \($0.flag) where it is not given.") }
      .joined(separator: "\n"))
    \(item("SWASM_CACHE_DIR", "Where compiled code is kept; empty for no cache."))
    .SH FILES
    \(item("~/.cache/swasm-sandbox", "Compiled code; $XDG_CACHE_HOME is honoured."))
    \(item("~/.config/swasm-sandbox/policies", "Your policies, NAME.toml each; $XDG_CONFIG_HOME is honoured."))
    \(item("/etc/swasm-sandbox/policies", "Policies for everyone."))

    """
  }

  private static var commands: [String] {
    RootCommand.configuration.subcommands.map {
      item($0.configuration.commandName ?? "", $0.configuration.abstract)
    }
  }

  private static func entry(_ option: RunOption) -> String {
    item(option.takesValue ? "\(option.flag) \(option.placeholder)" : option.flag, option.help)
  }

  private static func item(_ term: String, _ text: String) -> String {
    ".TP\n.B \(escaped(term))\n\(escaped(text))"
  }

  /// A backslash begins an escape, a hyphen would be a typographic one, a dot at the start of a line a request.
  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case ".", "'": result += result.isEmpty ? "\\&\(character)" : String(character)
      default: result.append(character)
      }
    }
    return result
  }
}
