/// The options of `run`: one table for the parser, the help and the tests.
public enum RunOption: String, CaseIterable, Sendable {
  case dir, env, policy, timeout, memory, stack, invoke, preload
  case argv0
  case maxFileSize = "max-file-size"
  case cpuTime = "cpu-time"
  case deterministicNaN = "deterministic-nan"

  /// With its dashes.
  public var flag: String { "--\(rawValue)" }

  /// False for those that are only there or not.
  public var takesValue: Bool {
    switch self {
    case .deterministicNaN: false
    default: true
    }
  }

  /// What stands for the value in the help.
  public var placeholder: String {
    switch self {
    case .dir: "host[::guest][:ro|:rw]"
    case .env: "name[=value]"
    case .policy: "name|file"
    case .timeout, .cpuTime: "duration"
    case .memory, .stack, .maxFileSize: "size"
    case .invoke: "function"
    case .preload: "name=file"
    case .argv0: "name"
    case .deterministicNaN: ""
    }
  }

  public var help: String {
    switch self {
    case .dir:
      "Grant a directory, under another name for the guest; read-only with :ro. Repeatable."
    case .env: "Set a variable, or pass the launcher's on. Repeatable."
    case .policy: "pure, strict, standard (default), another policy's name or its file."
    case .timeout: "Kill after this wall-clock time, compilation included: 500ms, 5s, 2m."
    case .memory: "Most linear memory: 64MiB, 1GB."
    case .stack: "Stack of the compiled code."
    case .invoke: "Call this export with the arguments and print its results."
    case .preload: "Instantiate a module before, so that later ones can import it. Repeatable."
    case .argv0: "The program's own name in its arguments."
    case .maxFileSize: "Size that a written file can grow to."
    case .deterministicNaN: "Make every NaN that a float operation results in the same one."
    case .cpuTime: "Kill after this processor time; counted in whole seconds."
    }
  }
}
