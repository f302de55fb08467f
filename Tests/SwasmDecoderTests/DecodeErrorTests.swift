import ModuleBytes
import SwasmDecoder
import SwasmModule
import Testing

@Suite struct DecodeErrorTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var bytes: [UInt8]
    var offset: Int
    /// How the description begins.
    var words: String
    var rejection = Rejection.malformed

    var testDescription: String { words }

    init(
      _ bytes: [UInt8], at offset: Int, _ words: String,
      _ rejection: Rejection = .malformed
    ) {
      self.bytes = bytes
      self.offset = offset
      self.words = words
      self.rejection = rejection
    }
  }

  static let cases: [Case] = [
    // Header.
    Case([], at: 0, "unexpected end"),
    Case(hex("0061 73"), at: 0, "unexpected end"),
    Case(hex("6d73 6100 0100 0000"), at: 0, "magic header not detected"),
    Case(hex("0061 736d 0d00 0000"), at: 4, "unknown binary version 13"),
    Case(hex("0061 736d 0d00 0100"), at: 4, "this is a component, and only core modules run here"),
    Case(hex("0061 736d 0100"), at: 4, "unexpected end"),
    // Sections.
    Case(module(hex("7f 01 00")), at: 8, "malformed section id 127"),
    Case(module(hex("01 05 00")), at: 9, "length out of bounds"),
    Case(module(hex("01")), at: 9, "unexpected end"),
    Case(module(section(1, "00 00")), at: 11, "section size mismatch"),
    Case(module(hex("01 8080 8080 8000")), at: 13, "integer representation too long"),
    Case(module(hex("01 8080 8080 1000")), at: 13, "integer too large"),
    Case(module(section(1, "00"), section(1, "00")), at: 11, "unexpected content after last"),
    Case(module(section(3, "00"), section(1, "00")), at: 11, "unexpected content after last"),
    Case(module(section(0, "02 c3 28")), at: 11, "malformed UTF-8 encoding"),
    Case(module(section(0, "")), at: 10, "unexpected end"),
    // Types.
    Case(module(section(1, "01 5d")), at: 11, "malformed type form"),
    Case(module(section(1, "01 60 01 30 00")), at: 13, "malformed value type 0x30"),
    Case(module(section(1, "ff ff ff ff 0f")), at: 10, "unexpected end"),
    Case(
      module([1] + sized(hex("01 60") + leb(1001) + Array(repeating: 0x7f, count: 1002))),
      at: 13, "too many parameters: 1001, the limit is 1000", .limit),
    // Imports, tables, memories, globals, exports.
    Case(module(section(2, "01 00 00 7d")), at: 13, "malformed import kind"),
    // Kinds of module linking in a module that has nothing else of it.
    Case(module(section(2, "01 00 00 05 00")), at: 13, "malformed import kind 5"),
    Case(module(section(2, "01 00 00 06 00")), at: 13, "malformed import kind 6"),
    Case(module(section(2, "01 01 ff 00 00 00")), at: 12, "malformed UTF-8 encoding"),
    Case(module(section(4, "01 7f 00 00")), at: 11, "malformed reference type 0x7f"),
    Case(module(section(4, "01 70 07 00")), at: 12, "malformed limits flags 7"),
    Case(module(section(5, "01 10 00")), at: 11, "malformed limits flags 16"),
    Case(module(section(6, "01 7f 02 41 00 0b")), at: 12, "malformed mutability 2"),
    Case(module(section(6, "01 7f 00 41 00")), at: 15, "END opcode expected"),
    Case(module(section(6, "01 7f 00 ff 0b")), at: 13, "illegal opcode ff"),
    Case(
      module(section(6, "01 7f 00 41 00 68 0b")), at: 15,
      "constant expression required: i32.ctz", .invalid),
    Case(module(section(7, "01 00 09 00")), at: 12, "malformed export kind 9"),
    // Segments and code.
    Case(module(section(9, "01 08")), at: 11, "malformed elements segment kind 8"),
    Case(module(section(9, "01 01 01 00")), at: 12, "malformed element kind 1"),
    Case(module(section(11, "01 03 00")), at: 11, "malformed data segment kind 3"),
    Case(module(section(11, "01 01 02 00")), at: 12, "length out of bounds"),
    Case(
      module(section(12, "02"), section(11, "01 01 00")), at: 13,
      "data count and data section have inconsistent lengths: 2 and 1"),
    Case(module(section(12, "01")), at: 11, "data count and data section have inconsistent"),
    Case(
      module(section(1, "01 60 00 00"), section(3, "01 00")), at: 18,
      "function and code section have inconsistent lengths: 1 and 0"),
    Case(
      module(codeSection(["00 0b"])), at: 10,
      "function and code section have inconsistent lengths: 0 and 1"),
    Case(
      withBody("02 ffff ffff 0f 7f 01 7e 0b"), at: 22, "too many locals: 4294967296"),
    Case(withBody("01 d186 03 7f 0b"), at: 22, "too many locals: 50001, the", .limit),
    Case(withBody("01 01 40 0b"), at: 24, "malformed value type 0x40"),
    // What is not supported.
    Case(
      module(section(1, "01 5f 00")), at: 11, "needs gc, which is not supported yet (type 0x5f)",
      .unsupported),
    Case(
      module(section(1, "01 60 01 6e 00")), at: 13, "needs gc, which is not supported yet",
      .unsupported),
    // Tags, limits.
    Case(module(section(13, "01 01 00")), at: 11, "malformed tag attribute 1"),
    Case(
      module(section(5, "01 08 00 01")), at: 13, "invalid custom page size: 2^1 bytes", .invalid),
    Case(module(section(5, "01 10 00")), at: 11, "malformed limits flags 16"),
    Case(module(section(4, "01 70 02 00")), at: 12, "malformed limits flags 2"),
  ]

  /// Each feature can be switched off: then what belongs to it is refused by name.
  @Test(arguments: [
    (
      section(1, "01 60 01 7b 00"), 13, Features.simd,
      "needs simd, which is switched off (type v128)"
    ),
    (section(5, "01 03 01 01"), 11, .threads, "needs threads"),
    (section(5, "01 04 01"), 11, .memory64, "needs memory64"),
    (section(4, "01 70 04 01"), 12, .memory64, "needs memory64"),
    (section(5, "01 08 01 00"), 11, .customPageSizes, "needs custom-page-sizes"),
    (section(1, "01 60 01 63 70 00"), 13, .functionReferences, "needs function-references"),
    (section(1, "01 60 00 02 7f 7f"), 11, .multiValue, "needs multi-value"),
    (section(6, "01 7f 00 41 00 41 00 6a 0b"), 17, .extendedConstants, "needs extended-const"),
    (section(1, "01 62 00"), 11, .moduleLinking, "needs module-linking"),
    (section(12, "00"), 10, .bulkMemory, "needs bulk-memory"),
    (section(5, "01 04 00"), 11, .memory64, "needs memory64"),
  ])
  func refusesWhatIsSwitchedOff(
    _ section: [UInt8], _ offset: Int, _ feature: Features, _ words: String
  ) throws {
    let bytes = module(section)
    #expect(try decode(bytes).use.features.isSuperset(of: feature))
    let error = #expect(throws: DecodeError.self) {
      try decode(bytes, features: .all.subtracting(feature))
    }
    #expect(error?.rejection == .switchedOff)
    #expect(error?.offset == offset)
    #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
  }

  /// A module of one function; the body's locals begin at offset 22.
  static func withBody(_ body: String) -> [UInt8] {
    module(section(1, "01 60 00 00"), section(3, "01 00"), codeSection([body]))
  }

  @Test(arguments: cases) func rejects(_ each: Case) {
    let error = #expect(throws: DecodeError.self) { try decode(each.bytes) }
    guard let error else { return }
    #expect(error.description.hasPrefix(each.words), "\(error)")
    #expect(error.offset == each.offset)
    #expect(error.rejection == each.rejection)
  }
}
