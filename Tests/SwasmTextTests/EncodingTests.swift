import SwasmModule
import SwasmText
import Testing

@Suite struct EncodingTests {
  @Test(arguments: Encoding.fields) func fields(_ encoding: Encoding) throws {
    try check(encoding)
  }

  @Test(arguments: Encoding.segments) func segments(_ encoding: Encoding) throws {
    try check(encoding)
  }

  @Test(arguments: Encoding.instructions) func instructions(_ encoding: Encoding) throws {
    try check(encoding)
  }

  @Test(arguments: Encoding.version3) func version3(_ encoding: Encoding) throws {
    try check(encoding)
  }

  @Test(arguments: Encoding.text) func text(_ encoding: Encoding) throws {
    try check(encoding)
  }

  private func check(_ encoding: Encoding) throws {
    let module = try encode(encoding.text)
    #expect(module.starts(with: [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]))
    #expect(hexadecimal(sections(of: module).filter { $0.id != 0 }) == encoding.sections)
  }

  /// Every instruction that has no immediate: its name encodes as its code.
  @Test(arguments: Opcode.allCases.filter { $0.immediate == .none })
  func plainInstruction(_ opcode: Opcode) throws {
    // These belong to others.
    if [.else, .end, .catchAll].contains(opcode) { return }
    let bytes = opcode.bytes
    #expect(try body("(func \(opcode.name))") == [0] + bytes + [0x0b])
    #expect(try body("(func (\(opcode.name) (nop)))") == [0, 0x01] + bytes + [0x0b])
  }

  /// Every load and store: natural alignment unless the text says another.
  @Test(arguments: Opcode.allCases.filter { $0.immediate == .memory })
  func memoryInstruction(_ opcode: Opcode) throws {
    let alignment = UInt8(try #require(opcode.accessSizeLog2))
    let code = opcode.bytes
    #expect(try body("(func \(opcode.name))") == [0] + code + [alignment, 0, 0x0b])
    #expect(
      try body("(func \(opcode.name) offset=0x80 align=1)")
        == [0] + code + [0, 0x80, 0x01, 0x0b])
  }

  @Test func identifiersBecomeNames() throws {
    let text = """
      (module $m (import "" "" (func $i)) (func (param i32) (local $l i32)) (func $"f é"
        (param $p i32) (param i64) (local $q f32)))
      """
    let custom = sections(of: try encode(text)).filter { $0.id == 0 }
    #expect(
      hexadecimal(custom) == "0025" + "046e616d65"  // name
        + "0002016d"  // m
        + "010a02" + "000169" + "02046620c3a9"  // 0 i, 2 "f é"
        + "020e02" + "0101" + "01016c" + "0202" + "000170" + "020171")  // 1: 1 l, 2: 0 p, 2 q
  }

  @Test func noIdentifiersNoNames() throws {
    #expect(sections(of: try encode("(func (param i32))")).allSatisfy { $0.id != 0 })
  }
}

// MARK: -

func encode(_ text: String) throws(TextError) -> [UInt8] { try encode(text: Array(text.utf8)) }

/// The bytes of the first function's body, from its locals on.
func body(_ text: String) throws -> [UInt8] {
  let code = try #require(sections(of: encode(text)).first { $0.id == 10 })
  // One function: section id, size, count, body size. Sizes are one byte here.
  #expect(code.bytes[2] == 1 && Int(code.bytes[3]) == code.bytes.count - 4)
  return Array(code.bytes.dropFirst(4))
}

/// A module's sections, with their headers.
func sections(of module: [UInt8]) -> [(id: UInt8, bytes: ArraySlice<UInt8>)] {
  var found: [(id: UInt8, bytes: ArraySlice<UInt8>)] = []
  var position = 8
  while position < module.count {
    let start = position
    position += 1
    var (size, shift) = (0, 0)
    repeat {
      size |= Int(module[position] & 0x7f) << shift
      shift += 7
      position += 1
    } while module[position - 1] & 0x80 != 0
    position += size
    found.append((module[start], Array(module[start..<position])[...]))
  }
  return found
}

func hexadecimal(_ sections: [(id: UInt8, bytes: ArraySlice<UInt8>)]) -> String {
  sections.map { section in
    section.bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }.joined(separator: " ")
}
