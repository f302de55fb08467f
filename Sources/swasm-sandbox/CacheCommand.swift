import ArgumentParser
import SwasmSandbox

struct CacheCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache", abstract: "Look after the cache of compiled artifacts.",
    discussion: """
      It is in $SWASM_CACHE_DIR, $XDG_CACHE_HOME/swasm-sandbox or ~/.cache/swasm-sandbox. `run` works without it \
      where it can't be made.
      """,
    subcommands: [CacheListCommand.self, CacheCleanCommand.self, CacheVerifyCommand.self])

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    throw Failure(.usage, "cache: expected list, clean or verify after it")
  }
}

struct CacheListCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List what is in the cache, the most recently used first.")

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(CacheReport.list())
    return .success
  }
}

struct CacheCleanCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean", abstract: "Remove everything from the cache.")

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    try Diagnostics.output(CacheReport.clean())
    return .success
  }
}

struct CacheVerifyCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Check every byte of the cache; damaged entries are removed.",
    discussion: "Exit status 1 when there was one.")

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    let (text, isIntact) = try CacheReport.verify()
    try Diagnostics.output(text)
    return isIntact ? .success : .exited(1)
  }
}
