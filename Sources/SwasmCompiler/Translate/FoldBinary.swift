/// Integer operations with two operands.
extension ValueBuilder {
  /// The value of a binary operation on integers or floats of `type`.
  mutating func binary(
    _ op: Operation, _ type: IRType, _ a: Int32, _ b: Int32, source: UInt32
  ) -> Int32 {
    if type.isFloat { return binaryFloat(op, type, a, b) }
    if depth == Self.depthLimit {
      return number(Instruction(op, type, a: a, b: b), source: op.hasSource ? source : 0)
    }
    depth &+= 1
    defer { depth &-= 1 }
    let (x, y) = (self[a], self[b])
    if y.op == .constant {
      if x.op == .constant,
        let bits = ConstantFolding.binary(op, type, x.constantBits, y.constantBits)
      {
        return constant(type, bits)
      }
      let folded = binary(op, type, a, y.constantBits)
      if folded >= 0 { return folded }
    } else if x.op == .constant {
      if op.isCommutative { return binary(op, type, b, a, source: source) }
      let folded = constantFirst(op, type, x.constantBits, b)
      if folded >= 0 { return folded }
    } else {
      let folded = a == b ? binaryOfSame(op, type, a) : binaryOfTwo(op, type, a, b)
      if folded >= 0 { return folded }
    }
    return number(
      Instruction(op, type, a: a, b: maskedCount(op, type, b)), source: op.hasSource ? source : 0)
  }

  /// `op` on a value and a constant: the value, or −1 when no rule applies.
  private mutating func binary(_ op: Operation, _ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    switch op {
    case .add: addConstant(type, a, c)
    case .sub: again(.add, type, a, 0 &- c)
    case .mul: multiplyByConstant(type, a, c)
    case .and: andConstant(type, a, c)
    case .or: orConstant(type, a, c)
    case .xor: xorConstant(type, a, c)
    case .shl, .shrS, .shrU:
      shift(op, type, a, c & UInt64(type.width - 1), isReduced: c < type.width)
    case .rotl, .rotr: rotate(op, type, a, c & UInt64(type.width - 1), isReduced: c < type.width)
    case .divU, .divS, .remU, .remS: divideByConstant(op, type, a, c)
    default: -1
    }
  }

  /// The operation with a constant, with all rules.
  mutating func again(_ op: Operation, _ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    let bits = constant(type, c)
    return binary(op, type, a, bits, source: 0)
  }

  private mutating func addConstant(_ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    if c == 0 { return a }
    let x = self[a]
    switch x.op {
    case .add where self[x.b].op == .constant:
      return again(.add, type, x.a, self[x.b].constantBits &+ c)
    case .sub where self[x.a].op == .constant:
      let sum = constant(type, self[x.a].constantBits &+ c)
      return binary(.sub, type, sum, x.b, source: 0)
    default: return -1
    }
  }

  private mutating func multiplyByConstant(_ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    if c == 0 { return constant(type, 0) }
    if c == 1 { return a }
    if c == type.mask {
      let zero = constant(type, 0)
      return binary(.sub, type, zero, a, source: 0)
    }
    if c.nonzeroBitCount == 1 { return again(.shl, type, a, UInt64(c.trailingZeroBitCount)) }
    let x = self[a]
    guard x.op == .mul || x.op == .shl, self[x.b].op == .constant else { return -1 }
    let inner = self[x.b].constantBits
    return again(.mul, type, x.a, x.op == .mul ? inner &* c : c &<< inner)
  }

  private mutating func orConstant(_ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    if c == 0 { return a }
    if c == type.mask { return constant(type, c) }
    let x = self[a]
    guard x.op == .or, self[x.b].op == .constant else { return -1 }
    return again(.or, type, x.a, self[x.b].constantBits | c)
  }

  private mutating func xorConstant(_ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    if c == 0 { return a }
    let x = self[a]
    if x.op == .xor, self[x.b].op == .constant {
      return again(.xor, type, x.a, self[x.b].constantBits ^ c)
    }
    if c == 1, type == .i32, isBoolean(a) { return isZero(a) }
    return -1
  }

  private mutating func rotate(
    _ op: Operation, _ type: IRType, _ a: Int32, _ c: UInt64, isReduced: Bool
  ) -> Int32 {
    if c == 0 { return a }
    if op == .rotr { return again(.rotl, type, a, UInt64(type.width) - c) }
    let x = self[a]
    if x.op == .rotl, self[x.b].op == .constant {
      return again(.rotl, type, x.a, (self[x.b].constantBits + c) & UInt64(type.width - 1))
    }
    return isReduced ? -1 : again(op, type, a, c)
  }

