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

  /// - Parameter descriptors: shared pages, artifact, channel.
  static func run(_ plan: GuestPlan, _ descriptors: [Int32]) -> Never {
    guard descriptors.count == 2 || descriptors.count == 3,
      let pages = Mapping(descriptors[0], size: SharedPages.size, isWritable: true)
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
    _ plan: GuestPlan, _ descriptors: [Int32], _ shared: UnsafeMutableRawPointer
  ) throws(SetupFailure) -> Never {
    let channel = descriptors.count > 2 ? descriptors[2] : -1
    let file = try load(descriptors[1])
    let link = GuestLink(plan: plan, file: file)
    if let missing = link.missingImport() {
      throw SetupFailure(kind: .moduleUnusable, message: missing)
    }
    let host = WASIHost(
      configuration(plan, channel: channel, statusPage: shared + SharedPages.statusOffset))
    // SAFETY: the record and the guest are left in place for the rest of the process's life: nothing may be
    // freed after lockdown.
    let guest = UnsafeMutablePointer<PreparedGuest>.allocate(capacity: 1)
    let record = UnsafeMutablePointer<RecordPage>.allocate(capacity: 1)
    do throws(InstantiationError) {
      do throws(InstantiationFailure) {
        record.initialize(to: try RecordPage(descriptor: descriptors[0]))
      } catch {
        throw InstantiationError(module: plan.program, item: "", failure: error)
      }
      guest.initialize(to: try link.prepare(host: host, record: record))
    } catch {
      let message = InstantiationMessage(plan: plan, root: link.rootName)
      throw SetupFailure(kind: error.failure.setupError, message: message.text(error))
    }
    let lockdown = try lockdown(
      plan, needs: link.needs, memories: guest.pointee.growingMemories, channel: channel)
    if let note = link.nothingToRun {
      SharedPages.writeNote(note, to: shared + SharedPages.messageOffset)
    }
    // Writing past the limit is an errno for the guest, not its death.
    signal(SIGXFSZ, SIG_IGN)
    try seal(keeping: channel, shared)
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
    _ plan: GuestPlan, channel: Int32, statusPage: UnsafeMutableRawPointer
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
    configuration.channel = channel
    configuration.descriptorLimit = Int(min(plan.limits.openFiles, 1 << 16))
    configuration.statusPage = statusPage
    return configuration
  }

  /// The filter for exactly what this program can ask for, and the limits.
  private static func lockdown(
    _ plan: GuestPlan, needs: WASINeeds, memories: [UInt64], channel: Int32
  ) throws(SetupFailure) -> LockdownPlan {
    var capabilities = GuestCapabilities.capabilities(for: needs.intersection(plan.grantedNeeds))
    if channel < 0 { capabilities.remove(.openPaths) }
    if !memories.isEmpty { capabilities.insert(.growMemory) }
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
  private static func seal(keeping channel: Int32, _ shared: UnsafeMutableRawPointer)
    throws(SetupFailure)
  {
    let kept: [Int32] = channel < 0 ? [0, 1, 2] : [0, 1, 2, channel]
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
