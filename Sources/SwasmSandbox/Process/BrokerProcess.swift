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

  init(isReadOnly: [Bool], openFiles: UInt64, fileBytes: UInt64) {
    self.isReadOnly = isReadOnly
    self.openFiles = openFiles
    self.fileBytes = fileBytes
  }

  init(_ reader: inout MessageReader) throws(MessageError) {
    isReadOnly = try reader.list { (reader) throws(MessageError) in try reader.flag() }
    openFiles = try reader.number()
    fileBytes = try reader.number()
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(isReadOnly) { $0.put($1) }
    writer.put(openFiles)
    writer.put(fileBytes)
    return writer
  }
}

/// The process that opens paths beneath the granted directories. It keeps the launcher's user, for the
/// files are the launcher's; capabilities are dropped.
enum BrokerProcess {
  static func run(_ plan: BrokerPlan, _ descriptors: [Int32]) -> Never {
    guard descriptors.count == plan.isReadOnly.count + 1 else {
      ChildRole.abandon("find its descriptors")
    }
    Allocator.stayInHeap()
    let directories = zip(descriptors[1...], plan.isReadOnly).map { descriptor, isReadOnly in
      Broker.Directory(descriptor: descriptor, isReadOnly: isReadOnly)
    }
    var broker = Broker(
      channel: descriptors[0], directories: directories, handleLimit: Int(plan.openFiles))
    lockDown(plan, descriptors)
    swasm_exit_group(broker.run().rawValue)
  }

  private static func lockDown(_ plan: BrokerPlan, _ descriptors: [Int32]) {
    var capabilities: Set<Capability> = [.listDirectories, .setDescriptorFlags]
    if plan.isReadOnly.contains(false) { capabilities.insert(.modifyPaths) }
    signal(SIGXFSZ, SIG_IGN)
    do throws(FilterError) {
      let policy = try FilterPolicy(
        role: .broker, capabilities: capabilities,
        bindings: FilterBindings(channels: [descriptors[0]]))
      let lockdown = LockdownPlan(
        filter: try FilterProgram(policy),
        // Handles stay open here while the guest has them, besides what a request needs.
        limits: ResourceLimits(
          dataBytes: 256 << 20, fileBytes: plan.fileBytes,
          openFiles: plan.openFiles + UInt64(descriptors.count) + 64))
      let kept = descriptors.sorted()
      let failure = swasm_close_all_except(kept, kept.count)
      guard failure.step == SWASM_STEP_NONE else {
        swasm_exit_group(ExitStatus.setupFailed.code)
      }
      do throws(LockdownError) {
        _ = try lockdown.lockDown()
      } catch {
        swasm_exit_group(ExitStatus.setupFailed.code)
      }
    } catch {
      ChildRole.abandon("make its filter (\(error))")
    }
  }
}
