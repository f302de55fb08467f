/// Vector instructions.
extension Translator {
  mutating func vector(_ row: OperatorRow, at position: Int) {
    let source = UInt32(truncatingIfNeeded: position)
    switch row.operation {
    case .vconst: push(values.vector(vectorBits()))
    case .shuffle:
      let index = values.vectorIndex(vectorBits())
      let b = pop()
      push(values.number(Instruction(.shuffle, .v128, a: pop(), b: b, c: index), source: source))
    case .vload, .loadLane, .storeLane: vectorMemory(row, at: position)
    case .splat: push(values.splat(row.vector, pop(), source: source))
    default: push(values.number(vectorInstruction(row), source: source))
    }
  }

  /// An operation of values alone, and of a lane.
  private mutating func vectorInstruction(_ row: OperatorRow) -> Instruction {
    var x = Instruction(row.operation, row.type, flags: row.flags)
    let uses = row.operation.uses
    if row.shape == .vectorLane { x.c = Int32(reader.byte()) }
    if uses.contains(.c) { x.c = pop() }
    if uses.contains(.b) { x.b = pop() }
    x.a = pop()
    return x
  }

  private mutating func vectorMemory(_ row: OperatorRow, at position: Int) {
    let (memory, offset) = memoryArgument()
    var x = Instruction(row.operation, row.type, flags: memory)
    if row.shape == .vectorMemoryLane {
      x.flags = Instruction.laneFlags(
        memory: memory, lane: reader.byte(), laneLog2: row.vector.laneLog2)
      x.b = pop()
    } else {
      x.b = Int32(row.flags)
    }
    let bytes: UInt8 = 1 << row.vector.laneLog2
    guard let (address, sum) = address(memory, offset, bytes: bytes, at: position) else { return }
    x.a = address
    x.c = Int32(bitPattern: sum)
    let value = values.append(x, source: UInt32(truncatingIfNeeded: position))
    if row.type != .none { push(value) }
  }

  private mutating func vectorBits() -> UInt128 {
    let low = reader.fixed(8)
    return UInt128(reader.fixed(8)) << 64 | UInt128(low)
  }
}

extension ValueBuilder {
  /// The scalar in all lanes.
  fileprivate mutating func splat(
    _ op: VectorOperation, _ value: Int32, source: UInt32
  ) -> Int32 {
    let scalar = self[value]
    if scalar.op == .constant {
      return vector(Selector.splat(scalar.constantBits, width: 1 << op.laneLog2))
    }
    return number(Instruction(.splat, .v128, flags: op.rawValue, a: value), source: source)
  }
}

extension OperatorRow {
  var vector: VectorOperation { VectorOperation(rawValue: flags).unsafelyKnown }

  /// Of an opcode with prefix 0xfd.
  init(vector number: UInt32) {
    self.init(VectorOperation(rawValue: UInt16(number)).unsafelyKnown)
  }

  private init(_ vector: VectorOperation) {
    let operation = vector.operation
    let full = UInt16(Access.full.rawValue) << 8
    self =
      switch operation {
      case .load: OperatorRow(.load, .load, .v128, flags: full)
      case .store: OperatorRow(.store, .store, .v128, flags: full)
      case .vconst, .shuffle:
        OperatorRow(.vectorConstant, operation, .v128, flags: vector.rawValue)
      case .vload: OperatorRow(.vectorMemory, operation, .v128, flags: vector.rawValue)
      case .loadLane: OperatorRow(.vectorMemoryLane, operation, .v128, flags: vector.rawValue)
      case .storeLane: OperatorRow(.vectorMemoryLane, operation, .none, flags: vector.rawValue)
      case .extractLane:
        OperatorRow(.vectorLane, operation, vector.laneType, flags: vector.rawValue)
      case .replaceLane: OperatorRow(.vectorLane, operation, .v128, flags: vector.rawValue)
      case .vtest: OperatorRow(.vector, operation, .i32, flags: vector.rawValue)
      default: OperatorRow(.vector, operation, .v128, flags: vector.rawValue)
      }
  }
}
