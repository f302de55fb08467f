import ModuleBytes
import SwasmDecoder
import SwasmModule
import SwasmValidator
import Testing

@Suite struct BodyTests {
  @Test(arguments: [
    "0b",
    // Unreachable code has every operand that it needs.
    "00 6a 1a 0b",
    "00 1b 1a 0b",
    "00 41 00 1b 45 1a 0b",
    "0f 02 7f 00 0c 00 0b 1a 0b",
    "02 7f 00 0d 00 0b 1a 0b",
    "00 0e 02 00 00 00 0b",
    "02 7f 02 7e 00 0e 01 00 01 0b a7 0b 1a 0b",
    "00 d1 1a 0b",
    // Blocks with parameters and several results.
    "41 00 02 01 45 0b 1a 0b",
    "41 00 41 01 04 01 45 0b 1a 0b",
    "02 02 41 00 42 00 0b 1a 1a 0b",
    "41 00 03 01 41 00 0d 00 0b 1a 0b",
    "41 00 04 7f 41 00 05 41 01 0b 1a 0b",
    // One of each family.
    "41 00 11 00 00 10 01 0b",
    "41 00 41 00 41 00 1c 01 7f 1a 0b",
    "23 00 24 01 0b",
    "41 00 41 00 28 02 00 36 02 00 0b",
    "3f 00 40 00 1a 0b",
    "41 00 41 00 41 00 fc 08 00 00 fc 09 00 0b",
    "41 00 41 00 41 00 fc 0a 00 00 0b",
    "41 00 41 00 41 00 fc 0b 00 0b",
    "41 00 41 00 41 00 fc 0c 00 00 fc 0d 00 0b",
    "41 00 41 00 41 00 fc 0e 01 01 0b",
    "41 00 41 01 25 01 26 01 0b",
    "d0 6f 41 00 fc 0f 01 1a fc 10 01 1a 0b",
    "41 00 d0 70 41 00 fc 11 00 0b",
    "d2 01 d1 1a 0b",
  ])
  func accepts(_ body: String) {
    #expect(verdict(on: module(body: body)) == nil)
  }

  @Test func knowsEveryLocalOfLongRuns() throws {
    // 300 i32, no f32, 300 i64, 1 f64 behind one i32 parameter: more than are written out.
    let locals = "04 ac02 7f 00 7d ac02 7e 01 7c"
    let expected: [(index: Int, type: ValueType)] = [
      (0, .i32), (1, .i32), (255, .i32), (256, .i32), (300, .i32), (301, .i64), (600, .i64),
      (601, .f64),
    ]
    let drops: [ValueType: String] = [.i32: "45 1a", .i64: "50 1a", .f64: "99 1a"]
    for (index, type) in expected {
      let get = "20" + leb(index).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      for (other, drop) in drops {
        let bytes = module(body: get + drop + "0b", type: "60 01 7f 00", locals: locals)
        #expect((verdict(on: bytes) == nil) == (other == type), "local \(index) as \(other)")
      }
    }
    let beyond = module(body: "20 da04 1a 0b", type: "60 01 7f 00", locals: locals)
    #expect(verdict(on: beyond)?.description.hasPrefix("unknown local 602") == true)
  }

  /// Each opcode with a signature is accepted with the operands that it names, and with no others.
  @Test func agreesWithTheOpcodeTable() {
    let constants: [ValueType: String] = [
      .i32: "41 00", .i64: "42 00", .f32: "43 00000000", .f64: "44 0000000000000000",
      .v128: "fd0c" + String(repeating: "00", count: 16),
    ]
    for opcode in Opcode.allCases {
      guard let signature = opcode.signature, var immediates = Self.immediates[opcode.immediate]
      else { continue }
      if opcode.immediate == .atomicMemory {
        immediates = "0\(opcode.accessSizeLog2 ?? 0) 00"
      }
      let bytes = opcode.bytes.map(hexadecimal).joined()
      let end = (signature.result == nil ? "" : "1a") + "0b"
      let operands = signature.operands.map { constants[$0]! }
      let good = operands.joined() + bytes + immediates + end
      #expect(verdict(on: module(body: good)) == nil, "\(opcode.name)")
      guard let last = signature.operands.last else { continue }
      let wrong = constants[last == .i32 ? .f64 : .i32]!
      let bad = operands.dropLast().joined() + wrong + bytes + immediates + end
      #expect(
        verdict(on: module(body: bad))?.description.hasPrefix("type mismatch") == true,
        "\(opcode.name)")
    }
  }

  private static let immediates: [ImmediateKind: String] = [
    .none: "", .memory: "00 00", .memoryIndex: "00", .memoryInit: "00 00", .memoryCopy: "00 00",
    .tableInit: "00 00", .tableCopy: "00 00", .data: "00", .element: "00", .i32: "00", .i64: "00",
    .f32: "00000000", .f64: "0000000000000000", .v128: String(repeating: "00", count: 16),
    .lane: "00", .shuffle: String(repeating: "1f", count: 16), .memoryLane: "00 00 00",
    .atomicMemory: "00 00", .fence: "00",
  ]

  private func hexadecimal(_ code: UInt8) -> String {
    (code < 16 ? "0" : "") + String(code, radix: 16)
  }

  /// One validator is used for many bodies, and a failure must leave nothing behind.
  @Test func isReusableAfterAnError() throws {
    var types = TypeTables()
    let bad = try validate(try decode(module(body: "02 40 41 00 45")), types: &types)
    let good = try validate(try decode(module(body: "41 00 1a 0b")), types: &types)
    var validator = FunctionValidator()
    for _ in 0..<3 {
      #expect(throws: ValidationError.self) { try validator.validate(function: 0, in: bad) }
      try validator.validate(function: 0, in: good)
      try validator.validate(function: 1, in: good)
    }
  }
}
