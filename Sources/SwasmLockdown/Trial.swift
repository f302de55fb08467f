import CSwasm

/// A system call to be tried in a locked-down process.
public struct Trial: Hashable, Sendable, CustomStringConvertible {
  public var number: Int
  /// Six.
  public var arguments: [UInt64]
  /// Through the 32-bit entry point, where numbers mean other calls.
  public var byInterrupt = false

  public init(number: Int, arguments: [UInt64], byInterrupt: Bool = false) {
    self.number = number
    self.arguments = arguments
    self.byInterrupt = byInterrupt
  }

  /// How it ended.
  public enum Ending: Equatable, Sendable {
    /// The step that failed; nothing was tried.
    case notLocked(LockdownStep)
    /// The filter killed the process.
    case forbidden
    /// The kernel's answer.
    case returned(Int)
    case exited(Int)
    case signal(Int)
    /// Let through, and waiting in the kernel.
    case waited
  }

  /// As in `ppoll(0x1, 0x0, …)`.
  public var description: String {
    let words = arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ")
    let name = SystemCall.name(of: number).map { "\($0), " } ?? ""
    return "\(byInterrupt ? "int 0x80 " : "")\(name)number \(number)(\(words))"
  }

  /// Fills what the table leaves free: not an address, not an aligned length, so that permitted calls
  /// do nothing.
  private static let filler = [UInt64](repeating: 1, count: 6)
  /// In place of a value that is excluded: no descriptor of these processes.
  private static let otherFiller: UInt64 = 61

  private static func extremes(of comparison: Comparison) -> (low: UInt64, high: UInt64) {
    switch comparison.relation {
    case .equal(let mask): (comparison.value, comparison.value | ~mask)
    case .atMost: (0, comparison.value)
    }
  }

  private static func wrong(_ comparison: Comparison) -> [UInt64] {
    switch comparison.relation {
    case .atMost: [comparison.value + 1, .max]
    case .equal(let mask):
      [
        comparison.value ^ (1 << UInt64(mask.trailingZeroBitCount)),
        comparison.value ^ (1 << UInt64(63 - mask.leadingZeroBitCount)),
        comparison.value ^ (mask & (1 << 32)), comparison.value ^ mask,
      ]
    }
  }

  /// The smallest and the largest arguments that an alternative of the table allows.
  public static func right(_ allowed: AllowedCall, under policy: FilterPolicy) -> [Trial] {
    var low = filler
    for excluded in policy.excluded where excluded.call == allowed.call {
      low[excluded.position] = otherFiller
    }
    var high = low
    for comparison in allowed.comparisons {
      (low[comparison.position], high[comparison.position]) = extremes(of: comparison)
    }
    return (low == high ? [low] : [low, high]).map {
      Trial(number: Int(allowed.call.number), arguments: $0)
    }
  }

  /// One argument wrong at a time.
  public static func wrong(_ allowed: AllowedCall, under policy: FilterPolicy) -> [Trial] {
    let base = right(allowed, under: policy)[0].arguments
    let excluded = policy.excluded.filter { $0.call == allowed.call }.flatMap { excluded in
      excluded.values.flatMap { [UInt64($0), UInt64($0) | 1 << 32] }.map { value in
        var arguments = base
        arguments[excluded.position] = value
        return Trial(number: Int(allowed.call.number), arguments: arguments)
      }
    }
    return excluded
      + allowed.comparisons.flatMap { comparison in
        wrong(comparison).compactMap { value in
          var arguments = base
          arguments[comparison.position] = value
          let permitted = policy.permits(allowed.call.number, arguments)
          return permitted ? nil : Trial(number: Int(allowed.call.number), arguments: arguments)
        }
      }
  }

  /// Every number from 0 to 1023 with nothing, small values and all bits in its arguments; with the x32 bit;
  /// and through the 32-bit entry point.
  public static var everyNumber: [Trial] {
    let vectors: [UInt64] = [0, 1, .max]
    return (0..<1024).flatMap { number in
      vectors.map { Trial(number: number, arguments: [UInt64](repeating: $0, count: 6)) } + [
        Trial(number: number | 0x4000_0000, arguments: filler),
        Trial(number: number, arguments: filler, byInterrupt: true),
      ]
    }
  }
}

extension SystemCall {
  /// The name of a number that some row allows.
  static func name(of number: Int) -> String? { names[number] }

  private static let names = Dictionary(
    uniqueKeysWithValues: allCases.map { (Int($0.number), $0.name) })
}

extension FilterPolicy {
  /// Numbers that the kernel lets through every filter: `uretprobe` and `uprobe`, which kill a process that nobody
  /// traces.
  public static let exempt: Set<Int> = [335, 336]

  /// Does a trial end in any way but by the filter, as the table has it?
  public func permits(_ trial: Trial) -> Bool {
    if trial.byInterrupt { return false }
    return Self.exempt.contains(trial.number)
      || (Int32(exactly: trial.number).map { permits($0, trial.arguments) } ?? false)
  }
}

