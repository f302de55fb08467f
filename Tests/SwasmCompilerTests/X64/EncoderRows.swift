@testable import SwasmCompiler

/// Every operation in every form and width that the machine form documents, over a spread of operands.
enum EncoderRows {
  private struct Shape {
    var operations: [MachineOperation]
    var forms: [OperandForm]
    var widths: [UInt8]
    var address: AddressFlags

    init(
      _ operations: [MachineOperation], _ forms: [OperandForm], _ widths: [UInt8],
      _ address: AddressFlags = []
    ) {
      self.operations = operations
      self.forms = forms
      self.widths = widths
      self.address = address
    }
  }

  private static let allWidths: [UInt8] = [1, 2, 4, 8]

  private static var integerShapes: [Shape] {
    [
      Shape([.add, .sub, .and, .or, .xor], [.tr, .tm, .ti, .mr, .mi], allWidths),
      Shape([.cmp], [.rr, .ri, .rm, .mr, .mi], allWidths),
      Shape([.test], [.rr, .ri, .mr, .mi], allWidths),
      Shape([.imul], [.tr, .tm, .dri, .dmi], [2, 4, 8]),
      Shape([.neg, .not], [.t, .m], allWidths),
      Shape([.mov], [.dr, .dm, .di], [4, 8]),
      Shape([.mov], [.mr, .mi], allWidths),
      Shape([.movabs], [.di], [8]),
      Shape([.movzx], [.dr, .dm], [1, 2]),
      Shape([.movsx64, .movsx32], [.dr, .dm], [1, 2, 4]),
      Shape([.lea], [.dm], [4, 8]),
      Shape([.shl, .shr, .sar, .rol, .ror], [.t, .ti, .m, .mi], allWidths),
      Shape([.shlx, .shrx, .sarx], [.drr, .dmr], [4, 8]),
      Shape([.rorx], [.dri, .dmi], [4, 8]),
      Shape([.andn], [.drr, .drm], [4, 8]),
      Shape([.blsi, .blsr, .lzcnt, .tzcnt, .popcnt], [.dr, .dm], [4, 8]),
      Shape([.bsr, .bsf], [.dr], [4, 8]),
      Shape([.bt], [.rr, .ri], [4, 8]),
      Shape([.setcc], [.d], [1]),
      Shape([.cmovcc], [.tr, .tm], [4, 8]),
      Shape([.cdq], [.none], [4, 8]),
      Shape([.div, .idiv], [.r], [4, 8]),
      Shape([.mul, .imulHigh], [.r, .m], [4, 8]),
      Shape([.push], [.r, .m], [8]),
      Shape([.pop], [.d, .m], [8]),
      Shape([.xchg], [.rr], allWidths),
      Shape([.zero], [.d], [4]),
      Shape([.jmpIndirect, .callIndirect], [.r, .m], [8]),
      Shape([.ret], [.none], [8]),
      Shape([.ud2], [.none], [0]),
    ]
  }

  private static var floatShapes: [Shape] {
    [
      Shape([.movf], [.dr, .dm, .mr], [4, 8, 16]),
      Shape([.movdToVector, .movdToGeneral], [.dr, .dm, .mr], [4, 8]),
      Shape([.addf, .subf, .mulf, .divf, .minf, .maxf, .sqrtf], [.drr, .drm, .tr, .tm], [4, 8]),
      Shape([.andf, .andnf, .orf, .xorf], [.drr, .drm, .tr, .tm], [4, 8]),
      Shape([.ucomi], [.rr, .rm], [4, 8]),
      Shape([.round], [.drri, .drmi, .dri, .dmi], [4, 8]),
      Shape(
        [.cvtsi2ss, .cvtsi2sd, .cvtss2sd, .cvtsd2ss], [.drr, .drm, .tr, .tm], [4, 8]),
      Shape([.cvttss2si, .cvttsd2si], [.dr, .dm], [4, 8]),
      Shape([.cmpf], [.drri, .drmi, .tri, .tmi], [4, 8]),
    ]
  }

