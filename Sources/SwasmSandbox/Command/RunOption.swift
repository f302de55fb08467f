/// The options of `run`: one table for the parser, the help and the tests.
public enum RunOption: String, CaseIterable, Sendable {
  case dir, env, policy, timeout, memory, stack, invoke, preload
  case argv0
  case maxFileSize = "max-file-size"
  case cpuTime = "cpu-time"
  case maxOutput = "max-output"
  case openFiles = "open-files"
  case maxFiles = "max-files"
  case maxWritten = "max-written"
  case compileMemory = "compile-memory"
  case compileTime = "compile-time"
  case tcplisten, socket
  case statusFD = "status-fd"
  case json
  case dryRun = "dry-run"
  case noCache = "no-cache"
  case trace
  case deterministicNaN = "deterministic-nan"
  case checkedMemory = "checked-memory"
  case allowCompiled = "allow-compiled"
  case features
  case tmp, changes, commit

  /// With its dashes.
  public var flag: String { "--\(rawValue)" }

  /// A variable may stand in for it: the policy and the limits.
  public var hasVariable: Bool { RunOptions().isGiven(self) != nil }

  /// The variable that stands in for it, as in `SWASM_MAX_OUTPUT`.
  public var variable: String {
    "SWASM_" + String(rawValue.uppercased().map { $0 == "-" ? "_" : $0 })
  }

  /// False for those that are only there or not.
  public var takesValue: Bool {
    switch self {
    case .json, .dryRun, .noCache, .trace, .deterministicNaN, .checkedMemory, .allowCompiled, .tmp,
      .commit:
      false
    default: true
    }
  }

  /// What stands for the value in the help.
  public var placeholder: String {
    switch self {
    case .dir: "host[::guest][:ro|:cow|:rw|:none]"
    case .env: "name[=value]"
    case .policy: "name|file"
    case .timeout, .cpuTime, .compileTime: "duration"
    case .memory, .stack, .maxFileSize, .maxOutput, .maxWritten, .compileMemory: "size"
    case .openFiles, .maxFiles: "count"
    case .invoke: "function"
    case .features: "list"
    case .preload: "name=file"
    case .argv0: "name"
    case .tcplisten: "address:port"
    case .socket, .statusFD: "descriptor"
    case .changes: "file"
    case .json, .dryRun, .noCache, .trace, .deterministicNaN, .checkedMemory, .allowCompiled, .tmp,
      .commit:
      ""
    }
  }

  public var help: String {
    switch self {
    case .dir:
      "Grant a directory, if you like under another name; read-only with :ro, as a copy with :cow. With :none, deny what is inside a granted one. Repeatable."
    case .env: "Set a variable, or pass the launcher's on. Repeatable."
    case .policy: "pure, strict, standard (default), network, another policy's name or its file."
    case .timeout: "Kill after this wall-clock time, compilation included: 500ms, 5s, 2m."
    case .memory: "Memory of the program in total: 64MiB, 1GB."
    case .stack: "Size of the program's stack."
    case .invoke: "Call this export with the arguments and print its results."
    case .preload: "Instantiate this module first, so that later ones can import it. Repeatable."
    case .argv0: "The program's own name in its arguments."
    case .maxFileSize: "Largest size of a file that the program writes."
    case .cpuTime: "Kill after this processor time, compilation included."
    case .maxOutput: "Kill after this many bytes on standard output and standard error together."
    case .openFiles: "How many descriptors the program can have open, 16 to 65536."
    case .maxFiles:
      "How many names the program can add to its directories: files, directories, links."
    case .maxWritten: "How many bytes the program can write to files in its directories, in total."
    case .compileMemory: "Memory for compiling; by default it grows with the module, up to 4GiB."
    case .compileTime:
      "Processor time for compiling; by default it grows with the module, up to 10 minutes."
    case .tcplisten:
      "Listen here and let the program accept connections; needs --policy network. Repeatable."
    case .socket:
      "Pass on a socket that the launcher was started with; needs --policy network. Repeatable."
    case .statusFD: "Write the result as one JSON object to this descriptor."
    case .json: "Write the result as one JSON object to standard error, instead of messages."
    case .dryRun: "Print what would be granted, and run nothing."
    case .trace: "Write each WASI call and its result to standard error."
    case .deterministicNaN: "Make every NaN that a float operation returns the canonical one."
    case .checkedMemory:
      "Check memory accesses in code instead of reserving address space: slower."
    case .features:
      "Features that modules may use: -simd,-threads switches two off; mvp,simd are all there is. `inspect` shows the names."
    case .tmp: "Give the program an empty directory /tmp that is gone afterwards."
    case .changes: "List what the program changed in directories with :cow in this file."
    case .commit: "Apply those changes if the program's exit status is 0."
    case .allowCompiled: "Run a compiled artifact even if somebody else made it."
    case .noCache: "Compile without reading or writing the cache."
    }
  }
}
