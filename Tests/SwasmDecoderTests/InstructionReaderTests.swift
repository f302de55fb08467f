import ModuleBytes
import SwasmModule
import Testing

@Suite struct InstructionReaderTests {
  static func reader(_ text: String) -> InstructionReader {
    let bytes = hex(text)
    return InstructionReader(bytes, in: 0..<bytes.count)
  }

  @Test(arguments: [
    ("00", 0), ("7f", 127), ("8001", 128), ("8000", 0), ("ffff ffff 0f", Int(UInt32.max)),
  ])
  func readsU32(_ text: String, _ value: Int) {
    var reader = Self.reader(text)
    #expect(Int(reader.readU32()) == value)
    #expect(reader.isAtEnd && !reader.hasFailed)
  }

  @Test(arguments: [
    ("00", 0), ("3f", 63), ("40", -64), ("7f", -1), ("ff00", 127), ("807f", -128),
    ("8080 8080 78", Int(Int32.min)), ("ffff ffff 07", Int(Int32.max)),
  ])
  func readsI32(_ text: String, _ value: Int) {
    var reader = Self.reader(text)
    #expect(Int(reader.readI32()) == value)
    #expect(reader.isAtEnd && !reader.hasFailed)
  }

  @Test(arguments: [
    ("7f", -1), ("8080 8080 8080 8080 807f", Int(Int64.min)),
    ("ffff ffff ffff ffff ff00", Int(Int64.max)), ("8080 8080 10", 1 << 32),
  ])
  func readsI64(_ text: String, _ value: Int) {
    var reader = Self.reader(text)
    #expect(Int(reader.readI64()) == value)
    #expect(reader.isAtEnd && !reader.hasFailed)
  }

  @Test(arguments: [
    ("", BinaryFault.unexpectedEnd, 0), ("80", .unexpectedEnd, 1),
    ("8080 8080 10", .integerTooLarge, 4), ("8080 8080 8000", .integerRepresentationTooLong, 4),
  ])
  func recordsFaultsOfU32(_ text: String, _ fault: BinaryFault, _ offset: Int) {
    var reader = Self.reader(text)
    #expect(reader.readU32() == 0)
    #expect(reader.fault?.value == fault)
    #expect(reader.fault?.offset == offset)
  }

  @Test(arguments: [
    ("8080 8080 08", BinaryFault.integerTooLarge), ("ffff ffff 4f", .integerTooLarge),
    ("8080 8080 f800", .integerRepresentationTooLong),
  ])
  func recordsFaultsOfI32(_ text: String, _ fault: BinaryFault) {
    var reader = Self.reader(text)
    #expect(reader.readI32() == 0)
    #expect(reader.fault?.value == fault)
  }

  @Test func keepsTheFirstFaultAndYieldsZeros() {
    var reader = Self.reader("ffff ffff ffff 01 02 03")
    _ = reader.readU32()
    #expect(reader.readByte() == 0)
    #expect(reader.readI64() == 0)
    #expect(reader.readFixed64() == 0)
    #expect(reader.fault?.value == .integerRepresentationTooLong)
    #expect(reader.isAtEnd)
  }

  @Test func staysInItsRange() {
    var reader = InstructionReader(hex("01 02 03 04"), in: 1..<3)
    #expect([reader.readByte(), reader.readByte(), reader.readByte()] == [2, 3, 0])
    #expect(reader.fault?.offset == 3)
    #expect(InstructionReader([1], in: 5..<9).isAtEnd)
  }

  @Test func readsImmediates() {
    var reader = Self.reader("40 7f 02 6e")
    #expect(reader.readBlockType() == .empty)
    #expect(reader.readBlockType() == .value(.i32))
    #expect(reader.readBlockType() == .function(TypeIndex(2 as UInt32)))
    #expect(reader.readBlockType() == .value(.i32))
    #expect(reader.fault?.value == .unsupported(.garbageCollection, what: "type", code: 0x6e))

    var access = Self.reader("02 8001 43 01 05 80 01")
    #expect(
      access.readMemoryArgument() == .init(alignment: 2, memory: .init(0 as UInt32), offset: 128))
    #expect(
      access.readMemoryArgument() == .init(alignment: 3, memory: .init(1 as UInt32), offset: 5))
    _ = access.readMemoryArgument()
    #expect(access.fault?.value == .malformedMemoryFlags(128))
  }

  @Test func readsEveryOpcode() {
    for opcode in Opcode.allCases {
      var reader = InstructionReader(opcode.bytes, in: 0..<opcode.bytes.count)
      #expect(reader.readOpcode() == opcode)
    }
    var illegal = Self.reader("fc 7f")
    #expect(illegal.readOpcode() == nil)
    #expect(illegal.fault?.value == .illegalOpcode(0xfc, sub: 127))
    var vector = Self.reader("fd 9402")
    #expect(vector.readOpcode() == nil)
    #expect(vector.fault?.value == .illegalOpcode(0xfd, sub: 0x114))
    var collected = Self.reader("fb 02")
    #expect(collected.readOpcode() == nil)
    #expect(
      collected.fault?.value == .unsupported(.garbageCollection, what: "opcode", code: 0xfb02))
  }
}
