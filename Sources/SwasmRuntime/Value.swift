public import SwasmModule

/// A WebAssembly value as the host sees it. Floats are bit patterns, so that NaNs keep their payload.
public enum Value: Hashable, Sendable {
  case i32(UInt32)
  case i64(UInt64)
  case f32(UInt32)
  case f64(UInt64)
  case v128(low: UInt64, high: UInt64)
  /// A function reference id of the store; nil is null.
  case funcref(UInt32?)
  /// A value of the host's; nil is null.
  case externref(UInt64?)
  /// An exception of the store, as it is for as long as something in the store refers to it; nil is null.
  case exnref(UInt64?)

  public var type: ValueType {
    switch self {
    case .i32: .i32
    case .i64: .i64
    case .f32: .f32
    case .f64: .f64
    case .v128: .v128
    case .funcref: .funcref
    case .externref: .externref
    case .exnref: .exnref
    }
  }
}

extension Value {
  /// The 16 bytes in which compiled code has it: null is 0, a value of the host's one more than its number.
  public var bits: (low: UInt64, high: UInt64) { (slot.low, slot.high) }

  /// The value that compiled code has as these 16 bytes.
  public init(low: UInt64, high: UInt64, as type: ValueType) {
    self.init(Slot(low: low, high: high), as: type)
  }
}

/// The 16 bytes in which a value travels between host and compiled code.
struct Slot: Hashable {
  var low: UInt64
  var high: UInt64 = 0
}

extension Value {
  private var isNull: Bool {
    switch self {
    case .funcref(nil), .externref(nil), .exnref(nil): true
    default: false
    }
  }

  /// Whether it may be passed as a value of the type. `functionType` tells the type of a function reference.
  func isAccepted(
    as expected: ValueType, _ functionType: (UInt32) -> CanonicalTypeIndex?
  ) -> Bool {
    if isNull { return expected.isNullable && type.matchesKind(of: expected) }
    if case .funcref(let id?) = self, let index = expected.definedIndex {
      return functionType(id)?.rawValue == index
    }
    return (type.isReference ? type.nonNull : type).matches(expected)
  }

  /// Externrefs are stored plus one, because 0 is null in compiled code.
  var slot: Slot {
    switch self {
    case .i32(let bits), .f32(let bits): Slot(low: UInt64(bits))
    case .i64(let bits), .f64(let bits): Slot(low: bits)
    case .v128(let low, let high): Slot(low: low, high: high)
    case .funcref(let id): Slot(low: UInt64(id ?? 0))
    case .externref(let value): Slot(low: value.map { $0 &+ 1 } ?? 0)
    case .exnref(let reference): Slot(low: reference ?? 0)
    }
  }

  init(_ slot: Slot, as type: ValueType) {
    let low = UInt32(truncatingIfNeeded: slot.low)
    switch type {
    case .i32: self = .i32(low)
    case .i64: self = .i64(slot.low)
    case .f32: self = .f32(low)
    case .f64: self = .f64(slot.low)
    case .v128: self = .v128(low: slot.low, high: slot.high)
    case _ where type.isFunction: self = .funcref(low == 0 ? nil : low)
    case _ where type.isException: self = .exnref(slot.low == 0 ? nil : slot.low)
    default: self = .externref(slot.low == 0 ? nil : slot.low - 1)
    }
  }
}

extension ValueType {
  /// Null is of both types.
  fileprivate func matchesKind(of other: ValueType) -> Bool {
    isFunction && other.isFunction || isException && other.isException
      || matches(other) || other.matches(self)
  }
}
