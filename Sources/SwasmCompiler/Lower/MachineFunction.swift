/// A function as machine instructions on virtual registers, every one of which has one definition.
///
/// Blocks keep the numbers and the order of the SSA form. What ends a block is data (``Terminator``); the emitter
/// makes jumps of it once the layout is known.
struct MachineFunction: ~Copyable {
  var instructions: ContiguousArray<MachineInstruction> = []
  /// By instruction: wasm byte offset where it matters for traps and calls, else 0.
  var sources: ContiguousArray<UInt32> = []
  var blocks: ContiguousArray<MachineBlock> = []
  var edges: ContiguousArray<MachineEdge> = []
  /// By virtual register, from `Register.firstVirtual` on.
  var virtuals: ContiguousArray<VirtualRegister> = []
  var fixed: ContiguousArray<FixedOperands> = []
  var fixedPool: ContiguousArray<FixedOperand> = []
  /// Virtual registers: arguments of edges and parameters of blocks.
  var pool: ContiguousArray<Register> = []
  /// What `VirtualRegister.constant` and memory operands on the constant pool index; all of 16 bytes, of which a
  /// narrower user takes the low ones.
  var constants: ContiguousArray<UInt128> = []
  /// What `VirtualRegister.rematerialize` indexes.
  var templates: ContiguousArray<MachineInstruction> = []
  /// By jump table: its run of edges.
  var jumpTables: ContiguousArray<PoolRun> = []
  /// Bytes below the spill slots for arguments of calls and results that come back on the stack.
  var outgoingBytes: Int32 = 0
  /// It throws or catches: its instance needs to know the store's exceptions.
  var usesExceptions = false
  /// Bytes of the caller's stack arguments.
  var incomingBytes: Int32 = 0

  mutating func reset() {
    instructions.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    blocks.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
    virtuals.removeAll(keepingCapacity: true)
    fixed.removeAll(keepingCapacity: true)
    fixedPool.removeAll(keepingCapacity: true)
    pool.removeAll(keepingCapacity: true)
    constants.removeAll(keepingCapacity: true)
    templates.removeAll(keepingCapacity: true)
    jumpTables.removeAll(keepingCapacity: true)
    usesExceptions = false
    outgoingBytes = 0
    incomingBytes = 0
  }

  mutating func makeVirtual(_ kind: VirtualRegister.Kind) -> Register {
    virtuals.append(VirtualRegister(kind: kind))
    return Register(Int(Register.firstVirtual) + virtuals.count - 1)
  }

  subscript(register: Register) -> VirtualRegister {
    get { virtuals[register.position - Int(Register.firstVirtual)] }
    set { virtuals[register.position - Int(Register.firstVirtual)] = newValue }
  }
}

/// What is known of a virtual register.
struct VirtualRegister {
  enum Kind: UInt8 {
    case general
    /// 8 bytes or fewer of an xmm register.
    case float
    /// All 16.
    case vector

    init(_ type: IRType) {
      switch type {
      case .f32, .f64: self = .float
      case .v128: self = .vector
      default: self = .general
      }
    }
  }

  var kind: Kind
  /// Not defined by any instruction: the constant of this number, put wherever a move wants it.
  var constant: Int32 = -1
  /// Instead of being reloaded, it is made anew by this template (`r0` to be filled in).
  var rematerialize: Int32 = -1

  init(kind: Kind) { self.kind = kind }
  var isConstant: Bool { constant >= 0 }
}

/// An operand that has to be in a given register.
struct FixedOperand {
  var register: Register
  var physical: Register
}

/// Operands in given registers: uses are moved there all at once just before the instruction, definitions are
/// found there just after it.
struct FixedOperands {
  var uses: PoolRun
  var definitions: PoolRun
  /// Bit i: physical register i doesn't survive the instruction.
  var clobbers: UInt32
}

struct MachineBlock {
  var start: Int32
  var end: Int32
  /// In `MachineFunction.pool`.
  var parameters: PoolRun
  var predecessors: PoolRun
  var terminator: Terminator
  var loop: BlockID
  var loopEnd: BlockID
  var loopDepth: UInt16
  var isCold: Bool

  var range: Range<Int> { Int(start)..<Int(end) }
}

/// How a block ends. Edges are consecutive: `edge` is the first.
struct Terminator {
  enum Kind: UInt8 {
    case jump
    /// Edge when the condition holds, else the next one.
    case branch
    /// The same, when the flags say "equal" and "not parity".
    case branchEqualFloat
    /// The block's last instruction is a call: the first edge is where it returns to, the second where it throws to.
    case invoke
    /// The block's last instruction jumps through a table of `count` edges.
    case table
    /// The block's last instruction leaves the function.
    case leave
  }
  var kind: Kind
  var condition: ConditionCode
  var edge: Int32
  var count: Int32
}

struct MachineEdge {
  var from: BlockID
  var to: BlockID
  /// Virtual registers in `MachineFunction.pool`, for the target's parameters.
  var arguments: PoolRun
}

/// What `truncate` does with a value that doesn't fit.
enum TruncationKind {
  static let unsigned: Int32 = 1
  static let saturating: Int32 = 2
  /// The source is an f64.
  static let double: Int32 = 4
}