  /// All of them in their forms; those with two operands in legacy and in VEX encoding.
  private static var packedShapes: [Shape] {
    let twoOperands: [OperandForm] = [.dr, .dm, .dri, .dmi, .rr, .rm, .mri]
    return MachineOperation.allCases.filter(\.isPacked).flatMap { operation in
      let forms = operation.packedRow.kind.forms
      return [
        Shape([operation], forms, [16]),
        Shape([operation], forms.filter(twoOperands.contains), [16], .vex),
      ]
    } + [Shape([.ones], [.d], [16])]
  }

  private static let general: [Register] = [
    .rax, .rcx, .rbx, .rsp, .rbp, .rsi, .rdi, .r8, .r11, .r12, .r13, .r15,
  ]
  private static let vectors: [Register] = [0, 1, 7, 8, 15].map { Register.xmm($0) }
  private static let immediates: [Int32] = [
    0, 1, 5, -1, -5, 127, 128, -128, -129, 0x7fff, 0x1234_5678, .min,
  ]

  /// The memory operands that every memory form is tried with.
  static let memoryOperands: [MachineInstruction] = {
    var operands: [MachineInstruction] = []
    func add(
      _ base: Register, _ index: Register = .none, _ displacement: Int32 = 0,
      _ address: AddressFlags = []
    ) {
      operands.append(
        MachineInstruction(
          .nop, .m, base: base, index: index, address: address, displacement: displacement))
    }
    for base: Register in [.rax, .rsp, .rbp, .rdi, .r8, .r12, .r13, .r15] {
      for displacement: Int32 in [0, 8, -128, 127, 128, 0x1234_5678] {
        add(base, .none, displacement)
      }
    }
    for (base, index): (Register, Register) in [
      (.rax, .rcx), (.rsp, .rbp), (.rbp, .rax), (.r13, .r12), (.r13, .rbp), (.r12, .r15),
      (.rcx, .rsp),
    ] {
      for scale: UInt8 in index == .rsp ? [0] : [0, 1, 2, 3] {
        add(base, index, 0, .scale(scale))
        add(base, index, -8, .scale(scale))
        add(base, index, 0x1000, .scale(scale))
      }
    }
    for index: Register in [.rax, .rbp, .r9, .r12, .r13] {
      for scale: UInt8 in 0...3 { add(.none, index, 0x40, .scale(scale)) }
      add(.none, index, 0, .scale(3))
    }
    add(.rax, .none, 0, .gs)
    add(.r13, .none, 0x7fff_ffff, .gs)
    add(.rax, .r9, 4, [.gs, .scale(3)])
    add(.none, .none, 0x10, .gs)
    add(.rax, .none, 0, [.gs, .wrap32])
    add(.r9, .r10, 0, [.gs, .wrap32, .scale(2)])
    add(.rbp, .rcx, 0, [.wrap32, .scale(0)])
    add(.none, .none, 0x10)
    add(.none, .none, -8)
    add(.dataBlock, .none, 24)
    add(.constantPool, .none, 2)
    add(.jumpTable, .none, 1)
    add(.spillSlot, .none, 3)
    add(.spillSlot, .none, 40)
    add(.spillSlot, .rcx, 1, .scale(3))
    add(.incoming, .none, 16)
    return operands
  }()

  static let frame = FrameLayout(outgoingBytes: 16, slots: 41, savedRegisters: 3)

  static let all: [MachineInstruction] = {
    var rows: [MachineInstruction] = []
    for shape in integerShapes + floatShapes + packedShapes {
      for operation in shape.operations {
        for form in shape.forms {
          for width in shape.widths {
            append(operation, form, width, shape.address, to: &rows)
          }
        }
      }
    }
    return rows
  }()

