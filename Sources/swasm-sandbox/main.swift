import Glibc
import SwasmSandbox

// First of all, before arguments, environment or anything else is looked at: the process that guests are
// forked from. It never returns from here.
private func launcher() -> Launcher {
  do throws(Failure) {
    return Launcher(zygote: try Zygote.start())
  } catch {
    Diagnostics.report(error.message)
    exit(error.status.code)
  }
}

CommandLineInterface.main(launcher())
