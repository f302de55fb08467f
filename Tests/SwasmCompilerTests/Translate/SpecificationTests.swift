import Foundation
import SwasmArtifact
import SwasmModule
import Testing

/// Translates the modules of the official suite and runs them in the IR interpreter.
struct SpecificationTests {
  struct Outcome {
    var passed = 0
    var skipped = 0
    var failures: [String] = []
  }

  @Test(.enabled(if: SpecificationAssertions.folder != nil, "needs SWASM_CONFORMANCE"))
  func suite() throws {
    let folder = try #require(SpecificationAssertions.folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    var total = Outcome()
    for name in names.sorted() where name.hasSuffix(".json") && !Self.isVector(name) {
      let outcome = try run(folder, name)
      total.passed += outcome.passed
      total.skipped += outcome.skipped
      total.failures += outcome.failures
    }
    print("\(total.passed) passed, \(total.skipped) skipped, \(total.failures.count) failed")
    #expect(total.failures.isEmpty, "\(total.failures.prefix(20).joined(separator: "\n"))")
    #expect(total.passed > 20_000)
  }

  /// The interpreter knows no vectors.
  private static func isVector(_ name: String) -> Bool {
    name.contains("simd") || name.contains("relaxed")
  }

  private func run(_ folder: URL, _ name: String) throws -> Outcome {
    let script = try JSONDecoder().decode(
      SpecificationAssertions.Script.self, from: Data(contentsOf: folder.appending(path: name)))
    let modules = folder.appending(path: String(name.dropLast(5)))
    var outcome = Outcome()
    var position = 0
    while position < script.commands.count {
      let command = script.commands[position]
      position += 1
      guard command.type == "module", command.moduleType != "text", let file = command.filename
      else { continue }
      let first = position
      while position < script.commands.count, script.commands[position].type != "module" {
        position += 1
      }
      let commands = script.commands[first..<position]
      let bytes = [UInt8](try Data(contentsOf: modules.appending(path: file)))
      do {
        var interpreter = try IRInterpreter.instantiate(bytes)
        for command in commands { judge(command, &interpreter, name, &outcome) }
      } catch IRInterpreter.Failure.unsupported(let text) where text.hasPrefix("function") {
        outcome.failures.append("\(name):\(command.line): \(text)")
      } catch {
        // The module uses a feature that isn't supported, or does not link.
        outcome.skipped += commands.count
      }
    }
    return outcome
  }

  private func judge(
    _ command: SpecificationAssertions.Command, _ interpreter: inout IRInterpreter, _ name: String,
    _ outcome: inout Outcome
  ) {
    guard let action = command.action, action.type == "invoke", action.module == nil,
      command.type == "action" || command.type == "assert_return" || command.type == "assert_trap"
    else { return }
    let arguments = action.args ?? []
    let expected = command.expected ?? []
    guard !(arguments + expected).contains(where: \.isUnsupported) else {
      outcome.skipped += 1
      return
    }
    let place = "\(name):\(command.line): \(action.field)"
    do {
      let results = try interpreter.invoke(action.field, arguments.map { $0.bits ?? 0 })
      let isRight =
        command.type != "assert_trap"
        && (command.type == "action"
          || results.count == expected.count
            && zip(expected, results).allSatisfy { $0.matches($1) })
      if isRight {
        outcome.passed += 1
      } else {
        outcome.failures.append("\(place) gave \(results), not \(command.text ?? "\(expected)")")
      }
    } catch let trap as IRInterpreter.Trap {
      let message = trap.kind.message
      if command.type == "assert_trap", let text = command.text,
        text.hasPrefix(message) || message.hasPrefix(text) || text.hasPrefix("uninitialized")
      {
        outcome.passed += 1
      } else {
        outcome.failures.append("\(place) trapped: \(message), not \(command.text ?? "")")
      }
    } catch {
      outcome.failures.append("\(place): \(error)")
    }
  }
}
