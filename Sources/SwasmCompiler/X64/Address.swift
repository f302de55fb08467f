/// A memory operand with physical registers, in the form in which it is shortest to encode.
struct Address {
  /// Hardware numbers, or `absent`; a base may also be `rip`.
  var base: UInt8
  var index: UInt8
  var scaleLog2: UInt8
  var displacement: Int32
  /// For a base of `rip`: what the distance leads to.
  var relocation: RelocationKind
  var target: Int32

  static var absent: UInt8 { 0xff }
  static var rip: UInt8 { 0xfe }

  @inline(__always)
  init(_ instruction: MachineInstruction, _ frame: FrameLayout) {
    base = Address.absent
    index = instruction.index.isNone ? Address.absent : instruction.index.number
    scaleLog2 = instruction.address.scaleLog2
    displacement = instruction.displacement
    relocation = .dataBlock
    target = 0
    if instruction.base.id >= 0 {
      assert(instruction.base.id < 16 && instruction.index.id < 16, "not a general register")
      base = instruction.base.number
    } else if !instruction.base.isNone {
      resolveSpecialBase(instruction.base, frame)
    }
    assert(index != 4 || base != 4, "rsp cannot be an index")
    if index != Address.absent { shorten() }
  }

  private mutating func resolveSpecialBase(_ special: Register, _ frame: FrameLayout) {
    switch special {
    case .spillSlot:
      base = Register.rsp.number
      displacement = frame.slotOffset(displacement)
    case .incoming:
      base = Register.rsp.number
      displacement += frame.incomingOffset
    default:
      assert(index == Address.absent, "a rip-relative operand has no index")
      base = Address.rip
      target = displacement
      displacement = 0
      relocation =
        special == .dataBlock ? .dataBlock : special == .constantPool ? .constant : .jumpTable
    }
  }

  /// Finds the shortest of the forms that mean the same: an index alone costs a 32-bit displacement, rsp can only be
  /// a base, and rbp and r13 as bases cost a displacement.
  private mutating func shorten() {
    if base == Address.absent {
      if scaleLog2 == 0 {
        base = index
        index = Address.absent
      } else if scaleLog2 == 1 {
        base = index
        scaleLog2 = 0
      }
    } else if scaleLog2 == 0 && (index == 4 || (base & 7 == 5 && displacement == 0)) {
      if index & 7 != 5 { swap(&base, &index) }
    }
  }
}
