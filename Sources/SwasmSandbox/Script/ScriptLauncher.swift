import Glibc

/// How scripts are run.
public struct ScriptOptions: Sendable {
  /// Modules are encoded, validated and compiled, and judged; nothing is run.
  public var checksOnly = false
  /// What modules may use, and how they are compiled.
  public var code = CodeOptions()
  /// Milliseconds for each script, compilation included; nil: no limit.
  public var timeout: UInt64?
  /// Bytes of all memories of a script, and of what else its modules make beyond a small constant.
  public var memory: UInt64 = 4 << 30
  /// Milliseconds of processor time for running each script.
  public var cpuTime: UInt64 = 600_000
  public var compiler = CompilerLimits()

  public init() {}
}

/// The launcher's side of a script: a compiler process reads it, another process runs what came out.
enum ScriptLauncher {
  /// Elements of one table, and bytes that tables may grow into: scripts make many that may grow.
  static let tableElements: UInt64 = 1 << 20
  static let tableRoomBytes: UInt64 = 8 << 30

  /// What there is to say of one script.
  struct Outcome {
    /// A line each, with the place in the script before it.
    var failures: [String] = []
    var passed = 0
    var skipped = 0
  }

  static func run(_ path: String, _ options: ScriptOptions, zygote: borrowing Zygote)
    throws(Failure) -> Outcome
  {
    var supervisor = try Supervisor(program: ModuleFile.shown(path), timeLimit: options.timeout)
    let file = try ModuleFile(path: path, &supervisor)
    let output: CompilerLauncher.Output
    var code = options.code
    code.checksBounds = AddressSpace.isShort
    do throws(Failure) {
      output = try CompilerLauncher.run(
        .script(runs: !options.checksOnly), [file], code, limits: options.compiler,
        zygote: zygote, supervisor: &supervisor)
    } catch {
      // A script that can't be read is one that fails; the next one may be better.
      guard error.status == .moduleUnusable else { throw error }
      let place = "\(file.shown): "
      let text = error.message
      return Outcome(failures: [
        text.hasPrefix(place) ? "\(file.shown):\(text.dropFirst(place.count))" : text
      ])
    }
    let progress = try MemoryFile("swasm-progress", size: MemoryLayout<Int>.size)
    try progress.sealSize()
    let (end, report) = try wait(for: output, options, progress.descriptor, zygote, &supervisor)
    return try outcome(file.shown, options, end, report, progress)
  }

  private static func wait(
    for output: borrowing CompilerLauncher.Output, _ options: ScriptOptions, _ progress: Int32,
    _ zygote: borrowing Zygote, _ supervisor: inout Supervisor
  ) throws(Failure) -> (ProcessEnd, [UInt8]) {
    var pipe = try DescriptorPair.pipe()
    let plan = ScriptProcessPlan(
      size: output.size, memoryBytes: options.memory, cpuMilliseconds: options.cpuTime)
    let child = try zygote.spawn(
      .script, plan: plan.message, [pipe.second, progress, output.file.descriptor])
    pipe.closeSecond()
    let (end, report) = try supervisor.wait(
      for: child, report: pipe.first, limit: ScriptReport.limit)
    return (end, report)
  }

  /// The records may be anything: they are shown, and decide about the exit status, which is the script's anyway.
  private static func outcome(
    _ name: String, _ options: ScriptOptions, _ end: ProcessEnd, _ report: [UInt8],
    _ progress: borrowing MemoryFile
  ) throws(Failure) -> Outcome {
    var outcome = Outcome()
    var reader = MessageReader(report)
    while !reader.isAtEnd, let record = try? ScriptReport(&reader) {
      switch record {
      case .failed(let line, let reason): outcome.failures.append("\(name):\(line): \(reason)")
      case .done(let passed, let skipped):
        outcome.passed = max(0, passed)
        outcome.skipped = max(0, skipped)
        return outcome
      case .broken(let reason):
        throw Failure(.setupFailed, "\(name): \(reason)\(AddressSpace.hint)")
      }
    }
    let line = contents(of: progress.descriptor).map { bytes in
      bytes.withUnsafeBytes { $0.loadUnaligned(as: Int.self) }
    }
    switch end.cause {
    case .exited(let code) where code == UInt8(ExitStatus.setupFailed.code):
      throw Failure(.setupFailed, "\(name): the script's process could not be set up")
    case .exited: outcome.failures.append("\(name): more failures than there is room for")
    case .killed(let signal):
      let reason =
        switch signal {
        case SIGPROF, SIGXCPU:
          "the processor time limit of \(Quantities.text(milliseconds: options.cpuTime)) was reached"
        default: "the process was killed by signal \(signal)"
        }
      outcome.failures.append("\(name):\(line ?? 0): \(reason) here; the rest was not run")
    }
    return outcome
  }
}

extension Launcher {
  /// Runs scripts and prints each assertion that fails.
  ///
  /// - Returns: 0 when all hold, else 1.
  public func runScripts(_ paths: [String], _ options: ScriptOptions) throws(Failure)
    -> ExitStatus
  {
    var (passed, failed, skipped) = (0, 0, 0)
    for path in paths {
      let outcome = try ScriptLauncher.run(path, options, zygote: zygote)
      try Diagnostics.output(outcome.failures.map { Printable.line($0) + "\n" }.joined())
      passed += outcome.passed
      failed += outcome.failures.count
      skipped += outcome.skipped
    }
    let rest = skipped == 0 ? "" : ", \(skipped) not looked at"
    try Diagnostics.output(
      "\(Quantities.count(paths.count, "script", "scripts")): \(passed) passed, \(failed) failed"
        + "\(rest)\n")
    return failed == 0 ? .success : .exited(1)
  }
}
