import ArgumentParser
import Glibc
import SwasmSandbox

/// From the words of the command line to an exit status.
enum CommandLineInterface {
  static func main(_ launcher: consuming Launcher) -> Never {
    let words = ProgramArguments.words
    let status: ExitStatus
    do throws(Failure) {
      status = try perform(words, launcher)
    } catch {
      if !error.message.isEmpty { Diagnostics.report(error.message) }
      status = error.status
    }
    launcher.close()
    end(status)
  }

  /// `run`, named or not, takes the short path; everything else goes through ArgumentParser.
  private static func perform(_ words: [String], _ launcher: borrowing Launcher) throws(Failure)
    -> ExitStatus
  {
    if let arguments = RootCommand.runArguments(of: words) {
      if case .run(let options) = try RunParser.parse(arguments) {
        return try launcher.run(options) { mistakenCommand(words[0], options, $0) }
      }
      try Diagnostics.output(RootCommand.helpMessage(for: RunCommand.self) + "\n")
      return .success
    }
    // Its options are those of `run`, which the short path knows.
    if words.first == "learn" {
      if case .run(let options) = try RunParser.parse(Array(words.dropFirst()), learns: true) {
        return try launcher.run(options)
      }
      try Diagnostics.output(RootCommand.helpMessage(for: LearnCommand.self) + "\n")
      return .success
    }
    return try parseAndPerform(words, launcher)
  }

  /// A first word that names neither a command nor a file may have been meant as a command.
  private static func mistakenCommand(_ word: String, _ options: RunOptions, _ failure: Failure)
    -> Failure
  {
    guard failure.status == .moduleNotFound, options.module == word,
      let command = Suggestion.nearest(to: word, among: RootCommand.commandNames)
    else { return failure }
    return Failure(failure.status, "\(failure.message); did you mean the command `\(command)`?")
  }

  private static func parseAndPerform(_ words: [String], _ launcher: borrowing Launcher)
    throws(Failure) -> ExitStatus
  {
    do {
      var command = try RootCommand.parseAsRoot(words)
      if let command = command as? any LauncherCommand { return try command.perform(launcher) }
      // A request for help, or no subcommand: that throws the help.
      try command.run()
      return .usage
    } catch let failure as Failure {
      throw failure
    } catch {
      if RootCommand.exitCode(for: error) == .success {
        try Diagnostics.output(RootCommand.message(for: error) + "\n")
        return .success
      }
      throw Failure(.usage, UsageMessage.shortened(RootCommand.message(for: error)))
    }
  }

  private static func end(_ status: ExitStatus) -> Never {
    if case .signal(let number) = status { Termination.die(by: number) }
    exit(status.code)
  }
}

/// A command that the launcher carries out.
protocol LauncherCommand {
  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus
}

enum UsageMessage {
  /// ArgumentParser's reason in one line, with where to look.
  static func shortened(_ message: String) -> String {
    var line = message.split(separator: "\n").first.map(String.init) ?? message
    if line.hasPrefix("Error: ") { line.removeFirst(7) }
    return line + "; `swasm-sandbox help` shows the commands"
  }
}
