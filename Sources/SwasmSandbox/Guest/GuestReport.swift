import Glibc
import SwasmArtifact
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// From what a dead guest left to words and an exit status. Everything in its pages may be forged: it is
/// shown, and nothing is decided by it but what the guest could have had anyway.
struct GuestReport {
  let program: String
  let policy: Policy
  let directories: [RunOptions.Directory]
  let end: ProcessEnd
  /// Of ``SharedPages``.
  let pages: UnsafeRawBufferPointer

  /// Refusals that are shown when a guest fails.
  private static let denialLimit = 3

  /// Prints what there is to say.
  func conclude(artifact: borrowing MemoryFile, shared: borrowing MemoryFile, results: [ValueType])
    throws(Failure) -> ExitStatus
  {
    let base = pages.baseAddress!
    switch end.cause {
    case .killed(let signal): return try killed(by: signal)
    case .exited(let code):
      if let failure = SharedPages.setupFailure(in: base + SharedPages.messageOffset) {
        throw Failure(failure.status, prefixed(failure.message))
      }
      if StatusPage.exitCode(in: base + SharedPages.statusOffset) != nil {
        if code != 0 { reportDenials() }
        return .exited(code)
      }
      return try returned(code, artifact, shared, results)
    }
  }

  /// Messages of the runtime name a module; those that do not get the program's name.
  private func prefixed(_ message: String) -> String {
    message.hasPrefix(program) ? message : "\(program): \(message)"
  }

  private func returned(
    _ code: UInt8, _ artifact: borrowing MemoryFile, _ shared: borrowing MemoryFile,
    _ results: [ValueType]
  ) throws(Failure) -> ExitStatus {
    let page: RecordPage
    do throws(InstantiationFailure) {
      page = try RecordPage(descriptor: shared.descriptor)
    } catch {
      throw Failure(.setupFailed, "\(program): \(error)")
    }
    let record = page.contents
    switch record.state {
    case .returned:
      try Diagnostics.output(
        page.results(results).map { InvokeValues.text($0) + "\n" }.joined())
      if let note = SharedPages.note(in: pages.baseAddress! + SharedPages.messageOffset) {
        Diagnostics.report("\(program): \(note)")
      }
      return .exited(code)
    case .trapped(let kind):
      Diagnostics.report(
        "\(program) trapped: \(kind.message)" + (record.place.isEmpty ? "" : " in \(record.place)")
          + backtrace(record.frames, artifact))
      reportDenials()
      return .trapped
    case .internalError(let signal):
      Diagnostics.report(
        "\(program): internal error: signal \(signal) at 0x\(String(record.programCounter, radix: 16)), "
          + "address 0x\(String(record.faultAddress, radix: 16))")
      return .trapped
    case .none:
      // Neither returned nor trapped nor called proc_exit: compiled code does not do that.
      if code == UInt8(ExitStatus.setupFailed.code) {
        throw Failure(
          .setupFailed, "\(program): the guest process could not be locked down; nothing ran")
      }
      return .exited(code)
    }
  }

  private func backtrace(_ frames: [TrapFrame], _ artifact: borrowing MemoryFile) -> String {
    guard let file = try? Self.load(artifact, program: program) else { return "" }
    return file.symbolize(frames).enumerated().map { index, frame in
      "\n  \(index < 10 ? " " : "")\(index): \(frame)"
    }.joined()
  }

  private func killed(by signal: Int32) throws(Failure) -> ExitStatus {
    switch signal {
    case SIGSYS:
      Diagnostics.report(
        "\(program): killed: it made a system call that policy \(policy.name) does not allow")
      return .forbiddenCall
    case SIGKILL, SIGXCPU:
      if let limit = policy.limits.cpuTime, end.cpuMilliseconds + 100 >= limit {
        throw Failure(
          .timeLimit,
          "\(program): processor time limit of \(Quantities.text(milliseconds: limit)) reached; killed"
        )
      }
      Diagnostics.report("\(program): killed, probably for want of memory")
      return .outOfMemory
    // Nobody reads any more: `| head` is not worth a word.
    case SIGPIPE: return .signal(SIGPIPE)
    default:
      Diagnostics.report("\(program): killed by signal \(signal)")
      return .signal(signal)
    }
  }

  private func reportDenials() {
    let (kept, total) = StatusPage.denials(in: pages.baseAddress! + SharedPages.statusOffset)
    let words = DenialMessage(policy: policy, directories: directories)
    var shown: [String] = []
    for denial in kept {
      let message = words.text(denial)
      if !shown.contains(message) { shown.append(message) }
    }
    for message in shown.prefix(Self.denialLimit) { Diagnostics.report(message) }
    let rest = shown.count - Self.denialLimit + total - kept.count
    if rest > 0 {
      Diagnostics.report("and \(Quantities.count(rest, "more refusal", "more refusals"))")
    }
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
