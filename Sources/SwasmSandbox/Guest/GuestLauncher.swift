import CSwasm
import Glibc
import SwasmArtifact
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// The launcher's side of a guest: starts it, and a broker where there are directories, waits, and says how
/// it ended.
struct GuestLauncher: ~Copyable {
  /// How messages name the program.
  let program: String
  let grants: GuestGrants
  let options: RunOptions
  /// Sealed.
  let artifact: MemoryFile
  /// What compiling it took for this run.
  let compilation: ProcessEnd?

  /// Runs the guest to its end, whoever brings that about.
  consuming func run(zygote: borrowing Zygote, supervisor: inout Supervisor) throws(Failure)
    -> RunResult
  {
    var invocation: Invocation?
    if let name = options.invoke { invocation = try self.invocation(of: name) }
    let shared = try MemoryFile("swasm-shared", size: SharedPages.size)
    try shared.sealSize()
    guard let pages = Mapping(shared.descriptor, size: SharedPages.size, isWritable: false) else {
      throw .system("cannot map shared pages", errno)
    }
    var directories = try PrivateDirectories.make(grants)
    let run = try wait(invocation, shared.descriptor, &directories, zygote, &supervisor)
    let bytes = UnsafeRawBufferPointer(pages.bytes)
    let report = GuestReport(
      program: program, policy: grants.policy, directories: grants.directories, end: run.end,
      pages: bytes)
    var result: RunResult
    if let interruption = run.interruption {
      result = RunResult(supervisor.failure(interruption))
      if case .outputLimit = interruption { result.limits = [.output] }
      if case .processorLimit = interruption { result.limits = [.cpuTime] }
      report.complete(&result)
    } else if let end = run.brokerFailure {
      result = brokerFailed(end)
      report.complete(&result)
    } else {
      result = try report.result(
        artifact: artifact, shared: shared, results: invocation?.type.results ?? [])
    }
    let status = bytes.baseAddress! + SharedPages.statusOffset
    result.usage = RunResult.Usage(
      wall: supervisor.elapsed,
      cpu: run.end.cpuMilliseconds + run.brokerTime + (compilation?.cpuMilliseconds ?? 0),
      compilerCPU: compilation?.cpuMilliseconds ?? 0,
      compilerPeakMemory: compilation?.residentBytes ?? 0, peakMemory: run.end.residentBytes,
      output: run.relayed ?? StatusPage.outputBytes(in: status))
    result.protections = SharedPages.protections(in: bytes.baseAddress!)
    if records, let usage = result.usage {
      result.observed = observation(bytes.baseAddress!, shared.descriptor, usage, run.paths)
    }
    if case .signal = run.interruption { return result }
    try directories?.conclude(&result, commits: options.commits) { () throws(Failure) in
      try supervisor.checkSignals()
    }
    return result
  }

  /// How the process ended.
  private struct Run {
    var end: ProcessEnd
    var interruption: Interruption?
    /// Bytes of output, where the launcher has counted.
    var relayed: UInt64?
    /// How the broker ended, if otherwise than by its channel's end.
    var brokerFailure: ProcessEnd.Cause?
    /// What the broker recorded, where it was to.
    var paths: (entries: [PathTable.Entry], totals: PathTable.Totals)?
    /// Milliseconds of the broker's processor time.
    var brokerTime: UInt64 = 0
  }

  /// What is watched of a broker beside its guest.
  private struct BrokerWatch {
    var descriptor: Int32
    var budget: ProcessorBudget?
  }

  /// A function to call, with its arguments.
  struct Invocation {
    var name: String
    var type: FunctionType
    var arguments: [Value]
  }

  private func invocation(of name: String) throws(Failure) -> Invocation {
    let file = try GuestReport.load(artifact, program: program)
    guard let root = file.artifact.modules.last?.module,
      let export = root.exports.first(where: { $0.name == name && $0.kind == .function })
    else {
      throw Failure(.moduleUnusable, "\(program): exports no function \"\(name)\"")
    }
    let type = file.artifact.types[root.functionTypes[Int(export.index)]]
    return Invocation(
      name: name, type: type,
      arguments: try InvokeValues.parse(options.arguments, as: type, function: name))
  }

