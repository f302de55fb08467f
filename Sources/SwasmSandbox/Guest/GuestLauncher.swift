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

  /// Runs the guest to its end.
  consuming func run(zygote: borrowing Zygote, supervisor: inout Supervisor) throws(Failure)
    -> ExitStatus
  {
    var invocation: Invocation?
    if let name = options.invoke { invocation = try self.invocation(of: name) }
    let shared = try MemoryFile("swasm-shared", size: SharedPages.size)
    try shared.sealSize()
    guard let pages = Mapping(shared.descriptor, size: SharedPages.size, isWritable: false) else {
      throw .system("cannot map shared pages", errno)
    }
    let end = try wait(invocation, shared.descriptor, zygote, &supervisor)
    let report = GuestReport(
      program: program, policy: grants.policy, directories: options.directories, end: end,
      pages: UnsafeRawBufferPointer(pages.bytes))
    return try report.conclude(
      artifact: artifact, shared: shared, results: invocation?.type.results ?? [])
  }

  /// A function to call, with its arguments.
  private struct Invocation {
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
  ) throws(Failure) -> ProcessEnd {
    let plan = plan(invocation).message
    guard !grants.directories.isEmpty else {
      let guest = try zygote.spawn(.guest, plan: plan, [shared, artifact.descriptor])
      zygote.retire()
      return try supervisor.wait(for: guest).end
    }
    var channel = try DescriptorPair.channel()
    let broker = try zygote.spawn(
      .broker, plan: brokerPlan.message,
      [channel.second] + grants.directories.map(\.descriptor))
    let guest = try zygote.spawn(
      .guest, plan: plan, [shared, artifact.descriptor, channel.first])
    zygote.retire()
    // The ends are the two processes' alone: each sees the other go.
    channel.closeFirst()
    channel.closeSecond()
    let (end, _, brokerFailed) = try supervisor.wait(for: guest, helper: broker.descriptor)
    // Everything the guest asked for is answered; the rest of the broker's life is of no use.
    broker.signal(SIGKILL)
    let brokerEnd = broker.reap()
    if brokerFailed { throw failure(brokerEnd) }
    return end
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
    plan.mayLack = grants.policy.allowDegraded
    return plan
  }

  private func plan(_ invocation: Invocation?) -> GuestPlan {
    let level = grants.policy.level(grantsDirectories: !grants.directories.isEmpty)
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
    plan.limits = grants.limits
    plan.memoryLimitSource = memoryLimitSource
    plan.mayLack = grants.policy.allowDegraded
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