  private static func append(
    _ operation: MachineOperation, _ form: OperandForm, _ width: UInt8, _ address: AddressFlags,
    to rows: inout [MachineInstruction]
  ) {
    let roles = OperandRoles.of(operation, form)
    var row = MachineInstruction(operation, form, width: width, address: address)
    let usesR0 = !roles.isDisjoint(with: [.r0Read, .r0Written])
    let firsts = !usesR0 ? [.none] : roles.contains(.r0Vector) ? vectors : general
    let seconds =
      roles.contains(.r1Tied) || !roles.contains(.r1Read)
      ? [.none] : roles.contains(.r1Vector) ? vectors : general
    let thirds =
      roles.contains(.memory) || !roles.contains(.baseRead)
      ? [.none] : roles.contains(.baseVector) ? vectors : general
    // Each first operand with each of the last ones; the middle of three takes turns.
    var turn = rows.count
    for first in firsts {
      for (position, last) in (thirds.count > 1 ? thirds : seconds).enumerated() {
        turn += 1
        row.r0 = first
        if roles.contains(.r1Tied) {
          row.r1 = first
        } else {
          row.r1 = thirds.count > 1 ? seconds[turn % seconds.count] : last
        }
        if !roles.contains(.memory) {
          row.base = thirds.count > 1 ? last : .none
          if form == .trr { row.index = vectors[turn % vectors.count] }
          appendVariants(row, turn, to: &rows)
          continue
        }
        // All memory operands with one pair of registers, a few of them with the others.
        let isFirst = first == firsts[0] && position == 0
        for (number, memory) in memoryOperands.enumerated()
        where isFirst || (number + turn) % 23 == 0 {
          if operation == .lea && memory.address.contains(.gs) { continue }
          row.base = memory.base
          row.index = memory.index
          row.address = memory.address.union(address)
          row.displacement = memory.displacement
          appendVariants(row, turn + number, to: &rows)
        }
      }
    }
  }

  /// With the immediates and conditions that the operation distinguishes.
  private static func appendVariants(
    _ row: MachineInstruction, _ turn: Int, to rows: inout [MachineInstruction]
  ) {
    var row = row
    switch (row.op, row.form) {
    case (.setcc, _), (.cmovcc, _):
      row.condition = ConditionCode(rawValue: UInt8(turn % 16))!
      rows.append(row)
    case (.cmpf, _), (.cmpps, _), (.cmppd, _):
      row.immediate = Int32(turn % 8)
      rows.append(row)
    case (.round, _):
      row.immediate = Int32(8 + turn % 4)
      rows.append(row)
    case (.shl, _), (.shr, _), (.sar, _), (.rol, _), (.ror, _), (.rorx, _), (.bt, _):
      for count: Int32 in [1, 7] {
        row.immediate = count
        rows.append(row)
      }
    case (.movabs, _):
      for high: Int32 in [0, -1, 0x1234_5678] {
        row.displacement = high
        row.immediate = immediates[turn % immediates.count]
        rows.append(row)
      }
    case (.ret, _):
      for bytes: Int32 in [0, 8, 0x1000] {
        row.immediate = bytes
        rows.append(row)
      }
    case (_, .mri), (_, .drri), (_, .drmi), (_, .tri), (_, .tmi):
      row.immediate = immediates[turn % immediates.count]
      rows.append(row)
    case (_, .di), (_, .ti), (_, .ri):
      for immediate in immediates {
        row.immediate = immediate
        rows.append(row)
      }
    case (_, .mi), (_, .dri), (_, .dmi):
      row.immediate = immediates[turn % immediates.count]
      rows.append(row)
    default: rows.append(row)
    }
  }

  /// The code of one instruction, distances of relocations zero.
  static func encode(_ instruction: MachineInstruction) -> [UInt8] {
    var encoder = Encoder()
    encoder.encode(instruction, frame: frame)
    return Array(encoder.buffer.bytes[..<encoder.buffer.count])
  }
}
