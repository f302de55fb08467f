import SwasmArtifact

/// The pseudo-instructions on floats: a short hot part, and a cold one for what x86-64 does otherwise than wasm.
extension FunctionEmitter {
  // MARK: Minimum and maximum

  /// `minsd` gives the second operand when both are equal or one is NaN.
  mutating func emitMinMax(_ i: MachineInstruction) {
    let done = encoder.buffer.makeLabel()
    encode(MachineInstruction(.ucomi, .rr, width: i.width, r0: i.r0, r1: i.r2))
    jump(.parity, addCold(.unordered, i, 0, back: done))
    jump(.equal, addCold(.equalFloats, i, 0, back: done))
    encode(
      MachineInstruction(
        i.op == .fmin ? .minf : .maxf, .tr, width: i.width, r0: i.r0, r1: i.r0, base: i.r2))
    encoder.buffer.bind(done)
  }

  /// Equal but for the sign of zero: the minimum has it if either has, the maximum only if both have.
  mutating func emitEqualFloats(_ part: ColdPart) {
    let i = part.instruction
    encode(
      MachineInstruction(
        i.op == .fmin ? .orf : .andf, .tr, width: i.width, r0: i.r0, r1: i.r0, base: i.r2))
    jumpBack(part)
  }

  /// A sum of which one is NaN is NaN.
  mutating func emitUnordered(_ part: ColdPart) {
    let i = part.instruction
    encode(
      MachineInstruction(.addf, .tr, width: i.width, r0: i.r0, r1: i.r0, base: i.r2))
    jumpBack(part)
  }

  // MARK: Float to integer

  /// What `truncate` works on.
  private struct Truncation {
    var result: Register
    var source: Register
    var scratch: Register
    var width: UInt8
    var isUnsigned: Bool
    var isSaturating: Bool
    var isDouble: Bool
    var floatWidth: UInt8 { isDouble ? 8 : 4 }

    init(_ i: MachineInstruction) {
      result = i.r0
      source = i.r1
      scratch = i.base
      width = i.width
      isUnsigned = i.immediate & TruncationKind.unsigned != 0
      isSaturating = i.immediate & TruncationKind.saturating != 0
      isDouble = i.immediate & TruncationKind.double != 0
    }

    /// The bit pattern of a float of the source's type.
    func bits(_ value: Double) -> UInt64 {
      isDouble ? value.bitPattern : UInt64(Float(value).bitPattern)
    }
  }

  /// cvttsd2si gives the lowest number for all that doesn't fit.
  mutating func emitTruncate(_ i: MachineInstruction, _ source: UInt32) {
    let t = Truncation(i)
    let done = encoder.buffer.makeLabel()
    switch (t.isUnsigned, t.width) {
    case (false, _):
      convert(t, width: t.width)
      encode(MachineInstruction(.cmp, .ri, width: t.width, r0: t.result, immediate: 1))
      jump(.overflow, addCold(.truncate, i, source, back: done))
    case (true, 4):
      convert(t, width: 8)
      encode(MachineInstruction(.mov, .dr, width: 8, r0: t.scratch, r1: t.result))
      encode(
        MachineInstruction(.shr, .ti, width: 8, r0: t.scratch, r1: t.scratch, immediate: 32))
      jump(.notEqual, addCold(.truncate, i, source, back: done))
    default:
      compare(t, with: 0x1p63)
      jump(.aboveEqual, addCold(.truncateLarge, i, source, back: done))
      convert(t, width: 8)
      encode(MachineInstruction(.test, .rr, width: 8, r0: t.result, r1: t.result))
      jump(.sign, addCold(.truncate, i, source, back: done))
    }
    encoder.buffer.bind(done)
  }

  private mutating func convert(_ t: Truncation, width: UInt8, from source: Register? = nil) {
    encode(
      MachineInstruction(
        t.isDouble ? .cvttsd2si : .cvttss2si, .dr, width: width, r0: t.result,
        r1: source ?? t.source))
  }

  private mutating func compare(_ t: Truncation, with value: Double) {
    let index = poolIndex(UInt128(t.bits(value)), width: t.floatWidth)
    encode(
      MachineInstruction(
        .ucomi, .rm, width: t.floatWidth, r0: t.source,
        memory: MemoryOperand(base: .constantPool, displacement: index)))
  }

