import Testing

@testable import SwasmCompiler

struct RolesTests {
  /// Operation, form, and its roles: `w` written, `r` read, `t` tied, `v` vector, by operand.
  @Test(arguments: [
    ("add tr", "r0:w r1:rt base:r"), ("add tm", "r0:w r1:rt base:r index:r load"),
    ("add mr", "r0:r base:r index:r load store"), ("add ti", "r0:w r1:rt"),
    ("mov mr", "r0:r base:r index:r store"), ("mov mi", "base:r index:r store"),
    ("mov dm", "r0:w base:r index:r load"), ("mov di", "r0:w"), ("lea dm", "r0:w base:r index:r"),
    ("cmp rr", "r0:r r1:r"), ("cmp mr", "r0:r base:r index:r load"),
    ("cmp mi", "base:r index:r load"), ("xchg rr", "r0:rw r1:rw"), ("neg t", "r0:w r1:rt"),
    ("neg m", "base:r index:r load store"), ("idiv r", "r0:r"), ("setcc d", "r0:w"),
    ("shlx drr", "r0:w r1:r base:r"), ("shlx dmr", "r0:w r1:r base:r index:r load"),
    ("callIndirect m", "base:r index:r load"), ("jmp label", ""), ("ret none", ""),
    ("addf drr", "r0:wv r1:rv base:rv"), ("addf tm", "r0:wv r1:rtv base:r index:r load"),
    ("movf mr", "r0:rv base:r index:r store"), ("movdToVector dr", "r0:wv r1:r"),
    ("movdToVector mr", "r0:r base:r index:r store"), ("movdToGeneral dr", "r0:w r1:rv"),
    ("movdToGeneral mr", "r0:rv base:r index:r store"), ("cvtsi2sd drr", "r0:wv r1:rv base:r"),
    ("cvttsd2si dr", "r0:w r1:rv"), ("cvttsd2si dm", "r0:w base:r index:r load"),
    ("ucomi rm", "r0:rv base:r index:r load"), ("cmpf tri", "r0:wv r1:rtv base:rv"),
    ("paddb drr", "r0:wv r1:rv base:rv"), ("paddb tm", "r0:wv r1:rtv base:r index:r load"),
    ("pshufd dri", "r0:wv r1:rv"), ("psrlw ti", "r0:wv r1:rtv"),
    ("pinsrw drri", "r0:wv r1:rv base:r"), ("pextrb dri", "r0:w r1:rv"),
    ("pextrb mri", "r0:rv base:r index:r store"), ("movhps mr", "r0:rv base:r index:r store"),
    ("pmovmskb dr", "r0:w r1:rv"), ("ptest rm", "r0:rv base:r index:r load"),
    ("vfmadd231ps trr", "r0:wv r1:rtv base:rv index:r"), ("ones d", "r0:wv"),
  ])
  func roles(shape: String, expected: String) throws {
    let words = shape.split(separator: " ")
    let op = try #require(MachineOperation.allCases.first { "\($0)" == words[0] })
    let forms: [OperandForm] = (0...28).compactMap { OperandForm(rawValue: $0) }
    let form = try #require(forms.first { "\($0)" == words[1] })
    #expect(describe(OperandRoles.of(op, form)) == expected)
  }

