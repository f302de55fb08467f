import CSwasm
import Glibc
import SwasmLockdown
import SwasmWASI

/// The launcher's handle of the zygote, the process that compilers, brokers and guests are forked from. It
/// is forked before arguments, environment or policy are read: nothing of them is in its memory, so
/// nothing of them reaches a guest that is not meant to.
public struct Zygote: ~Copyable {
  private let channel: Int32
  let pid: pid_t

  /// Forks the zygote; the first thing that `main` does. Returns in the launcher only.
  public static func start() throws(Failure) -> Zygote {
    // Whoever starts it chooses policy, program and directories: with another user's rights anybody would have them.
    guard swasm_has_borrowed_rights() == 0 else {
      throw Failure(
        .setupFailed,
        "started with rights that its user does not have (set-user-id, set-group-id, capabilities of the "
          + "file); it would let anyone use them; `chmod u-s,g-s` and `setcap -r` take them away")
    }
    let tuned = swasm_start_untuned()
    guard tuned == 0 else { throw .system("cannot start anew without MALLOC_… variables", tuned) }
    swasm_fill_standard_descriptors()
    var channel: Int32 = -1
    let pid = swasm_fork_zygote(&channel)
    if pid < 0 { throw .system("cannot start a process", pid) }
    if pid > 0 { return Zygote(channel: channel, pid: pid) }
    // Filters and results go through files in memory, which the limit on files is not meant for. Each process sets its own
    // later.
    swasm_raise_file_limit()
    WarmUp.run()
    var request = swasm_request()
    swasm_serve_zygote(channel, &request)
    ChildRole.become(request)
  }

  private init(channel: Int32, pid: pid_t) {
    self.channel = channel
    self.pid = pid
  }

  /// Starts a process and waits until it is tied to this one's life.
  ///
  /// - Parameters:
  ///   - plan: the role's plan.
  ///   - descriptors: the role's, in its order.
  ///   - isLast: nothing more is started. The zygote itself becomes the process then, and has what all
  ///     others are forked with: no more of the launcher's, and no less.
  func spawn(
    _ role: ChildRole, plan: MessageWriter, _ descriptors: [Int32], isLast: Bool = false
  ) throws(Failure) -> ChildProcess {
    let what = "cannot start the \(role.name) process"
    var link = try DescriptorPair.channel()
    let file = try MemoryFile("swasm-plan", plan.bytes)
    let pid = try request(role, isLast, [link.second, file.descriptor] + descriptors, what)
    // The child's death has to show as the end of the channel.
    link.closeSecond()
    let child = try ChildProcess.watching(pid)
    let refusal = swasm_acknowledge_child(link.first)
    guard refusal == 0 else { throw .system(what, refusal) }
    return child
  }

  private func request(
    _ role: ChildRole, _ isLast: Bool, _ descriptors: [Int32], _ what: String
  ) throws(Failure) -> pid_t {
    guard descriptors.count <= SWASM_REQUEST_DESCRIPTORS else {
      throw Failure(.setupFailed, "\(what): too many directories")
    }
    var request = swasm_request()
    request.role = role.rawValue
    request.last = isLast ? 1 : 0
    request.count = UInt32(descriptors.count)
    withUnsafeMutableBytes(of: &request.descriptors) { bytes in
      descriptors.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
    let pid = swasm_request_process(channel, &request)
    guard pid > 0 else { throw .system(what, pid) }
    return pid
  }

  deinit {
    close(channel)
    // One that has become another process has been waited for: ECHILD.
    _ = retrying { Int(waitpid(pid, nil, 0)) }
  }
}
