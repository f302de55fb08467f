import Glibc
import SwasmArtifact
import SwasmLockdown
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// From what a dead guest left to the result of its run. Everything in its pages may be forged: it is
/// shown, and nothing is decided by it but what the guest could have had anyway.
struct GuestReport {
  let program: String
  let policy: Policy
  let directories: [GuestGrants.Granted]
  let end: ProcessEnd
  /// Of ``SharedPages``.
  let pages: UnsafeRawBufferPointer

  /// Refusals that are shown when a guest fails.
  private static let denialLimit = 3

  /// Lockdown came as far as its last step; what fails after that ends the process by SIGABRT.
  private var hasRun: Bool { SharedPages.protections(in: pages.baseAddress!).contains(.filter) }

  private var status: UnsafeRawPointer { pages.baseAddress! + SharedPages.statusOffset }

  /// How the run ended, when nobody ended it.
  ///
  /// - Parameter results: types of what the entry gives back.
  func result(
    artifact: borrowing MemoryFile, shared: borrowing MemoryFile, results: [ValueType]
  ) throws(Failure) -> RunResult {
    let page: RecordPage
    do throws(InstantiationFailure) {
      page = try RecordPage(descriptor: shared.descriptor)
    } catch {
      throw Failure(.setupFailed, "\(program): \(error)")
    }
    let record = page.contents
    var result: RunResult
    switch end.cause {
    case .killed(SIGABRT) where hasRun && record.startedNanoseconds == 0:
      throw Failure(
        .setupFailed, "\(program): the guest process could not be locked down; nothing ran")
    case .killed(let signal): result = killed(by: signal)
    case .exited(let code):
      // A page that is closed by the time that the guest runs says whether it did.
      if !hasRun,
        let failure = SharedPages.setupFailure(in: pages.baseAddress! + SharedPages.messageOffset)
      {
        throw Failure(failure.status, prefixed(failure.message), limit: failure.limit)
      }
      if StatusPage.exitCode(in: status) != nil {
        result = RunResult(.exited, .exited(code))
      } else {
        result = try returned(code, record, artifact)
        if record.state == .returned {
          for value in page.results(results) { result.output += InvokeValues.text(value) + "\n" }
        }
      }
    }
    complete(&result, record)
    let isFailure = result.status != .success && result.outcome != .killed
    if isFailure { result.messages += denialMessages(result) }
    return result
  }

  /// What was refused, and which limits the guest met, as far as it recorded that.
  func complete(_ result: inout RunResult) {
    complete(&result, nil)
  }

  private func complete(_ result: inout RunResult, _ record: TrapRecord?) {
    let (kept, total) = StatusPage.denials(in: status)
    let words = DenialMessage(policy: policy, directories)
    for denial in kept {
      let ofShell = ShellLimits.report(denial, policy.limits)
      let report = ofShell ?? words.report(denial)
      switch denial.kind {
      case .openFiles: result.limits.append(.openFiles)
      // Without a limit of the run's these are the file system's own.
      case .fileSize where policy.limits.maxFileSize == nil && ofShell == nil: continue
      case .fileCount where policy.limits.maxFiles == nil: continue
      case .fileSize: result.limits.append(.fileSize)
      case .fileCount: result.limits.append(.files)
      case .written: result.limits.append(.written)
      default: break
      }
      if !result.denials.contains(report) { result.denials.append(report) }
    }
    result.denialCount = max(total - (kept.count - result.denials.count), 0)
    if record?.wasGrowthRefused == true { result.limits.append(.memory) }
    if record?.state == .trapped(.stackOverflow) { result.limits.append(.stack) }
  }

  /// Messages of the runtime name a module; those that do not get the program's name.
  private func prefixed(_ message: String) -> String {
    message.hasPrefix(program) ? message : "\(program): \(message)"
  }

  private func returned(_ code: UInt8, _ record: TrapRecord, _ artifact: borrowing MemoryFile)
    throws(Failure) -> RunResult
  {
    switch record.state {
    case .returned:
      var result = RunResult(.exited, .exited(code))
      if let note = SharedPages.note(in: pages.baseAddress! + SharedPages.messageOffset) {
        result.messages = ["\(program): \(note)"]
      }
      return result
    case .trapped(let kind):
      var result = RunResult(.trapped, .trapped)
      let trap = TrapReport(kind, frames: frames(record.frames, artifact))
      let place = record.place.isEmpty ? "" : " in \(record.place)"
      let first = Printable.line("\(program) trapped: \(kind.message)\(place)")
      result.messages = [first + trap.backtrace]
      result.trap = trap
      return result
    case .internalError(let signal):
      var result = RunResult(.trapped, .trapped)
      let place = "0x\(String(record.programCounter, radix: 16))"
      let text =
        "internal error: signal \(signal) at \(place), "
        + "address 0x\(String(record.faultAddress, radix: 16))"
      result.trap = TrapReport(kind: "internal-error", message: text)
      result.messages = ["\(Printable.line(program)): \(text)"]
      return result
    case .none:
      // Neither returned nor trapped nor called proc_exit: compiled code does not do that.
      if !hasRun, code == UInt8(ExitStatus.setupFailed.code) {
        throw Failure(
          .setupFailed, "\(program): the guest process could not be locked down; nothing ran")
      }
      return RunResult(.exited, .exited(code))
    }
  }

