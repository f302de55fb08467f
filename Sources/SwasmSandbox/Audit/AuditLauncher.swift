import CSwasm
import Glibc
import SwasmLockdown
import SwasmRuntime

/// `audit`: has a process locked down as for a run, and looked at from inside.
extension Launcher {
  /// Which process is looked at.
  public enum AuditedRole: String, CaseIterable, Sendable {
    case guest, compiler, broker
  }

  /// - Returns: what has been found, and whether all of it is as it should be.
  public func audit(
    _ question: AuditQuestion, role: AuditedRole, policy name: String, count: Int
  ) throws(Failure) -> (text: String, holds: Bool) {
    let policy = try Policy.named(name)
    var text = ""
    var holds = true
    // What is granted decides about a guest's calls, and about nothing else that is looked at.
    let comparesKinds = role == .guest && question == .systemCalls
    for kind in comparesKinds ? policy.kindsOfGuests : [policy.widestKind] {
      let part = try audit(question, role: role, policy, kind, count)
      text += part.text
      holds = holds && part.holds
    }
    return (text, holds)
  }

  private func audit(
    _ question: AuditQuestion, role: AuditedRole, _ policy: Policy, _ kind: Policy.KindOfGuest,
    _ count: Int
  ) throws(Failure) -> (text: String, holds: Bool) {
    let secrets = role == .guest && question == .memory ? Secrets() : Secrets(none: ())
    let report: AuditReport
    switch role {
    case .guest where question == .load: report = try load(policy, count)
    case .guest: report = try auditGuest(question, policy, kind, secrets)
    case .compiler:
      report = try ask(AuditPlan(question: question, subject: .compiler), [])
    case .broker: report = try auditBroker(question, policy)
    }
    var faults = report.faults
    var findings = report.findings
    if question == .speed, role == .guest {
      let (time, isFlat) = try startTime(policy, count)
      findings.append(time)
      if !isFlat { faults.append("descriptors, memory or processes are left behind") }
    }
    faults += report.foundSecrets.map { "found in its memory: \(secrets.name(of: $0))" }
    var whom = role == .guest ? "guest under policy \(policy.name)" : "\(role.rawValue)"
    if role == .guest, question == .systemCalls { whom += kind.name }
    var text = "\(whom), \(question.rawValue)\n"
    for finding in findings { text += "  \(finding)\n" }
    let protections = Protections(rawValue: report.protections)
    if !protections.isEmpty {
      text += "  protected by: \(protections.names.joined(separator: " "))\n"
    }
    for fault in faults { text += "  WRONG: \(fault)\n" }
    text += faults.isEmpty ? "as it should be\n" : "\(faults.count) differences\n"
    return (text, faults.isEmpty)
  }

  /// A program with a memory that grows and a table: a guest process holds all kinds of mappings.
  static let program = """
    (module
      (memory (export "memory") 1 1024)
      (table 8 64 funcref)
      (func $f (export "_start"))
      (elem (i32.const 0) $f))
    """

  /// The audit's program, compiled.
  func artifact(_ policy: Policy, _ program: String = Self.program) throws(Failure) -> MemoryFile {
    var supervisor = try Supervisor(program: "audit", timeLimit: nil)
    let output = try CompilerLauncher.run(
      .compile, [try ModuleFile(text: program, shown: "the audit's program")],
      required: policy.require, zygote: zygote, supervisor: &supervisor)
    return try output.file.copy()
  }

  func plan(_ policy: Policy, _ kind: Policy.KindOfGuest) -> GuestPlan {
    var plan = GuestPlan(program: "audit")
    plan.level = kind.level
    plan.grantedNeeds = policy.needs(at: kind.level)
    plan.standardStreams = policy.standardStreams
    plan.required = policy.require
    return plan
  }

  /// From asking the zygote for a guest to its first instruction, compiled before.
  private func startTime(_ policy: Policy, _ count: Int) throws(Failure) -> (
    text: String, isFlat: Bool
  ) {
    let artifact = try artifact(policy)
    let plan = plan(policy, policy.widestKind)
    var times: [UInt64] = []
    var before = (descriptors: 0, memory: UInt64(0))
    for index in 0..<count {
      // The first few settle what is made once.
      if index == 3 { before = (Self.openDescriptors(), residentBytes) }
      var supervisor = try Supervisor(program: "audit", timeLimit: nil)
      let start = Self.now()
      let shared = try MemoryFile("swasm-shared", size: SharedPages.size)
      try shared.sealSize()
      let guest = try zygote.spawn(
        .guest, plan: plan.message, [shared.descriptor, artifact.descriptor])
      _ = try supervisor.wait(for: guest)
      guard let record = try? RecordPage(descriptor: shared.descriptor).contents,
        record.startedNanoseconds > start
      else { throw Failure(.setupFailed, "audit: the guest did not start") }
      times.append(record.startedNanoseconds - start)
    }
    let isFlat =
      Self.openDescriptors() == before.descriptors && waitpid(-1, nil, WNOHANG) == 0
      && residentBytes < before.memory + Self.memorySlack
    times.sort()
    let text =
      "from the request to the first instruction: \(times[times.count / 2] / 1000) µs "
      + "(median of \(times.count); nine in ten below \(times[times.count * 9 / 10] / 1000) µs)"
    return (text, isFlat)
  }

