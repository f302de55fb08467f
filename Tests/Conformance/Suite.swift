import Foundation

/// A folder of scripts and the list of those expected to fail.
struct Suite {
  var folder: URL
  var list: URL
  var only: [String]

  private func names() -> [String] {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    let all = files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    return only.isEmpty ? all : all.filter(only.contains)
  }

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
    for name in names() {
      let (output, status) = runInProcess(name)
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
    print("\(passed.count) passed, \(surprises.count) failed")
    if !surprises.isEmpty { print("surprises: \(surprises.joined(separator: " "))") }
    return surprises.isEmpty && !(passed.isEmpty && failed.isEmpty) ? 0 : 1
  }

  private func runInProcess(_ name: String) -> (String, Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["--script", folder.appendingPathComponent("\(name).json").path]
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
