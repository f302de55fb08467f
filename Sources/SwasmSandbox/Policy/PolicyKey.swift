import SwasmLockdown

/// The keys of a policy file. One table: the parser, its complaints, `policy show` and `policy explain` go by it.
enum PolicyKey: String, CaseIterable {
  case stdin = "capabilities.stdin"
  case stdout = "capabilities.stdout"
  case stderr = "capabilities.stderr"
  case waiting = "capabilities.waiting"
  case random = "capabilities.random"
  case directories = "capabilities.directories"
  case sockets = "capabilities.sockets"
  case environment = "capabilities.environment"
  case memory = "limits.memory"
  case stack = "limits.stack"
  case timeout = "limits.timeout"
  case cpuTime = "limits.cpu-time"
  case maxFileSize = "limits.max-file-size"
  case maxOutput = "limits.max-output"
  case openFiles = "limits.open-files"
  case maxFiles = "limits.max-files"
  case maxWritten = "limits.max-written"
  case compileMemory = "limits.compile-memory"
  case compileTime = "limits.compile-time"
  case grantedDirectories = "grants.directories"
  case grantedVariables = "grants.variables"
  case grantedListeners = "grants.listen"
  case require

  /// What kind of value it has, and where that is in a policy.
  enum Kind {
    case flag(WritableKeyPath<Policy, Bool>)
    case size(WritableKeyPath<Policy, UInt64?>)
    case duration(WritableKeyPath<Policy, UInt64?>)
    case stack, openFiles, files, directories, environment, layers
    case grantedDirectories, grantedVariables, grantedListeners
  }

  var kind: Kind {
    switch self {
    case .stdin: .flag(\.capabilities.stdin)
    case .stdout: .flag(\.capabilities.stdout)
    case .stderr: .flag(\.capabilities.stderr)
    case .waiting: .flag(\.capabilities.waiting)
    case .random: .flag(\.capabilities.random)
    case .sockets: .flag(\.capabilities.sockets)
    case .directories: .directories
    case .environment: .environment
    case .memory: .size(\.limits.memory)
    case .stack: .stack
    case .timeout: .duration(\.limits.timeout)
    case .cpuTime: .duration(\.limits.cpuTime)
    case .maxFileSize: .size(\.limits.maxFileSize)
    case .maxOutput: .size(\.limits.maxOutput)
    case .maxWritten: .size(\.limits.maxWritten)
    case .compileMemory: .size(\.limits.compiler.memory)
    case .compileTime: .duration(\.limits.compiler.time)
    case .openFiles: .openFiles
    case .maxFiles: .files
    case .grantedDirectories: .grantedDirectories
    case .grantedVariables: .grantedVariables
    case .grantedListeners: .grantedListeners
    case .require: .layers
    }
  }

  /// What it means.
  var meaning: String {
    switch self {
    case .stdin: "standard input"
    case .stdout: "standard output"
    case .stderr: "standard error"
    case .waiting: "sleeping and waiting for descriptors"
    case .random: "random numbers from the kernel"
    case .directories: "what --dir may grant"
    case .sockets: "what --tcplisten and --socket may grant"
    case .environment: "variables passed on without --env"
    case .memory: "memory of the program"
    case .stack: "stack of the compiled code"
    case .timeout: "wall-clock time, compilation included"
    case .cpuTime: "processor time, compilation included"
    case .maxFileSize: "size that a written file can grow to"
    case .maxOutput: "bytes on standard output and standard error"
    case .openFiles: "descriptors"
    case .maxFiles: "names that may be added to directories"
    case .maxWritten: "bytes written to files in directories"
    case .compileMemory: "memory for compiling"
    case .compileTime: "processor time for compiling"
    case .grantedDirectories: "directories granted without --dir"
    case .grantedVariables: "variables set without --env"
    case .grantedListeners: "where to listen without --tcplisten"
    case .require: "second walls that have to be there"
    }
  }

  /// The option of `run` that sets it, where there is one.
  var option: RunOption? {
    switch self {
    case .memory: .memory
    case .stack: .stack
    case .timeout: .timeout
    case .cpuTime: .cpuTime
    case .maxFileSize: .maxFileSize
    case .maxOutput: .maxOutput
    case .openFiles: .openFiles
    case .maxFiles: .maxFiles
    case .maxWritten: .maxWritten
    case .compileMemory: .compileMemory
    case .compileTime: .compileTime
    default: nil
    }
  }

  /// The value in a policy, as in a file but without quotes.
  func text(in policy: Policy) -> String {
    func list(_ words: [String]) -> String {
      words.isEmpty ? "none" : words.joined(separator: " ")
    }
    switch kind {
    case .flag(let path): return "\(policy[keyPath: path])"
    case .size(let path):
      if let bytes = policy[keyPath: path] { return Quantities.text(bytes: bytes) }
      return unlimited
    case .duration(let path):
      return policy[keyPath: path].map { Quantities.text(milliseconds: $0) } ?? unlimited
    case .stack: return Quantities.text(bytes: policy.limits.stack)
    case .openFiles: return "\(policy.limits.openFiles)"
    case .files: return policy.limits.maxFiles.map { "\($0)" } ?? "no limit"
    case .directories: return policy.capabilities.directories.rawValue
    case .environment: return list(policy.capabilities.environment)
    case .layers: return list(policy.require.names)
    case .grantedDirectories: return list(policy.grants.directories.map(\.description))
    case .grantedVariables: return list(policy.grants.variables)
    case .grantedListeners: return list(policy.grants.listeners.map(\.description))
    }
  }

  /// The value where none is set.
  private var unlimited: String {
    switch self {
    case .memory: "as the module declares, at most 4GiB"
    case .compileMemory:
      "by the module's size, at most \(Quantities.text(bytes: CompilerLimits.mostMemory))"
    case .compileTime:
      "by the module's size, at most \(Quantities.text(milliseconds: CompilerLimits.mostTime))"
    default: "no limit"
    }
  }

  /// The name in its section.
  var shortName: String { rawValue.split(separator: ".").last.map(String.init) ?? rawValue }

  /// `capabilities`, `limits` or `grants`; nil for keys at the top of the file.
  var section: String? {
    rawValue.contains(".") ? rawValue.split(separator: ".").first.map(String.init) : nil
  }

  static func inSection(_ section: String?) -> [PolicyKey] {
    allCases.filter { $0.section == section }
  }
}
