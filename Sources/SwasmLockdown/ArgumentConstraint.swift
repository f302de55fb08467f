/// What one argument of a system call may be. Arguments are the full 64-bit registers.
public enum ArgumentConstraint: Hashable, Sendable {
  case equals(UInt64)
  case oneOf([UInt64])
  /// Unsigned.
  case atMost(UInt64)
  /// No bit outside `bits` is set.
  case onlyBits(UInt64)
  /// The low 32 bits, read as the kernel's `int`.
  case int(Int32)
  /// None of these descriptors: the low 32 bits, which are all that the kernel looks at. Holds for every row of the
  /// call.
  case noneOf([UInt32])
  /// A descriptor proper: not negative, hence never AT_FDCWD.
  case descriptor
  /// One of the role's socket ends, see ``FilterBindings/channels``.
  case channel
  /// See ``FilterBindings/statusDescriptor``.
  case statusDescriptor
  /// See ``FilterBindings/artifactDescriptor``.
  case artifact
  /// See ``FilterBindings/pollLimit``.
  case pollCount
  /// In the lower half of a memory's reservation.
  case memoryAddress
  /// At most half of the same reservation, so that the range ends within it.
  case memoryLength

  /// True when it takes away from what other constraints allow.
  var excludes: Bool { if case .noneOf = self { true } else { false } }

  /// True when the constraint depends on which memory is meant.
  var concernsMemory: Bool { self == .memoryAddress || self == .memoryLength }
}

/// A constraint with the argument it is about.
public struct ArgumentRule: Hashable, Sendable {
  /// 0…5.
  public let position: Int
  /// The manual page's name of the argument.
  public let name: String
  public let constraint: ArgumentConstraint

  init(_ position: Int, _ name: String, _ constraint: ArgumentConstraint) {
    self.position = position
    self.name = name
    self.constraint = constraint
  }
}

extension ArgumentRule: CustomStringConvertible {
  /// As in `fd ∈ {1, 2}`.
  public var description: String {
    switch constraint {
    case .equals(let value): "\(name) == \(Self.number(value))"
    case .oneOf(let values): "\(name) ∈ {\(values.map(Self.number).joined(separator: ", "))}"
    case .atMost(let value): "\(name) ≤ \(Self.number(value))"
    case .onlyBits(let bits): "\(name) & ~\(Self.number(bits)) == 0"
    case .int(let value): "\(name) == \(value)"
    case .noneOf(let values):
      "\(name) ∉ {\(values.map { "\($0)" }.joined(separator: ", "))}"
    case .descriptor: "\(name) ≥ 0"
    case .channel: "\(name) == CHANNEL"
    case .statusDescriptor: "\(name) == STATUS"
    case .artifact: "\(name) == ARTIFACT"
    case .pollCount: "\(name) ≤ GRANTED"
    case .memoryAddress: "\(name) in MEMORY"
    case .memoryLength: "\(name) ≤ MEMORY"
    }
  }

  private static func number(_ value: UInt64) -> String {
    value < 4096 ? "\(value)" : "0x" + String(value, radix: 16)
  }
}
