import ModuleBytes
import SwasmDecoder
import SwasmModule
import SwasmValidator
import Testing

/// Typed references: in terms of the set, subtyping, locals without default value.
@Suite struct ReferenceTests {
  @Test func typesThatLookTheSameAreTheSame() throws {
    var types = TypeTables()
    // (func (param (ref null 0))), twice; (func (param (ref null 1))).
    let valid = try validate(
      decode(module(section(1, "03 60 01 63 00 00 60 01 63 01 00 60 01 63 01 00"))), types: &types)
    #expect(valid.canonicalTypes[0] == valid.canonicalTypes[1])
    #expect(valid.canonicalTypes[2] != valid.canonicalTypes[1])
    let index = valid.canonicalTypes[0]
    let recursive = ValueType(index: index.rawValue, isNullable: true)
    #expect(types[index].parameters == [recursive])
    #expect(valid.module.types[2] == .function(FunctionType(parameters: [recursive], results: [])))

    var other = TypeTables()
    _ = other.intern(FunctionType(parameters: [.i32], results: []))
    let again = try validate(
      decode(module(section(1, "02 60 01 63 00 00 60 01 63 00 00"))), types: &other)
    #expect(types.isEqual(index, to: again.canonicalTypes[0], in: other))
    #expect(types.isEqual(valid.canonicalTypes[2], to: again.canonicalTypes[1], in: other))
    #expect(!types.isEqual(index, to: again.canonicalTypes[1], in: other))
  }

  @Test func subtyping() {
    let defined = ValueType(index: 3, isNullable: true)
    let chains: [[ValueType]] = [
      [.nullfuncref.nonNull, defined.nonNull, defined, .funcref],
      [.nullfuncref, defined, .funcref], [.nullexternref, .externref],
      [.exnref.nonNull, .exnref], [.bottomReference, .nullexnref.nonNull, .exnref],
    ]
    for chain in chains {
      for (first, lower) in chain.enumerated() {
        for (second, upper) in chain.enumerated() {
          #expect(lower.matches(upper) == (first <= second), "\(lower) \(upper)")
        }
      }
    }
    #expect(!ValueType.funcref.matches(.externref))
    #expect(!ValueType.i32.matches(.funcref))
    #expect(!ValueType(index: 2, isNullable: true).matches(defined))
  }

  static let locals: [(locals: String, body: String, isValid: Bool)] = [
    ("01 01 64 70", "20 00 1a 0b", false),
    ("01 01 64 70", "d2 01 21 00 20 00 1a 0b", true),
    ("01 01 64 70", "d2 01 22 00 1a 20 00 1a 0b", true),
    ("01 01 64 70", "02 40 d2 01 21 00 20 00 1a 0b 20 00 1a 0b", false),
    ("01 01 64 70", "41 00 04 40 d2 01 21 00 05 20 00 1a 0b 0b", false),
    ("01 01 64 70", "d2 01 21 00 02 40 d2 01 21 00 0b 20 00 1a 0b", true),
    ("01 02 64 70", "d2 01 21 00 20 01 1a 0b", false),
    // Beyond the locals that are written out.
    ("01 ac02 64 70", "d2 01 21 ab02 20 ab02 1a 0b", true),
    ("01 ac02 64 70", "d2 01 21 ab02 20 aa02 1a 0b", false),
    ("01 ac02 64 70", "02 40 d2 01 21 ab02 0b 20 ab02 1a 0b", false),
  ]

  @Test(arguments: locals)
  func localsWithoutDefault(_ row: (locals: String, body: String, isValid: Bool)) {
    let found = verdict(on: module(body: row.body, locals: row.locals))
    #expect((found == nil) == row.isValid, "\(found?.description ?? "valid")")
    if !row.isValid { #expect(found?.description.hasPrefix("uninitialized local") == true) }
  }

  @Test(
    arguments: [
      ("", nil), ("mvp", []), ("mvp,simd", .simd), ("-simd", .all.subtracting(.simd)),
      ("all", .all), ("wasm2,-simd", Features.version2.subtracting(.simd)),
      ("-threads,-memory64", .all.subtracting([.threads, .memory64])),
    ] as [(String, Features?)])
  func featureLists(_ list: String, _ features: Features?) throws {
    #expect(try Features(parsing: list) == features ?? .all)
  }

  @Test func featureNamesAreChecked() {
    #expect(throws: FeatureNameError.unknown("sim")) { try Features(parsing: "-sim") }
    #expect(throws: FeatureNameError.unsupported("gc")) { try Features(parsing: "gc") }
    #expect(Features.all.names.count == Features.named.count - 1)
  }

  /// What bodies use is added to what declarations do.
  @Test func useIsCounted() throws {
    var types = TypeTables()
    let bytes = module(body: "41 00 c0 1a 02 00 0b 0b", type: "60 00 00")
    let valid = try validateAll(decode(bytes), types: &types)
    #expect(valid.use.features.isSuperset(of: [.signExtension, .multiValue, .referenceTypes]))
    #expect(valid.use.features.isDisjoint(with: [.simd, .threads, .memory64, .tailCalls]))
  }
}
