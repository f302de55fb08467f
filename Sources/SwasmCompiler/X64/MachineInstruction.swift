/// A register: 0–15 general registers in hardware order, 16–31 xmm0–15, from 32 on virtual. Negative numbers
/// stand for "none" and, in the base field of a memory operand, for the special bases.
struct Register: Hashable {
  var id: Int32
  init(_ id: Int32) { self.id = id }
  init(_ position: Int) { id = Int32(truncatingIfNeeded: position) }

  static var rax: Register { Register(Int32(0)) }
  static var rcx: Register { Register(Int32(1)) }
  static var rdx: Register { Register(Int32(2)) }
  static var rbx: Register { Register(Int32(3)) }
  static var rsp: Register { Register(Int32(4)) }
  static var rbp: Register { Register(Int32(5)) }
  static var rsi: Register { Register(Int32(6)) }
  static var rdi: Register { Register(Int32(7)) }
  static var r8: Register { Register(Int32(8)) }
  static var r9: Register { Register(Int32(9)) }
  static var r10: Register { Register(Int32(10)) }
  static var r11: Register { Register(Int32(11)) }
  static var r12: Register { Register(Int32(12)) }
  static var r13: Register { Register(Int32(13)) }
  static var r14: Register { Register(Int32(14)) }
  static var r15: Register { Register(Int32(15)) }
  static func xmm(_ number: Int) -> Register { Register(16 + number) }

  static var none: Register { Register(Int32(-1)) }
  /// Memory at [data block + displacement].
  static var dataBlock: Register { Register(Int32(-2)) }
  /// The constant whose index in the function's constant pool is the displacement.
  static var constantPool: Register { Register(Int32(-3)) }
  /// The spill slot (8 bytes; 16 for vectors) whose number is the displacement.
  static var spillSlot: Register { Register(Int32(-4)) }
  /// The caller's stack arguments: displacement 0 is the first one's.
  static var incoming: Register { Register(Int32(-5)) }
  /// The jump table whose number in the function is the displacement.
  static var jumpTable: Register { Register(Int32(-6)) }

  static let firstVirtual: Int32 = 32

  var position: Int { Int(id) }
  var isNone: Bool { id == -1 }
  var isVirtual: Bool { id >= Register.firstVirtual }
  var isVector: Bool { id >= 16 && id < 32 }
  /// Hardware number, 0–15, of a physical register.
  var number: UInt8 { UInt8(truncatingIfNeeded: id & 15) }
}

/// Condition codes with their hardware numbers.
enum ConditionCode: UInt8 {
  case overflow = 0
  case noOverflow, below, aboveEqual, equal, notEqual, belowEqual, above
  case sign, notSign, parity, noParity, less, greaterEqual, lessEqual, greater

  var inverted: ConditionCode { ConditionCode(rawValue: rawValue ^ 1).unsafelyKnown }
}

/// Where an instruction's operands are. `d` is a destination that is only written, `t` a destination that must be the
/// register of its first source (r1): after allocation r0 == r1, before it they are two values. `m` is the
/// memory operand, `i` the immediate.
enum OperandForm: UInt8 {
  /// No operands (cdq, ret, ud2); r0, r1, base and index unused.
  case none
  /// r0 read: push, idiv, div, mul, jmp, call.
  case r
  /// r0 written: setcc, pop, rdgsbase.
  case d
  /// r0 written, nothing read; immediate: mov.
  case di
  /// r0 written, r1 read: mov, movzx, lzcnt, cvtsi2sd …
  case dr
  case dm
  /// r0 written, r1 (or memory) read, immediate: imul, rorx, roundsd.
  case dri
  case dmi
  /// r0 written, r1 and r2 read: VEX forms (vaddsd, shlx, andn). r2 is in the base field.
  case drr
  case drm
  /// r0 written, memory and r1 read, in the order in which shlx has them: r0 = m shifted by r1.
  case dmr
  /// As drr, drm with an immediate (vroundsd, vcmpsd, vshufps).
  case drri
  case drmi
  /// r0 = r1, modified: neg, not, bswap, shift by cl.
  case t
  /// r0 = r1 op immediate.
  case ti
  /// r0 = r1 op r2; r2 is in the base field. Also cmovcc and non-VEX SSE.
  case tr
  case tm
  /// As tr, tm with an immediate (roundsd without VEX isn't one: it is dri).
  case tri
  case tmi
  /// r0 and r1 read: cmp, test, ucomisd, bt.
  case rr
  case ri
  case rm
  /// Memory written or modified with r0: mov, add [m], r …; cmp [m], r; test [m], r.
  case mr
  case mi
  /// Memory read or modified: neg [m], call [m], jmp [m], inc.
  case m
  /// imm = label.
  case label
  /// Memory written with r0, immediate: pextrb.
  case mri
  /// r0 = r1 op r2, r3; r2 is in the base field and r3 in the index field: vfmadd231ps.
  case trr
}

