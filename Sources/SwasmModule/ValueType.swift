/// A value type of the specification: a number, a vector or a reference.
///
/// Packed into 32 bits so that operand stacks of value types are flat: the low byte is the kind; the
/// rest is reserved for the heap type of typed references.
@frozen
public struct ValueType: Hashable, Sendable {
  public let rawValue: UInt32

  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  // The low byte is the type's code in the binary format.
  public static var i32: Self { Self(rawValue: 0x7f) }
  public static var i64: Self { Self(rawValue: 0x7e) }
  public static var f32: Self { Self(rawValue: 0x7d) }
  public static var f64: Self { Self(rawValue: 0x7c) }
  public static var v128: Self { Self(rawValue: 0x7b) }
  public static var funcref: Self { Self(rawValue: 0x70) }
  public static var externref: Self { Self(rawValue: 0x6f) }

  /// The type encoded by one byte of the binary format, if there is one.
  @inlinable
  public init?(code: UInt8) {
    switch code {
    case 0x7b...0x7f, 0x6f, 0x70: self.init(rawValue: UInt32(code))
    default: return nil
    }
  }

  @inlinable public var code: UInt8 { UInt8(truncatingIfNeeded: rawValue) }
  @inlinable public var isReference: Bool { code == 0x70 || code == 0x6f }
  @inlinable public var isNumber: Bool { code >= 0x7c && code <= 0x7f }
  /// `i32` or `i64`.
  @inlinable public var isInteger: Bool { code == 0x7f || code == 0x7e }
  /// `f32` or `f64`.
  @inlinable public var isFloat: Bool { code == 0x7d || code == 0x7c }
}

extension ValueType: CustomStringConvertible {
  public var description: String {
    switch code {
    case 0x7f: "i32"
    case 0x7e: "i64"
    case 0x7d: "f32"
    case 0x7c: "f64"
    case 0x7b: "v128"
    case 0x70: "funcref"
    case 0x6f: "externref"
    default: "type#\(rawValue)"
    }
  }
}
