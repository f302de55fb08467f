import Foundation
import Glibc

/// A run of the launcher with what it and all of its processes used, as the kernel counted it.
struct MeasuredRun {
  var status: Int32
  var stderr: String
  /// Of all of its processes, in seconds.
  var cpu: Double

  /// - Parameter scratch: where it runs; the cache is in it.
  init(_ arguments: [String], in scratch: Scratch) throws {
    let errors = scratch.path + "/stderr"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    // The shell becomes the launcher: it is the same process.
    let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", scratch.path, LauncherBinary.path]
    var words = (shell + arguments).map { strdup($0) } + [nil]
    let settings = [
      "SWASM_CACHE_DIR=\(scratch.path)/cache", "XDG_STATE_HOME=\(scratch.path)/state",
    ]
    var variables = settings.map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, "/bin/sh", &actions, nil, &words, &variables) == 0 else {
      throw CocoaError(.executableNotLoadable)
    }
    var end: Int32 = 0
    var usage = rusage()
    while wait4(pid, &end, 0, &usage) < 0, errno == EINTR {}
    let signal = end & 0x7f
    status = signal == 0 ? end >> 8 & 0xff : 128 + signal
    stderr = try String(contentsOfFile: errors, encoding: .utf8)
    cpu = Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime)
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000
  }
}
