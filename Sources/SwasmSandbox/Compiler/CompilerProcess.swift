import CSwasm
import Glibc
import SwasmLockdown

/// The one place where untrusted bytes are parsed: a process that can allocate, and write its report.
enum CompilerProcess {
  private static let reportDescriptor: Int32 = 2

  /// - Parameter descriptors: report, output, modules.
  static func run(_ plan: CompilerPlan, _ descriptors: [Int32]) -> Never {
    guard descriptors.count == plan.modules.count + 2 else {
      ChildRole.abandon("find its descriptors")
    }
    let report = descriptors[0]
    // Before the first thread: an arena per thread would need mprotect.
    Allocator.stayInOneArena()
    let (pool, inputs, output):
      (WorkerPool, [UnsafeRawBufferPointer], UnsafeMutableRawBufferPointer)
    do throws(Failure) {
      pool = try dropAndStartWorkers(plan)
      inputs = try map(plan, descriptors)
      guard let size = fileSize(descriptors[1]),
        let mapping = Mapping(descriptors[1], size: size, isWritable: true)
      else { throw .system("map its output", errno) }
      output = mapping.keep()
    } catch {
      ChildRole.abandon(error.message)
    }
    // The Swift runtime's last words about a failed precondition go the way of the report too.
    guard dup2(report, reportDescriptor) == reportDescriptor else {
      ChildRole.abandon("place its report")
    }
    lockDown(plan)
    let answer = Compilation(plan: plan, pool: pool).perform(inputs, output)
    answer.message.bytes.withUnsafeBytes { _ = writeAll(reportDescriptor, $0) }
    swasm_exit_group(0)
  }

  /// Does what holds for one thread only while there is one, then makes the others, which inherit it.
  private static func dropAndStartWorkers(_ plan: CompilerPlan) throws(Failure) -> WorkerPool {
    do throws(LockdownError) {
      try EntryLimits(dataBytes: plan.memoryLimit, cpuMilliseconds: plan.cpuMilliseconds).apply()
      try restrictEarly(
        identity: ProcessIdentity.own(), required: plan.required.subtracting(.detachedMounts))
    } catch {
      throw Failure(.setupFailed, LockdownMessage.text(error))
    }
    return try WorkerPool(workers: plan.workers)
  }

  /// The modules' files, mapped for good: after lockdown no file can be.
  private static func map(
    _ plan: CompilerPlan, _ descriptors: [Int32]
  ) throws(Failure) -> [UnsafeRawBufferPointer] {
    var inputs: [UnsafeRawBufferPointer] = []
    for (module, descriptor) in zip(plan.modules, descriptors[2...]) {
      if module.size == 0 {
        inputs.append(UnsafeRawBufferPointer(start: nil, count: 0))
        continue
      }
      guard let mapping = Mapping(descriptor, size: module.size, isWritable: false) else {
        throw .system("map its input", errno)
      }
      inputs.append(UnsafeRawBufferPointer(mapping.keep()))
    }
    return inputs
  }

  /// What a compiler process may still ask of the kernel.
  static func filter(_ plan: CompilerPlan, report: Int32) -> FilterRequest {
    FilterRequest(
      role: .compiler, needs: plan.workers > 1 ? [.threads] : [],
      bindings: FilterBindings(statusDescriptor: report))
  }

  static func limits(_ plan: CompilerPlan, report: Int32) -> ResourceLimits {
    ResourceLimits(
      dataBytes: plan.memoryLimit, cpuMilliseconds: plan.cpuMilliseconds, fileBytes: 0,
      openFiles: UInt64(report) + 1)
  }

  private static func lockDown(_ plan: CompilerPlan) {
    var options = LockdownPlan.Options()
    options.required = plan.required.subtracting(.detachedMounts)
    options.allThreads = true
    let lockdown = LockdownPlan(
      filter: ChildRole.filter(try FilterProgram(filter(plan, report: reportDescriptor))),
      limits: limits(plan, report: reportDescriptor), options: options)
    ChildRole.lockDown(lockdown, keeping: [reportDescriptor])
  }
}
