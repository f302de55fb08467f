import ArgumentParser
import SwasmSandbox

struct DoctorCommand: ParsableCommand, LauncherCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Show which layers of protection this machine has, and how to get the others.")

  func perform(_ launcher: borrowing Launcher) throws(Failure) -> ExitStatus {
    let (text, isComplete) = Doctor.examine()
    try Diagnostics.output(text)
    return isComplete ? .success : .exited(1)
  }
}
