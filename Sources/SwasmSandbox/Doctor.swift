import CSwasm
import Glibc
import SwasmLockdown

/// `doctor`: the layers of protection, whether this machine has them, and what to do where it doesn't.
public enum Doctor {
  private enum State {
    case on(String)
    /// Runs are refused without it, unless the policy does without.
    case missing(String)
    /// Had where it can be had.
    case absent(String)
  }

  private struct Layer {
    var name: String
    var effect: String
    var state: State
    var remedy: String
  }

  /// - Returns: a line or two per layer, and whether runs are possible under every policy.
  public static func examine() -> (text: String, isComplete: Bool) {
    var text = ""
    var isComplete = true
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
      if case .missing = layer.state { isComplete = false }
    }
    return (text, isComplete)
  }

  private static var layers: [Layer] {
    [
      Layer(
        name: "seccomp", effect: "kills a process that makes a system call it has no row for",
        state: filters ? .on("") : .missing("the kernel refuses filters"),
        remedy: "nothing runs without it: use a kernel with CONFIG_SECCOMP_FILTER"),
      Layer(
        name: "landlock", effect: "no path, port or socket but the granted directories",
        state: landlock,
        remedy:
          "Linux 5.13 with `landlock` in its list of security modules (lsm=…), or a policy with "
          + "allow-degraded = [\"landlock\"]"),
      Layer(
        name: "mseal", effect: "code, tables and guards keep their rights for good",
        state: isThere(swasm_seal_span(0, 0)),
        remedy: "Linux 6.10, or a policy with allow-degraded = [\"mseal\"]"),
      Layer(
        name: "mdwe", effect: "nothing becomes executable that was not",
        state: isThere(control(66)),  // PR_GET_MDWE
        remedy: "Linux 6.3, or a policy with allow-degraded = [\"mdwe\"]"),
      Layer(
        name: "own-user", effect: "guests and compilers have a user id that no other process has",
        state: geteuid() == 0 ? .on("") : .absent("not root"),
        remedy:
          "only root can; a guest that keeps your user still reaches none of your processes or files"
      ),
      Layer(
        name: "detached-mounts", effect: "granted directories are mounts of their own",
        state: mounts,
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

  private static var landlock: State {
    let version = swasm_landlock_version()
    return version > 0 ? .on("version \(version)") : .missing(describe(errno: -version))
  }

  private static func control(_ option: Int) -> Int {
    swasm_syscall6(Int(SYS_prctl), option, 0, 0, 0, 0, 0)
  }

  private static func isThere(_ result: Int) -> State {
    result >= 0 ? .on("") : .missing(describe(errno: Int32(truncatingIfNeeded: -result)))
  }

  /// PR_GET_SPECULATION_CTRL, PR_SPEC_INDIRECT_BRANCH: bit 0 says that it can be set.
  private static var speculation: State {
    let status = swasm_syscall6(Int(SYS_prctl), 52, 1, 0, 0, 0, 0)
    if status == 0 { return .on("this processor does not need it") }
    if status > 0, status & 1 != 0 { return .on("") }
    return .absent("the kernel decides")
  }

  /// Tried in a process of its own, because it changes the process.
  private static var mounts: State {
    let result = swasm_can_detach()
    return result >= 0
      ? .on(result == 1 ? "in a user namespace" : "") : .absent(describe(errno: -result))
  }
}

/// The clock source of the machine where a program can't read it.
enum ClockSource {
  static let remedy =
    "/sys/devices/system/clocksource/clocksource0/current_clocksource has to be one that user mode can "
    + "read, as tsc is"
  static let complaint =
    "this machine's clock can be read by a system call only, which no program may make; nothing ran; "
    + remedy
}