  private mutating func divideByConstant(
    _ op: Operation, _ type: IRType, _ a: Int32, _ c: UInt64
  ) -> Int32 {
    switch op {
    case .divU where c.nonzeroBitCount == 1:
      return again(.shrU, type, a, UInt64(c.trailingZeroBitCount))
    case .remU where c.nonzeroBitCount == 1:
      return again(.and, type, a, c - 1)
    case .divS where c == 1: return a
    case .divS where c.nonzeroBitCount == 1 && c != signBit(type) && upperBound(a) < signBit(type):
      return again(.shrU, type, a, UInt64(c.trailingZeroBitCount))
    case .remS where c == 1 || c == type.mask: return constant(type, 0)
    case .remS where c.nonzeroBitCount == 1 && c != signBit(type) && upperBound(a) < signBit(type):
      return again(.and, type, a, c - 1)
    default: return -1
    }
  }

  /// The constant is the first operand of an operation that isn't commutative.
  private mutating func constantFirst(
    _ op: Operation, _ type: IRType, _ c: UInt64, _ b: Int32
  ) -> Int32 {
    let y = self[b]
    switch op {
    case .sub:
      if y.op == .add, self[y.b].op == .constant {
        let difference = constant(type, c &- self[y.b].constantBits)
        return binary(.sub, type, difference, y.a, source: 0)
      }
      if y.op == .sub, self[y.a].op == .constant {
        return again(.add, type, y.b, c &- self[y.a].constantBits)
      }
      return -1
    case .shl, .shrU, .rotl, .rotr: return c == 0 ? constant(type, 0) : -1
    case .shrS: return c == 0 || c == type.mask ? constant(type, c) : -1
    default: return -1
    }
  }

  private mutating func binaryOfSame(_ op: Operation, _ type: IRType, _ a: Int32) -> Int32 {
    switch op {
    case .sub, .xor: constant(type, 0)
    case .and, .or: a
    case .add: again(.shl, type, a, 1)
    default: -1
    }
  }

  /// Neither operand is a constant.
  private mutating func binaryOfTwo(
    _ op: Operation, _ type: IRType, _ a: Int32, _ b: Int32
  ) -> Int32 {
    let (x, y) = (self[a], self[b])
    switch op {
    case .add:
      if x.op == .sub && x.b == b { return x.a }
      if y.op == .sub && y.b == a { return y.a }
      if isZeroConstant(y, y.op == .sub) { return binary(.sub, type, a, y.b, source: 0) }
      if isZeroConstant(x, x.op == .sub) { return binary(.sub, type, b, x.b, source: 0) }
      return rotation(type, x, y)
    case .sub:
      if x.op == .add && x.b == b { return x.a }
      if x.op == .add && x.a == b { return x.b }
      if isZeroConstant(y, y.op == .sub) { return binary(.add, type, a, y.b, source: 0) }
      return -1
    case .or: return x.op == .and && (x.a == b || x.b == b) ? b : rotation(type, x, y)
    case .and:
      if x.op == .and && (x.a == b || x.b == b) { return a }
      return y.op == .and && (y.a == a || y.b == a) ? b : -1
    case .xor:
      if x.op == .xor && x.b == b { return x.a }
      if x.op == .xor && x.a == b { return x.b }
      if y.op == .xor && y.b == a { return y.a }
      return y.op == .xor && y.a == a ? y.b : rotation(type, x, y)
    default: return -1
    }
  }

  /// Is `x` a subtraction (as the caller has seen) from 0?
  private func isZeroConstant(_ x: Instruction, _ isSubtraction: Bool) -> Bool {
    isSubtraction && self[x.a].op == .constant && self[x.a].constantBits == 0
  }

  /// Two shifts of one value, by n and by width − n, are a rotation.
  private mutating func rotation(_ type: IRType, _ x: Instruction, _ y: Instruction) -> Int32 {
    guard x.op == .shl && y.op == .shrU || x.op == .shrU && y.op == .shl, x.a == y.a,
      self[x.b].op == .constant, self[y.b].op == .constant
    else { return -1 }
    let left = self[x.op == .shl ? x.b : y.b].constantBits
    let right = self[x.op == .shl ? y.b : x.b].constantBits
    return left + right == UInt64(type.width) ? again(.rotl, type, x.a, left) : -1
  }

  /// A shift's count without a mask that changes nothing.
  private func maskedCount(_ op: Operation, _ type: IRType, _ count: Int32) -> Int32 {
    switch op {
    case .shl, .shrS, .shrU, .rotl, .rotr:
      let y = self[count]
      let low = UInt64(type.width - 1)
      guard y.op == .and, self[y.b].op == .constant, self[y.b].constantBits & low == low else {
        return count
      }
      return y.a
    default: return count
    }
  }

  func signBit(_ type: IRType) -> UInt64 { 1 << UInt64(type.width - 1) }
}
