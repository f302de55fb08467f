/// Limits of the command line on top of a policy's.
extension Policy {
  /// With the limits that are set by options.
  func limited(by options: RunOptions) -> Policy {
    var policy = self
    if let memory = options.memory { policy.limits.memory = memory }
    if let stack = options.stack { policy.limits.stack = stack }
    if let timeout = options.timeout { policy.limits.timeout = timeout }
    if let cpuTime = options.cpuTime { policy.limits.cpuTime = cpuTime }
    if let size = options.maxFileSize { policy.limits.maxFileSize = size }
    if let size = options.maxOutput { policy.limits.maxOutput = size }
    if let count = options.openFiles { policy.limits.openFiles = count }
    if let count = options.maxFiles { policy.limits.maxFiles = count }
    if let size = options.maxWritten { policy.limits.maxWritten = size }
    if let size = options.compiler.memory { policy.limits.compiler.memory = size }
    if let time = options.compiler.time { policy.limits.compiler.time = time }
    return policy
  }

  /// The options that make limits wider than those of `base`, with what it allows, as in
  /// `--memory 4GiB (policy strict: 1GiB)`.
  func limitsWider(than base: Policy) -> [String] {
    if limits == base.limits { return [] }
    return PolicyKey.allCases.compactMap { key in
      guard let option = key.option, let new = key.limit(in: self), let old = key.limit(in: base),
        new > old
      else { return nil }
      return "\(option.flag) \(key.text(in: self)) (policy \(base.name): \(key.text(in: base)))"
    }
  }
}

extension PolicyKey {
  /// The value of a limit as a number, the largest where there is none; nil for other keys.
  fileprivate func limit(in policy: Policy) -> UInt64? {
    switch kind {
    case _ where self == .compileMemory:
      policy.limits.compiler.memory ?? CompilerLimits.mostMemory
    case _ where self == .compileTime: policy.limits.compiler.time ?? CompilerLimits.mostTime
    case .size(let path), .duration(let path): policy[keyPath: path] ?? .max
    case .stack: policy.limits.stack
    case .openFiles: policy.limits.openFiles
    case .files: policy.limits.maxFiles ?? .max
    default: nil
    }
  }
}
