/// Shuffles: the cheapest instruction or two that move these bytes.
extension Selector {
  mutating func selectShuffle(_ i: Instruction) {
    let (a, b) = (Value(i.a), Value(i.b))
    let shuffle = ByteShuffle(ir.vectors[Int(i.c)])
    if a == b || shuffle.isOfFirst {
      return selectRearrangement(a, shuffle.ofOneSource)
    }
    if shuffle.isOfSecond { return selectRearrangement(b, shuffle.ofOneSource) }
    if vectorConstant(b) == 0, shuffle.unpacking == nil {
      return selectZeroing(a, shuffle)
    }
    if vectorConstant(a) == 0, shuffle.unpacking == nil {
      return selectZeroing(b, shuffle.exchanged)
    }
    let (first, second) = (register(a), register(b))
    if let (op, isExchanged) = shuffle.unpacking {
      emitPacked(op, definition(), isExchanged ? second : first, isExchanged ? first : second)
    } else if let count = shuffle.concatenation {
      // palignr's first operand is the upper half.
      emitPacked(.palignr, definition(), second, first, immediate: count)
    } else if let count = shuffle.exchanged.concatenation {
      emitPacked(.palignr, definition(), first, second, immediate: count)
    } else if let mask = shuffle.wordBlend {
      emitPacked(.pblendw, definition(), first, second, immediate: mask)
    } else if let lanes = shuffle.halves {
      emitPacked(.shufps, definition(), first, second, immediate: lanes)
    } else if let lanes = shuffle.exchanged.halves {
      emitPacked(.shufps, definition(), second, first, immediate: lanes)
    } else if let lanes = shuffle.lanes {
      let left = packed(.pshufd, first, immediate: lanes.selectors)
      let right = packed(.pshufd, second, immediate: lanes.selectors)
      emitPacked(.pblendw, definition(), left, right, immediate: lanes.blend)
    } else {
      let left = packed(.pshufb, first, shuffle.selectors(ofFirst: true))
      let right = packed(.pshufb, second, shuffle.selectors(ofFirst: false))
      emitPacked(.por, definition(), left, right)
    }
  }

  /// The bytes of one vector in another order.
  private mutating func selectRearrangement(_ a: Value, _ shuffle: ByteShuffle) {
    if let lanes = shuffle.lanes {
      if lanes.selectors == 0xe4 {
        let source = register(a)
        return emit(
          MachineInstruction(.movf, .dr, width: 16, r0: definition(), r1: source))
      }
      return selectPacked(.pshufd, a, immediate: lanes.selectors)
    }
    if let (op, selectors) = shuffle.wordsOfOneHalf {
      return selectPacked(op, a, immediate: selectors)
    }
    let source = register(a)
    if let (op, _) = shuffle.unpacking {
      emitPacked(op, definition(), source, source)
    } else if let count = shuffle.concatenation {
      emitPacked(.palignr, definition(), source, source, immediate: count)
    } else {
      emitPacked(
        .pshufb, definition(), source, memory: constant(shuffle.selectors(ofFirst: true)))
    }
  }

  /// Bytes of one vector and zeros.
  private mutating func selectZeroing(_ a: Value, _ shuffle: ByteShuffle) {
    let source = register(a)
    emitPacked(.pshufb, definition(), source, memory: constant(shuffle.selectors(ofFirst: true)))
  }

  /// Indices of 16 and more are to give 0; pshufb does that for those with the highest bit.
  mutating func selectSwizzle(_ a: Value, _ b: Value) {
    if let bits = vectorConstant(b) {
      let source = register(a)
      let selectors = ByteShuffle(bits).selectors(ofFirst: true)
      return emitPacked(.pshufb, definition(), source, memory: constant(selectors))
    }
    let (source, indices) = (register(a), register(b))
    let limited = packed(.paddusb, indices, Self.splat(0x70, width: 1))
    emitPacked(.pshufb, definition(), source, limited)
  }
}
