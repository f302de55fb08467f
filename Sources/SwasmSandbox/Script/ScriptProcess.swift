import CSwasm
import Glibc
import SwasmArtifact
import SwasmLockdown
import SwasmRuntime

/// The process that runs a script's compiled modules. A trap ends a call here, not the process; between the calls
/// instances are made. So it may allocate, and map code of the one artifact that it was given, after lockdown too.
enum ScriptProcess {
  private static let reportDescriptor: Int32 = 2

  /// - Parameter descriptors: report, progress page, the compiler's output.
  static func run(_ plan: ScriptProcessPlan, _ descriptors: [Int32]) -> Never {
    limit(plan)
    guard descriptors.count == 3,
      let page = Mapping(descriptors[1], size: MemoryLayout<Int>.size, isWritable: true),
      let output = Mapping(descriptors[2], size: plan.size, isWritable: false)
    else { ChildRole.abandon("map its files") }
    let progress = page.keep().baseAddress!.assumingMemoryBound(to: Int.self)
    let bytes = UnsafeRawBufferPointer(output.keep())
    guard dup2(descriptors[0], reportDescriptor) == reportDescriptor else {
      ChildRole.abandon("place its report")
    }
    guard swasm_prepare_thread() == 0 else { ChildRole.abandon("prepare for traps") }
    let file: ArtifactFile
    do throws(ArtifactFileError) {
      file = try ArtifactFile(descriptor: descriptors[2])
    } catch {
      end(.broken(error.description))
    }
    // Its end would close the file, and the filter has no `close`.
    _ = Unmanaged.passRetained(file)
    lockDown(plan, artifact: descriptors[2])
    end(perform(plan, file, bytes, progress))
  }

  private static func end(_ report: ScriptReport) -> Never {
    send(report)
    swasm_exit_group(0)
  }

  private static func send(_ report: ScriptReport) {
    report.message.bytes.withUnsafeBytes { _ = writeAll(reportDescriptor, $0) }
  }

  /// Runs all commands; those that fail are reported on the way.
  private static func perform(
    _ process: ScriptProcessPlan, _ file: ArtifactFile, _ bytes: UnsafeRawBufferPointer,
    _ progress: UnsafeMutablePointer<Int>
  ) -> ScriptReport {
    let plan: ScriptPlan
    do throws(MessageError) {
      guard file.artifact.fileSize <= bytes.count else { throw MessageError() }
      var reader = MessageReader([UInt8](bytes[file.artifact.fileSize...]))
      plan = try ScriptPlan(&reader)
    } catch {
      return .broken("the compiler process gave no usable plan")
    }
    var runner: ScriptRunner
    do throws(InstantiationError) {
      runner = try ScriptRunner(
        file, limits: process.runtimeLimits)
    } catch {
      return .broken(error.description)
    }
    var passed = plan.judged
    for command in plan.commands {
      progress.pointee = command.line
      if let reason = runner.run(command.step) {
        send(.failed(line: command.line, reason))
      } else {
        passed += 1
      }
    }
    return .done(passed: passed, skipped: plan.skipped)
  }

  /// From the first act on.
  private static func limit(_ plan: ScriptProcessPlan) {
    do throws(LockdownError) {
      try EntryLimits(dataBytes: plan.dataBytes, cpuMilliseconds: plan.cpuMilliseconds).apply()
    } catch {
      ChildRole.abandon("\(error.step)", error.errno)
    }
  }

  private static func lockDown(_ plan: ScriptProcessPlan, artifact: Int32) {
    let filter = FilterRequest(
      role: .script,
      bindings: FilterBindings(statusDescriptor: reportDescriptor, artifactDescriptor: artifact))
    var options = LockdownPlan.Options()
    options.identity = ProcessIdentity.own()
    let lockdown = LockdownPlan(
      filter: ChildRole.filter(try FilterProgram(filter)),
      limits: ResourceLimits(
        dataBytes: plan.dataBytes, cpuMilliseconds: plan.cpuMilliseconds, fileBytes: 0,
        openFiles: UInt64(artifact) + 1),
      options: options)
    ChildRole.lockDown(lockdown, keeping: [reportDescriptor, artifact].sorted())
  }
}

extension ScriptProcessPlan {
  fileprivate var runtimeLimits: RuntimeLimits {
    var limits = RuntimeLimits(
      memoryBytes: memoryBytes, tableElements: ScriptLauncher.tableElements)
    limits.tableRoomBytes = ScriptLauncher.tableRoomBytes
    return limits
  }

  /// Bytes of all that the process may write to: the script's own text, values and messages are besides.
  fileprivate var dataBytes: UInt64 {
    let rest = ScriptLauncher.tableRoomBytes + RuntimeLimits.otherBytes + 1 << 30
    let (sum, overflow) = memoryBytes.addingReportingOverflow(rest)
    return overflow ? ResourceLimits.unlimited : sum
  }
}
