/// What distinguishes the instructions on whole vectors: their opcode, and which operands they have.
struct PackedRow {
  enum Kind: UInt8 {
    /// drr drm tr tm; those of commutative ones may be exchanged.
    case binary, commutative
    /// drri drmi tri tmi; of `compare` the immediate is the predicate, of `scalarImmediate` memory is one lane.
    case compare, binaryImmediate, scalarImmediate
    /// dr dm.
    case unary
    /// dri dmi.
    case unaryImmediate
    /// dm, and dr with AVX2: VEX only.
    case broadcast
    /// drm tm: one half of r0 is loaded, the other is r1's. mr: the half is stored.
    case half
    /// drr tr.
    case scalarPair
    /// drri drmi tri tmi: r2 is a general register, the immediate the lane.
    case insert
    /// dri: r0 is a general register. mri.
    case extract
    /// dr: r0 is a general register.
    case mask
    /// rr rm.
    case test
    /// drr drm tr tm by the low 64 bits of r2 or 16 bytes of memory; dri (VEX), ti by the immediate.
    case shift
    /// dri (VEX), ti.
    case byteShift
    /// trr: r0 = ±(r2 × r3) + r1. VEX only.
    case fused
  }
  var kind: Kind
  var opcode: OpcodeBytes
  /// Bytes of the memory operand.
  var memory: UInt8
}

extension MachineOperation {
  /// Works on whole vectors and has a ``PackedRow``.
  @inline(__always)
  var isPacked: Bool {
    rawValue >= MachineOperation.paddb.rawValue
      && rawValue <= MachineOperation.vfnmadd231pd.rawValue
  }