  private func wait(
    _ invocation: Invocation?, _ shared: Int32, _ directories: inout PrivateDirectories?,
    _ zygote: borrowing Zygote, _ supervisor: inout Supervisor
  ) throws(Failure) -> Run {
    var descriptors = GuestDescriptors(shared: shared, artifact: artifact.descriptor)
    descriptors.sockets = grants.sockets.map(\.descriptor)
    guard !grants.directories.isEmpty else {
      return try run(invocation, descriptors, nil, zygote, &supervisor)
    }
    var channel = try DescriptorPair.channel()
    let record = records ? try RecordFile() : nil
    let given = directories?.brokerDescriptors() ?? grants.directories.map(\.descriptor)
    let broker = try startBroker(
      [channel.second] + given + (record.map { [$0.descriptor] } ?? []), zygote, &supervisor)
    try directories?.versionsAreMade()
    // The ends are the two processes' alone: each sees the other go.
    channel.closeSecond()
    descriptors.channel = channel.first
    let watch = BrokerWatch(
      descriptor: broker.descriptor,
      budget: grants.policy.limits.cpuTime.map {
        ProcessorBudget(
          broker: broker.pid, limit: $0, spent: compilation?.cpuMilliseconds ?? 0)
      })
    var run = try run(invocation, descriptors, watch, zygote, &supervisor)
    // The channel's end makes it finish its record.
    channel.closeFirst()
    if records { broker.awaitEnd(within: 1000) }
    // A guest may have ended of its broker's end before anybody saw that.
    let cause = ChildProcess.cause(of: broker.descriptor)
    // Everything the guest asked for is answered; the rest of the broker's life is of no use.
    broker.signal(SIGKILL)
    run.brokerTime = broker.reap().cpuMilliseconds
    if let cause, cause != .exited(0) { run.brokerFailure = cause }
    run.paths = try record?.read(roots: grants.directories.count)
    return run
  }

  /// Starts the broker, and waits until copies are made and the rules for nested directories hold, where there are any.
  private func startBroker(
    _ given: [Int32], _ zygote: borrowing Zygote, _ supervisor: inout Supervisor
  ) throws(Failure) -> ChildProcess {
    let plan = brokerPlan
    guard plan.isAwaited else { return try zygote.spawn(.broker, plan: plan.message, given) }
    var ready = try DescriptorPair.pipe()
    let broker = try zygote.spawn(.broker, plan: plan.message, given + [ready.second])
    ready.closeSecond()
    var answer = [UInt8](repeating: 0, count: BrokerReadiness.limit)
    let count = try supervisor.perform(when: POLLIN, of: ready.first) {
      swasm_read_briefly(ready.first, &answer, answer.count)
    }
    let readiness = BrokerReadiness(answer.prefix(max(0, count)))
    if readiness == .ready { return broker }
    let end = broker.reap()
    if case .failed(let number, let words) = readiness, grants.directories.indices.contains(number)
    {
      throw Failure(
        .setupFailed, "\(program): \"\(grants.directories[number].asked.host)\" \(words)")
    }
    guard end.cause == .exited(UInt8(Broker.End.cannotMount.rawValue)) else {
      throw Failure(.setupFailed, "\(program): \(Self.brokerEnded(end.cause)); nothing ran")
    }
    throw Failure(.setupFailed, cannotMount)
  }

  /// Rules that take mounts, and no right to make them.
  private var cannotMount: String {
    let rules = grants.directories.flatMap { granted in
      granted.inner.map { "--dir \($0.rule) in --dir \(granted.asked)" }
    }
    return
      "\(program): cannot enforce \(rules.first ?? "--dir"): that takes the right to mount, as root or in a "
      + "user namespace; `swasm-sandbox doctor` says whether it is there"
  }

  /// Starts the guest and waits for its end.
  ///
  private func run(
    _ invocation: Invocation?, _ descriptors: GuestDescriptors, _ broker: BrokerWatch?,
    _ zygote: borrowing Zygote, _ supervisor: inout Supervisor
  ) throws(Failure) -> Run {
    let plan = plan(invocation).message
    let helper = broker?.descriptor ?? -1
    let budget = broker?.budget
    guard let limit = grants.policy.limits.maxOutput else {
      let guest = try zygote.spawn(.guest, plan: plan, descriptors.list, isLast: true)
      var none: OutputRelay?
      let (end, interruption) = try supervisor.watch(
        guest, helper: helper, budget: budget, output: &none)
      return Run(end: end, interruption: interruption)
    }
    var pipes = OutputPipes(first: try .pipe(), second: try .pipe())
    var descriptors = descriptors
    descriptors.output = pipes.writeEnds
    let guest = try zygote.spawn(.guest, plan: plan, descriptors.list, isLast: true)
    var relay: OutputRelay? = try pipes.relay(limit: limit)
    let (end, interruption) = try supervisor.watch(
      guest, helper: helper, budget: budget, output: &relay)
    return Run(end: end, interruption: interruption, relayed: relay?.total)
  }