/// One x86-64 instruction on virtual or physical registers: 32 bytes, trivial.
struct MachineInstruction {
  var op: MachineOperation
  var form: OperandForm
  /// Operand size in bytes: 1, 2, 4 or 8 (16 for whole vectors). For conversions the size of the general register or
  /// the source, as said at the operation.
  var width: UInt8
  /// Condition of jcc, setcc, cmovcc.
  var condition: ConditionCode
  /// log2 of the index's scale, and the address flags.
  var address: AddressFlags
  /// 1: the instruction has fixed operands in the function's side table (calls, divisions …), see `fixedIndex`.
  var fixed: UInt16
  var r0: Register
  var r1: Register
  /// Base of the memory operand, or the third register (r2).
  var base: Register
  var index: Register
  var displacement: Int32
  /// Immediate, label, called function … as the operation says.
  var immediate: Int32

  init(
    _ op: MachineOperation, _ form: OperandForm, width: UInt8 = 8,
    condition: ConditionCode = .equal, r0: Register = .none, r1: Register = .none,
    base: Register = .none, index: Register = .none, address: AddressFlags = [],
    displacement: Int32 = 0, immediate: Int32 = 0
  ) {
    self.op = op
    self.form = form
    self.width = width
    self.condition = condition
    self.address = address
    self.fixed = 0
    self.r0 = r0
    self.r1 = r1
    self.base = base
    self.index = index
    self.displacement = displacement
    self.immediate = immediate
  }

  /// A call that ends its block, and what it throws has a handler in this function.
  var throwsToHandler: Bool {
    (op == .call || op == .callIndirect) && address.contains(.mayThrow)
  }

  /// Index into `MachineFunction.fixed`.
  var fixedIndex: Int {
    get { Int(hasIndirectTarget ? immediate : displacement) }
    set {
      fixed = 1
      if hasIndirectTarget {
        immediate = Int32(truncatingIfNeeded: newValue)
      } else {
        displacement = Int32(truncatingIfNeeded: newValue)
      }
    }
  }

  private var hasIndirectTarget: Bool { op == .callIndirect || op == .tailCallIndirect }

  var r2: Register {
    get { base }
    set { base = newValue }
  }

  /// Bytes at the memory operand, or at the one that a register operand could become; 0 for lea.
  var memoryBytes: UInt8 {
    switch op {
    case .lea: 0
    case .push, .pop, .jmpIndirect, .callIndirect, .tailCallIndirect, .cvttsd2si, .cvtsd2ss: 8
    case .cvttss2si, .cvtss2sd: 4
    case .andf, .andnf, .orf, .xorf: 16
    default: op.isPacked ? op.packedRow.memory : width
    }
  }
}

/// Properties of a memory operand: the scale (low two bits), the GS segment, 32-bit address arithmetic (prefix 67).
struct AddressFlags: OptionSet {
  var rawValue: UInt8
  static var gs: AddressFlags { AddressFlags(rawValue: 4) }
  static var wrap32: AddressFlags { AddressFlags(rawValue: 8) }
  /// The instruction may fault on a guest address: it gets an entry in the address map.
  static var mayTrap: AddressFlags { AddressFlags(rawValue: 16) }
  /// Of a call: where it throws to is noted.
  static var mayThrow: AddressFlags { AddressFlags(rawValue: 64) }
  /// A packed instruction of two operands is VEX-encoded: its memory operand needs no alignment.
  static var vex: AddressFlags { AddressFlags(rawValue: 32) }
  static func scale(_ log2: UInt8) -> AddressFlags { AddressFlags(rawValue: log2 & 3) }
  var scaleLog2: UInt8 { rawValue & 3 }
}