  /// The value didn't fit, or is exactly the lowest number.
  mutating func emitTruncateSlow(_ part: ColdPart) {
    let t = Truncation(part.instruction)
    encode(
      MachineInstruction(.ucomi, .rr, width: t.floatWidth, r0: t.source, r1: t.source))
    if t.isSaturating { return emitSaturated(part, t) }
    jump(.parity, addTrap(.invalidConversionToInteger, part.source))
    let overflow = addTrap(.integerOverflow, part.source)
    if t.isUnsigned { return jumpAlways(overflow) }
    if t.width == 4, t.isDouble {
      // All above −2³¹ − 1 is cut to −2³¹.
      compare(t, with: -0x1p31 - 1)
      jump(.belowEqual, overflow)
    } else {
      compare(t, with: t.width == 4 ? -0x1p31 : -0x1p63)
      jump(.below, overflow)
    }
    compare(t, with: 0)
    jump(.aboveEqual, overflow)
    jumpBack(part)
  }

  /// NaN becomes 0, too small the lowest number, too large the highest.
  private mutating func emitSaturated(_ part: ColdPart, _ t: Truncation) {
    let high = encoder.buffer.makeLabel()
    let low = encoder.buffer.makeLabel()
    jump(.parity, low)
    compare(t, with: 0)
    jump(.aboveEqual, high)
    if !t.isUnsigned {
      // The conversion's own result is the lowest number.
      jumpBack(part)
    }
    encoder.buffer.bind(low)
    load(0, into: t.result)
    jumpBack(part)
    encoder.buffer.bind(high)
    let highest: UInt64 = t.isUnsigned ? .max : UInt64(Int64.max)
    load(t.width == 4 ? (t.isUnsigned ? 0xffff_ffff : 0x7fff_ffff) : highest, into: t.result)
    jumpBack(part)
  }

  /// 2⁶³ or more: converted as a number 2⁶³ smaller.
  mutating func emitTruncateLarge(_ part: ColdPart) {
    let t = Truncation(part.instruction)
    let scratch = MoveResolver.scratch
    encode(MachineInstruction(.movf, .dr, width: 8, r0: scratch, r1: t.source))
    let index = poolIndex(UInt128(t.bits(0x1p63)), width: t.floatWidth)
    encode(
      MachineInstruction(
        .subf, .tm, width: t.floatWidth, r0: scratch, r1: scratch,
        memory: MemoryOperand(base: .constantPool, displacement: index)))
    convert(t, width: 8, from: scratch)
    encode(MachineInstruction(.test, .rr, width: 8, r0: t.result, r1: t.result))
    if t.isSaturating {
      let fits = encoder.buffer.makeLabel()
      jump(.notSign, fits)
      load(.max, into: t.result)
      jumpBack(part)
      encoder.buffer.bind(fits)
    } else {
      jump(.sign, addTrap(.integerOverflow, part.source))
    }
    load(1 << 63, into: t.scratch)
    encode(
      MachineInstruction(
        .xor, .tr, width: 8, r0: t.result, r1: t.result, base: t.scratch))
    jumpBack(part)
  }

  private mutating func load(_ bits: UInt64, into register: Register) {
    encode(MachineInstruction(loading: bits, into: register))
  }

  private mutating func addTrap(_ kind: TrapKind, _ source: UInt32) -> Int32 {
    addCold(
      .trap, MachineInstruction(.trapIf, .none, immediate: Int32(kind.rawValue)), source)
  }

  private mutating func jumpAlways(_ label: Int32) {
    encoder.buffer.branch(CodeBuffer.Branch.unconditional, to: label)
  }

  // MARK: Unsigned integer to float

  /// Below 2⁶³ the signed conversion is right.
  mutating func emitConvert(_ i: MachineInstruction) {
    let done = encoder.buffer.makeLabel()
    emitZero(i.r0)
    encode(MachineInstruction(.test, .rr, width: 8, r0: i.r1, r1: i.r1))
    jump(.sign, addCold(.convertU64, i, 0, back: done))
    convert(i, from: i.r1)
    encoder.buffer.bind(done)
  }

  private mutating func convert(_ i: MachineInstruction, from source: Register) {
    encode(
      MachineInstruction(
        i.width == 8 ? .cvtsi2sd : .cvtsi2ss, .tr, width: 8, r0: i.r0, r1: i.r0, base: source))
  }

  /// Half of it, with the lost bit kept for rounding, doubled.
  mutating func emitConvertSlow(_ part: ColdPart) {
    let i = part.instruction
    let even = encoder.buffer.makeLabel()
    encode(MachineInstruction(.mov, .dr, width: 8, r0: i.base, r1: i.r1))
    encode(MachineInstruction(.shr, .ti, width: 8, r0: i.base, r1: i.base, immediate: 1))
    jump(.aboveEqual, even)
    encode(MachineInstruction(.or, .ti, width: 8, r0: i.base, r1: i.base, immediate: 1))
    encoder.buffer.bind(even)
    convert(i, from: i.base)
    encode(
      MachineInstruction(.addf, .tr, width: i.width, r0: i.r0, r1: i.r0, base: i.r0))
    jumpBack(part)
  }
}
