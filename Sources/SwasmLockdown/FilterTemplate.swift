/// A role's filter as libseccomp made it ahead of time: with every row of the role, and with stand-ins where a process has
/// values of its own. What is left to do when a process starts is to copy it, put in the values and take out the
/// rows that are not needed.
struct FilterTemplate: Sendable {
  /// BPF.
  let instructions: [UInt64]
  /// Where the number of a call is compared.
  let calls: [Call]
  /// Where the upper half of the memory's address is compared.
  let memory: [Int]
  /// Where the lower half of the role's own descriptor is compared.
  let descriptor: [Int]
  /// ``FilterBindings/pollLimit``, the same for all processes of the role.
  let pollLimit: Int

  struct Call: Equatable, Sendable {
    /// Position of the instruction.
    var at: Int
    /// One of these has to be wanted; nil: always held.
    var need: KernelNeeds?
    /// Its rows are for different needs: all of them have to be wanted, or none.
    var isDivided = false
  }

  /// What stands for a process's values until they are put in.
  enum StandIn {
    static let memory = MemoryReservation(base: 0x5a5a_5a5a_0000_0000)
    static let descriptor: Int32 = 0x5b5b_5b5b
    /// A number that no call has, and that is refused before numbers are compared.
    static let noCall: UInt32 = 0x7fff_ffff
  }

  /// The filter for one process; nil when it asks for more than there are stand-ins for, or for less than
  /// its rows need.
  func program(_ request: FilterRequest) -> [UInt64]? {
    let bindings = request.bindings
    guard bindings.memories.count <= 1, bindings.pollLimit == pollLimit else { return nil }
    var program = instructions
    for call in calls {
      guard let need = call.need else { continue }
      if request.needs.isDisjoint(with: need) {
        program[call.at].constant = StandIn.noCall
      } else if call.isDivided, !request.needs.isSuperset(of: need) {
        // Some of the call's rows are wanted and others are not.
        return nil
      }
    }
    if let memory = bindings.memories.first {
      guard memory.bits == StandIn.memory.bits else { return nil }
      for position in self.memory {
        program[position].constant = UInt32(truncatingIfNeeded: memory.base >> 32)
      }
    } else if !self.memory.isEmpty, request.needs.contains(.growMemory) {
      return nil
    }
    if let own = request.ownDescriptor {
      for position in descriptor { program[position].constant = UInt32(bitPattern: own) }
    } else if request.needsDescriptor {
      return nil
    }
    return program
  }
}

extension FilterTemplate {
  /// The one for a process, where there is one.
  static func template(for request: FilterRequest) -> FilterTemplate? {
    switch request.role {
    case .guest(.pure): PrecompiledFilters.pure
    case .guest(.strict): PrecompiledFilters.strict
    case .guest(.standard): PrecompiledFilters.standard
    // Without sockets the rows are those of the level below. With them one row for sending holds the other.
    case .guest(.network):
      request.needs.contains(.sockets) ? PrecompiledFilters.network : PrecompiledFilters.standard
    case .compiler: PrecompiledFilters.compiler
    case .broker: PrecompiledFilters.broker
    case .script: nil
    }
  }
}

extension UInt64 {
  /// The constant of a BPF instruction.
  fileprivate var constant: UInt32 {
    get { UInt32(truncatingIfNeeded: self >> 32) }
    set { self = self & 0xffff_ffff | UInt64(newValue) << 32 }
  }
}
