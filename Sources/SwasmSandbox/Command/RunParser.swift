/// The short path for the command that is in shell loops: parses what follows `run` without the machinery of
/// the other commands. A test holds that both understand the same.
public enum RunParser {
  public enum Result: Equatable, Sendable {
    case run(RunOptions)
    /// `--help` before the module.
    case help
  }

  /// Options end at the module; what follows is the guest's. `--` before the module ends them too, and one
  /// directly after it is dropped.
  ///
  /// - Parameter learns: the words are those of `learn`, which has one option more.
  public static func parse(_ arguments: [String], learns: Bool = false) throws(Failure) -> Result {
    var options = RunOptions()
    if learns { options.learning = RunOptions.Learning() }
    var rest = arguments[...]
    while let word = rest.first {
      rest = rest.dropFirst()
      if word == "--help" || word == "-h" { return .help }
      if word == "--" {
        guard let module = rest.first else { break }
        return .run(finish(&options, module: module, rest.dropFirst()))
      }
      guard word.hasPrefix("-"), word != "-" else {
        return .run(finish(&options, module: word, rest))
      }
      if learns, let file = try output(word, &rest) {
        options.learning?.output = file
        continue
      }
      let (option, value) = try parseOption(word, &rest)
      try options.apply(option, value)
    }
    let command = learns ? "learn" : "run"
    throw .usage(
      "\(command): no module given; `swasm-sandbox \(command) [options] MODULE [arguments]`")
  }

  /// The file of `--output FILE` or `--output=FILE`; nil for another option.
  private static func output(_ word: String, _ rest: inout ArraySlice<String>) throws(Failure)
    -> String?
  {
    let flag = "--output"
    if word.utf8.starts(with: "\(flag)=".utf8) {
      return String(Substring(word.utf8.dropFirst(flag.utf8.count + 1)))
    }
    guard word == flag else { return nil }
    guard let file = rest.first else { throw .usage("\(flag): expected file") }
    rest = rest.dropFirst()
    return file
  }

  private static func finish(
    _ options: inout RunOptions, module: String, _ rest: ArraySlice<String>
  ) -> RunOptions {
    options.module = module
    options.arguments = Array(rest.first == "--" ? rest.dropFirst() : rest)
    return options
  }

  /// `--name value` or `--name=value`.
  private static func parseOption(_ word: String, _ rest: inout ArraySlice<String>) throws(Failure)
    -> (RunOption, String)
  {
    // By bytes: an accent after the sign would make one character of both.
    let parts = word.utf8.split(
      separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false
    ).map { String(Substring($0)) }
    guard let option = RunOption.allCases.first(where: { $0.flag == parts[0] }) else {
      throw unknown(parts[0])
    }
    if !option.takesValue {
      guard parts.count == 1 else { throw .usage("\(option.flag): takes no value") }
      return (option, "")
    }
    if parts.count == 2 { return (option, parts[1]) }
    guard let value = rest.first else {
      throw .usage("\(option.flag): expected \(option.placeholder)")
    }
    rest = rest.dropFirst()
    return (option, value)
  }

  static func unknown(_ flag: String) -> Failure {
    let hint =
      Suggestion.nearest(to: flag, among: RunOption.allCases.map(\.flag))
      .map { "did you mean \($0)?" } ?? "`swasm-sandbox run --help` lists the options"
    return .usage("run: unknown option \(flag); \(hint)")
  }
}
