import ModuleBytes
import SwasmModule
import Testing

@Suite struct BodyErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var body: String
    /// From the beginning of the body.
    var offset: Int
    /// How the description begins.
    var words: String
    var rejection: Rejection

    var testDescription: String { "\(body): \(words)" }

    init(
      _ body: String, at offset: Int, _ words: String, _ rejection: Rejection = .invalid
    ) {
      self.body = body
      self.offset = offset
      self.words = words
      self.rejection = rejection
    }
  }

  static let cases: [Case] = [
    // Operands.
    Case("6a 0b", at: 0, "type mismatch: expected i32, found nothing"),
    Case("41 00 42 00 6a 0b", at: 4, "type mismatch: expected i32, found i64"),
    Case("41 00 0b", at: 2, "type mismatch: values left at the end of the block: 1"),
    Case("1a 0b", at: 0, "type mismatch: expected a value, found nothing"),
    Case("41 00 02 40 1a 0b 1a 0b", at: 4, "type mismatch: expected a value"),
    Case("00 43 00000000 45 1a 0b", at: 6, "type mismatch: expected i32, found f32"),
    // Control.
    Case("02 7f 0b 1a 0b", at: 2, "type mismatch: expected i32, found nothing"),
    Case("41 00 04 7f 41 00 0b 1a 0b", at: 6, "type mismatch: if without else"),
    Case("02 04 0b 0b", at: 0, "unknown type 4"),
    Case("0c 01 0b", at: 0, "unknown label 1"),
    Case("41 00 0e 01 00 02 0b", at: 2, "unknown label 2"),
    Case("02 7f 41 00 41 00 0e 01 00 01 0b 1a 0b", at: 6, "type mismatch: a label takes 0"),
    Case("42 00 0d 00 0b", at: 2, "type mismatch: expected i32, found i64"),
    Case("05 0b", at: 0, "misplaced ELSE opcode", .malformed),
    Case("41 00 04 40 05 05 0b 0b", at: 5, "misplaced ELSE opcode", .malformed),
    Case("02 40 0b", at: 3, "END opcode expected", .malformed),
    Case("0b 01", at: 0, "END opcode expected at the end of the code, not before", .malformed),
    // Calls.
    Case("10 07 0b", at: 0, "unknown function 7"),
    Case("41 00 11 00 02 0b", at: 2, "unknown table 2"),
    Case("41 00 11 04 00 0b", at: 2, "unknown type 4"),
    Case("41 00 11 00 01 0b", at: 2, "type mismatch: expected funcref, found externref"),
    // Parametric and variables.
    Case("41 00 42 00 41 00 1b 1a 0b", at: 6, "type mismatch: expected i32, found i64"),
    Case("d0 70 d0 70 41 00 1b 1a 0b", at: 6, "type mismatch: expected a number, found funcref"),
    Case("00 1c 00 0b", at: 1, "invalid result arity 0"),
    Case("00 1c 02 7f 7f 0b", at: 1, "invalid result arity 2"),
    Case("20 00 0b", at: 0, "unknown local 0"),
    Case("23 02 0b", at: 0, "unknown global 2"),
    Case("41 00 24 00 0b", at: 2, "immutable global: global is immutable (0)"),
    Case("42 00 24 01 0b", at: 2, "type mismatch: expected i32, found i64"),
    // Memory.
    Case("41 00 28 03 00 1a 0b", at: 2, "alignment must not be larger than natural"),
    Case("41 00 28 80 01 00 1a 0b", at: 3, "malformed memop flags 0x80", .malformed),
    Case("41 00 28 42 01 00 1a 0b", at: 2, "unknown memory 1"),
    Case("41 00 28 02 80 80 80 80 10 1a 0b", at: 2, "offset out of range: 4294967296"),
    Case("3f 01 1a 0b", at: 0, "unknown memory 1"),
    Case("00 fc 08 01 00 0b", at: 1, "unknown data segment 1"),
    Case("fc 09 01 0b", at: 0, "unknown data segment 1"),
    // Tables and references.
    Case("fc 0d 01 0b", at: 0, "unknown elem segment 1"),
    Case("00 fc 0c 00 01 0b", at: 1, "type mismatch: expected externref, found (ref func)"),
    Case("00 fc 0e 00 01 0b", at: 1, "type mismatch: expected funcref, found externref"),
    Case("00 25 02 0b", at: 1, "unknown table 2"),
    Case("d2 00 1a 0b", at: 0, "undeclared function reference 0"),
    Case("d2 02 1a 0b", at: 0, "unknown function 2"),
    Case("41 00 d1 1a 0b", at: 2, "type mismatch: expected a reference, found i32"),
    Case("d0 7f 1a 0b", at: 1, "malformed heap type 0x7f", .malformed),
    // Malformed instructions.
    Case("41 80 80 80 80 80 00 1a 0b", at: 5, "integer representation too long", .malformed),
    Case("41 80 80 80 80 10 1a 0b", at: 5, "integer too large", .malformed),
    Case("20 80 80 80 80 10 1a 0b", at: 5, "integer too large", .malformed),
    Case("44 00 00", at: 1, "unexpected end", .malformed),
    Case("ff 0b", at: 0, "illegal opcode ff", .malformed),
    Case("fc 20 0b", at: 0, "illegal opcode fc 20", .malformed),
    Case("41 00 0e ff ff ff ff 0f 0b", at: 8, "unexpected end", .malformed),
    // What is not supported.
    Case(
      "fb 00 00 0b", at: 0, "needs gc, which is not supported yet (opcode 0xfb00)", .unsupported),
    Case("d3 0b", at: 0, "needs gc, which is not supported yet", .unsupported),
    // Control.
    Case("12 01 12 00", at: 4, "END opcode expected", .malformed),
    Case("15 00 0b", at: 0, "type mismatch: expected (ref null 1), found nothing"),
    Case("14 09 0b", at: 0, "unknown type 9"),
    Case("41 00 d4 0b", at: 2, "type mismatch: expected a reference, found i32"),
    Case("d0 70 d5 01 1a 0b", at: 2, "unknown label 1"),
    Case("d0 70 d6 00 0b", at: 2, "type mismatch: the label takes no reference"),
    Case("08 00 0b", at: 0, "unknown tag 0"),
    Case("0a 0b", at: 0, "type mismatch: expected exnref, found nothing"),
    Case("1f 40 01 04 00 0b 0b", at: 3, "malformed catch clause 4", .malformed),
    Case("1f 40 01 03 00 0b 0b", at: 0, "type mismatch: a label takes 0 values"),
    Case("19 0b", at: 0, "type mismatch: not in a try block"),
    Case("06 40 09 00 0b 0b", at: 2, "invalid rethrow label 0"),
    Case("06 40 18 01 0b", at: 2, "unknown label 1"),
    Case("d0 01 1a d0 09 0b", at: 3, "unknown type 9"),
    // Vectors and atomics.
    Case("00 fd 15 10 1a 0b", at: 3, "invalid lane index 16"),
    Case("41 00 fe 10 03 00 1a 0b", at: 2, "alignment must not be larger than natural"),
    Case("41 00 fe 10 01 00 1a 0b", at: 2, "atomic alignment must be natural"),
    Case("fe 03 01 0b", at: 2, "zero byte expected", .malformed),
  ]

  /// Each feature can be switched off: then what belongs to it is refused by name.
  @Test(arguments: [
    ("fd 0c 00000000000000000000000000000000 1a 0b", Features.simd, "simd", "v128.const"),
    ("02 7b 00 0b 1a 0b", .simd, "simd", "type v128"),
    ("12 00 0b", .tailCalls, "tail-call", "return_call"),
    ("1f 40 00 0b 0b", .exceptions, "exceptions", "try_table"),
    ("06 40 0b 0b", .legacyExceptions, "legacy-exceptions", "try"),
    ("fe 03 00 0b", .threads, "threads", "atomic.fence"),
    ("d2 01 d4 1a 0b", .functionReferences, "function-references", "ref.as_non_null"),
    ("42 00 42 00 fc 15 1a 1a 0b", .wideArithmetic, "wide-arithmetic", "i64.mul_wide_s"),
    ("41 00 c0 1a 0b", .signExtension, "sign-extension", "i32.extend8_s"),
    (
      "43 00000000 fc 00 1a 0b", .saturatingConversions, "saturating-float-to-int",
      "i32.trunc_sat_f32_s"
    ),
  ])
  func refusesWhatIsSwitchedOff(
    _ body: String, _ feature: Features, _ name: String, _ what: String
  ) {
    let bytes = module(body: body)
    #expect(verdict(on: bytes) == nil)
    let found = verdict(on: bytes, features: .all.subtracting(feature))
    #expect(found?.rejection == .switchedOff)
    #expect(
      found?.description.hasPrefix("needs \(name), which is switched off (\(what))") == true,
      "\(found?.description ?? "valid")")
  }

  @Test(arguments: cases)
  func rejects(_ each: Case) throws {
    let found = try #require(verdict(on: module(body: each.body)))
    #expect(found.description.hasPrefix(each.words), "\(found.description)")
    #expect(found.offset == (try bodyOffset()) + each.offset)
    #expect(found.rejection == each.rejection)
    #expect(found.description.contains("in function 0 "))
  }

  @Test func bulkMemoryNeedsTheDataCount() throws {
    let bytes = module(body: "fc 09 00 0b")
    let count: [UInt8] = [12, 1, 1]
    let start = try #require(bytes.indices.first { bytes[$0...].starts(with: count) })
    var without = bytes
    without.removeSubrange(start..<start + 3)
    let found = try #require(verdict(on: without))
    #expect(found.description.hasPrefix("data count section required"))
    #expect(found.rejection == .malformed)
  }

  @Test func deepNestingIsRefusedNotFollowed() throws {
    let depth = ImplementationLimits.nesting
    for extra in [0, 1] {
      let open = String(repeating: "02 40", count: depth + extra)
      let close = String(repeating: "0b", count: depth + extra + 1)
      let found = verdict(on: module(body: open + close))
      #expect((found?.rejection == .limit) == (extra == 1))
    }
  }

  @Test func operandsAreLimited() throws {
    // Each call of a function with a thousand results takes two bytes.
    let results = hex("01 60 00") + leb(1000) + Array(repeating: 0x7f, count: 1000)
    for (calls, rejection) in [(1000, Rejection.invalid), (1001, .limit)] {
      let body = String(repeating: "10 00", count: calls) + "0b"
      let bytes = module(
        [1] + sized(results), section(3, "01 00"), codeSection(["00" + body]))
      #expect(verdict(on: bytes)?.rejection == rejection)
    }
  }

  @Test func parametersCountAsLocals() throws {
    let most = ImplementationLimits.locals
    for parameters in [0, 1] {
      let type = parameters == 0 ? "60 00 00" : "60 01 7f 00"
      let found = verdict(on: module(body: "0b", type: type, locals: "01 d0 86 03 7f"))
      #expect((found?.description.contains("the limit is \(most)") == true) == (parameters == 1))
    }
  }
}
