import Foundation
import Testing

/// What was learnt of a program in a directory of its own.
struct Learnt {
  let scratch: Scratch
  let run: LauncherResult
  var policy: String {
    (try? String(contentsOfFile: scratch.path + "/p.toml", encoding: .utf8)) ?? ""
  }

  /// The program again, under the policy less the lines that have a word in them.
  func again(
    without word: String? = nil, _ options: [String] = [], stdin: FileHandle? = nil,
    program: String = "a.wat"
  ) throws -> LauncherResult {
    let lines = policy.split(separator: "\n", omittingEmptySubsequences: false)
      .filter { line in
        guard let word else { return true }
        return line.hasPrefix("#") || !line.contains(word)
      }
    _ = try scratch.file("narrow.toml", lines.joined(separator: "\n"))
    return try LauncherRun.run(
      ["run", "--policy", "narrow.toml"] + options + [program], stdin: stdin,
      directory: scratch.path)
  }

  /// - Parameter files: made before, with their directories, open to all users.
  static func of(
    _ program: String, _ options: [String] = [], files: [String] = [], stdin: FileHandle? = nil,
    arguments: [String] = []
  ) throws -> Learnt {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", program)
    for file in files {
      let path = scratch.path + "/" + file
      let folder = (path as NSString).deletingLastPathComponent
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
      _ = try scratch.file(file, "old\n")
    }
    let run = try LauncherRun.run(
      ["learn", "--output", "p.toml"] + options + ["a.wat"] + arguments, stdin: stdin,
      directory: scratch.path)
    return Learnt(scratch: scratch, run: run)
  }

  /// The granted directories in a policy, as they stand there.
  var directories: [String] {
    let text = policy.components(separatedBy: "[grants]\ndirectories = [").dropFirst().first ?? ""
    let lines = text.split(separator: "\n").prefix { $0 != "]" && !$0.hasPrefix("[") }
    return lines.compactMap { line in
      guard let start = line.firstIndex(of: "\"") else { return nil }
      let rest = line[line.index(after: start)...]
      guard let end = rest.range(of: "\",  #") ?? rest.range(of: "\"]") else { return nil }
      return String(rest[..<end.lowerBound])
    }
  }
}
