import Foundation
import SwasmModule
import Testing

/// The official test suite's verdicts on binary modules.
@Suite struct SpecificationSuiteTests {
  /// The scripts that need nothing beyond version 2.0 without SIMD.
  static let core = """
    address align annotations binary-leb128 block br bulk call call_indirect comments const
    conversions custom data endianness f32 f32_bitwise f32_cmp f64 f64_bitwise f64_cmp fac
    float_exprs float_literals float_memory float_misc forward func_ptrs global i32 i64 id if
    inline-module int_exprs int_literals labels left-to-right load local_get local_set loop
    memory memory_copy memory_fill memory_init memory_redundancy memory_size memory_trap names
    nop ref_func return skip-stack-guard-page stack start store switch table_copy table_fill
    table_get table_grow table_set table_size token traps type unreachable unwind
    utf8-custom-section-id utf8-import-field utf8-import-module
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  /// Scripts that need several memories, and nothing else.
  static let multiMemory = """
    address0 address1 align0 data1 data_drop0 float_exprs0 float_exprs1 float_memory0 load0 load1
    load2 memory_copy0 memory_copy1 memory_fill0 memory_init0 memory_size0 memory_size1 memory_size2
    memory_size3 memory_trap0 memory_trap1 start0 store0 store1 store2 traps0
    """.split(whereSeparator: \.isWhitespace).map(String.init)

  @Test(
    .enabled(if: SpecificationSuite.folder != nil, SpecificationSuite.advice),
    arguments: core)
  func judgesCoreScripts(_ script: String) throws {
    let folder = try #require(SpecificationSuite.folder)
    var count = 0
    for command in try SpecificationSuite.commands(of: script, in: folder) {
      count += 1
      check(command, isLenient: false, features: [])
    }
    #expect(count > 0)
  }

  @Test(
    .enabled(if: SpecificationSuite.folder != nil, SpecificationSuite.advice),
    arguments: multiMemory)
  func judgesMultiMemoryScripts(_ script: String) throws {
    let folder = try #require(SpecificationSuite.folder)
    for command in try SpecificationSuite.commands(of: script, in: folder) {
      check(command, isLenient: false, features: .multiMemory)
    }
  }

  /// The other scripts mix in what is not supported: that must be said, and nothing wrong accepted.
  @Test(.enabled(if: SpecificationSuite.folder != nil, SpecificationSuite.advice))
  func acceptsNothingWrongElsewhere() throws {
    let folder = try #require(SpecificationSuite.folder)
    let known = Set(Self.core + Self.multiMemory)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    var count = 0
    for script in names.sorted() where !known.contains(script) {
      for command in try SpecificationSuite.commands(of: script, in: folder) {
        count += 1
        check(command, isLenient: true, features: [])
      }
    }
    #expect(count > 2000)
  }

  /// - Parameter isLenient: whether a module may be refused as needing an unsupported feature.
  private func check(
    _ command: SpecificationSuite.Command, isLenient: Bool, features: Features
  ) {
    let found = verdict(on: command.bytes, features: features)
    if isLenient, found?.rejection == .unsupported { return }
    // Kinds 5 and 6 are module linking's: what is wrong is then something else.
    if isLenient, command.text == "malformed import kind", found != nil { return }
    #expect(
      SpecificationSuite.Expectation(found?.rejection) == command.expected,
      "\(command.place): expected \(command.text), found \(found?.description ?? "valid")")
  }
}
