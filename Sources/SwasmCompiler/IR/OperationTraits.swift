extension Operation {
  /// May trap or leaves the function, so that its place in the module is recorded.
  var hasSource: Bool {
    switch self {
    case .vload, .loadLane, .storeLane: true
    case .divS, .divU, .remS, .remU, .truncS, .truncU, .load, .store, .tableGet, .libcall, .call,
      .callIndirect, .callRef, .returnCall, .returnCallIndirect, .returnCallRef, .trapIf, .trap:
      true
    default: false
    }
  }

  /// Stays although nobody uses its result: it has an effect, may trap or belongs to a call.
  var isPinned: Bool {
    switch self {
    case .globalSet, .result, .caught, .payloadStore: true
    default: hasSource || isTerminator
    }
  }

  var isCommutative: Bool {
    switch self {
    case .add, .mul, .and, .or, .xor, .mulHighS, .mulHighU: true
    default: false
    }
  }

  /// Worth a register across blocks rather than a second computation.
  var isCostly: Bool {
    switch self {
    case .mul, .mulHighS, .mulHighU, .divS, .divU, .remS, .remU, .fadd, .fsub, .fmul, .fdiv, .fmin,
      .fmax, .copysign,
      .ceil, .floor, .trunc, .nearest, .sqrt, .promote, .demote, .truncS, .truncU, .truncSatS,
      .truncSatU, .convertS, .convertU, .reinterpret, .fcmp, .vunary, .vbinary, .vternary, .vshift,
      .splat, .extractLane, .replaceLane, .vtest, .shuffle:
      true
    default: false
    }
  }
}

extension Access {
  /// Bytes that it touches.
  func bytes(of type: IRType) -> UInt8 {
    switch self {
    case .u8, .s8: 1
    case .u16, .s16: 2
    case .u32, .s32: 4
    case .full: type.bytes
    }
  }
}

extension Operation {
  /// A terminator that leads to other blocks: `b` edges from `c` on.
  var hasEdges: Bool {
    switch self {
    case .jump, .branch, .branchTable, .invoke: true
    default: false
    }
  }

  /// Calls a function of some module.
  var isCall: Bool { self == .call || self == .callIndirect || self == .callRef }
}

extension IRType {
  /// Bits of an integer or float.
  var width: UInt32 {
    switch self {
    case .none: 0
    case .i32, .f32: 32
    case .i64, .f64: 64
    case .v128: 128
    }
  }

  /// The bits that a value of this type can have.
  var mask: UInt64 { self == .i32 || self == .f32 ? 0xffff_ffff : .max }
}

extension Condition {
  /// True exactly when `self` is false, for integers.
  var inverted: Condition {
    switch self {
    case .eq: .ne
    case .ne: .eq
    case .ltS: .geS
    case .ltU: .geU
    case .gtS: .leS
    case .gtU: .leU
    case .leS: .gtS
    case .leU: .gtU
    case .geS: .ltS
    case .geU: .ltU
    }
  }

  /// The unsigned condition that orders non-negative numbers as this one does.
  var unsigned: Condition {
    switch self {
    case .ltS: .ltU
    case .gtS: .gtU
    case .leS: .leU
    case .geS: .geU
    default: self
    }
  }

  /// Holds between a value and itself (integers).
  var isReflexive: Bool {
    switch self {
    case .eq, .leS, .leU, .geS, .geU: true
    default: false
    }
  }

  /// Of two integers of a type; bits above the type are zero.
  func holds(_ a: UInt64, _ b: UInt64, type: IRType) -> Bool {
    let (x, y) = (a.signed(type), b.signed(type))
    return switch self {
    case .eq: a == b
    case .ne: a != b
    case .ltS: x < y
    case .ltU: a < b
    case .gtS: x > y
    case .gtU: a > b
    case .leS: x <= y
    case .leU: a <= b
    case .geS: x >= y
    case .geU: a >= b
    }
  }
}

extension UInt64 {
  /// The number that these bits are as a signed integer of `type`.
  func signed(_ type: IRType) -> Int64 {
    type == .i32 ? Int64(Int32(truncatingIfNeeded: self)) : Int64(bitPattern: self)
  }
}
