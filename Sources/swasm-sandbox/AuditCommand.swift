public import ArgumentParser
public import SwasmSandbox

extension AuditQuestion: ExpressibleByArgument {}
extension Launcher.AuditedRole: ExpressibleByArgument {}

struct AuditCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Lock a process down as for a run, and see from inside what it can still do.",
    discussion: """
      syscalls tries every system call in every way that the filter tells apart, memory looks at mappings and searches them \
      for what only the launcher should know, descriptors lists what is open, speed \
      times lockdown and whole starts one after the other, load has many guests alive at a time. The exit status is 1 \
      where something is not as it should be.

      example:
        swasm-sandbox audit syscalls --policy strict
      """)

  @Argument(help: "syscalls, memory, descriptors, speed or load.") var question: AuditQuestion
  @Option(help: "The policy that a guest runs under.") var policy = "standard"
  @Option(help: "How many guests speed and load start.") var count = 300
  @Option(help: "guest, compiler or broker.") var role = Launcher.AuditedRole.guest

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    let (text, holds) = try launcher.audit(
      question, role: role, policy: policy, count: max(10, count))
    try Diagnostics.output(text)
    return holds ? .success : .exited(1)
  }
}
