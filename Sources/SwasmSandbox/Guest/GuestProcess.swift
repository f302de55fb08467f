import CSwasm
import SwasmLockdown
import SwasmRuntime

/// The process that runs a guest. Everything that could fail or allocate happens first; after lockdown there
/// is compiled code, the runtime's libcalls and the WASI functions, and nothing else.
enum GuestProcess {
  /// - Parameter descriptors: see ``GuestDescriptors``.
  static func run(_ plan: GuestPlan, _ descriptors: [Int32]) -> Never {
    guard let first = descriptors.first,
      let pages = Mapping(first, size: SharedPages.size, isWritable: true)
    else { ChildRole.abandon("map its shared pages") }
    let shared = pages.keep().baseAddress!
    do throws(SetupFailure) {
      // What instantiation takes is the guest's as well.
      try limit(plan.limits)
      let setup = try GuestSetup(plan, descriptors, shared)
      try setup.leaveOnlyItsOwn()
      let guest = setup.guest
      try lockDown(setup)
      guest.pointee.noteStart()
      guest.pointee.run()
      swasm_exit_group(0)
    } catch {
      SharedPages.write(error.kind, error.message, to: shared + SharedPages.messageOffset)
      swasm_exit_group(error.kind.status.code)
    }
  }

  private static func limit(_ limits: GuestLimits) throws(SetupFailure) {
    do throws(LockdownError) {
      try EntryLimits(
        dataBytes: MemoryUse.entryLimit(limits), cpuMilliseconds: limits.cpuMilliseconds
      ).apply()
    } catch {
      throw SetupFailure(kind: .setupFailed, message: LockdownMessage.text(error))
    }
  }

  private static func lockDown(_ setup: consuming GuestSetup) throws(SetupFailure) {
    let lockdown = setup.lockdown
    do throws(LockdownError) {
      try lockdown.lockDown()
    } catch {
      // After the step that closes the page there is no telling; the status says it.
      if !error.isAfterReport {
        throw SetupFailure(kind: .setupFailed, message: LockdownMessage.text(error))
      }
      swasm_exit_group(ExitStatus.setupFailed.code)
    }
  }
}

/// A failed lockdown in words that say what can be done about it.
enum LockdownMessage {
  static func text(_ error: LockdownError) -> String {
    guard let lacking = error.lacking else {
      return "cannot \(error.step): \(describe(errno: error.errno)); nothing ran"
    }
    return "the policy requires \(lacking.names.joined()), which this machine does not have; "
      + "nothing ran; `swasm-sandbox doctor` says more"
  }
}
