import Glibc
import SwasmLockdown

/// Tries things in processes that are locked down by a plan, and compares with what the table says.
struct Auditor {
  let filter: FilterPolicy
  /// Ascending descriptors that the process keeps.
  let kept: [Int32]
  let view: View

  /// What the auditor sees of the processes that it makes.
  struct View {
    let page: TrialPage
    /// /proc.
    let processes: Int32
  }

  private var page: TrialPage { view.page }

  /// A file of a process in /proc, or a directory.
  private func open(_ name: String, of process: pid_t, _ flags: Int32) -> Int32 {
    openat(view.processes, "\(process)/\(name)", flags | O_RDONLY | O_CLOEXEC)
  }

  /// Lines of one kind in a report.
  private static let shownFaults = 50

  // MARK: System calls

  /// Every number in several ways, and what the table's rows allow and what they just don't.
  func systemCalls(_ lockdown: borrowing LockdownPlan) -> AuditReport {
    var report = AuditReport()
    var open: Set<Int> = []
    var times: [Int] = []
    let ofRows =
      filter.allowed.flatMap { Trial.right($0, under: filter) }
      + filter.allowed.flatMap { Trial.wrong($0, under: filter) }
    let trials = Trial.everyNumber + ofRows
    for trial in trials {
      let ending = lockdown.attempt(trial, keeping: kept, page)
      if case .notLocked(let step) = ending {
        report.faults = ["cannot be locked down: \(step)"]
        return report
      }
      times.append(page.nanoseconds)
      let passed = Self.wasLetThrough(trial, ending)
      if passed { open.insert(trial.number) }
      let expected = filter.permits(trial)
      // An older kernel has none of these two to let through.
      if FilterPolicy.exempt.contains(trial.number), !trial.byInterrupt { continue }
      if passed != expected { report.faults.append(Self.fault(trial, ending)) }
    }
    let calls = Set(filter.allowed.map(\.call)).sorted { $0.number < $1.number }
    for call in calls where !open.contains(Int(call.number)) {
      report.faults.append("\(call.name) is in the table, and was never let through")
    }
    report.faults = Array(report.faults.prefix(Self.shownFaults))
    report.protections = page.protections.rawValue
    report.lockdownTime = times.sorted()[times.count / 2]
    let exempt = open.intersection(FilterPolicy.exempt).sorted().map(String.init)
    report.findings = [
      "tried \(trials.count) calls, each in a process of its own: 1024 numbers with three sets of "
        + "arguments, with the x32 bit and through int 0x80, and \(ofRows.count) made of the rows of the table",
      "let through: \(calls.map(\.name).joined(separator: " ")) (\(calls.count))",
    ]
    if !exempt.isEmpty {
      report.findings.append(
        "let through by the kernel itself: \(exempt.joined(separator: " ")) (its tracing probes)")
    }
    return report
  }

  private static func wasLetThrough(_ trial: Trial, _ ending: Trial.Ending) -> Bool {
    // Without a 32-bit entry point the instruction faults.
    ending != .forbidden && !(trial.byInterrupt && ending == .signal(Int(SIGSEGV)))
  }

  private static func fault(_ trial: Trial, _ ending: Trial.Ending) -> String {
    ending == .forbidden
      ? "\(trial) is allowed by the table, and killed the process"
      : "\(trial) is not in the table, and was let through: \(ending)"
  }

  // MARK: Memory

  /// One of a process's mappings, as in `/proc/PID/maps`.
  private struct Line {
    var range: Range<UInt64>
    var rights: Substring
    var name: Substring

    init?(_ line: Substring) {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard fields.count >= 5 else { return nil }
      let ends = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      guard ends.count == 2, ends[0] < ends[1] else { return nil }
      range = ends[0]..<ends[1]
      rights = fields[1]
      name = fields.count > 5 ? fields[5].drop { $0 == " " } : ""
    }

