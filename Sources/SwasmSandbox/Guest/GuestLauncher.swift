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
    let run = try wait(invocation, shared.descriptor, zygote, &supervisor)
    let bytes = UnsafeRawBufferPointer(pages.bytes)
    let report = GuestReport(
      program: program, policy: grants.policy, directories: options.directories, end: run.end,
      pages: bytes)
    var result: RunResult
    if let interruption = run.interruption {
      result = RunResult(supervisor.failure(interruption))
      if case .outputLimit = interruption { result.limits = [.output] }
      report.complete(&result)
    } else {
      result = try report.result(
        artifact: artifact, shared: shared, results: invocation?.type.results ?? [])
    }
    let status = bytes.baseAddress! + SharedPages.statusOffset
    result.usage = RunResult.Usage(
      wall: supervisor.elapsed,
      cpu: run.end.cpuMilliseconds + (compilation?.cpuMilliseconds ?? 0),
      compilerCPU: compilation?.cpuMilliseconds ?? 0,
      compilerPeakMemory: compilation?.residentBytes ?? 0, peakMemory: run.end.residentBytes,
      output: run.relayed ?? StatusPage.outputBytes(in: status))
    result.protections = SharedPages.protections(in: bytes.baseAddress!)
    return result
  }

  /// How the process ended.
  private struct Run {
    var end: ProcessEnd
    var interruption: Interruption?
    /// Bytes of output, where the launcher has counted.
    var relayed: UInt64?
    /// The broker ended otherwise than by its channel's end.
    var helperFailed = false
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
    _ invocation: Invocation?, _ shared: Int32, _ zygote: borrowing Zygote,
    _ supervisor: inout Supervisor
  ) throws(Failure) -> Run {
    var descriptors = GuestDescriptors(shared: shared, artifact: artifact.descriptor)
    descriptors.sockets = grants.sockets.map(\.descriptor)
    guard !grants.directories.isEmpty else {
      return try run(invocation, descriptors, helper: -1, zygote, &supervisor)
    }
    var channel = try DescriptorPair.channel()
    let broker = try zygote.spawn(
      .broker, plan: brokerPlan.message,
      [channel.second] + grants.directories.map(\.descriptor))
    // The ends are the two processes' alone: each sees the other go.
    channel.closeSecond()
    descriptors.channel = channel.first
    let run = try run(
      invocation, descriptors, helper: broker.descriptor, zygote, &supervisor)
    // Everything the guest asked for is answered; the rest of the broker's life is of no use.
    broker.signal(SIGKILL)
    let brokerEnd = broker.reap()
    if run.helperFailed { throw failure(brokerEnd) }
    return run
  }

  /// Starts the guest and waits for its end.
  ///
  /// - Parameter helper: the broker's, or −1.
  private func run(
    _ invocation: Invocation?, _ descriptors: GuestDescriptors, helper: Int32,
    _ zygote: borrowing Zygote, _ supervisor: inout Supervisor
  ) throws(Failure) -> Run {
    let plan = plan(invocation).message
    guard let limit = grants.policy.limits.maxOutput else {
      let guest = try zygote.spawn(.guest, plan: plan, descriptors.list, isLast: true)
      var none: OutputRelay?
      let (end, interruption, failed) = try supervisor.watch(guest, helper: helper, output: &none)
      return Run(end: end, interruption: interruption, helperFailed: failed)
    }
    var pipes = OutputPipes(first: try .pipe(), second: try .pipe())
    var descriptors = descriptors
    descriptors.output = pipes.writeEnds
    let guest = try zygote.spawn(.guest, plan: plan, descriptors.list, isLast: true)
    var relay: OutputRelay? = try pipes.relay(limit: limit)
    let (end, interruption, failed) = try supervisor.watch(guest, helper: helper, output: &relay)
    return Run(end: end, interruption: interruption, relayed: relay?.total, helperFailed: failed)
  }

  /// A broker that did not end by its channel's end.
  private func failure(_ broker: ProcessEnd) -> Failure {
    switch broker.cause {
    case .exited(UInt8(Broker.End.protocolViolation.rawValue)):
      Failure(
        .forbiddenCall,
        "\(program): killed: it sent its broker a message that no compiled program sends")
    case .exited(let code):
      Failure(.setupFailed, "\(program): the broker process ended with status \(code)")
    case .killed(let signal):
      Failure(.setupFailed, "\(program): the broker process was killed by signal \(signal)")
    }
  }

  private var brokerPlan: BrokerPlan {
    var plan = BrokerPlan(
      isReadOnly: grants.directories.map(\.isReadOnly), openFiles: grants.limits.openFiles,
      fileBytes: grants.limits.fileBytes)
    plan.maxFiles = grants.limits.maxFiles
    plan.required = grants.policy.require
    return plan
  }

  func plan(_ invocation: Invocation?) -> GuestPlan {
    let level = grants.level
    var plan = GuestPlan(program: program)
    let words = invocation == nil ? options.arguments : []
    plan.arguments = [options.argv0 ?? options.module] + words
    plan.environment = grants.environment
    plan.directories = grants.directories.map {
      GuestPlan.Directory(guestPath: $0.guestPath, isReadOnly: $0.isReadOnly)
    }
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
