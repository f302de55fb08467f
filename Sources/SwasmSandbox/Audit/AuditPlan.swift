/// What an auditor process is asked. Its descriptors: the report's pipe, then those of the role.
struct AuditPlan: Equatable, Sendable {
  /// The process that is looked at, set up as for a run.
  enum Subject: Equatable, Sendable {
    case guest(GuestPlan)
    case compiler
    case broker(BrokerPlan)
  }

  var question: AuditQuestion
  /// What must not be in the process's memory, every bit flipped.
  var secrets: [[UInt8]] = []
  var subject: Subject

  init(question: AuditQuestion, subject: Subject) {
    self.question = question
    self.subject = subject
  }

  init(_ reader: inout MessageReader) throws(MessageError) {
    guard let question = AuditQuestion(rawValue: try reader.string()) else { throw MessageError() }
    self.question = question
    secrets = try reader.list { (reader) throws(MessageError) in try reader.byteString() }
    switch try reader.number() {
    case 0: subject = .guest(try GuestPlan(&reader))
    case 1: subject = .compiler
    case 2: subject = .broker(try BrokerPlan(&reader))
    default: throw MessageError()
    }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(question.rawValue)
    writer.put(secrets) { $0.put(bytes: $1) }
    switch subject {
    case .guest(let plan):
      writer.put(0)
      writer.append(plan.message)
    case .compiler: writer.put(1)
    case .broker(let plan):
      writer.put(2)
      writer.append(plan.message)
    }
    return writer
  }
}

/// What an audit is about.
public enum AuditQuestion: String, CaseIterable, Sendable {
  case systemCalls = "syscalls"
  case memory
  case descriptors
  /// What lockdown and a whole start take.
  case speed
  /// Many guests at a time.
  case load
}

/// What an auditor has found.
struct AuditReport: Equatable, Sendable {
  /// Bytes of one at most.
  static let limit = 1 << 20

  /// What there is, a line each.
  var findings: [String] = []
  /// What should not be.
  var faults: [String] = []
  /// Of ``AuditPlan/secrets``, those that were found.
  var foundSecrets: [Int] = []
  /// ``Protections``.
  var protections: UInt32 = 0
  /// What a lockdown took, in nanoseconds, the median.
  var lockdownTime = 0

  init() {}

  init(_ bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    findings = try reader.list { (reader) throws(MessageError) in try reader.string() }
    faults = try reader.list { (reader) throws(MessageError) in try reader.string() }
    foundSecrets = try reader.list { (reader) throws(MessageError) in try reader.integer() }
    protections = UInt32(truncatingIfNeeded: try reader.number())
    lockdownTime = try reader.integer()
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(findings) { $0.put($1) }
    writer.put(faults) { $0.put($1) }
    writer.put(foundSecrets) { $0.put($1) }
    writer.put(UInt64(protections))
    writer.put(lockdownTime)
    return writer
  }
}
