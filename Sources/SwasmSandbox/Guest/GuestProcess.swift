import CSwasm
import Glibc
import SwasmArtifact
import SwasmLockdown
import SwasmRuntime
import SwasmWASI

/// The process that runs a guest. Everything that could fail or allocate happens first; after lockdown there
/// is compiled code, the runtime's libcalls and the WASI functions, and nothing else.
enum GuestProcess {
  /// Why no guest instruction ran.
  private struct SetupFailure: Error {
    var kind: SharedPages.SetupError
    var message: String
  }

  static func run(_ plan: GuestPlan, _ list: [Int32]) -> Never {
    guard let descriptors = GuestDescriptors(plan, list), descriptors.placeOutput(),
      let pages = Mapping(descriptors.shared, size: SharedPages.size, isWritable: true)
    else { ChildRole.abandon("map its shared pages") }
    let shared = pages.keep().baseAddress!
    let message = shared + SharedPages.messageOffset
    do throws(SetupFailure) {
      try prepareAndRun(plan, descriptors, shared)
    } catch {
      SharedPages.write(error.kind, error.message, to: message)
      swasm_exit_group(error.kind.status.code)
    }
  }

  private static func prepareAndRun(
    _ plan: GuestPlan, _ descriptors: GuestDescriptors, _ shared: UnsafeMutableRawPointer
  ) throws(SetupFailure) -> Never {
    let file = try load(descriptors.artifact)
    let link = GuestLink(plan: plan, file: file)
    if let missing = link.missingImport() {
      throw SetupFailure(kind: .moduleUnusable, message: missing)
    }
    let host = WASIHost(
      configuration(plan, descriptors, statusPage: shared + SharedPages.statusOffset))
    // SAFETY: the record and the guest are left in place for the rest of the process's life: nothing may be
    // freed after lockdown.
    let guest = UnsafeMutablePointer<PreparedGuest>.allocate(capacity: 1)
    let record = UnsafeMutablePointer<RecordPage>.allocate(capacity: 1)
    do throws(InstantiationError) {
      do throws(InstantiationFailure) {
        record.initialize(to: try RecordPage(descriptor: descriptors.shared))
      } catch {
        throw InstantiationError(module: plan.program, item: "", failure: error)
      }
      guest.initialize(to: try link.prepare(host: host, record: record))
    } catch {
      let message = InstantiationMessage(plan: plan, root: link.rootName)
      throw SetupFailure(kind: error.failure.setupError, message: message.text(error))
    }
    let lockdown = try lockdown(
      plan, needs: link.needs, memories: guest.pointee.growingMemories,
      channel: descriptors.channel)
    if let note = link.nothingToRun {
      SharedPages.writeNote(note, to: shared + SharedPages.messageOffset)
    }
    // Writing past the limit is an errno for the guest, not its death.
    signal(SIGXFSZ, SIG_IGN)
    try seal(keeping: descriptors.kept, shared)
    do throws(LockdownError) {
      _ = try lockdown.lockDown()
    } catch {
      // Half locked down: nothing but the end is safe.
      swasm_exit_group(ExitStatus.setupFailed.code)
    }
    guest.pointee.run()
    swasm_exit_group(0)
  }

  private static func load(_ descriptor: Int32) throws(SetupFailure) -> ArtifactFile {
    do throws(ArtifactFileError) {
      return try ArtifactFile(descriptor: descriptor)
    } catch {
      throw SetupFailure(kind: .moduleUnusable, message: error.description)
    }
  }

  private static func configuration(
    _ plan: GuestPlan, _ descriptors: GuestDescriptors, statusPage: UnsafeMutableRawPointer
  ) -> WASIConfiguration {
    var configuration = WASIConfiguration()
    configuration.arguments = plan.arguments
    configuration.environment = plan.environment
    configuration.preopens = plan.directories.enumerated().map { index, directory in
      WASIConfiguration.Preopen(
        guestPath: directory.guestPath, handle: UInt32(index), isReadOnly: directory.isReadOnly)
    }
    configuration.standardStreams = plan.standardStreams
    configuration.allowed = plan.grantedNeeds
    configuration.sockets = zip(descriptors.sockets, plan.sockets).map {
      WASIConfiguration.Socket(descriptor: $0, isListening: $1)
    }
    configuration.channel = descriptors.channel
    configuration.descriptorLimit = Int(min(plan.limits.openFiles, 1 << 16))
    configuration.traces = plan.traces
    configuration.statusPage = statusPage
    return configuration
  }

  /// The filter for exactly what this program can ask for, and the limits.
  private static func lockdown(
    _ plan: GuestPlan, needs: WASINeeds, memories: [UInt64], channel: Int32
  ) throws(SetupFailure) -> LockdownPlan {
    let capabilities = GuestCapabilities.capabilities(
      for: needs, granted: plan.grantedNeeds, hasChannel: channel >= 0,
      growsMemory: !memories.isEmpty)
    var limits = ResourceLimits(
      cpuSeconds: plan.limits.cpuSeconds, fileBytes: plan.limits.fileBytes,
      openFiles: plan.limits.openFiles)
    limits.dataBytes = MemoryUse.dataLimit(allowing: plan.limits.memoryBytes)
    do throws(FilterError) {
      let policy = try FilterPolicy(
        role: .guest(plan.level), capabilities: capabilities,
        bindings: FilterBindings(
          memories: memories.map { MemoryReservation(base: $0) },
          channels: channel < 0 ? [] : [channel], pollLimit: WASIConfiguration().pollLimit))
      return LockdownPlan(
        filter: try FilterProgram(policy), limits: limits, identity: ProcessIdentity.own())
    } catch {
      throw SetupFailure(
        kind: .setupFailed, message: "cannot make the system-call filter: \(error)")
    }
  }

  /// Closes what was needed for setting up, and takes the message page out of the guest's reach.
  private static func seal(keeping kept: [Int32], _ shared: UnsafeMutableRawPointer)
    throws(SetupFailure)
  {
    let failure = swasm_close_all_except(kept, kept.count)
    let message = shared + SharedPages.messageOffset
    guard failure.step == SWASM_STEP_NONE else {
      throw SetupFailure(kind: .setupFailed, message: "cannot close descriptors")
    }
    guard mprotect(message, SharedPages.messageSize, PROT_READ) == 0 else {
      throw SetupFailure(kind: .setupFailed, message: "cannot protect a page")
    }
  }
}
