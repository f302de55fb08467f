import Testing

@testable import SwasmCompiler

struct PrinterTests {
  private static let v38 = Register(Int32(38))
  private static let v39 = Register(Int32(39))
  private static let v40 = Register(Int32(40))

  @Test func virtualRegistersAndSpecialBases() {
    let rows: [(MachineInstruction, String)] = [
      (
        MachineInstruction(.add, .tr, width: 4, r0: Self.v40, r1: Self.v38, base: Self.v39),
        "add v40d, v38d, v39d ; tied"
      ),
      (
        MachineInstruction(.add, .tr, width: 4, r0: .rax, r1: .rax, base: .rcx), "add eax, ecx"
      ),
      (
        MachineInstruction(.mov, .dm, r0: Self.v40, base: .dataBlock, displacement: 24),
        "mov v40, QWORD PTR [data+24]"
      ),
      (
        MachineInstruction(.mov, .mr, r0: Self.v40, base: .spillSlot, displacement: 3),
        "mov QWORD PTR [slot 3], v40"
      ),
      (
        MachineInstruction(.movf, .dm, r0: Self.v40, base: .constantPool, displacement: 2),
        "movsd v40, QWORD PTR [const 2]"
      ),
      (
        MachineInstruction(.lea, .dm, r0: Self.v40, base: .jumpTable, displacement: 1),
        "lea v40, [table 1]"
      ),
      (
        MachineInstruction(.mov, .dm, width: 4, r0: Self.v40, base: .incoming, displacement: 8),
        "mov v40d, DWORD PTR [incoming+8]"
      ),
      (
        MachineInstruction(
          .mov, .mr, width: 1, r0: Self.v40, base: Self.v38, index: Self.v39,
          address: [.gs, .scale(2)], displacement: -4),
        "mov BYTE PTR gs:[v38+v39*4-0x4], v40b"
      ),
      (MachineInstruction(.jcc, .label, condition: .above, immediate: 3), "ja L3"),
      (MachineInstruction(.jmp, .none, immediate: 3), "jmp function[3]"),
      (MachineInstruction(.call, .none, immediate: 9), "call function[9]"),
      (MachineInstruction(.ud2, .none, width: 2, immediate: 0x1234), "ud2 ; 0x1234"),
      (MachineInstruction(.entry, .none), "entry"),
      (MachineInstruction(.zero, .d, r0: Self.v40), "zero v40"),
      (MachineInstruction(.zero, .d, r0: .rcx), "xor ecx, ecx"),
      (MachineInstruction(.zero, .d, r0: .xmm(9)), "xorps xmm9, xmm9"),
      (MachineInstruction(.trapIf, .none, condition: .above, immediate: 4), "trapa 4"),
      (
        MachineInstruction(
          .selectf, .tr, condition: .less, r0: Self.v40, r1: Self.v38, base: Self.v39),
        "selectfl v40, v38, v39 ; tied"
      ),
      (
        MachineInstruction(
          .truncate, .dr, width: 4, r0: Self.v40, r1: Self.v38, base: Self.v39, immediate: 3),
        "truncate.f32.u.sat v40d, v38, v39"
      ),
      (MachineInstruction(.cdq, .none), "cqo"),
    ]
    for (instruction, text) in rows { #expect(instruction.description == text) }
  }
}