  /// One line per operation: operands, opcode map, prefix, opcode.
  var packedRow: PackedRow {
    func row(
      _ kind: PackedRow.Kind, _ map: OpcodeBytes.Map, _ prefix: OpcodeBytes.Prefix, _ byte: UInt8,
      memory: UInt8 = 16, wide: Bool = false
    ) -> PackedRow {
      let opcode = OpcodeBytes(byte, map, prefix)
      return PackedRow(kind: kind, opcode: wide ? opcode.wide : opcode, memory: memory)
    }
    return switch self {
    case .paddb: row(.commutative, .map0F, .operandSize, 0xfc)
    case .paddw: row(.commutative, .map0F, .operandSize, 0xfd)
    case .paddd: row(.commutative, .map0F, .operandSize, 0xfe)
    case .paddq: row(.commutative, .map0F, .operandSize, 0xd4)
    case .psubb: row(.binary, .map0F, .operandSize, 0xf8)
    case .psubw: row(.binary, .map0F, .operandSize, 0xf9)
    case .psubd: row(.binary, .map0F, .operandSize, 0xfa)
    case .psubq: row(.binary, .map0F, .operandSize, 0xfb)
    case .paddsb: row(.commutative, .map0F, .operandSize, 0xec)
    case .paddsw: row(.commutative, .map0F, .operandSize, 0xed)
    case .paddusb: row(.commutative, .map0F, .operandSize, 0xdc)
    case .paddusw: row(.commutative, .map0F, .operandSize, 0xdd)
    case .psubsb: row(.binary, .map0F, .operandSize, 0xe8)
    case .psubsw: row(.binary, .map0F, .operandSize, 0xe9)
    case .psubusb: row(.binary, .map0F, .operandSize, 0xd8)
    case .psubusw: row(.binary, .map0F, .operandSize, 0xd9)
    case .pmullw: row(.commutative, .map0F, .operandSize, 0xd5)
    case .pmulhw: row(.commutative, .map0F, .operandSize, 0xe5)
    case .pmulhuw: row(.commutative, .map0F, .operandSize, 0xe4)
    case .pmuludq: row(.commutative, .map0F, .operandSize, 0xf4)
    case .pmaddwd: row(.commutative, .map0F, .operandSize, 0xf5)
    case .pavgb: row(.commutative, .map0F, .operandSize, 0xe0)
    case .pavgw: row(.commutative, .map0F, .operandSize, 0xe3)
    case .pmulld: row(.commutative, .map0F38, .operandSize, 0x40)
    case .pmuldq: row(.commutative, .map0F38, .operandSize, 0x28)
    case .pmulhrsw: row(.commutative, .map0F38, .operandSize, 0x0b)
    case .pmaddubsw: row(.binary, .map0F38, .operandSize, 0x04)
    case .pminub: row(.commutative, .map0F, .operandSize, 0xda)
    case .pmaxub: row(.commutative, .map0F, .operandSize, 0xde)
    case .pminsw: row(.commutative, .map0F, .operandSize, 0xea)
    case .pmaxsw: row(.commutative, .map0F, .operandSize, 0xee)
    case .pminsb: row(.commutative, .map0F38, .operandSize, 0x38)
    case .pmaxsb: row(.commutative, .map0F38, .operandSize, 0x3c)
    case .pminuw: row(.commutative, .map0F38, .operandSize, 0x3a)
    case .pmaxuw: row(.commutative, .map0F38, .operandSize, 0x3e)
    case .pminsd: row(.commutative, .map0F38, .operandSize, 0x39)
    case .pmaxsd: row(.commutative, .map0F38, .operandSize, 0x3d)
    case .pminud: row(.commutative, .map0F38, .operandSize, 0x3b)
    case .pmaxud: row(.commutative, .map0F38, .operandSize, 0x3f)
    case .pcmpeqb: row(.commutative, .map0F, .operandSize, 0x74)
    case .pcmpeqw: row(.commutative, .map0F, .operandSize, 0x75)
    case .pcmpeqd: row(.commutative, .map0F, .operandSize, 0x76)
    case .pcmpgtb: row(.binary, .map0F, .operandSize, 0x64)
    case .pcmpgtw: row(.binary, .map0F, .operandSize, 0x65)
    case .pcmpgtd: row(.binary, .map0F, .operandSize, 0x66)
    case .pcmpeqq: row(.commutative, .map0F38, .operandSize, 0x29)
    case .pcmpgtq: row(.binary, .map0F38, .operandSize, 0x37)
    case .pand: row(.commutative, .map0F, .operandSize, 0xdb)
    case .pandn: row(.binary, .map0F, .operandSize, 0xdf)
    case .por: row(.commutative, .map0F, .operandSize, 0xeb)
    case .pxor: row(.commutative, .map0F, .operandSize, 0xef)
    case .packsswb: row(.binary, .map0F, .operandSize, 0x63)
    case .packuswb: row(.binary, .map0F, .operandSize, 0x67)
    case .packssdw: row(.binary, .map0F, .operandSize, 0x6b)
    case .packusdw: row(.binary, .map0F38, .operandSize, 0x2b)
    case .pshufb: row(.binary, .map0F38, .operandSize, 0x00)
    case .punpcklbw: row(.binary, .map0F, .operandSize, 0x60)
    case .punpcklwd: row(.binary, .map0F, .operandSize, 0x61)
    case .punpckldq: row(.binary, .map0F, .operandSize, 0x62)
    case .punpcklqdq: row(.binary, .map0F, .operandSize, 0x6c)
    case .punpckhbw: row(.binary, .map0F, .operandSize, 0x68)
    case .punpckhwd: row(.binary, .map0F, .operandSize, 0x69)
    case .punpckhdq: row(.binary, .map0F, .operandSize, 0x6a)
    case .punpckhqdq: row(.binary, .map0F, .operandSize, 0x6d)
    case .addps: row(.commutative, .map0F, .none, 0x58)
    case .subps: row(.binary, .map0F, .none, 0x5c)
    case .mulps: row(.commutative, .map0F, .none, 0x59)
    case .divps: row(.binary, .map0F, .none, 0x5e)
    case .minps: row(.binary, .map0F, .none, 0x5d)
    case .maxps: row(.binary, .map0F, .none, 0x5f)
    case .andps: row(.commutative, .map0F, .none, 0x54)
    case .andnps: row(.binary, .map0F, .none, 0x55)
    case .orps: row(.commutative, .map0F, .none, 0x56)
    case .xorps: row(.commutative, .map0F, .none, 0x57)
    case .addpd: row(.commutative, .map0F, .operandSize, 0x58)
    case .subpd: row(.binary, .map0F, .operandSize, 0x5c)
    case .mulpd: row(.commutative, .map0F, .operandSize, 0x59)
    case .divpd: row(.binary, .map0F, .operandSize, 0x5e)
    case .minpd: row(.binary, .map0F, .operandSize, 0x5d)
    case .maxpd: row(.binary, .map0F, .operandSize, 0x5f)
    case .andpd: row(.commutative, .map0F, .operandSize, 0x54)
    case .andnpd: row(.binary, .map0F, .operandSize, 0x55)
    case .orpd: row(.commutative, .map0F, .operandSize, 0x56)
    case .xorpd: row(.commutative, .map0F, .operandSize, 0x57)
    case .cmpps: row(.compare, .map0F, .none, 0xc2)
    case .cmppd: row(.compare, .map0F, .operandSize, 0xc2)
    case .shufps: row(.binaryImmediate, .map0F, .none, 0xc6)
    case .palignr: row(.binaryImmediate, .map0F3A, .operandSize, 0x0f)
    case .pblendw: row(.binaryImmediate, .map0F3A, .operandSize, 0x0e)
    case .insertps: row(.scalarImmediate, .map0F3A, .operandSize, 0x21, memory: 4)
    case .pabsb: row(.unary, .map0F38, .operandSize, 0x1c)
    case .pabsw: row(.unary, .map0F38, .operandSize, 0x1d)
    case .pabsd: row(.unary, .map0F38, .operandSize, 0x1e)
    case .pmovsxbw: row(.unary, .map0F38, .operandSize, 0x20, memory: 8)
    case .pmovsxwd: row(.unary, .map0F38, .operandSize, 0x23, memory: 8)
    case .pmovsxdq: row(.unary, .map0F38, .operandSize, 0x25, memory: 8)
    case .pmovzxbw: row(.unary, .map0F38, .operandSize, 0x30, memory: 8)
    case .pmovzxwd: row(.unary, .map0F38, .operandSize, 0x33, memory: 8)
    case .pmovzxdq: row(.unary, .map0F38, .operandSize, 0x35, memory: 8)
    case .sqrtps: row(.unary, .map0F, .none, 0x51)
    case .cvtdq2ps: row(.unary, .map0F, .none, 0x5b)
    case .cvtps2pd: row(.unary, .map0F, .none, 0x5a, memory: 8)
    case .sqrtpd: row(.unary, .map0F, .operandSize, 0x51)
    case .cvttpd2dq: row(.unary, .map0F, .operandSize, 0xe6)
    case .cvtpd2ps: row(.unary, .map0F, .operandSize, 0x5a)
    case .cvttps2dq: row(.unary, .map0F, .repeatEqual, 0x5b)
    case .cvtdq2pd: row(.unary, .map0F, .repeatEqual, 0xe6, memory: 8)
    case .movq: row(.unary, .map0F, .repeatEqual, 0x7e, memory: 8)
    case .movddup: row(.unary, .map0F, .repeatNotEqual, 0x12, memory: 8)
    case .pshufd: row(.unaryImmediate, .map0F, .operandSize, 0x70)
    case .pshuflw: row(.unaryImmediate, .map0F, .repeatNotEqual, 0x70)
    case .pshufhw: row(.unaryImmediate, .map0F, .repeatEqual, 0x70)
    case .roundps: row(.unaryImmediate, .map0F3A, .operandSize, 0x08)
    case .roundpd: row(.unaryImmediate, .map0F3A, .operandSize, 0x09)
    case .vbroadcastss: row(.broadcast, .map0F38, .operandSize, 0x18, memory: 4)
    case .vpbroadcastb: row(.broadcast, .map0F38, .operandSize, 0x78, memory: 1)
    case .vpbroadcastw: row(.broadcast, .map0F38, .operandSize, 0x79, memory: 2)
    case .vpbroadcastd: row(.broadcast, .map0F38, .operandSize, 0x58, memory: 4)
    case .vpbroadcastq: row(.broadcast, .map0F38, .operandSize, 0x59, memory: 8)
    case .movlps: row(.half, .map0F, .none, 0x12, memory: 8)
    case .movhps: row(.half, .map0F, .none, 0x16, memory: 8)
    case .movhlps: row(.scalarPair, .map0F, .none, 0x12)
    case .movlhps: row(.scalarPair, .map0F, .none, 0x16)
    case .pinsrb: row(.insert, .map0F3A, .operandSize, 0x20, memory: 1)
    case .pinsrd: row(.insert, .map0F3A, .operandSize, 0x22, memory: 4)
    case .pinsrq: row(.insert, .map0F3A, .operandSize, 0x22, memory: 8, wide: true)
    case .pinsrw: row(.insert, .map0F, .operandSize, 0xc4, memory: 2)
    case .pextrb: row(.extract, .map0F3A, .operandSize, 0x14, memory: 1)
    case .pextrw: row(.extract, .map0F3A, .operandSize, 0x15, memory: 2)
    case .pextrd: row(.extract, .map0F3A, .operandSize, 0x16, memory: 4)
    case .pextrq: row(.extract, .map0F3A, .operandSize, 0x16, memory: 8, wide: true)
    case .pmovmskb: row(.mask, .map0F, .operandSize, 0xd7)
    case .movmskpd: row(.mask, .map0F, .operandSize, 0x50)
    case .movmskps: row(.mask, .map0F, .none, 0x50)
    case .ptest: row(.test, .map0F38, .operandSize, 0x17)
    case .psllw: row(.shift, .map0F, .operandSize, 0xf1)
    case .pslld: row(.shift, .map0F, .operandSize, 0xf2)
    case .psllq: row(.shift, .map0F, .operandSize, 0xf3)
    case .psrlw: row(.shift, .map0F, .operandSize, 0xd1)
    case .psrld: row(.shift, .map0F, .operandSize, 0xd2)
    case .psrlq: row(.shift, .map0F, .operandSize, 0xd3)
    case .psraw: row(.shift, .map0F, .operandSize, 0xe1)
    case .psrad: row(.shift, .map0F, .operandSize, 0xe2)
    case .pslldq: row(.byteShift, .map0F, .operandSize, 0x73)
    case .psrldq: row(.byteShift, .map0F, .operandSize, 0x73)
    case .vfmadd231ps: row(.fused, .map0F38, .operandSize, 0xb8)
    case .vfmadd231pd: row(.fused, .map0F38, .operandSize, 0xb8, wide: true)
    case .vfnmadd231ps: row(.fused, .map0F38, .operandSize, 0xbc)
    case .vfnmadd231pd: row(.fused, .map0F38, .operandSize, 0xbc, wide: true)
    default: preconditionFailure("not a packed operation")
    }
  }

