import Foundation
import Testing

/// Inputs and expected outputs as files under Golden. SWASM_BLESS=1 writes what is found instead of comparing.
enum GoldenFiles {
  static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
  static let isBlessing = ProcessInfo.processInfo.environment["SWASM_BLESS"] == "1"

  /// The names, without extension, of the inputs in a folder.
  static func names(in folder: String, extension suffix: String) -> [String] {
    let names = try? FileManager.default.contentsOfDirectory(
      atPath: root.appending(path: folder).path)
    return (names ?? []).filter { $0.hasSuffix("." + suffix) }.map {
      String($0.dropLast(suffix.count + 1))
    }.sorted()
  }

  static func read(_ folder: String, _ file: String) throws -> String {
    try String(contentsOf: root.appending(path: folder).appending(path: file), encoding: .utf8)
  }

  /// Compares `found` with a file, or makes it the file.
  static func check(
    _ folder: String, _ file: String, _ found: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    if isBlessing {
      try found.write(
        to: root.appending(path: folder).appending(path: file), atomically: true, encoding: .utf8)
      return
    }
    let expected = (try? read(folder, file)) ?? ""
    #expect(
      found == expected, "\(folder)/\(file) differs; SWASM_BLESS=1 rewrites it",
      sourceLocation: sourceLocation)
  }
}
