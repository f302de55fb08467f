import CSwasm
import Glibc
import SwasmLockdown

/// What a broker is given. Its descriptors: the channel to the guest, then the directories.
struct BrokerPlan: Equatable, Sendable {
  /// By directory.
  var isReadOnly: [Bool]
  /// Descriptors that the guest may have open.
  var openFiles: UInt64
  var fileBytes: UInt64
  /// Names that may be added to the directories, those removed taken off; nil: any number.
  var maxFiles: UInt64?
  /// Second walls without which it does not work.
  var required: Protections = []

  init(isReadOnly: [Bool], openFiles: UInt64, fileBytes: UInt64) {
    self.isReadOnly = isReadOnly
    self.openFiles = openFiles
    self.fileBytes = fileBytes
  }

  init(_ reader: inout MessageReader) throws(MessageError) {
    isReadOnly = try reader.list { (reader) throws(MessageError) in try reader.flag() }
    openFiles = try reader.number()
    fileBytes = try reader.number()
    maxFiles = try reader.flag() ? try reader.number() : nil
    required = Protections(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(isReadOnly) { $0.put($1) }
    writer.put(openFiles)
    writer.put(fileBytes)
    writer.put(maxFiles != nil)
    if let maxFiles { writer.put(maxFiles) }
    writer.put(UInt64(required.rawValue))
    return writer
  }
}

/// The process that opens paths beneath the granted directories. It keeps the launcher's user, for the
/// files are the launcher's; capabilities are dropped.
enum BrokerProcess {
  static func run(_ plan: BrokerPlan, _ descriptors: [Int32]) -> Never {
    var setup = BrokerSetup(plan, descriptors)
    let failure = swasm_close_all_except(setup.kept, setup.kept.count)
    guard failure.step == SWASM_STEP_NONE else {
      ChildRole.abandon(String(cString: swasm_step_name(failure.step)), failure.error)
    }
    do throws(LockdownError) {
      try setup.takeLockdown().lockDown()
    } catch {
      // The launcher sees no more than the status: descriptor 2 is closed by now.
      swasm_exit_group(ExitStatus.setupFailed.code)
    }
    swasm_exit_group(setup.broker.run().rawValue)
  }
}

/// A broker's process when everything that lockdown forbids has been done.
struct BrokerSetup: ~Copyable {
  var broker: Broker
  let filter: FilterRequest
  /// Ascending.
  let kept: [Int32]
  /// Are the directories mounts of their own?
  let isDetached: Bool
  private var lockdown: LockdownPlan?

  /// Ends the process where something can't be had.
  init(_ plan: BrokerPlan, _ descriptors: [Int32]) {
    guard descriptors.count == plan.isReadOnly.count + 1 else {
      ChildRole.abandon("find its descriptors")
    }
    Allocator.stayInHeap()
    signal(SIGXFSZ, SIG_IGN)
    let channel = descriptors[0]
    // The filter of a guest has no call that could send one; where the kernel can, it refuses too.
    _ = swasm_refuse_descriptors(channel)
    let directories: [Broker.Directory]
    (directories, isDetached) = Self.directories(plan, descriptors[1...])
    if !isDetached, plan.required.contains(.detachedMounts) {
      ChildRole.abandon("make the granted directories mounts of their own, as the policy requires")
    }
    kept = ([channel] + directories.map(\.descriptor)).sorted()
    broker = Broker(
      channel: channel, directories: directories, handleLimit: Int(plan.openFiles),
      maxFiles: plan.maxFiles)
    let request = Self.filter(plan, channel)
    filter = request
    lockdown = LockdownPlan(
      filter: ChildRole.filter(try FilterProgram(request)),
      limits: Self.limits(plan, highest: kept.last ?? 0),
      options: Self.options(plan, directories))
  }

  private static func filter(_ plan: BrokerPlan, _ channel: Int32) -> FilterRequest {
    var needs: KernelNeeds = [.listDirectories, .setDescriptorFlags]
    if plan.isReadOnly.contains(false) { needs.insert(.modifyPaths) }
    return FilterRequest(
      role: .broker, needs: needs, bindings: FilterBindings(channels: [channel]))
  }

  mutating func takeLockdown() -> LockdownPlan {
    guard let plan = lockdown.take() else { ChildRole.abandon("lock down twice") }
    return plan
  }

  /// The granted directories as mounts of their own, where all of them can be; else as they are.
  private static func directories(_ plan: BrokerPlan, _ descriptors: ArraySlice<Int32>)
    -> ([Broker.Directory], isDetached: Bool)
  {
    let namespace = swasm_own_mount_namespace()
    var detached: [Broker.Directory] = []
    for (descriptor, isReadOnly) in zip(descriptors, plan.isReadOnly) where namespace >= 0 {
      let tree = swasm_detach_directory(descriptor, namespace, isReadOnly ? 1 : 0)
      guard tree >= 0 else { break }
      detached.append(Broker.Directory(descriptor: tree, isReadOnly: isReadOnly))
    }
    if detached.count == descriptors.count { return (detached, true) }
    let plain = zip(descriptors, plan.isReadOnly).map {
      Broker.Directory(descriptor: $0, isReadOnly: $1)
    }
    return (plain, false)
  }

  private static func limits(_ plan: BrokerPlan, highest: Int32) -> ResourceLimits {
    // Handles stay open here while the guest has them, besides what a request needs.
    ResourceLimits(
      dataBytes: 256 << 20, fileBytes: plan.fileBytes,
      openFiles: plan.openFiles + UInt64(highest) + 64)
  }

  private static func options(_ plan: BrokerPlan, _ directories: [Broker.Directory])
    -> LockdownPlan.Options
  {
    var options = LockdownPlan.Options()
    // A broker keeps the launcher's user; its mounts were seen to before.
    options.required = plan.required.subtracting([.identitySwitched, .detachedMounts])
    options.grants = directories.map {
      PathGrant(descriptor: $0.descriptor, isWritable: !$0.isReadOnly)
    }
    return options
  }
}
