/// Makes values: simplifies, then numbers them, so that equal ones that dominate the present point are made once.
///
/// Constants are values of the whole function here; the finished function has them where they are used.
/// The fold rules are in the extensions of this type (Fold….swift).
struct ValueBuilder {
  var instructions: ContiguousArray<Instruction> = []
  var sources: ContiguousArray<UInt32> = []
  /// The vector constants of the function, each once.
  private(set) var vectors: ContiguousArray<UInt128> = []
  private var vectorIndices: [UInt128: Int32] = [:]
  var scopes = ScopeTree()
  /// Cheap values from here on may be used again.
  var blockStart: Int32 = 0
  /// The last value of each hash. Entries are believed only after a look at the instruction itself, so
  /// that those of earlier functions do no harm.
  private var known = ContiguousArray<Int32>(repeating: -1, count: 1 << tableBits)

  private static let tableBits = 12
  /// How many fold rules are being applied within each other; a guest could chain any number of them.
  var depth = 0
  static let depthLimit = 12

  mutating func reset() {
    instructions.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    scopes.reset()
    if !vectors.isEmpty {
      vectors.removeAll(keepingCapacity: true)
      vectorIndices.removeAll(keepingCapacity: true)
    }
    blockStart = 0
  }

  var count: Int32 { Int32(truncatingIfNeeded: instructions.count) }

  @inline(__always)
  subscript(_ value: Int32) -> Instruction { instructions[Int(value)] }

  @inline(__always)
  @discardableResult
  mutating func append(_ instruction: Instruction, source: UInt32 = 0) -> Int32 {
    let value = Int32(truncatingIfNeeded: instructions.count)
    instructions.append(instruction)
    sources.append(source)
    return value
  }

  mutating func constant(_ type: IRType, _ bits: UInt64) -> Int32 {
    number(.constant(type, bits & type.mask))
  }

  mutating func vector(_ bits: UInt128) -> Int32 {
    number(Instruction(.vconst, .v128, c: vectorIndex(bits)))
  }

  /// Index of a constant in `vectors`.
  mutating func vectorIndex(_ bits: UInt128) -> Int32 {
    if let known = vectorIndices[bits] { return known }
    let index = Int32(truncatingIfNeeded: vectors.count)
    vectors.append(bits)
    vectorIndices[bits] = index
    return index
  }

  mutating func zero(_ type: IRType) -> Int32 { type == .v128 ? vector(0) : constant(type, 0) }

  /// The value that a pure instruction (or division) makes, an earlier one when there is one.
  mutating func number(_ instruction: Instruction, source: UInt32 = 0) -> Int32 {
    let slot = Self.slot(instruction)
    let found = known[slot]
    if found >= 0 && found < count && instructions[Int(found)] == instruction {
      if found >= blockStart || instruction.op.isConstant
        || (instruction.op.isCostly && scopes.dominates(found))
      {
        return found
      }
    }
    let value = append(instruction, source: source)
    known[slot] = value
    return value
  }

  private static func slot(_ instruction: Instruction) -> Int {
    let low =
      UInt64(instruction.op.rawValue) | UInt64(instruction.type.rawValue) << 8
      | UInt64(instruction.flags) << 16 | UInt64(UInt32(bitPattern: instruction.a)) << 32
    let high =
      UInt64(UInt32(bitPattern: instruction.b)) | UInt64(UInt32(bitPattern: instruction.c)) << 32
    let hash = (low &* 0x9e37_79b9_7f4a_7c15) ^ (high &* 0xc2b2_ae3d_27d4_eb4f)
    let mixed = (hash ^ (hash >> 29)) &* 0xbf58_476d_1ce4_e5b9
    return Int(truncatingIfNeeded: mixed >> (64 - UInt64(tableBits)))
  }
}

extension Instruction: Equatable {
  @inline(__always)
  static func == (a: Instruction, b: Instruction) -> Bool {
    a.op == b.op && a.type == b.type && a.flags == b.flags && a.a == b.a && a.b == b.b && a.c == b.c
  }
}
