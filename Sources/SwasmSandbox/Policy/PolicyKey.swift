/// The keys of a policy file. One table: the parser, its complaints and `policy show` go by it.
enum PolicyKey: String, CaseIterable {
  case stdin = "capabilities.stdin"
  case stdout = "capabilities.stdout"
  case stderr = "capabilities.stderr"
  case waiting = "capabilities.waiting"
  case random = "capabilities.random"
  case directories = "capabilities.directories"
  case environment = "capabilities.environment"
  case memory = "limits.memory"
  case stack = "limits.stack"
  case timeout = "limits.timeout"
  case cpuTime = "limits.cpu-time"
  case maxFileSize = "limits.max-file-size"
  case openFiles = "limits.open-files"

  /// What it means.
  var meaning: String {
    switch self {
    case .stdin: "standard input"
    case .stdout: "standard output"
    case .stderr: "standard error"
    case .waiting: "sleeping and waiting for descriptors"
    case .random: "random numbers from the kernel"
    case .directories: "what --dir may grant"
    case .environment: "variables passed on without --env"
    case .memory: "linear memory"
    case .stack: "stack of the compiled code"
    case .timeout: "wall-clock time, compilation included"
    case .cpuTime: "processor time"
    case .maxFileSize: "size that a written file can grow to"
    case .openFiles: "descriptors"
    }
  }

  /// The value in a policy, as in a file but without quotes.
  func text(in policy: Policy) -> String {
    let capabilities = policy.capabilities
    let limits = policy.limits
    func size(_ bytes: UInt64?) -> String { bytes.map { Quantities.text(bytes: $0) } ?? "no limit" }
    func time(_ milliseconds: UInt64?) -> String {
      milliseconds.map { Quantities.text(milliseconds: $0) } ?? "no limit"
    }
    return switch self {
    case .stdin: "\(capabilities.stdin)"
    case .stdout: "\(capabilities.stdout)"
    case .stderr: "\(capabilities.stderr)"
    case .waiting: "\(capabilities.waiting)"
    case .random: "\(capabilities.random)"
    case .directories: capabilities.directories.rawValue
    case .environment:
      capabilities.environment.isEmpty ? "none" : capabilities.environment.joined(separator: " ")
    case .memory:
      limits.memory == nil ? "as the module declares, at most 4GiB" : size(limits.memory)
    case .stack: size(limits.stack)
    case .timeout: time(limits.timeout)
    case .cpuTime: time(limits.cpuTime)
    case .maxFileSize: size(limits.maxFileSize)
    case .openFiles: "\(limits.openFiles)"
    }
  }

  /// The last word of the key.
  var shortName: Substring { rawValue.split(separator: ".").last ?? "" }
}