    /// Of the kernel, and not ordinary memory.
    var isSpecial: Bool { name.hasPrefix("[vvar") || name.hasPrefix("[vsyscall") }
  }

  /// Names of the memory that a process shares: with its launcher; and, in an audit, with the auditor.
  private static let shared = ["/memfd:swasm-shared", "/dev/zero"]

  /// What is mapped with which rights, and whether a secret is in it.
  func memory(_ lockdown: borrowing LockdownPlan, _ secrets: [[UInt8]]) -> AuditReport {
    var report = AuditReport()
    guard let subject = lockdown.subject(keeping: kept, page) else {
      report.faults = ["cannot start the process"]
      return report
    }
    // Opened while it may be: the process can't be looked at afterwards.
    let maps = open("maps", of: subject.pid, 0)
    defer { close(maps) }
    guard maps >= 0, subject.lockDown() else {
      report.faults = ["cannot be locked down, or not looked at"]
      return report
    }
    let lines = String(decoding: Self.all(of: maps), as: UTF8.self).split(separator: "\n")
      .compactMap(Line.init)
    for line in lines {
      let place = "\(String(line.range.lowerBound, radix: 16)) \(line.rights) \(line.name)"
      if line.rights.contains("w"), line.rights.contains("x") {
        report.faults.append("writable and executable: \(place)")
      }
      if line.rights.hasPrefix("rw-s") || line.rights.hasPrefix("-w-s"),
        !Self.shared.contains(where: { line.name.hasPrefix($0) })
      {
        report.faults.append("shared and writable: \(place)")
      }
    }
    let readable = lines.filter { $0.rights.hasPrefix("r") && !$0.isSpecial }.map(\.range)
    guard !lines.isEmpty, readable.count <= 600,
      let counts = subject.occurrences(of: secrets, in: readable)
    else {
      report.faults.append("its memory could not be searched")
      return report
    }
    report.foundSecrets = counts.indices.filter { counts[$0] > 0 }
    report.protections = page.protections.rawValue
    let executable = lines.count { $0.rights.contains("x") }
    let writable = lines.count { $0.rights.contains("w") }
    report.findings = [
      "\(lines.count) mappings: \(executable) executable, \(writable) writable, none of them both",
      "searched \(readable.count) readable mappings from inside for \(secrets.count) strings of the launcher's",
    ]
    return report
  }

  private static func all(of descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = retrying { read(descriptor, &buffer, buffer.count) }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }

  // MARK: Speed

  private static let repetitions = 300

  /// What lockdown takes, from the first of its steps to the filter.
  func speed(_ lockdown: borrowing LockdownPlan) -> AuditReport {
    var report = AuditReport()
    var times: [Int] = []
    for _ in 0..<Self.repetitions {
      guard let subject = lockdown.subject(keeping: kept, page), subject.lockDown() else {
        report.faults = ["cannot be locked down"]
        return report
      }
      times.append(page.nanoseconds)
    }
    report.protections = page.protections.rawValue
    report.lockdownTime = times.sorted()[times.count / 2]
    report.findings = ["lockdown takes \(report.lockdownTime / 1000) µs (median of \(times.count))"]
    return report
  }

  // MARK: Descriptors

  /// What is open in a process that has closed what is not its own. Nothing is opened by the steps that follow.
  func descriptors(_ lockdown: borrowing LockdownPlan) -> AuditReport {
    var report = AuditReport()
    guard let subject = lockdown.subject(keeping: kept, page),
      let folder = fdopendir(open("fd", of: subject.pid, O_DIRECTORY))
    else {
      report.faults = ["cannot start the process, or not look at it"]
      return report
    }
    let found = DirectoryNames.read(folder).compactMap { Int32($0) }.sorted()
    if found != kept { report.faults.append("open: \(found), not \(kept)") }
    guard subject.lockDown() else {
      report.faults.append("cannot be locked down")
      return report
    }
    report.protections = page.protections.rawValue
    report.findings = ["open: " + found.map { String($0) }.joined(separator: " ")]
    return report
  }
}
