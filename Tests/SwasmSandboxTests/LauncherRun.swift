import Foundation
import Glibc

/// The launcher as it was built beside the tests, and runs of it.
enum LauncherBinary {
  static let path = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    .deletingLastPathComponent().appendingPathComponent("swasm-sandbox").path
}

/// Where the key is that `compile` makes: none of the tests' is the user's own.
enum LauncherState {
  static let path = NSTemporaryDirectory() + "swasm-test-state"
}

/// What a run printed and how it ended.
struct LauncherResult {
  var stdout: String
  var stderr: String
  /// As a shell shows it: 128 + signal for a death by signal.
  var status: Int32
  /// Seconds.
  var time: Double
}

extension LauncherResult {
  /// Waits for the end of a process that writes to the two pipes.
  init(of process: Process, _ output: Pipe, _ errors: Pipe, since start: Date) {
    // Neither pipe holds more than the tests' programs write.
    let stdout = output.fileHandleForReading.readDataToEndOfFile()
    let stderr = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let code = process.terminationStatus
    self.init(
      stdout: String(decoding: stdout, as: UTF8.self),
      stderr: String(decoding: stderr, as: UTF8.self),
      status: process.terminationReason == .uncaughtSignal ? 128 + code : code,
      time: Date().timeIntervalSince(start))
  }
}

/// A run that is under way.
final class LauncherRun {
  let process = Process()
  private let output = Pipe()
  private let errors = Pipe()
  private let start = Date()

  init(
    _ arguments: [String], stdin: FileHandle? = nil, directory: String? = nil,
    environment: [String: String]? = nil, through wrapper: [String] = []
  ) throws {
    let words = wrapper + [LauncherBinary.path] + arguments
    process.executableURL = URL(fileURLWithPath: words[0])
    process.arguments = Array(words[1...])
    process.standardOutput = output
    process.standardError = errors
    process.standardInput = stdin ?? FileHandle.nullDevice
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    var variables = environment ?? ProcessInfo.processInfo.environment
    // Runs leave nothing with the user; tests of the cache name one of their own.
    if variables["SWASM_CACHE_DIR"] == nil { variables["SWASM_CACHE_DIR"] = "" }
    if environment == nil { variables["XDG_STATE_HOME"] = LauncherState.path }
    process.environment = variables
    try process.run()
  }

  func finish() -> LauncherResult {
    LauncherResult(of: process, output, errors, since: start)
  }

  static func run(
    _ arguments: [String], stdin: FileHandle? = nil, directory: String? = nil,
    environment: [String: String]? = nil
  ) throws -> LauncherResult {
    try LauncherRun(arguments, stdin: stdin, directory: directory, environment: environment)
      .finish()
  }
}

/// Runs of a shell, with the launcher as `$SWASM`.
enum Shell {
  static func run(
    _ script: String, directory: String, environment: [String: String] = [:]
  ) throws -> LauncherResult {
    var variables = ProcessInfo.processInfo.environment
    variables["SWASM"] = LauncherBinary.path
    variables["SWASM_CACHE_DIR"] = ""
    variables["XDG_STATE_HOME"] = LauncherState.path
    variables.merge(environment) { $1 }
    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    // Whoever runs the tests may ignore SIGPIPE, and a shell can't undo that.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["--default-signal=PIPE", "/bin/bash", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: directory)
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    let start = Date()
    try process.run()
    return LauncherResult(of: process, output, errors, since: start)
  }
}

/// A directory of its own for a test, removed at the end.
final class Scratch {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "swasm-test-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A file in it.
  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }

  func file(_ name: String, _ text: String) throws -> String { try file(name, Array(text.utf8)) }
}

/// Processes of the sandbox, seen from outside.
/// Mounts in a namespace of the test's own: root's to make, and a container may refuse them to root too.
enum Mounting {
  static let isAllowed =
    (try? Shell.run("unshare -m mount -t tmpfs none /mnt", directory: "/").status) == 0
}

enum ProcessTable {
  /// Children and their children, of a process.
  static func descendants(of pid: Int32) -> [Int32] {
    let children =
      (try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)) ?? ""
    return children.split(separator: " ").compactMap { Int32($0) }
      .flatMap { [$0] + descendants(of: $0) }
  }

  static func parent(of pid: Int32) -> Int32? { status(of: pid)["PPid"].flatMap { Int32($0) } }

  static func name(of pid: Int32) -> String {
    ((try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8)) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Waits until a process of that name is below `pid` and has its filter.
  static func locked(_ name: String, below pid: Int32) -> Int32? {
    for _ in 0..<400 {
      let found = descendants(of: pid).first {
        self.name(of: $0) == name && hasFilter($0)
      }
      if let found { return found }
      usleep(10_000)
    }
    return nil
  }

  /// The locked-down guest below `pid` as soon as there is one; nil when so many seconds are over.
  static func guest(below pid: Int32, within seconds: Double) -> Int32? {
    let start = Date()
    while Date().timeIntervalSince(start) < seconds {
      let found = descendants(of: pid).first {
        name(of: $0) == "swasm-guest" && hasFilter($0)
      }
      if let found { return found }
      usleep(2000)
    }
    return nil
  }

  /// A filter of its own: the tests may be under one themselves, as on an older kernel.
  private static func hasFilter(_ pid: Int32) -> Bool {
    let filters = status(of: pid)["Seccomp_filters"].flatMap { Int($0) } ?? 0
    return filters > (status(of: getpid())["Seccomp_filters"].flatMap { Int($0) } ?? 0)
  }

  static func status(of pid: Int32) -> [String: String] {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
    return text.split(separator: "\n").reduce(into: [:]) { result, line in
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 {
        result[String(parts[0])] = parts[1].trimmingCharacters(in: .whitespaces)
      }
    }
  }

  /// Gone, or dead and only not yet waited for.
  static func isGone(_ pid: Int32) -> Bool {
    let state = status(of: pid)["State"] ?? ""
    return state.isEmpty || state.hasPrefix("Z") || state.hasPrefix("X")
  }
}
