import Testing

@testable import SwasmSandbox

/// Numbers that nobody means: refused with words or as good as no limit; nothing wraps, nothing traps.
@Suite struct ExtremeNumberTests {
  private static let numbers = [
    "0", "1", "-1", "+1", "0.001", "0.0009", "1.9999", "1e30", "4294967296", "9223372036854775807",
    "9223372036854775808", "18446744073709551.999", "18446744073709551615", "18446744073709551616",
    "99999999999999999999999999", "", " 5", "0x10", "nan", "inf", "٣",
  ]

  private static let durations = numbers.flatMap { [$0, $0 + "ms", $0 + "s", $0 + "h"] }
  private static let sizes = numbers.flatMap { [$0, $0 + "B", $0 + "KiB", $0 + "GiB"] }

  private static func values(of option: RunOption) -> [String] {
    switch option {
    case .timeout, .cpuTime: durations
    case .memory, .stack, .maxFileSize, .maxOutput, .maxWritten: sizes
    default: numbers
    }
  }

  private static let options: [RunOption] = [
    .timeout, .cpuTime, .memory, .stack, .maxFileSize, .maxOutput, .maxWritten, .openFiles,
    .maxFiles,
  ]

  /// What a run with the value came to: never a death of the launcher's own.
  private func check(_ result: LauncherResult, _ what: String) {
    #expect([0, 2, 124, 125, 126, 134, 137, 153].contains(result.status), "\(what): \(result)")
    #expect(result.status == 0 || !result.stderr.isEmpty, "\(what): no word")
    #expect(!result.stderr.contains("Fatal error"), "\(what): \(result.stderr)")
    #expect(result.time < 20, "\(what)")
  }

  /// Three ways to say it. All values go through the parser that these share; those that it takes are run.
  @Test(arguments: options)
  func everyWayToSayIt(_ option: RunOption) throws {
    let scratch = try Scratch()
    let program = try scratch.file("a.wat", "(module (memory 1) (func (export \"_start\")))")
    let key = try #require(PolicyKey.allCases.first { $0.option == option })
    for value in Self.values(of: option) {
      var options = RunOptions()
      let isTaken = (try? options.apply(option, value)) != nil
      let run = try LauncherRun.run(["run", "\(option.flag)=\(value)", program])
      check(run, "\(option.flag)=\(value)")
      #expect((run.status != 2) == isTaken, "\(option.flag)=\(value): \(run.stderr)")
      guard isTaken else { continue }
      let variables = ["SWASM_CACHE_DIR": "", option.variable: value]
      check(try LauncherRun.run(["run", program], environment: variables), "\(option.variable)")
      let isCount = option == .openFiles || option == .maxFiles
      let text = "[limits]\n\(key.shortName) = \(isCount ? value : "\"\(value)\"")\n"
      let policy = try scratch.file("p.toml", text)
      check(try LauncherRun.run(["run", "--policy", policy, program]), text)
      check(try LauncherRun.run(["run", "--dry-run", "--policy", policy, program]), text)
    }
  }

  @Test(arguments: ["--timeout", "--function", "--features"])
  func otherCommands(_ option: String) throws {
    let scratch = try Scratch()
    let program = try scratch.file("a.wat", "(module (func (export \"_start\")))")
    for value in Self.numbers {
      let words =
        option == "--timeout"
        ? ["wast", "--timeout=\(value)", program]
        : ["compile", "--dump", "ir", "\(option)=\(value)", program]
      let result = try LauncherRun.run(words)
      #expect([0, 1, 2, 124, 126].contains(result.status), "\(words): \(result)")
    }
  }

  @Test(
    arguments: [
      ("100ms", 100), ("1.5s", 1500), ("876000h", 3_153_600_000_000), ("876001h", nil),
      ("3153600000000ms", 3_153_600_000_000), ("3153600000000.1ms", 3_153_600_000_000),
      ("3153600000001ms", nil), ("18446744073709551.999", nil), ("18446744073709551615ms", nil),
    ] as [(String, UInt64?)])
  func durationsEnd(_ text: String, _ milliseconds: UInt64?) {
    #expect(Quantities.milliseconds(text) == milliseconds)
  }

  @Test(
    arguments: [
      ("1073741824GiB", 1 << 60), ("1073741824.001GiB", nil), ("1152921504606846976", 1 << 60),
      ("1152921504606846977", nil), ("18446744073709551615", nil), ("17179869183.999GiB", nil),
    ] as [(String, UInt64?)])
  func sizesEnd(_ text: String, _ bytes: UInt64?) { #expect(Quantities.bytes(text) == bytes) }
}
