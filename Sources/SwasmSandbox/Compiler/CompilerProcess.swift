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

  /// Changes identity while there is one thread, then makes the others. The death signal is cleared by the
  /// first, so it is armed again, and the launcher must still be there.
  private static func dropAndStartWorkers(_ plan: CompilerPlan) throws(Failure) -> WorkerPool {
    let parent = getppid()
    do throws(LockdownError) {
      _ = try dropPrivileges(to: ProcessIdentity.own())
    } catch {
      throw Failure(.setupFailed, "\(error.step): \(describe(errno: error.errno))")
    }
    let failure = swasm_tie_to_parent(-1, -1)
    guard failure.step == SWASM_STEP_NONE, getppid() == parent else {
      throw Failure(.setupFailed, "stay with its parent")
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

  private static func lockDown(_ plan: CompilerPlan) {
    do throws(FilterError) {
      let policy = try FilterPolicy(
        role: .compiler, bindings: FilterBindings(statusDescriptor: reportDescriptor))
      let lockdown = LockdownPlan(
        filter: try FilterProgram(policy),
        limits: ResourceLimits(
          dataBytes: plan.memoryLimit, cpuSeconds: plan.cpuSeconds, fileBytes: 0,
          openFiles: UInt64(reportDescriptor) + 1),
        allThreads: true)
      var kept = reportDescriptor
      let failure = swasm_close_all_except(&kept, 1)
      guard failure.step == SWASM_STEP_NONE else {
        swasm_exit_group(ExitStatus.setupFailed.code)
      }
      do throws(LockdownError) {
        _ = try lockdown.lockDown()
      } catch {
        // Without a descriptor left there is nobody to tell; the launcher sees the status.
        swasm_exit_group(ExitStatus.setupFailed.code)
      }
    } catch {
      ChildRole.abandon("make its filter (\(error))")
    }
  }
}