  /// What an allocator may come to hold on to, however many starts there are.
  private static let memorySlack: UInt64 = 512 << 10

  /// Of the launcher and its zygote; 0 where /proc doesn't tell.
  private var residentBytes: UInt64 {
    ["self", "\(zygote.pid)"].reduce(0) { $0 + (MemoryUse.bytes(.resident, of: $1) ?? 0) }
  }

  private static func openDescriptors() -> Int {
    guard let folder = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while readdir(folder) != nil { count += 1 }
    return count
  }

  static func now() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  private func auditGuest(
    _ question: AuditQuestion, _ policy: Policy, _ kind: Policy.KindOfGuest, _ secrets: Secrets
  ) throws(Failure) -> AuditReport {
    let artifact = try artifact(policy)
    let shared = try MemoryFile("swasm-shared", size: SharedPages.size)
    try shared.sealSize()
    var descriptors = GuestDescriptors(shared: shared.descriptor, artifact: artifact.descriptor)
    var plan = plan(policy, kind)
    let channel = try DescriptorPair.channel()
    if kind.level >= .standard {
      // Never asked for anything: nothing of the guest is run.
      plan.directories = ["/audit"]
      descriptors.channel = channel.first
    }
    var audit = AuditPlan(question: question, subject: .guest(plan))
    audit.secrets = secrets.complements
    return try ask(audit, descriptors.list)
  }

  private func auditBroker(_ question: AuditQuestion, _ policy: Policy) throws(Failure)
    -> AuditReport
  {
    let channel = try DescriptorPair.channel()
    // Nothing of it can be reached by the calls that are tried: their paths are no addresses.
    let directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw .system("cannot open /", errno) }
    defer { Glibc.close(directory) }
    var plan = BrokerPlan(directories: [.init(isReadOnly: false)], openFiles: 1024, fileBytes: .max)
    plan.required = policy.require
    return try ask(
      AuditPlan(question: question, subject: .broker(plan)), [channel.second, directory])
  }

  private func ask(_ plan: AuditPlan, _ descriptors: [Int32]) throws(Failure) -> AuditReport {
    var supervisor = try Supervisor(program: "audit", timeLimit: nil)
    var pipe = try DescriptorPair.pipe()
    let child = try zygote.spawn(.auditor, plan: plan.message, [pipe.second] + descriptors)
    pipe.closeSecond()
    let (end, bytes) = try supervisor.wait(
      for: child, report: pipe.first, limit: AuditReport.limit)
    guard end.cause == .exited(0), let report = try? AuditReport(bytes) else {
      throw Failure(.setupFailed, "audit: the auditor process gave no report")
    }
    return report
  }
}

/// What the launcher knows and a guest must not: its environment, long arguments, and a string made for the purpose
/// that is on its heap only.
private struct Secrets {
  private var names: [String] = []
  private(set) var complements: [[UInt8]] = []

  private static let shortest = 16
  /// What an auditor's page holds.
  private static let (most, longest) = (96, 248)

  init(none: ()) {}

  init() {
    var generator = SystemRandomNumberGenerator()
    let made = (0..<4).map { _ in String(generator.next(), radix: 36) }.joined()
    add(made, "a string on the launcher's heap")
    var entry = environ
    while let text = entry.pointee {
      let variable = String(cString: text)
      let name = variable.prefix { $0 != "=" }
      // Swift's runtime copies its own settings before anything of ours runs.
      if !name.hasPrefix("SWIFT_") { add(variable, "the variable \(name)") }
      entry += 1
    }
    for argument in CommandLine.arguments.dropFirst() { add(argument, "the argument \(argument)") }
  }

  private mutating func add(_ secret: String, _ name: String) {
    let bytes = Array(secret.utf8.prefix(Self.longest))
    guard bytes.count >= Self.shortest, complements.count < Self.most else { return }
    complements.append(bytes.map { ~$0 })
    names.append(name)
  }

  func name(of index: Int) -> String {
    names.indices.contains(index) ? names[index] : "secret \(index)"
  }
}