  /// The shift by an immediate: opcode and its extension.
  var shiftByImmediate: (opcode: UInt8, digit: UInt8) {
    switch self {
    case .psrlw: (0x71, 2)
    case .psraw: (0x71, 4)
    case .psllw: (0x71, 6)
    case .psrld: (0x72, 2)
    case .psrad: (0x72, 4)
    case .pslld: (0x72, 6)
    case .psrlq: (0x73, 2)
    case .psrldq: (0x73, 3)
    case .psllq: (0x73, 6)
    case .pslldq: (0x73, 7)
    default: preconditionFailure("not a packed shift")
    }
  }
}

extension PackedRow.Kind {
  /// The forms of the operations of this kind; for the encoder's tests too.
  var forms: [OperandForm] {
    switch self {
    case .binary, .commutative: [.drr, .drm, .tr, .tm]
    case .compare, .binaryImmediate, .scalarImmediate, .insert: [.drri, .drmi, .tri, .tmi]
    case .unary: [.dr, .dm]
    case .unaryImmediate: [.dri, .dmi]
    case .broadcast: [.dr, .dm]
    case .half: [.drm, .tm, .mr]
    case .scalarPair: [.drr, .tr]
    case .extract: [.dri, .mri]
    case .mask: [.dr]
    case .test: [.rr, .rm]
    case .shift: [.drr, .drm, .tr, .tm, .dri, .ti]
    case .byteShift: [.dri, .ti]
    case .fused: [.trr]
    }
  }