  private func describe(_ roles: OperandRoles) -> String {
    func operand(_ name: String, _ letters: [(OperandRoles, String)]) -> String {
      let text = letters.filter { roles.contains($0.0) }.map(\.1).joined()
      return text.isEmpty ? "" : "\(name):\(text)"
    }
    return [
      operand("r0", [(.r0Read, "r"), (.r0Written, "w"), (.r0Vector, "v")]),
      operand(
        "r1", [(.r1Read, "r"), (.r1Written, "w"), (.r1Tied, "t"), (.r1Vector, "v")]),
      operand("base", [(.baseRead, "r"), (.baseVector, "v")]),
      operand("index", [(.indexRead, "r")]),
      roles.contains(.memoryRead) ? "load" : "", roles.contains(.memoryWritten) ? "store" : "",
    ].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// Whatever folds is an instruction that the encoder has and that keeps its other operands' classes.
  @Test func foldedInstructionsEncode() throws {
    var folded = 0
    for row in EncoderRows.all where !row.roles.contains(.memory) {
      for operand in FoldableOperand.allCases {
        var candidate = row
        guard candidate.fold(operand, intoSlot: 5, slotHoldsI32: true) else {
          #expect(row.memoryForm(operand, slotHoldsI32: true) == .none)
          continue
        }
        folded += 1
        #expect(candidate.roles.contains(.memory))
        #expect(candidate.description.contains("[slot 5]"))
        #expect(!candidate.description.contains("none"), "\(row) ─▶ \(candidate)")
        #expect(!EncoderRows.encode(candidate).isEmpty)
      }
    }
    #expect(folded > 5000)
  }

  private static let v40 = Register(Int32(40))
  private static let v41 = Register(Int32(41))
  private static let v42 = Register(Int32(42))

  private static func make(
    _ op: MachineOperation, _ form: OperandForm, _ width: UInt8, _ immediate: Int32 = 0
  ) -> MachineInstruction {
    MachineInstruction(
      op, form, width: width, r0: v40, r1: v41, base: v42, immediate: immediate)
  }

  @Test func foldsKeepTheMeaning() {
    let cases: [(MachineInstruction, FoldableOperand, String)] = [
      (Self.make(.add, .tr, 4), .r2, "add v40d, v41d, DWORD PTR [slot 7] ; tied"),
      (Self.make(.add, .tr, 8), .tied, "add QWORD PTR [slot 7], v42"),
      (Self.make(.add, .tr, 4), .tied, ""),
      (Self.make(.sub, .ti, 8, 5), .tied, "sub QWORD PTR [slot 7], 0x5"),
      (Self.make(.cmp, .rr, 4), .r1, "cmp v40d, DWORD PTR [slot 7]"),
      (Self.make(.cmp, .rr, 4), .r0, "cmp DWORD PTR [slot 7], v41d"),
      (Self.make(.test, .rr, 8), .r1, "test QWORD PTR [slot 7], v40"),
      (Self.make(.test, .rr, 8), .r0, "test QWORD PTR [slot 7], v41"),
      (Self.make(.cmp, .ri, 4, 5), .r0, "cmp DWORD PTR [slot 7], 0x5"),
      (Self.make(.mov, .di, 4, 5), .r0, "mov QWORD PTR [slot 7], 0x5"),
      (Self.make(.mov, .di, 4, -5), .r0, ""),
      (Self.make(.mov, .di, 8, -5), .r0, "mov QWORD PTR [slot 7], 0xfffffffffffffffb"),
      (Self.make(.mov, .dr, 8), .r0, "mov QWORD PTR [slot 7], v41"),
      (Self.make(.mov, .dr, 4), .r0, ""),
      (Self.make(.mov, .dr, 4), .r1, "mov v40d, DWORD PTR [slot 7]"),
      (Self.make(.shlx, .drr, 4), .r1, "shlx v40d, DWORD PTR [slot 7], v42d"),
      (Self.make(.shlx, .drr, 4), .r2, ""),
      (Self.make(.subf, .drr, 8), .r2, "vsubsd v40, v41, QWORD PTR [slot 7]"),
      (Self.make(.subf, .drr, 8), .r1, ""),
      (Self.make(.mulf, .drr, 4), .r1, "vmulss v40, v42, DWORD PTR [slot 7]"),
      (Self.make(.xorf, .drr, 8), .r2, ""),
      (Self.make(.movdToVector, .dr, 8), .r0, "mov QWORD PTR [slot 7], v41"),
      (Self.make(.movdToVector, .dr, 4), .r1, "movd v40, DWORD PTR [slot 7]"),
      (Self.make(.movdToGeneral, .dr, 8), .r1, "mov v40, QWORD PTR [slot 7]"),
      (Self.make(.movdToGeneral, .dr, 4), .r0, ""),
      (Self.make(.idiv, .r, 4), .r0, ""), (Self.make(.bt, .rr, 4), .r0, ""),
      (Self.make(.callIndirect, .r, 8), .r0, "call QWORD PTR [slot 7]"),
      (Self.make(.round, .dri, 8, 3), .r1, "roundsd v40, QWORD PTR [slot 7], 0x3"),
    ]
    for (instruction, operand, expected) in cases {
      var folded = instruction
      let done = folded.fold(operand, intoSlot: 7)
      #expect((done ? folded.description : "") == expected, "\(instruction) \(operand)")
    }
  }
}
