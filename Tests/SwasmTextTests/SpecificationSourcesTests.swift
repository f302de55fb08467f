import Foundation
import SwasmText
import Testing

/// The specification's scripts as they are written: a checkout of WebAssembly/testsuite, or any folder of scripts, that
/// SWASM_TESTSUITE names.
@Suite struct SpecificationSourcesTests {
  private static let advice: Comment =
    "SKIPPED: no sources. Set SWASM_TESTSUITE to a checkout of WebAssembly/testsuite."

  static let folder: URL? = ProcessInfo.processInfo.environment["SWASM_TESTSUITE"].map {
    URL(filePath: $0)
  }

  /// Words of what the text format does not know yet: scripts that have one are named, not judged.
  private static let unsupported: [(feature: String, words: [String])] = [
    (
      "garbage collection",
      [
        "(struct", "(array", "i31", "anyref", "(rec", "(sub", "eqref", "structref", "arrayref",
        "(ref any", "(ref null any", "any.convert", "(ref.null any",
      ]
    )
  ]

  private static func scripts(in folder: URL) -> [URL] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return (files?.allObjects ?? []).compactMap { $0 as? URL }
      .filter { $0.pathExtension == "wast" }.sorted { $0.path < $1.path }
  }

  @Test(.enabled(if: folder != nil, advice)) func sourcesAreRead() throws {
    var (read, modules) = (0, 0)
    var skipped: [String: Int] = [:]
    for file in Self.scripts(in: try #require(Self.folder)) {
      let source = try Data(contentsOf: file)
      let text = String(decoding: source, as: UTF8.self)
      let missing = Self.unsupported.first { entry in entry.words.contains { text.contains($0) } }
      if let missing {
        skipped[missing.feature, default: 0] += 1
        continue
      }
      let script: Script
      do {
        script = try parseScript(text: [UInt8](source))
      } catch {
        Issue.record("\(file.lastPathComponent):\(error)")
        continue
      }
      for command in script.commands {
        guard let module = command.directive.wellFormed else { continue }
        modules += 1
        if case .failure(let error) = module.encoding {
          Issue.record("\(file.lastPathComponent):\(error)")
        }
      }
      read += 1
    }
    print("sources: \(read) scripts with \(modules) modules are read; not supported: \(skipped)")
    #expect(read > 0, "no script was read")
  }
}

extension Script.Directive {
  /// A module whose text is right, whatever else is wrong with it.
  fileprivate var wellFormed: Script.Module? {
    switch self {
    case .module(let module), .moduleDefinition(let module), .assertUnlinkable(let module, _),
      .assertUninstantiable(let module, _), .assertInvalid(let module, _):
      module
    default: nil
    }
  }
}
