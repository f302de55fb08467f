import ModuleBytes
import SwasmDecoder
import SwasmModule
import SwasmValidator
import Testing

/// Everything but the bodies.
@Suite struct ModuleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var offset: Int
    var words: String
    var rejection: Rejection

    var testDescription: String { words }

    init(
      _ sections: [UInt8]..., at offset: Int, _ words: String, _ rejection: Rejection = .invalid
    ) {
      bytes = module(Array(sections.joined()))
      self.offset = offset
      self.words = words
      self.rejection = rejection
    }
  }

  static let cases: [Case] = [
    Case(section(2, "01 00 00 00 03"), at: 11, "unknown type 3"),
    Case(section(3, "01 05"), codeSection(["00 0b"]), at: 11, "unknown type 5"),
    Case(
      section(4, "01 70 01 02 01"), at: 11,
      "size minimum must not be greater than maximum: 2 > 1"),
    Case(section(4, "01 70 00 80 80 80 80 10"), at: 11, "table size must be at most 2^32-1"),
    Case(section(5, "01 01 02 01"), at: 11, "size minimum must not be greater than maximum"),
    Case(
      section(5, "01 00 81 80 04"), at: 11,
      "memory size must be at most 65536 pages (4GiB), not 65537"),
    Case(section(5, "01 01 00 81 80 04"), at: 11, "memory size must be at most 65536 pages"),
    Case(section(5, "01 05 02 01"), at: 11, "size minimum must not be greater than maximum"),
    Case(section(5, "01 02 00"), at: 11, "shared memory must have maximum"),
    Case(section(4, "01 64 70 00 00"), at: 11, "type mismatch: expected (ref func), found nothing"),
    Case(section(13, "01 00 00"), at: 11, "unknown type 0"),
    Case(
      section(1, "01 60 00 01 7f"), section(13, "01 00 00"), at: 18, "non-empty tag result type"),
    Case(section(1, "01 60 01 63 01 00"), at: 11, "unknown type 1"),
    Case(section(6, "01 7f 00 42 00 0b"), at: 13, "type mismatch: expected i32, found i64"),
    Case(section(6, "01 7f 00 0b"), at: 13, "type mismatch: expected i32, found nothing"),
    Case(section(6, "01 7f 00 41 00 41 00 0b"), at: 13, "type mismatch: a constant expression"),
    Case(section(6, "01 7f 00 41 00 42 00 6a 0b"), at: 13, "type mismatch: expected i32"),
    Case(section(6, "01 7f 00 23 00 0b"), at: 13, "unknown global 0"),
    Case(
      section(6, "02 7f 01 41 00 0b 7f 00 23 00 0b"), at: 18,
      "constant expression required: global 0 is mutable"),
    Case(section(6, "01 70 00 d2 00 0b"), at: 13, "unknown function 0"),
    Case(section(7, "01 00 00 00"), at: 11, "unknown function 0"),
    Case(section(7, "01 00 01 00"), at: 11, "unknown table 0"),
    Case(section(7, "01 00 02 00"), at: 11, "unknown memory 0"),
    Case(section(7, "01 00 03 00"), at: 11, "unknown global 0"),
    Case(
      section(5, "01 00 00"), section(7, "02 01 61 02 00 01 61 02 00"), at: 20,
      "duplicate export name \"a\""),
    Case(section(8, "00"), at: 10, "unknown function 0"),
    Case(
      section(1, "01 60 01 7f 00"), section(2, "01 00 00 00 00"), section(8, "00"), at: 24,
      "start function must have type [] -> [], not [i32] -> []"),
    Case(section(9, "01 00 41 00 0b 00"), at: 11, "unknown table 0"),
    Case(
      section(4, "01 6f 00 01"), section(9, "01 00 41 00 0b 00"), at: 17,
      "type mismatch: expected externref, found funcref"),
    Case(
      section(4, "01 70 00 01"), section(9, "01 00 42 00 0b 00"), at: 18,
      "type mismatch: expected i32, found i64"),
    Case(section(9, "01 05 70 01 d0 6f 0b"), at: 14, "type mismatch: expected funcref"),
    Case(section(11, "01 00 41 00 0b 00"), at: 11, "unknown memory 0"),
    Case(section(11, "01 02 03 41 00 0b 00"), at: 11, "unknown memory 3"),
  ]

  @Test(arguments: cases) func rejects(_ each: Case) throws {
    let found = try #require(verdict(on: each.bytes))
    #expect(found.description.hasPrefix(each.words), "\(found.description)")
    #expect(found.offset == each.offset)
    #expect(found.rejection == each.rejection)
  }

  @Test func multipleMemoriesAreAFeature() {
    let bytes = module(
      section(1, "01 60 00 00"), section(3, "01 00"), section(5, "02 00 00 00 00"),
      codeSection(["00 41 00 28 42 01 00 1a 3f 01 1a 0b"]))
    let found = verdict(on: bytes, features: .all.subtracting(.multiMemory))
    #expect(found?.description.hasPrefix("needs multi-memory, which is switched off") == true)
    #expect(found?.offset == 23)
    #expect(verdict(on: bytes) == nil)
  }

  /// "é" as one character and as two: equal for `String`, different as names.
  @Test func namesAreBytes() {
    let bytes = module(section(5, "01 00 00"), section(7, "02 02 c3a9 02 00 03 65cc81 02 00"))
    #expect(verdict(on: bytes) == nil)
  }

  @Test func initializersReadEarlierImmutableGlobals() {
    let bytes = module(section(6, "02 7f 00 41 01 0b 7f 00 23 00 41 02 6a 0b"))
    #expect(verdict(on: bytes) == nil)
  }

  @Test func typesAreSharedBetweenModules() throws {
    var types = TypeTables()
    let first = try validate(
      decode(module(section(1, "02 60 00 00 60 01 7f 00"))), types: &types)
    let second = try validate(
      decode(module(section(1, "03 60 01 7f 00 60 00 01 7e 60 01 7f 00"))), types: &types)
    #expect(types.count == 4)
    #expect(second.canonicalTypes[0] == first.canonicalTypes[1])
    #expect(second.canonicalTypes[0] == second.canonicalTypes[2])
  }

  @Test func signaturesAreFlat() throws {
    var types = TypeTables()
    let valid = try validate(
      decode(module(section(1, "01 60 02 7f 7e 01 7d"))), types: &types)
    let signature = valid.signatures[TypeIndex(0 as UInt32)]
    #expect(Array(valid.signatures.values[signature.parameters]) == [.i32, .i64])
    #expect(Array(valid.signatures.values[signature.results]) == [.f32])
    for type in [ValueType.i32, .i64, .f32, .f64, .v128, .funcref, .externref] {
      let block = valid.signatures[.value(type)]
      #expect(block.parameters.isEmpty)
      #expect(Array(valid.signatures.values[block.results]) == [type])
    }
    #expect(valid.signatures[.empty].results.isEmpty)
  }
}
