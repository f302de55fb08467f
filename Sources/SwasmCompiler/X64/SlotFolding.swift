/// A register operand that could be a memory operand instead.
enum FoldableOperand: UInt8, CaseIterable {
  case r0, r1, r2
  /// r0 and r1 of a tied form, both in the same slot.
  case tied
}

extension MachineInstruction {
  /// The form in which `operand` is a spill slot; `.none` when there is no such instruction.
  ///
  /// A slot is 8 bytes (16 for vectors of width 16), holds the whole register, and the upper half of an i32 in it is
  /// zero, which decides what may be folded: any narrower read is fine, 16-byte reads are not, and a written
  /// register may only become memory if the whole slot gets what the register would have got.
  /// `slotHoldsI32` says that about the slot of a tied operand: then a 32-bit operation may modify the slot's lower half.
  func memoryForm(_ operand: FoldableOperand, slotHoldsI32: Bool = false) -> OperandForm {
    if op.isPacked { return packedMemoryForm(operand) }
    return switch operand {
    case .r0: form == .dr || form == .di ? targetForm : firstSourceForm
    case .r1: secondSourceForm
    case .r2: lastSourceForm
    case .tied: width == 8 || (width == 4 && slotHoldsI32) ? modifiedForm : .none
    }
  }

  /// r0 is written and nothing else.
  private var targetForm: OperandForm {
    switch (op, form) {
    case (.mov, .dr) where width == 8: .mr
    // A 64-bit store sign-extends; what a 32-bit move zero-extends has to be non-negative.
    case (.mov, .di) where width == 8 || (width == 4 && immediate >= 0): .mi
    case (.movf, .dr): .mr
    case (.movdToVector, .dr): .mr
    case (.movdToGeneral, .dr) where width == 8: .mr
    default: .none
    }
  }

  /// r0 is read.
  private var firstSourceForm: OperandForm {
    switch (op, form) {
    case (.cmp, .rr), (.test, .rr): .mr
    case (.cmp, .ri), (.test, .ri): .mi
    case (.push, .r), (.jmpIndirect, .r), (.callIndirect, .r): .m
    // Their fixed operands are found through the displacement, which the slot would need.
    case (.mul, .r) where fixed == 0, (.imulHigh, .r) where fixed == 0: .m
    default: .none
    }
  }

  /// r1 is read and not tied.
  private var secondSourceForm: OperandForm {
    switch (op, form) {
    case (.mov, .dr): width >= 4 ? .dm : .none
    case (.movzx, .dr), (.movsx64, .dr), (.movsx32, .dr), (.blsi, .dr), (.blsr, .dr),
      (.lzcnt, .dr), (.tzcnt, .dr), (.popcnt, .dr), (.movf, .dr), (.movdToVector, .dr),
      (.movdToGeneral, .dr), (.cvttss2si, .dr), (.cvttsd2si, .dr):
      .dm
    case (.imul, .dri), (.rorx, .dri), (.round, .dri): .dmi
    case (.shlx, .drr), (.shrx, .drr), (.sarx, .drr): .dmr
    // Commutative: the other source takes r1's place.
    case (.addf, .drr), (.mulf, .drr): .drm
    case (.cmp, .rr), (.ucomi, .rr): .rm
    case (.test, .rr): .mr
    default: .none
    }
  }

  /// r2 is read.
  private var lastSourceForm: OperandForm {
    switch op {
    case .add, .sub, .and, .or, .xor, .imul, .cmovcc:
      form == .tr ? .tm : .none
    case .andn: form == .drr ? .drm : .none
    case .addf, .subf, .mulf, .divf, .minf, .maxf, .sqrtf, .cvtsi2ss, .cvtsi2sd, .cvtss2sd,
      .cvtsd2ss:
      form == .tr ? .tm : form == .drr ? .drm : .none
    case .round: form == .drri ? .drmi : .none
    case .cmpf: form == .drri ? .drmi : form == .tri ? .tmi : .none
    default: .none
    }
  }

  /// r0 = r1 is modified.
  private var modifiedForm: OperandForm {
    switch op {
    case .add, .sub, .and, .or, .xor: form == .tr ? .mr : form == .ti ? .mi : .none
    case .neg, .not: form == .t ? .m : .none
    case .shl, .shr, .sar, .rol, .ror: form == .t ? .m : form == .ti ? .mi : .none
    default: .none
    }
  }

  /// Makes `operand` the spill slot `slot`. Returns false, and changes nothing, when `memoryForm` says `.none`.
  mutating func fold(
    _ operand: FoldableOperand, intoSlot slot: Int32, slotHoldsI32: Bool = false
  ) -> Bool {
    let folded = memoryForm(operand, slotHoldsI32: slotHoldsI32)
    if folded == .none { return false }
    switch operand {
    case .r0:
      r0 = r1
      // A constant fills the whole slot.
      if form == .di { width = 8 }
      r1 = .none
    case .r1:
      // Of three registers, the last takes the place of r1; r0 keeps its.
      r1 = form == .drr ? r2 : .none
    case .r2: break
    case .tied:
      r0 = form == .tr ? r2 : .none
      r1 = .none
    }
    form = folded
    base = .spillSlot
    index = .none
    address.formIntersection(.vex)
    displacement = slot
    return true
  }
}
