import CSwasm
import Glibc
import SwasmLockdown

/// `doctor`: the layers of protection, whether this machine has them, and what to do where it doesn't.
public enum Doctor {
  private enum State {
    case on(String)
    /// A wall: nothing runs without it.
    case missing(String)
    /// A second wall, or something that costs only speed.
    case absent(String)
  }

  private struct Layer {
    var name: String
    var effect: String
    var state: State
    var remedy: String
  }

  /// - Returns: a line or two per layer and a sentence about the whole, and whether anything can run.
  public static func examine() -> (text: String, isComplete: Bool) {
    var text = ""
    let layers = layers
    for layer in layers {
      let (mark, detail): (String, String) =
        switch layer.state {
        case .on(let detail): ("on     ", detail)
        case .missing(let detail): ("MISSING", detail)
        case .absent(let detail): ("off    ", detail)
        }
      let name = layer.name + String(repeating: " ", count: max(0, 16 - layer.name.count))
      text += "\(mark) \(name) \(layer.effect)\(detail.isEmpty ? "" : " (\(detail))")\n"
      if case .on = layer.state { continue }
      text += String(repeating: " ", count: 25) + layer.remedy + "\n"
    }
    return (text + "\n" + conclusion(layers) + "\n", filters)
  }

  /// What is promised on this machine, in one sentence.
  private static func conclusion(_ layers: [Layer]) -> String {
    guard filters else { return "Nothing runs on this machine: it has no system-call filters." }
    let walls = Set(Protections.secondWalls.names)
    let off = layers.filter { layer in
      if case .absent = layer.state { walls.contains(layer.name) } else { false }
    }
    let promise =
      "A guest on this machine reaches only the system calls that `swasm-sandbox policy show` prints"
    if off.isEmpty { return "\(promise), and every second wall stands behind that." }
    let all = off.map(\.name)
    let names =
      (all.dropLast().isEmpty ? "" : all.dropLast().joined(separator: ", ") + " and ")
      + all[all.count - 1]
    return "\(promise); behind that, \(names) \(off.count == 1 ? "is" : "are") missing."
  }

  private static var layers: [Layer] {
    [
      Layer(
        name: "seccomp", effect: "kills a process that makes a system call outside of its list",
        state: filters ? .on("") : .missing("the kernel refuses filters"),
        remedy: "nothing runs without it: use a kernel with CONFIG_SECCOMP_FILTER"),
      Layer(
        name: "landlock", effect: "only the granted directories: no other path, no port, no socket",
        state: second(.landlock, detail: "version \(swasm_landlock_version())"),
        remedy: "Linux 5.13 or later, with `landlock` in its list of security modules (lsm=…)"),
      Layer(
        name: "mseal", effect: "the protection of code, tables and guard pages can't be changed",
        state: second(.sealed), remedy: "Linux 6.10 or later"),
      Layer(
        name: "mdwe", effect: "no memory can become executable",
        state: second(.denyWriteExecute), remedy: "Linux 6.3 or later"),
      Layer(
        name: "own-user", effect: "guests and compilers run under a user id of their own",
        state: second(.identitySwitched),
        remedy:
          "needs root; a guest with your user id still can't reach your processes or files"
      ),
      Layer(
        name: "detached-mounts", effect: "each granted directory is a mount of its own",
        state: second(.detachedMounts),
        remedy: "root, or user namespaces (sysctl kernel.unprivileged_userns_clone, "
          + "kernel.apparmor_restrict_unprivileged_userns); paths are held in all the same"),
      Layer(
        name: "indirect-branch", effect: "branch predictors are not shared with others",
        state: speculation,
        remedy:
          "spec_store_bypass_disable=prctl spectre_v2_user=prctl on the kernel's command line, where "
          + "the processor needs it"),
      Layer(
        name: "clock-source", effect: "programs read the time without a system call",
        state: swasm_clocks_need_call() == 0 ? .on("") : .missing("the vDSO cannot read it"),
        remedy: ClockSource.remedy),
      Layer(
        name: "address-space", effect: "32-bit memories need no bounds checks in code",
        state: AddressSpace.isShort ? .absent("ulimit -v") : .on(""),
        remedy: "lift `ulimit -v`, and limit memory with --memory; code checks bounds until then"),
    ]
  }

  private static var filters: Bool {
    // Asked about an action at address 0: EFAULT where the call exists and may be made.
    swasm_syscall3(Int(SYS_seccomp), 2, 0, 0) == -Int(EFAULT)
  }

  private static func second(_ layer: Protections, detail: @autoclosure () -> String = "") -> State
  {
    SecondWalls.lack(of: layer).map { .absent($0) } ?? .on(detail())
  }

  /// PR_GET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH: bit 0 says that it can be set.
  private static var speculation: State {
    let status = swasm_syscall6(Int(SYS_prctl), 52, 1, 0, 0, 0, 0)
    if status == 0 { return .on("this processor does not need it") }
    if status > 0, status & 1 != 0 { return .on("") }
    return .absent("the kernel decides")
  }
}

/// The clock source of the machine where a program can't read it.
enum ClockSource {
  static let remedy =
    "/sys/devices/system/clocksource/clocksource0/current_clocksource has to be one that user mode can "
    + "read, as tsc is"
  static let complaint =
    "this machine's clock can only be read with a system call, which no program may make; nothing ran; "
    + remedy
}
