/// Masks, shifts and extensions.
extension ValueBuilder {
  /// No value of `a` is greater, unsigned. Looks a few instructions deep.
  func upperBound(_ a: Int32, depth: Int = 3) -> UInt64 {
    let x = self[a]
    let all = x.type.mask
    switch x.op {
    case .constant: return x.constantBits
    case .icmp, .fcmp: return 1
    case .clz, .ctz, .popcnt: return UInt64(x.type.width)
    case .load:
      switch x.access {
      case .u8: return 0xff
      case .u16: return 0xffff
      case .u32: return 0xffff_ffff
      default: return all
      }
    case .tableSize, .memorySize: return all
    default: return depth == 0 ? all : upperBound(of: x, depth - 1)
    }
  }

  private func upperBound(of x: Instruction, _ depth: Int) -> UInt64 {
    let all = x.type.mask
    switch x.op {
    case .extendU: return upperBound(x.a, depth: depth)
    case .wrap:
      let bound = upperBound(x.a, depth: depth)
      return bound <= all ? bound : all
    case .and: return min(upperBound(x.a, depth: depth), upperBound(x.b, depth: depth))
    case .or, .xor:
      let either = upperBound(x.a, depth: depth) | upperBound(x.b, depth: depth)
      return either == 0 ? 0 : .max &>> UInt64(either.leadingZeroBitCount)
    case .remU:
      let divisor = self[x.b]
      guard divisor.op == .constant, divisor.constantBits > 0 else { return all }
      return divisor.constantBits - 1
    case .divU:
      let divisor = self[x.b]
      guard divisor.op == .constant, divisor.constantBits > 0 else { return all }
      return upperBound(x.a, depth: depth) / divisor.constantBits
    case .select: return max(upperBound(x.a, depth: depth), upperBound(x.b, depth: depth))
    case .shrU, .shl, .add, .mul: return upperBoundOfSum(x, depth)
    default: return all
    }
  }

  private func upperBoundOfSum(_ x: Instruction, _ depth: Int) -> UInt64 {
    let all = x.type.mask
    let bound = upperBound(x.a, depth: depth)
    if x.op == .add || x.op == .mul {
      let other = upperBound(x.b, depth: depth)
      let (result, overflow) =
        x.op == .add
        ? bound.addingReportingOverflow(other) : bound.multipliedReportingOverflow(by: other)
      return overflow || result > all ? all : result
    }
    guard self[x.b].op == .constant else { return x.op == .shrU ? bound : all }
    let count = self[x.b].constantBits & UInt64(x.type.width - 1)
    if x.op == .shrU { return bound &>> count }
    return bound <= all &>> count ? bound &<< count : all
  }

  func isBoolean(_ a: Int32) -> Bool { upperBound(a) <= 1 }

  mutating func andConstant(_ type: IRType, _ a: Int32, _ c: UInt64) -> Int32 {
    if c == 0 { return constant(type, 0) }
    let bound = upperBound(a)
    let reach = bound == 0 ? 0 : UInt64.max &>> UInt64(bound.leadingZeroBitCount)
    if c & reach == reach { return a }
    let x = self[a]
    switch x.op {
    case .and where self[x.b].op == .constant:
      return again(.and, type, x.a, self[x.b].constantBits & c)
    case .or where self[x.b].op == .constant && self[x.b].constantBits & c == 0:
      return again(.and, type, x.a, c)
    case .extend8S where c <= 0xff, .extend16S where c <= 0xffff, .extend32S where c <= 0xffff_ffff:
      return again(.and, type, x.a, c)
    case .extendS where c <= 0xffff_ffff:
      let wide = unary(.extendU, .i64, x.a, source: 0)
      return again(.and, type, wide, c)
    case .shl where self[x.b].op == .constant:
      let count = self[x.b].constantBits
      let reach = type.mask &<< count & type.mask
      return c & reach == reach ? a : -1
    case .shrS where self[x.b].op == .constant && c <= type.mask &>> self[x.b].constantBits:
      let shifted = again(.shrU, type, x.a, self[x.b].constantBits)
      return again(.and, type, shifted, c)
    default: return -1
    }
  }