  private func frames(_ frames: [TrapFrame], _ artifact: borrowing MemoryFile) -> [TrapReport.Frame]
  {
    guard let file = try? Self.load(artifact, program: program) else { return [] }
    return file.symbolize(frames).map { TrapReport.Frame($0) }
  }

  private func killed(by signal: Int32) -> RunResult {
    func result(_ outcome: RunResult.Outcome, _ status: ExitStatus, _ message: String) -> RunResult
    {
      var result = RunResult(outcome, status)
      result.messages = ["\(program): \(message)"]
      return result
    }
    switch signal {
    case SIGSYS:
      return result(
        .denied, .forbiddenCall,
        "killed: it made a system call that policy \(policy.name) does not allow")
    case SIGKILL, SIGXCPU, SIGPROF:
      if let limit = ProcessorLimit.met(by: signal, after: end.cpuMilliseconds, policy.limits) {
        return outOfTime(limit)
      }
      if signal != SIGKILL { return result(.killed, .signal(signal), "killed by signal \(signal)") }
      return result(.outOfMemory, .outOfMemory, "killed, probably because memory ran out")
    // Nobody reads any more: `| head` is not worth a word.
    case SIGPIPE: return RunResult(.killed, .signal(SIGPIPE))
    // Before lockdown an allocation that is refused ends the process so; afterwards there is none.
    case SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS:
      guard SharedPages.protections(in: pages.baseAddress!).isEmpty else {
        return result(.killed, .signal(signal), "killed by signal \(signal)")
      }
      var result = result(
        .outOfMemory, .outOfMemory,
        "ended by signal \(signal) while it was set up, probably because memory ran out; "
          + "\(RunOption.memory.flag) allows more")
      result.limits = [.memory]
      return result
    default: return result(.killed, .signal(signal), "killed by signal \(signal)")
    }
  }

  private func outOfTime(_ limit: ProcessorLimit) -> RunResult {
    var result = RunResult(.timeout, .timeLimit)
    let time = Quantities.text(milliseconds: limit.milliseconds)
    switch limit.source {
    case .run: result.messages = ["\(program): processor time limit of \(time) reached; killed"]
    case .shell:
      result.messages = [
        "\(program): processor time limit of \(time) reached, set by `ulimit -t`; killed"
      ]
    case .wallClock:
      let time = Quantities.text(milliseconds: policy.limits.timeout ?? 0)
      result.messages = ["\(program): time limit of \(time) reached; killed"]
    }
    result.limits = [limit.source == .wallClock ? .wallTime : .cpuTime]
    return result
  }

  /// The first refusals, in words.
  private func denialMessages(_ result: RunResult) -> [String] {
    var shown: [String] = []
    for denial in result.denials where !shown.contains(denial.message) {
      shown.append(denial.message)
    }
    let rest = shown.count - Self.denialLimit + result.denialCount - result.denials.count
    let more =
      rest > 0 ? ["and \(Quantities.count(rest, "more refusal", "more refusals"))"] : []
    return shown.prefix(Self.denialLimit) + more
  }

  /// The artifact as the launcher reads it: header, offsets and indices checked.
  static func load(_ artifact: borrowing MemoryFile, program: String) throws(Failure)
    -> ArtifactFile
  {
    let descriptor = fcntl(artifact.descriptor, F_DUPFD_CLOEXEC, 0)
    guard descriptor >= 0 else { throw .system("cannot read the artifact", errno) }
    do throws(ArtifactFileError) {
      return try ArtifactFile(descriptor: descriptor)
    } catch {
      throw Failure(.moduleUnusable, "\(program): \(error)")
    }
  }
}

extension TrapReport {
  fileprivate init(_ kind: TrapKind, frames: [Frame]) {
    self.init(
      kind: String(kind.message.map { $0 == " " ? "-" : $0 }), message: kind.message, frames: frames
    )
  }

  /// A line per frame, each after a newline.
  fileprivate var backtrace: String {
    frames.enumerated().map { index, frame in
      "\n  \(index < 10 ? " " : "")\(index): \(Printable.line(frame.text))"
    }.joined()
  }
}

extension TrapReport.Frame {
  fileprivate init(_ frame: BacktraceFrame) {
    module = frame.module ?? "module \(frame.moduleIndex)"
    function = frame.functionName ?? frame.function.map { "func[\($0)]" } ?? "?"
    offset = frame.wasmOffset
    text = frame.description
  }
}
