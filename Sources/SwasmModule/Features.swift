/// What goes beyond WebAssembly 2.0 and may be switched on. Everything is off by default.
@frozen
public struct Features: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  @inlinable public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// More than one memory in a module.
  public static var multiMemory: Self { Self(rawValue: 1 << 0) }

  /// Every module follows the rules of module linking. Without it only those do that use it: core WebAssembly
  /// lets a module import the same name twice.
  public static var moduleLinking: Self { Self(rawValue: 1 << 1) }
}

/// A feature that a module may turn out to need and that can't be switched on: what error messages name.
public enum UnsupportedFeature: Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case simd
  case threads
  case exceptions
  case tailCalls
  case functionReferences
  case garbageCollection
  case memory64
  case wideArithmetic

  public var description: String {
    switch self {
    case .simd: "SIMD"
    case .threads: "threads"
    case .exceptions: "exception handling"
    case .tailCalls: "tail calls"
    case .functionReferences: "typed function references"
    case .garbageCollection: "garbage collection"
    case .memory64: "64-bit memories"
    case .wideArithmetic: "wide arithmetic"
    }
  }

  /// The feature that a one-byte opcode, or the prefix of a longer one, belongs to.
  public static func required(byOpcode byte: UInt8) -> UnsupportedFeature? {
    switch byte {
    case 0x06...0x0a, 0x18, 0x19, 0x1f: .exceptions
    case 0x12, 0x13: .tailCalls
    case 0x14, 0x15, 0xd4...0xd6: .functionReferences
    case 0xd3, 0xfb: .garbageCollection
    case 0xfd: .simd
    case 0xfe: .threads
    default: nil
    }
  }

  /// The feature that a value or heap type's first byte belongs to.
  public static func required(byTypeCode byte: UInt8) -> UnsupportedFeature? {
    switch byte {
    case 0x7b: .simd
    case 0x63, 0x64: .functionReferences
    case 0x6a...0x6e, 0x71...0x73: .garbageCollection
    case 0x69, 0x74: .exceptions
    default: nil
    }
  }
}