/// The instructions the compiler uses. `width` selects the operand size. Where a VEX form exists (drr, drm), it
/// is chosen by the form; tr and tm are the legacy encodings.
enum MachineOperation: UInt16, CaseIterable {
  // Integers. Forms tr tm ti mr mi (modify) of:
  case add, sub, and, or, xor
  /// Forms rr ri rm mr mi.
  case cmp
  /// Forms rr ri mr mi.
  case test
  /// Forms tr tm (0F AF), dri dmi (69/6B).
  case imul
  /// Forms t m.
  case neg, not
  /// dr: plain move, width 4 zero-extends. dm: load (width 4, 8). di: width 4: imm32 zero-extended; width 8: imm32 sign-extended.
  /// mr, mi: store, width 1 2 4 8.
  case mov
  /// di: r0 = 64-bit constant (displacement = high half, immediate = low half).
  case movabs
  /// dr dm: width = the source's size (1, 2); the destination is the 32-bit register.
  case movzx
  /// dr dm: width = the source's size (1, 2, 4); the destination is 64-bit / 32-bit.
  case movsx64, movsx32
  /// dm: address arithmetic, width 4 or 8.
  case lea
  /// Forms t (by cl) and ti (by immediate); m and mi on memory.
  case shl, shr, sar, rol, ror
  /// BMI2: drr (r0 = r1 shifted by r2), dmr (r0 = memory shifted by r1).
  case shlx, shrx, sarx
  /// BMI2: dri dmi.
  case rorx
  /// BMI1: drr drm: r0 = ~r1 & r2.
  case andn
  /// BMI1: dr dm: lowest set bit: isolate, reset.
  case blsi, blsr
  /// dr dm.
  case lzcnt, tzcnt, popcnt
  /// dr: undefined for 0.
  case bsr, bsf
  /// ri: bit test of r0; rr.
  case bt
  /// d: width 1.
  case setcc
  /// tr tm: r0 = r1; if condition r0 = r2.
  case cmovcc
  /// none: sign-extend eax into edx (width 4), rax into rdx (width 8).
  case cdq
  /// r: divide rdx:rax by r0; m is not used, so that a trap handler finds the divisor in a register.
  case div, idiv
  /// r, m: rdx:rax = rax × operand.
  case mul, imulHigh
  case push, pop
  /// rr: exchange.
  case xchg

  // Control.
  /// label.
  case jmp, jcc
  /// r m.
  case jmpIndirect
  /// none: immediate = function index in the module (a relocation).
  case call
  /// r m.
  case callIndirect
  /// Leave the frame and jump: as call and callIndirect; r1 = bytes of stack arguments.
  case tailCall, tailCallIndirect
  /// none: immediate = bytes of stack arguments to pop.
  case ret
  /// none: ud2 and the bytes of immediate's low `width` bytes.
  case ud2

  // Scalar floats: width 4 or 8 chooses ss or sd (ps, pd for the bitwise ones).
  /// dr: movaps; dm: movss/movsd load; mr: store. Width 16: movups.
  case movf
  /// dr: general ─▶ xmm (width 4, 8), xmm ─▶ general. Also dm, mr of the xmm.
  case movdToVector, movdToGeneral
  /// drr drm tr tm.
  case addf, subf, mulf, divf, minf, maxf
  /// drr drm tr tm; sqrtf also reads r1's upper lanes in VEX form.
  case sqrtf
  /// 128-bit bitwise, drr drm tr tm (memory is a 16-byte constant).
  case andf, andnf, orf, xorf
  /// rr rm: ucomiss, ucomisd.
  case ucomi
  /// drri drmi (VEX), dri dmi (legacy): immediate = rounding mode.
  case round
  /// Integer (width 4 or 8) to float: cvtsi2ss, cvtsi2sd. drr drm (VEX: r1 = upper lanes), tr tm.
  case cvtsi2ss, cvtsi2sd
  /// Float to integer of width 4 or 8, truncating: dr dm.
  case cvttss2si, cvttsd2si
  /// drr drm tr tm.
  case cvtss2sd, cvtsd2ss
  /// drri tri: immediate = predicate (0 eq, 1 lt, 2 le, 3 unord, 4 neq …).
  case cmpf

