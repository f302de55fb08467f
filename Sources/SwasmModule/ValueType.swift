/// A value type of the specification: a number, a vector or a reference.
///
/// Packed into 32 bits, so that operand stacks of value types are flat and equality is one comparison:
///
///     bits 0 ... 7    the code of the type or, for references, of the heap type; 0x63: a defined type
///     bit  8          a reference that is not null
///     bits 9 ... 31   the index of the defined type
///
/// The decoder's indices are those of the module. Validation replaces them by ``CanonicalTypeIndex``, with which equal
/// types of a whole linked set are equal words.
@frozen
public struct ValueType: Hashable, Sendable {
  public let rawValue: UInt32

  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  public static var i32: Self { Self(rawValue: 0x7f) }
  public static var i64: Self { Self(rawValue: 0x7e) }
  public static var f32: Self { Self(rawValue: 0x7d) }
  public static var f64: Self { Self(rawValue: 0x7c) }
  public static var v128: Self { Self(rawValue: 0x7b) }
  public static var funcref: Self { Self(rawValue: 0x70) }
  public static var externref: Self { Self(rawValue: 0x6f) }
  public static var exnref: Self { Self(rawValue: 0x69) }
  /// References to what has no values: only null is one.
  public static var nullfuncref: Self { Self(rawValue: 0x73) }
  public static var nullexternref: Self { Self(rawValue: 0x72) }
  public static var nullexnref: Self { Self(rawValue: 0x74) }
  /// A reference of whatever type, which unreachable code finds on the stack.
  public static var bottomReference: Self { Self(rawValue: 0x165) }

  @usableFromInline static var definedCode: UInt32 { 0x63 }
  @usableFromInline static var nonNullBit: UInt32 { 1 << 8 }
  /// Indices of defined types are below this.
  @inlinable public static var indexLimit: Int { 1 << 23 }

  /// A reference to a defined type, of the module or canonical.
  ///
  /// - Precondition: the index is below ``indexLimit``.
  @inlinable
  public init(index: UInt32, isNullable: Bool) {
    rawValue = Self.definedCode | (isNullable ? 0 : Self.nonNullBit) | index << 9
  }

  /// The type encoded by one byte of the binary format, if there is one.
  @inlinable
  public init?(code: UInt8) {
    switch code {
    case 0x7b...0x7f, 0x6f, 0x70, 0x69, 0x72...0x74: self.init(rawValue: UInt32(code))
    default: return nil
    }
  }

  @inlinable public var code: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  @inlinable public var isReference: Bool { code >= 0x63 && code <= 0x74 }
  @inlinable public var isNumber: Bool { code >= 0x7c && code <= 0x7f }
  /// `i32` or `i64`.
  @inlinable public var isInteger: Bool { code == 0x7f || code == 0x7e }
  /// `f32` or `f64`.
  @inlinable public var isFloat: Bool { code == 0x7d || code == 0x7c }
  /// A reference that may be null.
  @inlinable public var isNullable: Bool { isReference && rawValue & Self.nonNullBit == 0 }
  /// A reference to a function, or null.
  @inlinable public var isFunction: Bool { code == 0x70 || code == 0x73 || code == 0x63 }
  /// A reference to an exception, or null.
  @inlinable public var isException: Bool { code == 0x69 || code == 0x74 }
  /// Whether locals and table elements of the type have a value to begin with.
  @inlinable public var isDefaultable: Bool { !isReference || isNullable }

  /// The index of the defined type that it refers to.
  @inlinable
  public var definedIndex: UInt32? { code == 0x63 ? rawValue >> 9 : nil }

  /// The same reference, not null.
  @inlinable public var nonNull: Self { Self(rawValue: rawValue | Self.nonNullBit) }
  /// The same reference, or null.
  @inlinable public var nullable: Self { Self(rawValue: rawValue & ~Self.nonNullBit) }

  /// Whether every value of the type is one of `expected`. Both are in terms of the same types.
  @inlinable
  public func matches(_ expected: Self) -> Bool {
    if self == expected { return true }
    guard isReference, expected.isReference, isNullable ? expected.isNullable : true else {
      return false
    }
    return nullable == expected.nullable || heapMatches(expected)
  }

  /// Subtyping of different heap types.
  @usableFromInline
  func heapMatches(_ expected: Self) -> Bool {
    switch (code, expected.code) {
    case (0x65, _): true
    case (0x63, 0x70), (0x73, 0x70), (0x73, 0x63): true
    case (0x72, 0x6f), (0x74, 0x69): true
    default: false
    }
  }
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    if isReference, !isNullable { return "(ref \(heapDescription))" }
    return switch code {
    case 0x7f: "i32"
    case 0x7e: "i64"
    case 0x7d: "f32"
    case 0x7c: "f64"
    case 0x7b: "v128"
    case 0x70: "funcref"
    case 0x6f: "externref"
    case 0x69: "exnref"
    case 0x73: "nullfuncref"
    case 0x72: "nullexternref"
    case 0x74: "nullexnref"
    case 0x63: "(ref null \(heapDescription))"
    default: "type#\(rawValue)"
    }
  }

  /// The heap type of a reference.
  public var heapDescription: String {
    switch code {
    case 0x63: "\(rawValue >> 9)"
    case 0x70: "func"
    case 0x6f: "extern"
    case 0x69: "exn"
    case 0x73: "nofunc"
    case 0x72: "noextern"
    case 0x74: "noexn"
    default: "bottom"
    }
  }
}
