/// The address range reserved for one linear memory: 2^bits bytes, aligned to their size, of which the
/// memory itself takes at most the lower half (a 32-bit memory: 8 GiB, the lower 4 GiB).
public struct MemoryReservation: Hashable, Sendable {
  /// Address of the memory's first byte.
  public let base: UInt64
  public let bits: Int

  /// - Precondition: `base` is a multiple of 2^bits, and bits is 13…47.
  public init(base: UInt64, bits: Int = 33) {
    precondition((13...47).contains(bits) && base % (1 << UInt64(bits)) == 0)
    self.base = base
    self.bits = bits
  }

  /// Bytes that the memory can ever take.
  public var capacity: UInt64 { 1 << UInt64(bits - 1) }
}

/// The values that the symbolic constraints of the table stand for in one process.
public struct FilterBindings: Sendable {
  /// The memories that a guest can grow; few, each is a rule of its own.
  public var memories: [MemoryReservation]
  /// A guest's end of the socket to its broker; a broker's ends of the sockets to its guests.
  public var channels: [Int32]
  /// Where a compiler process writes its result.
  public var statusDescriptor: Int32?
  /// The sealed file whose code a script's process may map.
  public var artifactDescriptor: Int32?
  /// The most descriptors that ppoll may be given.
  public var pollLimit: Int

  public init(
    memories: [MemoryReservation] = [], channels: [Int32] = [], statusDescriptor: Int32? = nil,
    artifactDescriptor: Int32? = nil, pollLimit: Int = 3
  ) {
    self.memories = memories
    self.channels = channels
    self.statusDescriptor = statusDescriptor
    self.artifactDescriptor = artifactDescriptor
    self.pollLimit = pollLimit
  }
}

/// One comparison of one argument: `(argument & mask) == value` or `argument ≤ value`, unsigned.
public struct Comparison: Hashable, Sendable {
  public enum Relation: Hashable, Sendable {
    case equal(mask: UInt64)
    case atMost
  }

  public let position: Int
  public let relation: Relation
  public let value: UInt64

  /// True when `argument` passes.
  public func holds(for argument: UInt64) -> Bool {
    switch relation {
    case .equal(let mask): argument & mask == value
    case .atMost: argument <= value
    }
  }
}

/// A call that the filter lets through when all comparisons hold, each of a different argument.
public struct AllowedCall: Hashable, Sendable {
  public let call: SystemCall
  public let comparisons: [Comparison]
}

/// Values of an argument with which a call is never let through, whatever else allows it.
public struct ExcludedValues: Hashable, Sendable {
  public let call: SystemCall
  public let position: Int
  /// Of the low 32 bits.
  public let values: [UInt32]

  /// True when a call of these arguments is let through as far as this goes.
  public func permits(_ number: Int32, _ arguments: [UInt64]) -> Bool {
    call.number != number
      || !values.contains(UInt32(truncatingIfNeeded: arguments[position]))
  }
}

/// The table's rows for one process, with every symbol bound: what the filter is made of.
public struct FilterPolicy: Sendable {
  public let role: Role
  /// The rows it was made from.
  public let rows: [SystemCallRow]
  /// Alternatives: a call passes when one of them holds.
  public let allowed: [AllowedCall]
  /// What none of the alternatives lets through.
  public let excluded: [ExcludedValues]

  /// Binds the rows of a role, as far as they are needed.
  ///
  /// - Throws: ``FilterError/unbound(_:_:)`` when a row needs a value that the bindings lack.
  public init(_ request: FilterRequest) throws(FilterError) {
    role = request.role
    rows = SystemCallTable.rows(for: role, needs: request.needs)
    var allowed: [AllowedCall] = []
    for row in rows {
      allowed += try Self.bind(row, request.bindings)
    }
    self.allowed = allowed
    excluded = rows.flatMap { row in
      row.arguments.compactMap { rule in
        guard case .noneOf(let values) = rule.constraint else { return nil }
        return ExcludedValues(call: row.call, position: rule.position, values: values)
      }
    }
  }

  /// What the filter answers to a native 64-bit call; the reference that tests compare with the BPF.
  public func permits(_ number: Int32, _ arguments: [UInt64]) -> Bool {
    excluded.allSatisfy { $0.permits(number, arguments) }
      && allowed.contains { allowed in
        allowed.call.number == number
          && allowed.comparisons.allSatisfy { $0.holds(for: arguments[$0.position]) }
      }
  }

  /// The row's alternatives: per memory where it speaks of one, and every combination of the values
  /// that its arguments may take.
  private static func bind(
    _ row: SystemCallRow, _ bindings: FilterBindings
  ) throws(FilterError) -> [AllowedCall] {
    let concernsMemory = row.arguments.contains { $0.constraint.concernsMemory }
    let memories: [MemoryReservation?] = concernsMemory ? bindings.memories.map(\.self) : [nil]
    var result: [AllowedCall] = []
    for memory in memories {
      var combinations: [[Comparison]] = [[]]
      for rule in row.arguments where !rule.constraint.excludes {
        let choices = comparisons(for: rule, memory, bindings)
        combinations = combinations.flatMap { combination in choices.map { combination + [$0] } }
      }
      result += combinations.map { AllowedCall(call: row.call, comparisons: $0) }
    }
    guard !result.isEmpty else { throw .unbound(row.call, row.constraintText) }
    return result
  }

  /// The comparisons of which one has to hold; none when the symbol is not bound.
  private static func comparisons(
    for rule: ArgumentRule, _ memory: MemoryReservation?, _ bindings: FilterBindings
  ) -> [Comparison] {
    func masked(_ mask: UInt64, _ value: UInt64) -> Comparison {
      Comparison(position: rule.position, relation: .equal(mask: mask), value: value)
    }
    func exactly(_ value: UInt64) -> Comparison { masked(.max, value) }
    func atMost(_ value: UInt64) -> Comparison {
      Comparison(position: rule.position, relation: .atMost, value: value)
    }
    return switch rule.constraint {
    case .equals(let value): [exactly(value)]
    case .oneOf(let values): values.map(exactly)
    case .atMost(let value): [atMost(value)]
    case .onlyBits(let bits): [masked(~bits, 0)]
    case .int(let value): [masked(0xffff_ffff, UInt64(UInt32(bitPattern: value)))]
    case .descriptor: [masked(0x8000_0000, 0)]
    case .channel: bindings.channels.map { exactly(UInt64(UInt32(bitPattern: $0))) }
    case .statusDescriptor:
      bindings.statusDescriptor.map { [exactly(UInt64(UInt32(bitPattern: $0)))] } ?? []
    case .artifact:
      bindings.artifactDescriptor.map { [exactly(UInt64(UInt32(bitPattern: $0)))] } ?? []
    case .pollCount: [atMost(UInt64(bindings.pollLimit))]
    case .noneOf: []
    case .memoryAddress: memory.map { [masked(~($0.capacity - 1), $0.base)] } ?? []
    case .memoryLength: memory.map { [atMost($0.capacity)] } ?? []
    }
  }
}
