import Foundation
import SwasmModule

/// A folder of scripts and the list of those expected to fail.
struct Suite {
  var folder: URL
  var list: URL
  var only: [String]
  /// Runs the scripts as text, with `wast`; without one they are JSON.
  var launcher: URL?

  /// Scripts of the folder and those inside of it, by their paths.
  private func names() -> [String] {
    let files = (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? []
    let all = files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(5)) }.sorted()
    return only.isEmpty ? all : all.filter(only.contains)
  }

  private var suffix: String { launcher == nil ? ".json" : ".wast" }

  /// Lines of a list: a name each; `#` begins a comment.
  static func listed(_ list: URL) -> Set<String> {
    let text = (try? String(contentsOf: list, encoding: .utf8)) ?? ""
    return Set(
      text.split(separator: "\n").map {
        $0.split(separator: "#", omittingEmptySubsequences: false)[0]
          .trimmingCharacters(in: .whitespaces)
      }.filter { !$0.isEmpty })
  }

  func run() -> Int32 {
    let expected = Self.listed(list)
    var passed: [String] = []
    var failed: [String] = []
    var surprises: [String] = []
    var kinds: [String: Int] = [:]
    for name in names() {
      var (output, status) = runInProcess(name)
      if launcher == nil {
        Self.takeCounts(from: &output, into: &kinds)
      } else {
        kinds["command", default: 0] += Self.passedCommands(output)
      }
      let isExpected = expected.contains(name)
      if status == 0 { passed.append(name) } else { failed.append(name) }
      if (status == 0) == isExpected {
        surprises.append(name)
        print(status == 0 ? "\(name): passes, but is on the list" : "\(name): \(output)")
      } else if !only.isEmpty {
        print("\(name): \(output)")
      }
    }
    print(
      "scripts that pass whole: \(passed.count); expected failures: \(failed.count - surprises.count)"
    )
    for (kind, count) in kinds.sorted(by: { $0.key < $1.key }) {
      print("\(kind): \(count) as they should be")
    }
    print("\(passed.count) passed, \(surprises.count) failed")
    if !surprises.isEmpty { print("surprises: \(surprises.joined(separator: " "))") }
    return surprises.isEmpty && !(passed.isEmpty && failed.isEmpty) ? 0 : 1
  }

  /// A script's last line counts what was as it should be, by kind of command.
  private static func takeCounts(from output: inout String, into kinds: inout [String: Int]) {
    guard let start = output.range(of: "\ncounts:", options: .backwards) else { return }
    for word in output[start.upperBound...].split(separator: " ") {
      let parts = word.split(separator: "=")
      guard parts.count == 2, let count = Int(parts[1].prefix { $0.isNumber }) else { continue }
      kinds[String(parts[0]), default: 0] += count
    }
    output.removeSubrange(start.lowerBound...)
  }

  /// The launcher's last line: `1 script: 3 passed, 0 failed`.
  private static func passedCommands(_ output: String) -> Int {
    let words = (output.split(separator: "\n").last ?? "").split(separator: " ")
    return words.count > 2 ? Int(words[2]) ?? 0 : 0
  }

  private func runInProcess(_ name: String) -> (String, Int32) {
    let process = Process()
    let script = folder.appendingPathComponent(name + suffix)
    if let launcher {
      process.executableURL = launcher
      let older = olderFeatures(of: script).names.map { "-\($0)" }.joined(separator: ",")
      process.arguments = ["wast"] + (older.isEmpty ? [] : ["--features", older]) + [script.path]
    } else {
      process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      process.arguments = ["--script", script.path]
    }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    do { try process.run() } catch { return ("\(error)", 1) }
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: output.prefix(4000), as: UTF8.self)
    if process.terminationReason == .uncaughtSignal {
      return ("\(text)killed by signal \(process.terminationStatus)", 1)
    }
    return (text, process.terminationStatus)
  }
}