  /// Registers that are vectors.
  var vectors: OperandRoles {
    switch self {
    case .insert: [.r0Vector, .r1Vector]
    case .extract, .mask: .r1Vector
    case .fused: [.r0Vector, .r1Vector, .baseVector]
    default: [.r0Vector, .r1Vector, .baseVector]
    }
  }
}

extension MachineInstruction {
  /// Is this packed instruction encoded with VEX? Three operands always are; with fewer, the flag says so.
  var isVexPacked: Bool {
    switch form {
    case .drr, .drm, .drri, .drmi: true
    case .dri:
      address.contains(.vex) || op.packedRow.kind == .shift || op.packedRow.kind == .byteShift
    case .dr, .dm: address.contains(.vex) || op.packedRow.kind == .broadcast
    case .trr: true
    default: address.contains(.vex)
    }
  }

  /// The form in which a register operand of a packed instruction is memory. Without VEX the processor wants 16 bytes to be
  /// aligned, which a slot isn't always.
  func packedMemoryForm(_ operand: FoldableOperand) -> OperandForm {
    let row = op.packedRow
    let isFree = isVexPacked || row.memory < 16
    switch (row.kind, operand, form) {
    case (.commutative, .r1, .drr): return .drm
    case (.binary, .r2, .drr), (.commutative, .r2, .drr), (.shift, .r2, .drr): return .drm
    case (.compare, .r2, .drri), (.binaryImmediate, .r2, .drri), (.scalarImmediate, .r2, .drri),
      (.insert, .r2, .drri):
      // insertps takes its lane from a register by the immediate, from memory the one there is.
      return row.kind != .scalarImmediate || immediate & 0xc0 == 0 ? .drmi : .none
    case (.scalarImmediate, .r2, .tri): return immediate & 0xc0 == 0 ? .tmi : .none
    case (.insert, .r2, .tri): return .tmi
    case (.unary, .r1, .dr), (.broadcast, .r1, .dr): return isFree ? .dm : .none
    case (.unaryImmediate, .r1, .dri): return isFree ? .dmi : .none
    case (.test, .r1, .rr): return isFree ? .rm : .none
    default: return .none
    }
  }
}
