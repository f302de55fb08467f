import ModuleBytes
import SwasmDecoder
import SwasmModule
import Testing

@Suite struct DecodeTests {
  /// One of everything. `f` is imported, `g` defined.
  static let sample = module(
    section(1, "02 60 00 00  60 02 7f 7e 01 7d"),
    section(
      2,
      "04 01 6d 01 66 00 01  01 6d 01 74 01 70 00 01  01 6d 01 78 02 01 01 02"
        + "01 6d 01 67 03 7f 00"),
    section(3, "01 00"),
    section(4, "02 6f 01 01 0a  40 00 70 00 01 d2 01 0b"),
    section(6, "01 7e 01 42 7f 42 02 7c 0b"),
    section(7, "02 01 67 00 01  01 78 02 00"),
    section(8, "01"),
    section(9, "03 00 41 00 0b 01 01  03 00 01 00  05 70 02 d2 00 0b d0 70 0b"),
    section(12, "02"),
    codeSection(["02 02 7f 01 6f 01 0b"]),
    section(11, "02 00 23 00 0b 02 6162  01 01 63"),
    [0] + sized(hex("04 6e616d65") + hex("00 02 01 6d  01 07 02 00 01 66 01 01 67")),
    [0] + sized(hex("03 787878 ff ff")))

  @Test func readsEverySection() throws {
    let module = try decode(Self.sample)
    #expect(
      module.types == [
        .function(FunctionType(parameters: [], results: [])),
        .function(FunctionType(parameters: [.i32, .i64], results: [.f32])),
      ])
    #expect(module.imports.map(\.name) == ["f", "t", "x", "g"])
    #expect(module.functions.map(\.rawValue) == [1, 0])
    #expect(module.importedFunctionCount == 1)
    #expect(module.tables.map(\.element) == [.funcref, .externref, .funcref])
    #expect(module.tables[1].limits == Limits(minimum: 1, maximum: 10))
    #expect(
      module.tableInitializers.map { $0?.instructions } == [
        nil, [.refFunc(FunctionIndex(1 as UInt32))],
      ])
    #expect(module.memories.map(\.limits) == [Limits(minimum: 1, maximum: 2)])
    #expect(module.globals.map(\.isMutable) == [false, true])
    #expect(module.globalInitializers[0].instructions == [.i64Const(-1), .i64Const(2), .i64Add])
    #expect(module.exports.map(\.kind) == [.function, .memory])
    #expect(module.start?.value == FunctionIndex(1 as UInt32))
    #expect(module.elements.count == 3)
    #expect(module.dataCount == 2)
    #expect(module.dataSegments.map { Array(module.source[$0.bytes]) } == [hex("6162"), hex("63")])
    #expect(module.names.module == "m")
    #expect(
      module.names.functions == [
        FunctionIndex(0 as UInt32): "f", FunctionIndex(1 as UInt32): "g",
      ])
  }

  @Test func delimitsBodies() throws {
    let body = try decode(Self.sample).bodies[0]
    #expect(body.locals.map(\.count) == [2, 1])
    #expect(body.locals.map(\.type) == [.i32, .externref])
    #expect(Array(Self.sample[body.code]) == hex("01 0b"))
  }

  @Test func tellsSegmentModes() throws {
    let elements = try decode(Self.sample).elements
    guard case .active(let table, let offset) = elements[0].mode else {
      Issue.record("the first segment is active")
      return
    }
    #expect(table.rawValue == 0)
    #expect(offset.instructions == [.i32Const(0)])
    guard case .declarative = elements[1].mode else {
      Issue.record("the second segment is declarative")
      return
    }
    guard case .passive = elements[2].mode, case .expressions(let items) = elements[2].items else {
      Issue.record("the third segment is passive and of expressions")
      return
    }
    #expect(
      items.map(\.instructions) == [[.refFunc(FunctionIndex(0 as UInt32))], [.refNull(.funcref)]])
  }

  @Test(arguments: [
    "00 05 01 6d",  // a subsection longer than the section
    "00 02 01 ff",  // not UTF-8
    "01 04 01 00 05 66",  // a name longer than its subsection
    "01 05 01 00 01 66 00",  // a byte too many
    "01 02 ff 7f",  // more names than bytes
  ])
  func ignoresMalformedNames(_ contents: String) throws {
    let names = try decode(module([0] + sized(hex("04 6e616d65") + hex(contents)))).names
    #expect(names.module == nil)
    #expect(names.functions.isEmpty)
  }

  /// Offsets are given from the beginnings of bodies; a section with anything wrong in it says nothing.
  @Test(arguments: [
    ("01 00 02 01 01 00 03 01 01", 2), ("00", 0), ("01 00 01 01 02 00", 0),
    ("01 00 01 01 01 02", 0),
    ("01 00 02 03 01 00 01 01 01", 0), ("02 00 00 00 00", 0), ("01 07 01 01 01 00", 0),
    ("01 00 01 01 01 00 00", 0), ("01 00 01 ff 7f 01 00", 0), ("01 00", 0),
  ])
  func readsBranchHints(_ contents: String, _ count: Int) throws {
    let name = Array("metadata.code.branch_hint".utf8)
    let bytes = module(
      section(1, "01 60 00 00"), section(3, "01 00"), [0] + sized(sized(name) + hex(contents)),
      codeSection(["00 01 01 01 0b"]))
    let decoded = try decode(bytes)
    let hints = decoded.branchHints[FunctionIndex(0 as UInt32)] ?? []
    #expect(hints.count == count)
    guard let last = hints.last else { return }
    #expect(last == BranchHint(offset: decoded.bodies[0].code.lowerBound + 2, isLikely: true))
    #expect(decoded.use.features.contains(.branchHints))
    #expect(try decode(bytes, features: .all.subtracting(.branchHints)).branchHints.isEmpty)
  }

  /// Several imports of one module, each with its type or all with one.
  @Test func readsCompactImports() throws {
    let bytes = module(
      section(1, "01 60 00 00"),
      section(2, "02 01 61 00 7f 02 01 62 00 00 01 63 03 7f 00 01 64 00 7e 03 7e 00 02 01 65 01 66")
    )
    let imports = try decode(bytes).imports
    #expect(imports.map { "\($0.module).\($0.name)" } == ["a.b", "a.c", "d.e", "d.f"])
    #expect(imports.map(\.item.kind) == [.function, .global, .global, .global])
  }

  @Test func survivesTruncation() {
    for length in 0..<Self.sample.count {
      do {
        _ = try decode(Array(Self.sample.prefix(length)))
      } catch {
        #expect(error.offset <= length, "\(error)")
      }
    }
  }

  @Test func survivesEveryFlippedBit() {
    for bit in 0..<Self.sample.count * 8 {
      var bytes = Self.sample
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      do {
        _ = try decode(bytes)
      } catch {
        #expect(error.offset <= bytes.count, "\(error)")
      }
    }
  }
}
