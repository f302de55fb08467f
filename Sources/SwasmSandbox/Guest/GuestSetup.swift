import CSwasm
import Glibc
import SwasmArtifact
import SwasmLockdown
import SwasmRuntime
import SwasmWASI

/// Why no guest instruction ran.
struct SetupFailure: Error {
  var kind: SharedPages.SetupError
  var message: String
}

/// A guest's process when everything that could fail or allocate has been done: what is left is to lock it
/// down. Nothing of it is ever freed: that is forbidden after lockdown.
struct GuestSetup: ~Copyable {
  let guest: UnsafeMutablePointer<PreparedGuest>
  let filter: FilterRequest
  let lockdown: LockdownPlan
  /// Descriptors that are the guest's.
  let kept: [Int32]

  /// - Parameters:
  ///   - list: the process's ``GuestDescriptors``.
  ///   - shared: the mapped pages.
  ///   - widest: the filter holds all that the plan grants, not only what the module's imports need.
  init(
    _ plan: GuestPlan, _ list: [Int32], _ shared: UnsafeMutableRawPointer,
    widest: Bool = false
  ) throws(SetupFailure) {
    guard let descriptors = GuestDescriptors(plan, list), descriptors.placeOutput() else {
      throw SetupFailure(kind: .setupFailed, message: "cannot place its descriptors")
    }
    guard swasm_clocks_need_call() == 0 else {
      throw SetupFailure(kind: .setupFailed, message: ClockSource.complaint)
    }
    let file = try Self.load(descriptors.artifact, plan)
    let link = GuestLink(plan: plan, file: file)
    if let missing = link.missingImport() {
      throw SetupFailure(kind: .moduleUnusable, message: missing)
    }
    let guest = try Self.instantiate(plan, link, descriptors, shared)
    if let note = link.nothingToRun {
      SharedPages.writeNote(note, to: shared + SharedPages.messageOffset)
    }
    let filter = Self.filter(
      plan, widest ? plan.grantedNeeds : link.needs, guest.pointee.growingMemories,
      descriptors.channel)
    let program = try Self.program(filter)
    self.guest = guest
    self.filter = filter
    kept = descriptors.kept
    lockdown = LockdownPlan(
      filter: program, limits: Self.limits(plan, growth: guest.pointee.growthBytes),
      options: Self.options(plan, guest.pointee.unchanging, shared))
  }

  private static func load(_ descriptor: Int32, _ plan: GuestPlan) throws(SetupFailure)
    -> ArtifactFile
  {
    // What is mapped executable must not be writable by anybody, in any way.
    guard swasm_is_sealed(descriptor) == 1 else {
      throw SetupFailure(kind: .setupFailed, message: "the artifact is not sealed")
    }
    // What reading it takes grows with its size.
    let size = writtenSize(descriptor) ?? 0
    let room = plan.limits.memoryBytes.addingReportingOverflow(
      RuntimeLimits.otherBytes + RuntimeLimits.freeProgramBytes)
    guard room.overflow || size <= room.partialValue else {
      throw SetupFailure(
        kind: .memoryLimit,
        message: "its compiled code takes \(Quantities.rounded(bytes: size)); "
          + InstantiationMessage.allowed(plan))
    }
    do throws(ArtifactFileError) {
      return try ArtifactFile(descriptor: descriptor)
    } catch {
      throw SetupFailure(kind: .moduleUnusable, message: error.description)
    }
  }

  private static func instantiate(
    _ plan: GuestPlan, _ link: GuestLink, _ descriptors: GuestDescriptors,
    _ shared: UnsafeMutableRawPointer
  ) throws(SetupFailure) -> UnsafeMutablePointer<PreparedGuest> {
    let host = WASIHost(
      configuration(plan, descriptors, statusPage: shared + SharedPages.statusOffset))
    // SAFETY: the record and the guest are left in place for the rest of the process's life.
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
    return guest
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
    configuration.traces = plan.traces
    configuration.descriptorLimit = Int(min(plan.limits.openFiles, 1 << 16))
    configuration.writtenLimit = plan.limits.writtenBytes
    configuration.statusPage = statusPage
    return configuration
  }

  private static func filter(
    _ plan: GuestPlan, _ needs: WASINeeds, _ memories: [GrowingMemory], _ channel: Int32
  ) -> FilterRequest {
    let needs = GuestCapabilities.kernelNeeds(
      for: needs, granted: plan.grantedNeeds, hasChannel: channel >= 0,
      growsMemory: !memories.isEmpty)
    return FilterRequest(
      role: .guest(plan.level), needs: needs,
      bindings: FilterBindings(
        memories: memories.map { MemoryReservation(base: $0.base, bits: $0.bits) },
        channels: channel < 0 ? [] : [channel], pollLimit: WASIConfiguration().pollLimit))
  }

  private static func program(_ filter: FilterRequest) throws(SetupFailure) -> FilterProgram {
    do throws(FilterError) {
      return try FilterProgram(filter)
    } catch {
      throw SetupFailure(
        kind: .setupFailed, message: "cannot make the system-call filter: \(error)")
    }
  }

  /// - Parameter growth: bytes by which memories may still grow; all else is there by now.
  private static func limits(_ plan: GuestPlan, growth: UInt64) -> ResourceLimits {
    ResourceLimits(
      dataBytes: min(
        MemoryUse.dataLimit(allowing: growth), MemoryUse.entryLimit(plan.limits)),
      cpuMilliseconds: plan.limits.cpuMilliseconds, fileBytes: plan.limits.fileBytes,
      openFiles: plan.limits.openFiles)
  }

  private static func options(
    _ plan: GuestPlan, _ sealed: [UnsafeRawBufferPointer], _ shared: UnsafeMutableRawPointer
  ) -> LockdownPlan.Options {
    var options = LockdownPlan.Options()
    options.identity = ProcessIdentity.own()
    options.sealed = sealed
    options.required = plan.required.subtracting(.detachedMounts)
    options.report = shared + SharedPages.reportOffset
    return options
  }

  /// The process's last descriptors, and what signals do.
  borrowing func leaveOnlyItsOwn() throws(SetupFailure) {
    // Writing past the limit is an errno for the guest, not its death.
    signal(SIGXFSZ, SIG_IGN)
    let failure = swasm_close_all_except(kept, kept.count)
    guard failure.step == SWASM_STEP_NONE else {
      throw SetupFailure(kind: .setupFailed, message: "cannot close descriptors")
    }
  }
}
