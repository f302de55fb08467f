import Foundation
import Glibc
import Testing

/// Keys of the terminal do to a guest what they do to a native program.
@Suite(.serialized) struct TerminalTests {
  private func start(_ scratch: Scratch, type: String = "dumb") throws -> Terminal {
    _ = try scratch.file("loop.wat", Programs.loop)
    _ = try scratch.file("cat.wat", Programs.cat)
    let terminal = try Terminal(directory: scratch.path, type: type)
    #expect(terminal.waitFor("ready> "), "\(terminal.text)")
    return terminal
  }

  private func state(_ pid: Int32) -> Character? { ProcessTable.status(of: pid)["State"]?.first }

  private func waitFor(_ wanted: Character, _ pid: Int32) -> Bool {
    for _ in 0..<400 where state(pid) != wanted { usleep(5000) }
    return state(pid) == wanted
  }

  @Test(arguments: [("\u{3}", SIGINT), ("\u{1c}", SIGQUIT)]) func keysThatEnd(
    _ key: String, _ signal: Int32
  ) throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type(key)
    #expect(terminal.waitFor("ready> "), "\(terminal.text)")
    #expect(terminal.status() == "\(128 + signal)", "\(terminal.text)")
    #expect(ProcessTable.isGone(guest))
  }

  @Test func stopsAndContinues() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    for _ in 0..<2 {
      terminal.type("\u{1a}")
      #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
      #expect(waitFor("T", guest))
      terminal.type("fg\n")
      #expect(waitFor("R", guest))
    }
    terminal.type("\u{1a}")
    #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
    terminal.type("bg\n")
    #expect(waitFor("R", guest))
    terminal.type("kill %1; wait %1\n")
    for _ in 0..<400 where !ProcessTable.isGone(guest) { usleep(5000) }
    #expect(ProcessTable.isGone(guest))
  }

  /// The clock stands still while it is stopped.
  @Test func timeDoesNotPassWhileStopped() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run --timeout 2s loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type("\u{1a}")
    #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
    usleep(2_200_000)
    terminal.type("fg\n")
    #expect(waitFor("R", guest), "killed while it was stopped: \(terminal.text)")
    #expect(terminal.waitFor("time limit of 2s reached"), "\(terminal.text)")
    #expect(terminal.status() == "124")
  }

  /// A compilation that takes its time says so on the terminal, and leaves nothing there.
  @Test func showsProgress() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch, type: "xterm")
    let body = String(repeating: "(drop (i32.mul (local.get 0) (local.get 0)))", count: 400)
    let function = "(func (param i32) \(body))"
    _ = try scratch.file(
      "big.wat", "(module \(String(repeating: function, count: 150)) (func (export \"_start\")))")
    terminal.type("\"$SWASM\" run big.wat\n")
    #expect(terminal.waitFor("\rswasm-sandbox: compiling big.wat, "), "\(terminal.text)")
    #expect(terminal.waitFor("\r\u{1b}[K"), "\(terminal.text)")
    #expect(terminal.waitFor("ready> "), "\(terminal.text)")
  }

  /// Lines typed reach the guest, and the end of them.
  @Test func reads() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run cat.wat\n")
    _ = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type("some words\n")
    #expect(terminal.waitFor("some words\r\nsome words\r\n"), "\(terminal.text)")
    terminal.type("\u{4}")
    #expect(terminal.waitFor("ready> "))
    #expect(terminal.status() == "0")
  }

  // MARK: Jobs

  /// As a shell's words have it: the job stops, its processes with it, and goes on.
  @Test(
    arguments: [
      ("\"$SWASM\" run cat.wat &\n", "Stopped (tty input)"),
      ("stty tostop; \"$SWASM\" run yes.wat &\n", "Stopped (tty output)"),
      ("stty tostop; \"$SWASM\" run --max-output 1GiB yes.wat &\n", "Stopped (tty output)"),
    ])
  func backgroundJobsStop(_ command: String, _ words: String) throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    _ = try scratch.file("yes.wat", Programs.yes)
    terminal.type(command)
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    let launcher = try #require(ProcessTable.parent(of: guest))
    #expect(waitFor("T", launcher))
    terminal.type("echo line for the shell; jobs -l\n")
    #expect(terminal.waitFor(words), "\(terminal.text)")
    #expect(terminal.text.contains("line for the shell\r\n"), "\(terminal.text)")
    if !command.contains("max-output") { #expect(waitFor("T", guest)) }
    kill(launcher, SIGKILL)
  }

  /// 128 + SIGTSTP, as of a native program.
  @Test(arguments: ["", "--max-output 1MiB"]) func statusOfAStoppedJob(_ options: String) throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run \(options) loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    terminal.type("\u{1a}")
    #expect(terminal.waitFor("Stopped"), "\(terminal.text)")
    #expect(terminal.status() == "148", "\(terminal.text)")
    #expect(waitFor("T", guest))
    terminal.type("kill -9 %1\n")
  }

  @Test(arguments: ["kill -STOP %1", "kill -TSTP %1", "kill -TSTP $!"])
  func stopsAllOfIt(_ command: String) throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run --dir . loop.wat &\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    let launcher = try #require(ProcessTable.parent(of: guest))
    // The broker has nothing to do; where the launcher alone is meant it waits.
    let all = command.hasSuffix("%1") ? ProcessTable.descendants(of: launcher) : [guest]
    #expect(all.count == (command.hasSuffix("%1") ? 2 : 1))
    terminal.type(command + "\n")
    for pid in [launcher] + all { #expect(waitFor("T", pid), "\(ProcessTable.name(of: pid))") }
    terminal.type("kill -CONT %1\n")
    for pid in all { #expect(waitFor(pid == guest ? "R" : "S", pid)) }
    kill(launcher, SIGKILL)
  }

  /// All processes are the job's, and none has the terminal's session to itself.
  @Test func oneGroup() throws {
    let scratch = try Scratch()
    let terminal = try start(scratch)
    terminal.type("\"$SWASM\" run --dir . loop.wat\n")
    let guest = try #require(ProcessTable.locked("swasm-guest", below: terminal.pid))
    let launcher = try #require(ProcessTable.parent(of: guest))
    for pid in ProcessTable.descendants(of: launcher) {
      #expect(getpgid(pid) == launcher && getsid(pid) == terminal.pid)
    }
    kill(launcher, SIGKILL)
  }
}
