import CSwasm
import Glibc
import SwasmLockdown

/// The second walls as the launcher finds them, before any process needs one. Those processes look again.
enum SecondWalls {
  /// Why this machine does not give the layer; nil where it does.
  static func lack(of layer: Protections) -> String? {
    switch layer {
    case .landlock:
      let version = swasm_landlock_version()
      return version > 0 ? nil : describe(errno: -version)
    case .sealed: return reason(swasm_seal_span(0, 0))
    case .denyWriteExecute: return reason(control(getDenyWriteExecute))
    case .identitySwitched: return geteuid() == 0 ? nil : "not root"
    case .detachedMounts: return lackOfMounts
    default: return nil
    }
  }

  /// Tried once, in a process of its own, because it changes the process.
  private static let lackOfMounts = reason(Int(swasm_can_detach()))

  /// Refuses a run whose policy requires what is not to be had.
  ///
  /// - Parameter hasDirectories: there will be a broker, which the mounts are of.
  static func check(_ policy: Policy, hasDirectories: Bool) throws(Failure) {
    if policy.require.isEmpty { return }
    for layer in Protections.each where policy.require.contains(layer) {
      if layer == .detachedMounts, !hasDirectories { continue }
      guard let reason = lack(of: layer) else { continue }
      throw Failure(
        .setupFailed,
        "policy \(policy.name) requires \(layer.names.joined()), which this machine does not have "
          + "(\(reason)); nothing ran; `swasm-sandbox doctor` says more")
    }
  }

  private static var getDenyWriteExecute: Int { 66 }  // PR_GET_MDWE

  private static func control(_ option: Int) -> Int {
    swasm_syscall6(Int(SYS_prctl), option, 0, 0, 0, 0, 0)
  }

  private static func reason(_ result: Int) -> String? {
    result >= 0 ? nil : describe(errno: Int32(truncatingIfNeeded: -result))
  }
}
