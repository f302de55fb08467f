import CSwasm
import Glibc
import SwasmLockdown
import SwasmWASI

/// The process that opens paths beneath the granted directories. It keeps the launcher's user, for the
/// files are the launcher's; capabilities are dropped.
enum BrokerProcess {
  static func run(_ plan: BrokerPlan, _ descriptors: [Int32]) -> Never {
    let count = plan.directories.count + (plan.records ? 2 : 1)
    let scratch = plan.hasCopies && descriptors.count > count ? descriptors[count] : -1
    // Where something may prove impossible, the launcher waits with the guest.
    let report = plan.isAwaited ? descriptors.last ?? -1 : -1
    var setup = BrokerSetup(
      plan, Array(descriptors.prefix(count)), scratch: scratch, report: report)
    if report >= 0 { BrokerReadiness.ready.bytes.withUnsafeBytes { _ = writeAll(report, $0) } }
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
  ///
  /// - Parameters:
  ///   - scratch: the folder for copies, where there are any.
  ///   - report: where it says why; −1: nowhere.
  init(_ plan: BrokerPlan, _ descriptors: [Int32], scratch: Int32 = -1, report: Int32 = -1) {
    guard descriptors.count == plan.directories.count + (plan.records ? 2 : 1) else {
      ChildRole.abandon("find its descriptors")
    }
    Allocator.stayInHeap()
    signal(SIGXFSZ, SIG_IGN)
    let channel = descriptors[0]
    // The filter of a guest has no call that could send one; where the kernel can, it refuses too.
    _ = swasm_refuse_descriptors(channel)
    let directories: [Broker.Directory]
    let mounts: BrokerMounts
    let directoryDescriptors = descriptors[1...].prefix(plan.directories.count)
    (directories, mounts) = Self.directories(
      plan, directoryDescriptors,
      CopiedDirectories(plan.directories, directoryDescriptors, scratch: scratch), report)
    isDetached = mounts.areDetached
    if !isDetached, plan.required.contains(.detachedMounts) {
      ChildRole.abandon("make each granted directory a mount of its own, as the policy requires")
    }
    kept = ([channel] + directories.map(\.descriptor)).sorted()
    broker = Broker(
      channel: channel, directories: directories, mounts: mounts,
      handleLimit: Int(plan.openFiles), maxFiles: plan.maxFiles)
    if plan.records {
      broker.recorder = Self.recorder(descriptors[descriptors.count - 1], broker.resolution)
    }
    let request = Self.filter(plan, channel)
    filter = request
    lockdown = LockdownPlan(
      filter: ChildRole.filter(try FilterProgram(request)),
      limits: Self.limits(plan, highest: kept.last ?? 0),
      options: Self.options(plan, directories))
  }

  private static func recorder(_ descriptor: Int32, _ resolution: BrokerResolution)
    -> PathRecorder
  {
    guard let pages = Mapping(descriptor, size: RecordPages.size, isWritable: true) else {
      ChildRole.abandon("map the pages for what is used", errno)
    }
    return PathRecorder.rehearsed(pages.keep(), resolution)
  }

  private static func filter(_ plan: BrokerPlan, _ channel: Int32) -> FilterRequest {
    var needs: KernelNeeds = [.listDirectories, .setDescriptorFlags]
    if plan.directories.contains(where: { !$0.isReadOnly }) { needs.insert(.modifyPaths) }
    return FilterRequest(
      role: .broker, needs: needs, bindings: FilterBindings(channels: [channel]))
  }

  mutating func takeLockdown() -> LockdownPlan {
    guard let plan = lockdown.take() else { ChildRole.abandon("lock down twice") }
    return plan
  }

  /// The granted directories as trees of mounts, where that can be done; else as they are, which will not do where
  /// the rules for one place differ from those around it.
  private static func directories(
    _ plan: BrokerPlan, _ descriptors: ArraySlice<Int32>, _ copied: CopiedDirectories,
    _ report: Int32
  ) -> ([Broker.Directory], BrokerMounts) {
    var copied = copied
    var mounts = BrokerMounts()
    mounts.areNested = plan.isNested
    mounts.pinned = plan.pinned
    func directories(_ descriptors: some Sequence<Int32>) -> [Broker.Directory] {
      zip(descriptors, plan.directories).map {
        Broker.Directory(descriptor: $0, isReadOnly: $1.isReadOnly && !plan.holdsWritable($1))
      }
    }
    let trees: GrantedTrees
    do throws(GrantedTrees.Unavailable) {
      trees = try GrantedTrees(plan.directories, descriptors, &copied)
    } catch {
      if mounts.areNested { swasm_exit_group(Broker.End.cannotMount.rawValue) }
      if let failed = error.failed { fail(failed, report) }
      let versions = versions(plan, descriptors, &copied, report)
      // Only what is granted can be found by an absolute path then; it takes a right that may be missing.
      if let first = versions.first { _ = swasm_enter_tree(first) }
      return (directories(versions), mounts)
    }
    mounts.areDetached = true
    mounts.overlays = trees.overlays
    mounts.closed = trees.closed
    mounts.pinned += trees.pinned
    guard let first = trees.descriptors.first, swasm_enter_tree(first) == 0 else {
      ChildRole.abandon("leave its root directory", errno)
    }
    return (directories(trees.descriptors), mounts)
  }

  /// The directories, and copies of those that are to be copied.
  private static func versions(
    _ plan: BrokerPlan, _ descriptors: ArraySlice<Int32>, _ copied: inout CopiedDirectories,
    _ report: Int32
  ) -> [Int32] {
    var versions = Array(descriptors)
    for index in versions.indices where plan.directories[index].isCopied {
      do throws(CopiedDirectories.Failed) {
        versions[index] = try copied.copy(index, crossesNothing: true)
      } catch {
        fail(error, report)
      }
    }
    return versions
  }

  private static func fail(_ failed: CopiedDirectories.Failed, _ report: Int32) -> Never {
    if report >= 0 {
      BrokerReadiness.failed(directory: failed.index, failed.words).bytes.withUnsafeBytes {
        _ = writeAll(report, $0)
      }
    }
    swasm_exit_group(Broker.End.cannotMount.rawValue)
  }

  private static func limits(_ plan: BrokerPlan, highest: Int32) -> ResourceLimits {
    // Handles stay open here while the guest has them, besides what a request needs.
    ResourceLimits(
      dataBytes: 256 << 20, cpuMilliseconds: plan.cpuMilliseconds, fileBytes: plan.fileBytes,
      openFiles: plan.openFiles + UInt64(highest) + 64)
  }

  private static func options(_ plan: BrokerPlan, _ directories: [Broker.Directory])
    -> LockdownPlan.Options
  {
    var options = LockdownPlan.Options()
    // A broker keeps the launcher's user; its mounts were seen to before.
    options.required = plan.required.subtracting([.identitySwitched, .detachedMounts])
    options.grants = zip(directories, plan.directories).map {
      PathGrant(descriptor: $0.descriptor, isWritable: !$1.isReadOnly)
    }
    return options
  }
}
