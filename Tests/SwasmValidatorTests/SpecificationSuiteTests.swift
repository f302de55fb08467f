import Foundation
import SwasmModule
import SwasmText
import Testing

/// The official test suite's verdicts on modules.
@Suite struct SpecificationSuiteTests {
  /// The scripts that are about garbage collection, which is not supported: that must be said, and nothing wrong
  /// accepted.
  static let collected: Set<String> = Set(
    """
    array array_copy array_fill array_init_data array_init_elem array_new_data array_new_elem
    binary-gc br_on_cast br_on_cast_fail extern i31 ref_cast ref_eq ref_test struct type-canon
    ref_null table_init table_init64 tag type-equivalence type-rec type-subtyping
    """.split(whereSeparator: \.isWhitespace).map(String.init))

  /// The threads proposal's scripts are of a time with one memory and one table, and sizes of 32 bits.
  static let outdated: Set<String> = [
    "multiple tables", "multiple memories", "i32 constant out of range",
  ]

  @Test(
    .enabled(if: SpecificationSuite.folder != nil, SpecificationSuite.advice),
    arguments: SpecificationSuite.scripts)
  func judges(_ script: String) throws {
    let folder = try #require(SpecificationSuite.folder)
    let isCollected = Self.collected.contains(script)
    for command in try SpecificationSuite.commands(of: script, in: folder) {
      let found = try verdict(on: command)
      if isCollected, found?.rejection == .unsupported { continue }
      if script.hasPrefix("proposals/threads"), Self.outdated.contains(command.text) { continue }
      #expect(
        SpecificationSuite.Expectation(found?.rejection) == command.expected,
        "\(command.place): \(command.type): expected \(command.text), found \(found?.description ?? "valid")"
      )
    }
  }

  /// How many modules of each kind were judged as the suite says, how many otherwise.
  @Test(.enabled(if: SpecificationSuite.folder != nil, SpecificationSuite.advice))
  func counts() throws {
    let folder = try #require(SpecificationSuite.folder)
    var right: [String: Int] = [:]
    var wrong: [String: Int] = [:]
    for script in SpecificationSuite.scripts where !Self.collected.contains(script) {
      for command in try SpecificationSuite.commands(of: script, in: folder) {
        let found = try verdict(on: command)
        if SpecificationSuite.Expectation(found?.rejection) == command.expected {
          right[command.type, default: 0] += 1
        } else {
          wrong[command.type, default: 0] += 1
        }
      }
    }
    for type in right.keys.sorted() {
      print("\(type): \(right[type] ?? 0) as the suite says, \(wrong[type] ?? 0) otherwise")
    }
    #expect(right.values.reduce(0, +) > 7000)
  }

  private func verdict(on command: SpecificationSuite.Command) throws -> Verdict? {
    guard command.isText else { return SwasmValidatorTests.verdict(on: command.bytes) }
    do throws(TextError) {
      return SwasmValidatorTests.verdict(on: try encode(text: command.bytes))
    } catch {
      let isUnsupported = if case .unsupported = error.cause { true } else { false }
      return Verdict(
        rejection: isUnsupported ? .unsupported : .malformed, description: "\(error)",
        offset: error.offset)
    }
  }
}