  /// What became of a run whose broker did not end by its channel's end.
  private func brokerFailed(_ cause: ProcessEnd.Cause) -> RunResult {
    func result(_ outcome: RunResult.Outcome, _ status: ExitStatus, _ words: String) -> RunResult {
      var result = RunResult(outcome, status)
      result.messages = ["\(program): \(words)"]
      return result
    }
    switch cause {
    case .exited(UInt8(Broker.End.protocolViolation.rawValue)):
      return result(
        .denied, .forbiddenCall,
        "killed: it sent its broker a message that no compiled program sends")
    case .killed(SIGXCPU) where grants.policy.limits.cpuTime != nil:
      let limit = Quantities.text(milliseconds: grants.policy.limits.cpuTime ?? 0)
      var result = result(
        .timeout, .timeLimit, "processor time limit of \(limit) reached by its broker; killed")
      result.limits = [.cpuTime]
      return result
    default:
      return result(
        .brokerFailed, .setupFailed, "killed, because \(Self.brokerEnded(cause))")
    }
  }

  private static func brokerEnded(_ cause: ProcessEnd.Cause) -> String {
    switch cause {
    case .exited(let code): "the broker process ended with status \(code)"
    case .killed(let signal): "the broker process was killed by signal \(signal)"
    }
  }

  private var brokerPlan: BrokerPlan {
    let directories = grants.directories.map { granted in
      BrokerPlan.Directory(
        isReadOnly: granted.isReadOnly, isCopied: granted.isCopied,
        inner: granted.inner.map { place, _ in
          BrokerPlan.Inner(
            path: place.path, identity: place.identity,
            directory: grants.directoryOfRule[place.rule])
        })
    }
    var plan = BrokerPlan(
      directories: directories, openFiles: grants.limits.openFiles,
      fileBytes: grants.limits.fileBytes)
    plan.pinned = grants.pinned
    plan.cpuMilliseconds = grants.limits.cpuMilliseconds
    plan.maxFiles = grants.limits.maxFiles
    plan.required = grants.policy.require
    if records {
      plan.records = true
      // Names are counted where there is a limit.
      plan.maxFiles = plan.maxFiles ?? .max
    }
    return plan
  }

  func plan(_ invocation: Invocation?) -> GuestPlan {
    let level = grants.level
    var plan = GuestPlan(program: program)
    let words = invocation == nil ? options.arguments : []
    plan.arguments = [options.argv0 ?? options.module] + words
    plan.environment = grants.environment
    plan.directories = grants.directories.map(\.asked.guest)
    plan.level = level
    plan.grantedNeeds = grants.policy.needs(at: level)
    plan.standardStreams = grants.policy.standardStreams
    plan.sockets = grants.sockets.map(\.isListening)
    plan.traces = options.traces
    plan.relaysOutput = grants.policy.limits.maxOutput != nil
    plan.limits = grants.limits
    // One limit for both: what compiling took is spent. It was less than all, or the run would be over.
    if let compilation, plan.limits.cpuMilliseconds != .max {
      let spent = min(compilation.cpuMilliseconds, plan.limits.cpuMilliseconds - 1)
      plan.limits.cpuMilliseconds -= spent
    }
    // Behind the limit of wall-clock time, which is the launcher's to keep.
    if let time = grants.policy.limits.timeout {
      plan.limits.cpuMilliseconds = min(
        plan.limits.cpuMilliseconds, ProcessorLimit.behind(timeout: time))
    }
    plan.memoryLimitSource = memoryLimitSource
    plan.required = grants.policy.require
    if let invocation { plan.entry = .function(invocation.name, invocation.arguments) }
    return plan
  }

  /// Goes to the guest, which is told no more of the launcher's than it needs: not the name of a policy of
  /// the user's.
  private var memoryLimitSource: String {
    if let memory = options.memory { return "--memory \(Quantities.text(bytes: memory))" }
    let isBuiltIn = Policy.builtIn.contains { $0.name == grants.policy.name }
    return isBuiltIn ? "policy \(grants.policy.name)" : "the policy"
  }
}
