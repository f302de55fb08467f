import Foundation
import SwasmModule
import Testing

/// The official test suite in the JSON form of wast2json.
enum SpecificationSuite {
  static let advice: Comment = """
    SKIPPED: no specification suite. Set SWASM_CONFORMANCE to the folder that holds \
    spec-testsuite-*.tar.xz, or the unpacked spec-json.
    """

  /// The folder of the scripts; an archive is unpacked once.
  static let folder: URL? = {
    let package = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let given = ProcessInfo.processInfo.environment["SWASM_CONFORMANCE"].map {
      URL(filePath: $0)
    }
    let home = given ?? package.deletingLastPathComponent().appending(path: "shared/conformance")
    let unpacked = home.appending(path: "spec-json")
    if FileManager.default.fileExists(atPath: unpacked.path) { return unpacked }
    let names = try? FileManager.default.contentsOfDirectory(atPath: home.path)
    guard
      let archive = names?.first(where: {
        $0.hasPrefix("spec-testsuite-") && $0.hasSuffix(".tar.xz")
      })
    else { return nil }
    return unpack(home.appending(path: archive))
  }()

  private static func unpack(_ archive: URL) -> URL? {
    let target = FileManager.default.temporaryDirectory.appending(
      path: "swasm-\(archive.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)")
    do {
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      let tar = Process()
      tar.executableURL = URL(filePath: "/usr/bin/env")
      tar.arguments = ["tar", "-C", target.path, "-xf", archive.path]
      try tar.run()
      tar.waitUntilExit()
      return tar.terminationStatus == 0 ? target.appending(path: "spec-json") : nil
    } catch {
      return nil
    }
  }

  /// A command that passes judgement on a module.
  struct Command {
    var place: String
    /// The kind of command, for counting.
    var type: String
    var bytes: [UInt8]
    var isText: Bool
    var expected: Expectation
    var text: String
  }

  enum Expectation: Equatable {
    case valid
    case rejected(Rejection)

    init(_ found: Rejection?) { self = found.map { .rejected($0) } ?? .valid }
  }

  private struct Script: Decodable {
    var commands: [Entry]
  }

  private struct Entry: Decodable {
    var type: String
    var line: Int
    var filename: String?
    var text: String?
  }

  /// What a command says of its module; commands on no module are absent.
  private static let expectations: [String: Expectation] = [
    "module": .valid, "module_definition": .valid, "assert_unlinkable": .valid,
    "assert_uninstantiable": .valid, "assert_malformed": .rejected(.malformed),
    "assert_malformed_custom": .rejected(.malformed), "assert_invalid": .rejected(.invalid),
    // What is wrong in custom sections doesn't make a module invalid.
    "assert_invalid_custom": .valid,
  ]

  /// The scripts, by their paths below the folder.
  static let scripts: [String] = {
    guard let folder, let files = FileManager.default.enumerator(atPath: folder.path) else {
      return []
    }
    return files.compactMap { $0 as? String }.filter { $0.hasSuffix(".json") }
      .map { String($0.dropLast(5)) }.sorted()
  }()

  static func commands(of script: String, in folder: URL) throws -> [Command] {
    let json = try Data(contentsOf: folder.appending(path: script + ".json"))
    return try JSONDecoder().decode(Script.self, from: json).commands.compactMap { entry in
      guard let file = entry.filename, let expected = expectations[entry.type] else { return nil }
      // The modules of scripts in folders lie in the folder of that name or beside it.
      let inner = folder.appending(path: script).appending(path: file)
      let beside = folder.appending(path: script).deletingLastPathComponent().appending(path: file)
      let path = FileManager.default.fileExists(atPath: inner.path) ? inner : beside
      return Command(
        place: "\(script).wast:\(entry.line)", type: entry.type,
        bytes: [UInt8](try Data(contentsOf: path)), isText: file.hasSuffix(".wat"),
        expected: expected, text: entry.text ?? "valid")
    }
  }
}