  /// d: zero, clobbering flags (xor r, r; xorps x, x).
  case zero

  /// d: all bits set, without a dependency on the old value (pcmpeqd x, x).
  case ones

  // Whole vectors, width 16: operands and encodings are in PackedInstructions.swift. drr, drm and the like are VEX forms;
  // dr, dm, dri, dmi, rr and rm are when the address has the flag `vex`.
  case paddb, paddw, paddd, paddq, psubb, psubw, psubd, psubq
  case paddsb, paddsw, paddusb, paddusw, psubsb, psubsw, psubusb, psubusw
  case pmullw, pmulhw, pmulhuw, pmulld, pmuludq, pmuldq, pmulhrsw, pmaddwd, pmaddubsw, pavgb, pavgw
  case pminub, pmaxub, pminsb, pmaxsb, pminuw, pmaxuw, pminsw, pmaxsw, pminsd, pmaxsd, pminud,
    pmaxud
  case pcmpeqb, pcmpeqw, pcmpeqd, pcmpeqq, pcmpgtb, pcmpgtw, pcmpgtd, pcmpgtq
  case pand, pandn, por, pxor
  case packsswb, packuswb, packssdw, packusdw
  case punpcklbw, punpcklwd, punpckldq, punpcklqdq, punpckhbw, punpckhwd, punpckhdq, punpckhqdq
  case pshufb, pshufd, pshuflw, pshufhw, shufps, palignr, pblendw
  case addps, subps, mulps, divps, minps, maxps, andps, andnps, orps, xorps, cmpps
  case addpd, subpd, mulpd, divpd, minpd, maxpd, andpd, andnpd, orpd, xorpd, cmppd
  case pabsb, pabsw, pabsd, pmovsxbw, pmovsxwd, pmovsxdq, pmovzxbw, pmovzxwd, pmovzxdq
  case sqrtps, sqrtpd, roundps, roundpd
  case cvtdq2ps, cvtdq2pd, cvttps2dq, cvttpd2dq, cvtps2pd, cvtpd2ps
  /// The low half, the upper one zero; twice the low half; lanes that are moved.
  case movq, movddup, movlps, movhps, movhlps, movlhps, insertps
  case vbroadcastss, vpbroadcastb, vpbroadcastw, vpbroadcastd, vpbroadcastq
  case pinsrb, pinsrw, pinsrd, pinsrq, pextrb, pextrw, pextrd, pextrq
  case pmovmskb, movmskps, movmskpd, ptest
  case psllw, pslld, psllq, psrlw, psrld, psrlq, psraw, psrad, pslldq, psrldq
  case vfmadd231ps, vfmadd231pd, vfnmadd231ps, vfnmadd231pd

  // Pseudo-instructions that the emitter expands into several.
  /// none, or r with r0 = table index times 16 for ``TrapKind/indirectCall``: trap of kind `immediate` when the
  /// condition holds; displacement = table.
  case trapIf
  /// tr: r0 = r1; if the condition holds r0 = r2, on vector registers.
  case selectf
  /// tr: minimum and maximum as wasm has them; width 4 or 8.
  case fmin, fmax
  /// r0 = integer of width `width` from vector r1; base = a general register written as scratch;
  /// immediate = TruncationKind.
  case truncate
  /// r0 = float from the 64-bit unsigned integer r1; base = a general register written as scratch; width = the float's.
  case convertU64

  // Pseudo-instructions of the allocator and the emitter: no code of their own.
  /// Defines the fixed operands' registers: function parameters at entry.
  case entry
  /// Marks a place.
  case nop
}