  /// `count` is below the width.
  mutating func shift(
    _ op: Operation, _ type: IRType, _ a: Int32, _ count: UInt64, isReduced: Bool
  ) -> Int32 {
    if count == 0 { return a }
    let folded =
      switch op {
      case .shl: shiftLeft(type, a, count)
      case .shrU: shiftRight(type, a, count)
      default: shiftRightSigned(type, a, count)
      }
    return folded >= 0 || isReduced ? folded : again(op, type, a, count)
  }

  private mutating func shiftLeft(_ type: IRType, _ a: Int32, _ count: UInt64) -> Int32 {
    let x = self[a]
    if x.op == .extendS, count >= 32 {
      let wide = unary(.extendU, .i64, x.a, source: 0)
      return again(.shl, type, wide, count)
    }
    guard x.op == .shl || x.op == .shrU || x.op == .shrS || x.op == .and,
      self[x.b].op == .constant
    else { return -1 }
    let inner = self[x.b].constantBits
    switch x.op {
    case .shl:
      return inner + count >= UInt64(type.width)
        ? constant(type, 0) : again(.shl, type, x.a, inner + count)
    case .shrU where inner == count, .shrS where inner == count:
      return again(.and, type, x.a, type.mask &<< count)
    case .and where (inner | type.mask &>> count) == inner:
      // The mask clears only bits that are shifted out.
      return again(.shl, type, x.a, count)
    default: return -1
    }
  }

  private mutating func shiftRight(_ type: IRType, _ a: Int32, _ count: UInt64) -> Int32 {
    if upperBound(a) &>> count == 0 { return constant(type, 0) }
    let x = self[a]
    guard x.op == .shl || x.op == .shrU || x.op == .and, self[x.b].op == .constant else {
      return -1
    }
    let inner = self[x.b].constantBits
    switch x.op {
    case .shrU:
      return inner + count >= UInt64(type.width)
        ? constant(type, 0) : again(.shrU, type, x.a, inner + count)
    case .shl where inner == count: return again(.and, type, x.a, type.mask &>> count)
    case .and where inner &>> count == type.mask &>> count: return again(.shrU, type, x.a, count)
    default: return -1
    }
  }

  private mutating func shiftRightSigned(_ type: IRType, _ a: Int32, _ count: UInt64) -> Int32 {
    if upperBound(a) < signBit(type) { return again(.shrU, type, a, count) }
    let x = self[a]
    guard x.op == .shl || x.op == .shrS, self[x.b].op == .constant else { return -1 }
    let inner = self[x.b].constantBits
    if x.op == .shrS {
      return again(.shrS, type, x.a, min(inner + count, UInt64(type.width) - 1))
    }
    guard inner == count else { return -1 }
    switch UInt64(type.width) - count {
    case 8: return unary(.extend8S, type, x.a, source: 0)
    case 16: return unary(.extend16S, type, x.a, source: 0)
    case 32: return unary(.extend32S, type, x.a, source: 0)
    default: return -1
    }
  }

  /// Address and offset of an access. A constant part moves from the address to the offset only where the
  /// sum cannot wrap: the offset is added without wrapping.
  func address(_ address: Int32, _ offset: UInt32) -> (address: Int32, offset: UInt32) {
    let x = self[address]
    guard x.op == .add, self[x.b].op == .constant, x.type == .i32 else { return (address, offset) }
    let constant = self[x.b].constantBits
    let sum = constant + UInt64(offset)
    guard sum <= 0x7fff_ffff, upperBound(x.a) + constant <= 0xffff_ffff else {
      return (address, offset)
    }
    return (x.a, UInt32(sum))
  }

  /// What to store for a value: the same bytes without instructions that change others.
  func stored(_ value: Int32, _ access: Access) -> (value: Int32, access: Access) {
    var (value, access) = (value, access)
    while true {
      let x = self[value]
      let bits: UInt64
      switch access {
      case .u8, .s8: bits = 0xff
      case .u16, .s16: bits = 0xffff
      case .u32, .s32: bits = 0xffff_ffff
      case .full:
        guard x.op == .reinterpret else { return (value, access) }
        value = x.a
        continue
      }
      switch x.op {
      case .and where self[x.b].op == .constant && self[x.b].constantBits & bits == bits: break
      case .extend8S where bits <= 0xff, .extend16S where bits <= 0xffff, .extend32S, .wrap: break
      case .extendS, .extendU:
        if bits == 0xffff_ffff { access = .full }
      default: return (value, access)
      }
      value = x.a
    }
  }
}
