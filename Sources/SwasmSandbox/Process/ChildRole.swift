import CSwasm
import Glibc
import SwasmLockdown

/// What a fork of the zygote becomes.
enum ChildRole: UInt32, Sendable {
  case compiler = 1
  case broker
  case guest
  case script
  /// Looks at processes of the other roles from inside; never runs a module.
  case auditor

  var name: String {
    switch self {
    case .compiler: "compiler"
    case .broker: "broker"
    case .guest: "guest"
    case .script: "script"
    case .auditor: "auditor"
    }
  }

  /// As shown by `ps`.
  private var processName: StaticString {
    switch self {
    case .compiler: "swasm-compiler"
    case .broker: "swasm-broker"
    case .guest: "swasm-guest"
    case .script: "swasm-script"
    case .auditor: "swasm-auditor"
    }
  }

  /// Lives the life of a child. The first two descriptors are the handshake's and the plan's.
  static func become(_ request: swasm_request) -> Never {
    guard let role = ChildRole(rawValue: request.role), request.count >= 2 else {
      swasm_exit_group(ExitStatus.setupFailed.code)
    }
    let descriptors = descriptors(of: request)
    swasm_name_process(
      role.processName.utf8Start.withMemoryRebound(to: CChar.self, capacity: 16) { $0 })
    enter(role, descriptors)
    guard let bytes = contents(of: descriptors[1]) else { abandon("read its plan") }
    close(descriptors[1])
    let rest = Array(descriptors[2...])
    do throws(MessageError) {
      var reader = MessageReader(bytes)
      switch role {
      case .compiler: CompilerProcess.run(try CompilerPlan(&reader), rest)
      case .broker: BrokerProcess.run(try BrokerPlan(&reader), rest)
      case .guest: GuestProcess.run(try GuestPlan(&reader), rest)
      case .script: ScriptProcess.run(try ScriptProcessPlan(&reader), rest)
      case .auditor: AuditProcess.run(try AuditPlan(&reader), rest)
      }
    } catch {
      abandon("understand its plan")
    }
  }

  static func descriptors(of request: swasm_request) -> [Int32] {
    withUnsafeBytes(of: request.descriptors) { bytes in
      Array(UnsafeBufferPointer(rebasing: bytes.bindMemory(to: Int32.self)[..<Int(request.count)]))
    }
  }

  /// The first steps: death with the launcher, only the descriptors that were given.
  private static func enter(_ role: ChildRole, _ descriptors: [Int32]) {
    // A broker makes files, so it takes the launcher's mask.
    let mask = umask(0o077)
    // The handshake's descriptor is closed by the time that the others are sorted out. A broker keeps
    // stderr only for the message of `abandon`; a compiler has nothing to read and nothing to print.
    let standard: [Int32] = role == .guest ? [0, 1, 2] : [2]
    let kept = (standard + descriptors.dropFirst()).sorted()
    let failure = kept.withUnsafeBufferPointer { list in
      var entry = swasm_entry(
        child_end: descriptors[0], parent_end: -1, kept: list.baseAddress, kept_count: list.count,
        file_mask: role == .broker ? mask : 0o077)
      return swasm_enter_child(&entry)
    }
    if failure.step != SWASM_STEP_NONE {
      abandon(String(cString: swasm_step_name(failure.step)), failure.error)
    }
  }

  /// The last steps of a child that has no page to report on: only the descriptors in `kept`, which are sorted, then
  /// lockdown. Without a descriptor left there is nobody to tell of a failure; the launcher sees the status.
  static func lockDown(_ lockdown: consuming LockdownPlan, keeping kept: [Int32]) {
    guard swasm_close_all_except(kept, kept.count).step == SWASM_STEP_NONE else {
      swasm_exit_group(ExitStatus.setupFailed.code)
    }
    do throws(LockdownError) {
      try lockdown.lockDown()
    } catch {
      swasm_exit_group(ExitStatus.setupFailed.code)
    }
  }

  /// What `make` gives of a filter; a child without one can't be set up.
  static func filter<Made>(_ make: @autoclosure () throws(FilterError) -> Made) -> Made {
    do throws(FilterError) {
      return try make()
    } catch {
      abandon("make its filter (\(error))")
    }
  }

  /// Ends a child that can't be set up; fail closed.
  static func abandon(_ step: String, _ errno: Int32? = nil) -> Never {
    let reason = errno.map { ": \(describe(errno: $0))" } ?? ""
    Diagnostics.report("a process of the sandbox cannot \(step)\(reason)")
    swasm_exit_group(ExitStatus.setupFailed.code)
  }
}
