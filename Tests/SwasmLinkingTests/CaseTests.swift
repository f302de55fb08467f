import Foundation
import SwasmText
import Testing

/// The scripts in `Cases`; what they say was checked against wasmtime 0.30, the last to run module linking.
@Suite struct CaseTests {
  private static var folder: URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Cases")
  }

  static var names: [String] {
    let files = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
    return (files ?? []).filter { $0.hasSuffix(".wast") }.sorted()
  }

  @Test(arguments: names) func runs(_ name: String) throws {
    let text = [UInt8](try Data(contentsOf: Self.folder.appendingPathComponent(name)))
    let script = try parseScript(text: text)
    #expect(script.commands.count > 0)
    let world = try LinkedWorld()
    for command in script.commands {
      do {
        try world.run(command.directive)
      } catch {
        Issue.record("\(name):\(command.line): \(error)")
      }
    }
  }

  @Test func thereAreCases() { #expect(Self.names.count >= 7) }
}
