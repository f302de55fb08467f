/// Where a value is.
struct Location: Equatable {
  enum Kind: UInt8 {
    case register, slot
    /// Made by template `index`, or the constant `index`: nowhere, but to be had anywhere.
    case template, constant
  }
  var kind: Kind
  var index: Int32

  static func register(_ number: Int8) -> Location {
    Location(kind: .register, index: Int32(number))
  }
  static func physical(_ register: Register) -> Location {
    Location(kind: .register, index: register.id)
  }
}

/// A value on its way, as one of several moves that happen at once.
struct PendingMove {
  /// Instruction or edge at which it happens.
  var key: Int32
  var value: Int32
  var source: Location
  var destination: Location
  /// It gives a parameter its value, where all others keep a value in step with its pieces.
  var isArgument = false
}

/// The moves that splitting asks for, by instruction (before it) and by edge.
struct MoveLists {
  var gaps: ContiguousArray<PendingMove> = []
  var edges: ContiguousArray<PendingMove> = []

  mutating func removeAll() {
    gaps.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
  }

  mutating func sort() {
    let ordered: (PendingMove, PendingMove) -> Bool = {
      ($0.key, $0.value, $0.destination.index) < ($1.key, $1.value, $1.destination.index)
    }
    gaps.sort(by: ordered)
    edges.sort(by: ordered)
  }
}

/// A function on physical registers, ready to be emitted. Blocks and edges keep their numbers.
struct AllocatedFunction {
  var instructions: ContiguousArray<MachineInstruction> = []
  var sources: ContiguousArray<UInt32> = []
  /// By instruction: the one of the `MachineFunction` that it was, or −1 for a move.
  var origins: ContiguousArray<Int32> = []
  /// By block: its instructions.
  var blocks: ContiguousArray<PoolRun> = []
  /// By edge: moves that belong to neither of its blocks.
  var edges: ContiguousArray<PoolRun> = []
  /// Slots of 8 bytes; a vector has two of them, the first with an even number.
  var slotCount: Int32 = 0
  var hasVectorSlots = false
  /// Physical registers that the function writes.
  var usedRegisters: UInt32 = 0

  mutating func removeAll() {
    instructions.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    origins.removeAll(keepingCapacity: true)
    blocks.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
    slotCount = 0
    hasVectorSlots = false
    usedRegisters = 0
  }

  mutating func append(_ instruction: MachineInstruction, source: UInt32 = 0, origin: Int32 = -1) {
    instructions.append(instruction)
    sources.append(source)
    origins.append(origin)
  }

  var position: Int32 { Int32(truncatingIfNeeded: instructions.count) }
}
