import CSwasm
import Glibc
import SwasmLockdown

/// The process that looks at the others from inside: it is set up like one of them, and for each thing to be
/// tried forks a child that locks itself down as for a run and then does what native code of an attacker would.
/// Code of a module is mapped in it, and never called.
enum AuditProcess {
  /// - Parameter descriptors: the report's pipe, then the role's.
  static func run(_ plan: AuditPlan, _ descriptors: [Int32]) -> Never {
    // Nothing of the process may get one of their numbers.
    swasm_fill_standard_descriptors()
    guard let report = descriptors.first, let page = TrialPage() else {
      ChildRole.abandon("find its descriptors")
    }
    // Before a broker is set up: its root is a granted directory, from which no way leads to /proc.
    let processes = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    let view = Auditor.View(page: page, processes: processes)
    switch plan.subject {
    case .guest(let guest): auditGuest(guest, Array(descriptors.dropFirst()), plan, report, view)
    case .compiler: auditCompiler(plan, report, view)
    case .broker(let broker):
      var setup = BrokerSetup(broker, Array(descriptors.dropFirst()))
      let (filter, kept) = (setup.filter, setup.kept)
      let lockdown = setup.takeLockdown()
      answer(auditor(filter, kept, view), lockdown, plan, report)
    }
    swasm_exit_group(0)
  }

  private static func auditGuest(
    _ guest: GuestPlan, _ list: [Int32], _ plan: AuditPlan, _ report: Int32,
    _ view: Auditor.View
  ) {
    guard let descriptors = GuestDescriptors(guest, list),
      let pages = Mapping(descriptors.shared, size: SharedPages.size, isWritable: true)
    else { ChildRole.abandon("map its shared pages") }
    do throws(SetupFailure) {
      let setup = try GuestSetup(guest, list, pages.keep().baseAddress!, widest: true)
      signal(SIGXFSZ, SIG_IGN)
      let auditor = auditor(setup.filter, setup.kept, view)
      answer(auditor, setup.lockdown, plan, report)
    } catch {
      ChildRole.abandon(error.message)
    }
  }

  private static func auditCompiler(
    _ plan: AuditPlan, _ report: Int32, _ view: Auditor.View
  ) {
    Allocator.stayInOneArena()
    let compiler = CompilerPlan(
      task: .compile, modules: [], workers: 2, memoryLimit: CompilerLimits().memory(for: 0),
      cpuMilliseconds: CompilerLimits().time(for: 0))
    // With its threads started before, a compiler does some steps earlier; here there is one thread.
    var options = LockdownPlan.Options()
    options.identity = ProcessIdentity.own()
    let filter = CompilerProcess.filter(compiler, report: 2)
    let lockdown = LockdownPlan(
      filter: ChildRole.filter(try FilterProgram(filter)),
      limits: CompilerProcess.limits(compiler, report: 2), options: options)
    answer(auditor(filter, [2], view), lockdown, plan, report)
  }

  private static func auditor(
    _ filter: FilterRequest, _ kept: [Int32], _ view: Auditor.View
  ) -> Auditor {
    let policy = ChildRole.filter(try FilterPolicy(filter))
    return Auditor(filter: policy, kept: kept, view: view)
  }

  private static func answer(
    _ auditor: Auditor, _ lockdown: borrowing LockdownPlan, _ plan: AuditPlan, _ report: Int32
  ) {
    // What is tried meets nothing of the user's.
    let null = open("/dev/null", O_RDWR)
    for descriptor: Int32 in 0...2 { dup2(null, descriptor) }
    let found =
      switch plan.question {
      case .systemCalls: auditor.systemCalls(lockdown)
      case .memory: auditor.memory(lockdown, plan.secrets)
      case .descriptors: auditor.descriptors(lockdown)
      // The launcher looks at many guests, not at one.
      case .load: AuditReport()
      case .speed: auditor.speed(lockdown)
      }
    found.message.bytes.withUnsafeBytes { _ = writeAll(report, $0) }
  }
}