/// What processes are locked down and looked at through; one at a time.
public struct TrialPage: @unchecked Sendable {
  /// SAFETY: mapped for the life of the process, and used by one thread.
  let raw: UnsafeMutablePointer<swasm_audit_page>

  /// nil when the kernel refuses.
  public init?() {
    guard let raw = swasm_audit_page() else { return nil }
    self.raw = raw
  }

  /// The protections of the last process.
  public var protections: Protections { Protections(rawValue: raw.pointee.protections) }
  /// What the last process's lockdown took.
  public var nanoseconds: Int { Int(raw.pointee.nanoseconds) }
}

extension LockdownPlan {
  /// Makes the call in a process forked from this one and locked down by this plan, which it leaves usable.
  ///
  /// - Parameter kept: ascending descriptors that the process keeps.
  public borrowing func attempt(_ trial: Trial, keeping kept: [Int32], _ page: TrialPage)
    -> Trial.Ending
  {
    var attempt = swasm_attempt()
    attempt.number = trial.number
    attempt.by_interrupt = trial.byInterrupt ? 1 : 0
    withUnsafeMutableBytes(of: &attempt.arguments) { bytes in
      trial.arguments.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    let result = swasm_try_call(plan, kept, kept.count, &attempt, page.raw)
    return switch result.end {
    case SWASM_ATTEMPT_FORBIDDEN: .forbidden
    case SWASM_ATTEMPT_RETURNED: .returned(result.detail)
    case SWASM_ATTEMPT_EXITED: .exited(result.detail)
    case SWASM_ATTEMPT_SIGNAL: .signal(result.detail)
    case SWASM_ATTEMPT_WAITED: .waited
    default: .notLocked(LockdownStep(rawValue: UInt32(truncatingIfNeeded: result.detail)))
    }
  }
}

/// A process that has been locked down and can be looked at; see ``LockdownPlan/subject(keeping:_:)``.
public struct Subject: ~Copyable {
  public let pid: Int32
  private let page: TrialPage

  init(pid: Int32, page: TrialPage) {
    self.pid = pid
    self.page = page
  }

  /// Locks it down. False when that failed.
  public func lockDown() -> Bool {
    page.raw.pointee.go = 1
    return swasm_await_subject(page.raw, Int32(SWASM_AUDIT_LOCKED.rawValue)) == 1
  }

  /// Looks for byte strings in its readable memory, from inside.
  ///
  /// - Parameters:
  ///   - complements: what to look for, every bit flipped; at most 96, of 1 to 248 bytes.
  ///   - ranges: readable mappings, at most 600.
  /// - Returns: how often each is there; nil when it took too long.
  public func occurrences(of complements: [[UInt8]], in ranges: [Range<UInt64>]) -> [Int]? {
    precondition(complements.count <= 96 && ranges.count <= 600)
    page.raw.pointee.needle_count = UInt32(complements.count)
    withUnsafeMutableBytes(of: &page.raw.pointee.needles) { bytes in
      let needles = bytes.bindMemory(to: swasm_needle.self)
      for (index, complement) in complements.enumerated() {
        needles[index].length = UInt32(complement.count)
        needles[index].found = 0
        withUnsafeMutableBytes(of: &needles[index].complement) { $0.copyBytes(from: complement) }
      }
    }
    page.raw.pointee.span_count = UInt32(ranges.count)
    withUnsafeMutableBytes(of: &page.raw.pointee.spans) { bytes in
      let spans = bytes.bindMemory(to: swasm_span.self)
      for (index, range) in ranges.enumerated() {
        spans[index] = swasm_span(start: range.lowerBound, length: UInt64(range.count))
      }
    }
    page.raw.pointee.go = 2
    guard swasm_await_subject(page.raw, Int32(SWASM_AUDIT_DONE.rawValue)) == 1 else { return nil }
    return withUnsafeBytes(of: page.raw.pointee.needles) { bytes in
      bytes.bindMemory(to: swasm_needle.self).prefix(complements.count).map { Int($0.found) }
    }
  }

  deinit {
    page.raw.pointee.go = 3
    swasm_end_subject(pid)
  }
}

extension LockdownPlan {
  /// Forks a process that has closed its descriptors and waits to be locked down by this plan; nil when that
  /// can't be had.
  public borrowing func subject(keeping kept: [Int32], _ page: TrialPage) -> Subject? {
    let pid = swasm_start_subject(plan, kept, kept.count, page.raw)
    guard pid > 0 else { return nil }
    let subject = Subject(pid: pid, page: page)
    guard swasm_await_subject(page.raw, Int32(SWASM_AUDIT_STARTED.rawValue)) == 1 else {
      return nil
    }
    return subject
  }
}
