import Foundation
import SwasmText

/// The bytes of a folder's text scripts as our encoder makes them, against those that stand beside them.
struct EncodingComparison {
  var folder: URL
  /// Lines `SCRIPT:LINE  # reason`: modules that are encoded in another way.
  var list: URL

  /// Prints each difference that isn't on the list, and each that is and isn't one. Returns 0 when there is neither.
  func run() throws -> Int32 {
    let expected = Suite.listed(list)
    var (equal, different, surprises) = (0, 0, 0)
    for name in try scripts() {
      for (line, isEqual) in try compare(name) {
        let place = "\(name):\(line)"
        if isEqual { equal += 1 } else { different += 1 }
        if isEqual == expected.contains(place) {
          surprises += 1
          print(
            isEqual
              ? "\(place): the same bytes, but is on the list" : "\(place): not the same bytes")
        }
      }
    }
    print("\(equal) modules encoded to the same bytes, \(different) to others, as explained")
    return surprises == 0 && equal > 0 ? 0 : 1
  }

  private func scripts() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".wast") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// By line of the command: whether its module is the one that the JSON names.
  private func compare(_ name: String) throws -> [(line: Int, isEqual: Bool)] {
    let json = try JSONDecoder().decode(
      Script.self, from: Data(contentsOf: folder.appendingPathComponent("\(name).json")))
    let text = try Data(contentsOf: folder.appendingPathComponent("\(name).wast"))
    let script = try parseScript(text: [UInt8](text))
    let commands = Dictionary(
      script.commands.map { ($0.line, $0) }, uniquingKeysWith: { first, _ in first })
    var results: [(line: Int, isEqual: Bool)] = []
    for expected in json.commands {
      guard let file = expected.filename, file.hasSuffix(".wasm") else { continue }
      guard let command = commands[expected.line], let module = command.directive.module else {
        throw Failure("\(name): no module at line \(expected.line)")
      }
      let path = folder.appendingPathComponent(name).appendingPathComponent(file)
      let wanted = [UInt8](try Data(contentsOf: path))
      let found = try? module.encoding.get()
      results.append((command.line, found == wanted))
    }
    return results
  }
}
