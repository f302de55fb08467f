import CSwasm
import Glibc
import SwasmLockdown
import SwasmRuntime

/// `audit load`: many guests alive at a time.
extension Launcher {
  /// Waits on a clock for a minute.
  private static let waitingProgram = """
    (module
      (import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "_start")
        (i32.store (i32.const 16) (i32.const 1))
        (i64.store (i32.const 24) (i64.const 60000000000))
        (drop (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 256)))))
    """

  /// A guest, and the pages that it shares with the launcher.
  private final class Living {
    let process: ChildProcess
    let shared: MemoryFile

    init(_ process: consuming ChildProcess, _ shared: consuming MemoryFile) {
      self.process = process
      self.shared = shared
    }

    var hasStarted: Bool {
      ((try? RecordPage(descriptor: shared.descriptor).contents.startedNanoseconds) ?? 0) > 0
    }

    /// Bytes that are its own: of no other process, and gone with it. nil where the kernel doesn't tell.
    var ownBytes: Int? {
      let descriptor = open("/proc/\(process.pid)/smaps_rollup", O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { return nil }
      defer { Glibc.close(descriptor) }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = retrying { read(descriptor, &buffer, buffer.count) }
      guard count > 0 else { return nil }
      let lines = String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n")
      return lines.filter { $0.hasPrefix("Private_") }.reduce(0) { sum, line in
        sum + (line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
      }
    }
  }

  /// Starts `count` guests that wait, measures, and ends them.
  func load(_ policy: Policy, _ count: Int) throws(Failure) -> AuditReport {
    guard policy.capabilities.waiting else {
      throw .usage("audit load: policy \(policy.name) grants no waiting; the guests have to wait")
    }
    Self.raiseDescriptorLimit()
    let artifact = try artifact(policy, Self.waitingProgram)
    let plan = plan(policy, policy.widestKind)
    let start = Self.now()
    var guests: [Living] = []
    for _ in 0..<count {
      let shared = try MemoryFile("swasm-shared", size: SharedPages.size)
      try shared.sealSize()
      let process = try zygote.spawn(
        .guest, plan: plan.message, [shared.descriptor, artifact.descriptor])
      guests.append(Living(process, shared))
    }
    while !guests.allSatisfy(\.hasStarted), Self.now() - start < 60_000_000_000 { usleep(1000) }
    let time = (Self.now() - start) / 1_000_000
    var report = AuditReport()
    let alive = guests.count {
      ChildProcess.cause(of: $0.process.descriptor) == nil && $0.hasStarted
    }
    report.findings = ["\(alive) guests alive after \(time) ms"]
    if alive != count { report.faults.append("\(count) guests were started") }
    let sizes = guests.compactMap(\.ownBytes).filter { $0 > 0 }.sorted()
    if let median = sizes.isEmpty ? nil : sizes[sizes.count / 2] {
      report.findings.append("memory of each that is its own: \(median >> 10) KiB (median)")
    }
    if let guest = guests.first,
      let pages = Mapping(guest.shared.descriptor, size: SharedPages.size, isWritable: false)
    {
      report.protections = SharedPages.protections(in: pages.bytes.baseAddress!).rawValue
    }
    return report
  }

  /// A guest takes two of the launcher's descriptors.
  private static func raiseDescriptorLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }
}
