/// Integer comparisons, conditions and `select`.
extension ValueBuilder {
  mutating func isZero(_ a: Int32) -> Int32 {
    let zero = constant(self[a].type, 0)
    return compare(.eq, a, zero)
  }

  mutating func compare(_ condition: Condition, _ a: Int32, _ b: Int32) -> Int32 {
    let (x, y) = (self[a], self[b])
    if a == b { return constant(.i32, condition.isReflexive ? 1 : 0) }
    if depth == Self.depthLimit {
      return number(Instruction(.icmp, .i32, flags: UInt16(condition.rawValue), a: a, b: b))
    }
    depth &+= 1
    defer { depth &-= 1 }
    if y.op == .constant {
      if x.op == .constant {
        let holds = condition.holds(x.constantBits, y.constantBits, type: x.type)
        return constant(.i32, holds ? 1 : 0)
      }
      let folded = compare(condition, x.type, a, y.constantBits)
      if folded >= 0 { return folded }
    } else if x.op == .constant {
      return compare(condition.swapped, b, a)
    } else {
      let folded = compareExtended(condition, x, y)
      if folded >= 0 { return folded }
    }
    return number(Instruction(.icmp, .i32, flags: UInt16(condition.rawValue), a: a, b: b))
  }

  /// Both operands are extended from i32 in the same way: compare what was extended.
  private mutating func compareExtended(
    _ condition: Condition, _ x: Instruction, _ y: Instruction
  ) -> Int32 {
    guard x.op == y.op else { return -1 }
    switch x.op {
    case .extendU: return compare(condition.unsigned, x.a, y.a)
    case .extendS: return compare(condition, x.a, y.a)
    default: return -1
    }
  }

  private mutating func again(
    _ condition: Condition, _ type: IRType, _ a: Int32, _ c: UInt64
  ) -> Int32 {
    let bits = constant(type, c)
    return compare(condition, a, bits)
  }

  /// Comparison with a constant: the value, or −1 when no rule applies.
  private mutating func compare(
    _ condition: Condition, _ type: IRType, _ a: Int32, _ c: UInt64
  ) -> Int32 {
    switch condition {
    case .eq, .ne: return compareEqual(condition == .eq, type, a, c)
    default: break
    }
    let bound = upperBound(a)
    let sign = signBit(type)
    if condition.isSigned, bound < sign {
      // Never negative.
      if c >= sign {
        return constant(.i32, condition == .gtS || condition == .geS ? 1 : 0)
      }
      return again(condition.unsigned, type, a, c)
    }
    switch condition {
    case .ltU:
      if c == 0 { return constant(.i32, 0) }
      if bound < c { return constant(.i32, 1) }
      if c == 1 { return again(.eq, type, a, 0) }
    case .geU:
      if c == 0 { return constant(.i32, 1) }
      if bound < c { return constant(.i32, 0) }
      if c == 1 { return again(.ne, type, a, 0) }
    case .gtU:
      if bound <= c { return constant(.i32, 0) }
      if c == 0 { return again(.ne, type, a, 0) }
    case .leU:
      if bound <= c { return constant(.i32, 1) }
      if c == 0 { return again(.eq, type, a, 0) }
    case .ltS:
      if c == sign { return constant(.i32, 0) }
      if c == 1 { return again(.leS, type, a, 0) }
    case .geS:
      if c == sign { return constant(.i32, 1) }
      if c == 1 { return again(.gtS, type, a, 0) }
    case .gtS:
      if c == sign - 1 { return constant(.i32, 0) }
      if c == type.mask { return again(.geS, type, a, 0) }
    default:
      if c == sign - 1 { return constant(.i32, 1) }
      if c == type.mask { return again(.ltS, type, a, 0) }
    }
    return compareExtended(condition, self[a], c)
  }

  /// An i64 that is an extended i32 against a constant that the i32 can have.
  private mutating func compareExtended(
    _ condition: Condition, _ x: Instruction, _ c: UInt64
  ) -> Int32 {
    switch x.op {
    case .extendU where c <= 0xffff_ffff && !condition.isSigned:
      return again(condition, .i32, x.a, c)
    case .extendS
    where (condition.isSigned || condition == .eq || condition == .ne)
      && c == UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: c))):
      return again(condition, .i32, x.a, c)
    default: return -1
    }
  }

  private mutating func compareEqual(
    _ isEqual: Bool, _ type: IRType, _ a: Int32, _ c: UInt64
  ) -> Int32 {
    let condition = isEqual ? Condition.eq : .ne
    if upperBound(a) < c { return constant(.i32, isEqual ? 0 : 1) }
    if type == .i32, c <= 1, isBoolean(a) {
      if (c == 1) == isEqual { return a }
      return c == 0 ? inverted(a) : again(.eq, type, a, 0)
    }
    let x = self[a]
    switch x.op {
    case .add where self[x.b].op == .constant:
      return again(condition, type, x.a, c &- self[x.b].constantBits)
    case .xor where self[x.b].op == .constant:
      return again(condition, type, x.a, c ^ self[x.b].constantBits)
    case .xor where c == 0: return compare(condition, x.a, x.b)
    case .sub where self[x.a].op == .constant:
      return again(condition, type, x.b, self[x.a].constantBits &- c)
    case .and
    where c != 0 && c.nonzeroBitCount == 1 && self[x.b].op == .constant
      && self[x.b].constantBits == c:
      return again(isEqual ? .ne : .eq, type, a, 0)
    default: return compareExtended(condition, x, c)
    }
  }

  /// `a == 0` for a comparison: the opposite one, or −1. Float orderings have no opposite because of NaN.
  private mutating func inverted(_ a: Int32) -> Int32 {
    var x = self[a]
    switch x.op {
    case .icmp: x.flags = UInt16(x.condition.inverted.rawValue)
    case .fcmp where x.condition == .eq || x.condition == .ne:
      x.flags = UInt16(x.condition.inverted.rawValue)
    default: return -1
    }
    return number(x)
  }

  /// What to test instead of a condition, and whether the outcome is the opposite.
  func tested(_ condition: Int32) -> (value: Int32, isInverted: Bool) {
    var (value, isInverted) = (condition, false)
    while true {
      let x = self[value]
      guard x.op == .icmp, x.condition == .eq || x.condition == .ne, self[x.b].op == .constant,
        self[x.b].constantBits == 0, self[x.a].type == .i32
      else { return (value, isInverted) }
      isInverted = isInverted != (x.condition == .eq)
      value = x.a
    }
  }

  mutating func select(_ condition: Int32, _ a: Int32, _ b: Int32) -> Int32 {
    if a == b || isSameConstant(a, b) { return a }
    let (tested, isInverted) = tested(condition)
    let (first, second) = isInverted ? (b, a) : (a, b)
    if self[tested].op == .constant { return self[tested].constantBits != 0 ? first : second }
    let (x, y) = (self[first], self[second])
    if x.op == .constant && y.op == .constant && x.type.isInteger {
      let folded = selectConstants(tested, x.type, x.constantBits, y.constantBits)
      if folded >= 0 { return folded }
    }
    return number(Instruction(.select, x.type, a: first, b: second, c: tested))
  }

  private mutating func selectConstants(
    _ condition: Int32, _ type: IRType, _ a: UInt64, _ b: UInt64
  ) -> Int32 {
    guard a == 1 && b == 0 || a == 0 && b == 1 else { return -1 }
    let zero = constant(.i32, 0)
    let flag = compare(a == 1 ? .ne : .eq, condition, zero)
    return type == .i64 ? unary(.extendU, .i64, flag, source: 0) : flag
  }
}
