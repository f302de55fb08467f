import SwasmArtifact

// What is seldom run comes behind all blocks.
extension FunctionEmitter {
  /// Code that a hot part jumps to and that usually jumps back.
  struct ColdPart {
    enum Kind {
      /// A trap of the instruction's kind.
      case trap
      /// The slow half of a pseudo-instruction.
      case truncate, truncateLarge, convertU64, equalFloats, unordered
    }
    var kind: Kind
    var instruction: MachineInstruction
    var source: UInt32
    var label: Int32
    var back: Int32
  }

  /// Notes a cold part; returns its label.
  mutating func addCold(
    _ kind: ColdPart.Kind, _ instruction: MachineInstruction, _ source: UInt32, back: Int32 = -1
  ) -> Int32 {
    let label = encoder.buffer.makeLabel()
    coldParts.append(
      ColdPart(kind: kind, instruction: instruction, source: source, label: label, back: back))
    return label
  }

  mutating func emitColdParts(_ code: borrowing MachineFunction) {
    // Cold parts may add further ones.
    var i = 0
    while i < coldParts.count {
      let part = coldParts[i]
      encoder.buffer.bind(part.label)
      switch part.kind {
      case .trap: emitTrap(part.instruction, part.source)
      case .truncate: emitTruncateSlow(part)
      case .truncateLarge: emitTruncateLarge(part)
      case .convertU64: emitConvertSlow(part)
      case .equalFloats: emitEqualFloats(part)
      case .unordered: emitUnordered(part)
      }
      i += 1
    }
  }

  /// The bytes after `ud2` say which trap it is.
  private mutating func emitTrap(_ instruction: MachineInstruction, _ source: UInt32) {
    record(source)
    let kind = instruction.immediate
    if kind == Int32(TrapKind.indirectCall.rawValue) {
      let payload = kind | instruction.r0.id << 8 | instruction.displacement << 16
      encode(MachineInstruction(.ud2, .none, width: 4, immediate: payload))
    } else {
      encode(MachineInstruction(.ud2, .none, width: 1, immediate: kind))
    }
  }

  mutating func jumpBack(_ part: ColdPart) { jump(part.back) }
}
