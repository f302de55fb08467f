import CLockdownProbe
import CSwasm
import Glibc
import Testing

@testable import SwasmLockdown

/// All suites hang below this one: they fork, and the machine is small.
@Suite(.serialized) struct LockdownTests {}

/// False where the kernel or the container refuses filters; the tests that need one are then skipped,
/// and say so.
let kernelTakesFilters: Bool = {
  let getActionAvailable = 2
  // Asked about an action at address 0: EFAULT where the call exists and may be made.
  return swasm_syscall3(Int(SYS_seccomp), getActionAvailable, 0, 0) == -Int(EFAULT)
}()
let needsFilters: Comment = "NOT TESTED: this kernel refuses seccomp filters"

/// Second walls that this kernel does not have, as it says itself.
private let lackingWalls: Set<String> = {
  let walls = [
    ("landlock", Int(swasm_landlock_version()) - 1), ("mseal", swasm_seal_span(0, 0)),
    ("mdwe", swasm_syscall3(Int(SYS_prctl), 66, 0, 0)),  // PR_GET_MDWE
  ]
  return Set(walls.filter { $0.1 < 0 }.map(\.0))
}()

/// Whether the kernel has all of them; says so where it hasn't.
func kernelHas(_ walls: [String]) -> Bool {
  let lacking = lackingWalls.intersection(walls)
  if lacking.isEmpty { return true }
  withKnownIssue("NOT TESTED: this kernel has no \(lacking.sorted().joined(separator: ", "))") {
    #expect(lacking.isEmpty)
  }
  return false
}

/// The descriptors and memories that the tests bind the table's symbols to.
enum Fixture {
  static let channel: Int32 = 7
  static let status: Int32 = 2
  static let artifact: Int32 = 9

  /// 8 GiB of reserved address space, aligned, for the whole test run.
  static let memory: MemoryReservation = {
    let size = 1 << 33
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let start = mmap(nil, 2 * size, PROT_NONE, flags, -1, 0)!
    precondition(start != MAP_FAILED, "no address space for a reservation")
    let base = (UInt64(UInt(bitPattern: start)) + UInt64(size) - 1) & ~(UInt64(size) - 1)
    return MemoryReservation(base: base)
  }()

  static let bindings = FilterBindings(
    memories: [memory], channels: [channel], statusDescriptor: status, artifactDescriptor: artifact,
    pollLimit: 16)

  static func request(_ role: Role, _ needs: KernelNeeds = .all) -> FilterRequest {
    FilterRequest(role: role, needs: needs, bindings: bindings)
  }

  static func policy(_ role: Role, _ needs: KernelNeeds = .all) throws -> FilterPolicy {
    try FilterPolicy(request(role, needs))
  }

  static func plan(
    _ role: Role, limits: ResourceLimits = ResourceLimits(), identity: Identity = .keep,
    allThreads: Bool = false, options given: LockdownPlan.Options = LockdownPlan.Options()
  ) throws -> LockdownPlan {
    var options = given
    options.identity = identity
    options.allThreads = allThreads
    return LockdownPlan(
      filter: try FilterProgram(request(role)), limits: limits, options: options)
  }
}

/// A child's wait status, read.
enum Ending: Equatable, CustomStringConvertible {
  case exited(Int32)
  case killed(Int32)

  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7f
    self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal)
  }

  var description: String {
    switch self {
    case .exited(let status): "exit \(status)"
    case .killed(let signal): "signal \(signal)"
    }
  }
}

/// Starts a child that locks down by `plan` and acts, and waits for it.
func probe(
  _ body: probe_body, number: Int = 0, _ arguments: [UInt64] = [0, 0, 0, 0, 0, 0],
  plan: borrowing LockdownPlan, input: Int32 = -1
) -> (ending: Ending, record: probe_record) {
  probe(body, number, arguments, UnsafePointer(plan.plan), input)
}

/// The same in a child that does not lock down.
func probe(_ body: probe_body, number: Int, _ arguments: [UInt64]) -> probe_record {
  probe(body, number, arguments, nil, -1).record
}

private func probe(
  _ body: probe_body, _ number: Int, _ arguments: [UInt64], _ plan: UnsafePointer<swasm_plan>?,
  _ input: Int32
) -> (ending: Ending, record: probe_record) {
  let words = arguments.map { Int(bitPattern: UInt($0)) }
  return words.withUnsafeBufferPointer { words in
    var request = probe_request(
      body: body, plan: plan, input: input, output: -1, number: number,
      arguments: words.baseAddress)
    var record = probe_record()
    let status = probe_finish(probe_start(&request), &record)
    return (Ending(waitStatus: status), record)
  }
}

/// A pipe.
func makePipe() -> (read: Int32, write: Int32) {
  var ends: [Int32] = [-1, -1]
  precondition(pipe(&ends) == 0)
  return (ends[0], ends[1])
}

/// The next byte, nil at the end of the stream; waits five seconds at most.
func readByte(_ descriptor: Int32) -> UInt8? {
  var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  guard poll(&waiting, 1, 5000) == 1 else {
    Issue.record("nothing within five seconds")
    return nil
  }
  var byte: UInt8 = 0
  return read(descriptor, &byte, 1) == 1 ? byte : nil
}
