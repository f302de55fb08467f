import SwasmArtifact
import SwasmModule

/// Calls, of functions and of the runtime, and accesses to memory.
extension Translator {
  // MARK: Calls

  /// The topmost operands as a run of `pool`, taken from the stack.
  private mutating func popRun(_ count: Int) -> PoolRun {
    let start = Int32(truncatingIfNeeded: pool.count)
    for position in (stack.count - count)..<stack.count { pool.append(stack[position]) }
    stack.removeLast(count)
    return PoolRun(start: start, count: Int32(truncatingIfNeeded: count))
  }

  mutating func call(at position: Int) {
    let callee = reader.u32()
    let type = Int(context.functions[Int(callee)])
    let run = popRun(context.types[type].parameters.count)
    let call = Instruction(.call, a: run.start, b: run.count, c: Int32(bitPattern: callee))
    append(call, type, at: position)
  }

  mutating func callIndirect(at position: Int) {
    let type = Int(reader.u32())
    let table = UInt16(reader.u32())
    let run = popRun(context.types[type].parameters.count + 1)
    let call = Instruction(
      .callIndirect, flags: table, a: run.start, b: run.count,
      c: Int32(bitPattern: context.types[type].canonical.rawValue))
    append(call, type, at: position)
  }

  /// Adds a call of a function of `type` and pushes its results.
  private mutating func append(_ call: Instruction, _ type: Int, at position: Int) {
    var call = call
    let source = UInt32(truncatingIfNeeded: position)
    let results = context.types[type].resultRun
    if results.count == 1 { call.type = context.typePool[Int(results.start)] }
    let value = values.append(call, source: source)
    if results.count == 1 { return push(value) }
    for number in 0..<results.count {
      let type = context.typePool[Int(results.start + number)]
      push(values.append(Instruction(.result, type, a: value, c: number)))
    }
  }

  /// Calls of the runtime: the immediates, in the order of the libcall, then the operands.
  mutating func bulk(_ shape: OperatorShape, at position: Int) {
    switch shape {
    case .memoryGrow: libcall(.memoryGrow, [reader.u32()], 1, .i32, at: position)
    case .memoryFill: libcall(.memoryFill, [reader.u32()], 3, .none, at: position)
    case .memoryCopy:
      libcall(.memoryCopy, [reader.u32(), reader.u32()], 3, .none, at: position)
    case .memoryInit:
      let segment = reader.u32()
      libcall(.memoryInit, [reader.u32(), segment], 3, .none, at: position)
    case .dataDrop: libcall(.dataDrop, [reader.u32()], 0, .none, at: position)
    case .tableGrow: libcall(.tableGrow, [reader.u32()], 2, .i32, at: position)
    case .tableFill: libcall(.tableFill, [reader.u32()], 3, .none, at: position)
    case .tableCopy: libcall(.tableCopy, [reader.u32(), reader.u32()], 3, .none, at: position)
    case .tableInit:
      let segment = reader.u32()
      libcall(.tableInit, [reader.u32(), segment], 3, .none, at: position)
    case .elementDrop: libcall(.elementDrop, [reader.u32()], 0, .none, at: position)
    case .tableSet: libcall(.tableSet, [reader.u32()], 2, .none, at: position)
    default: preconditionFailure("an opcode that validation does not know")
    }
  }

  private mutating func libcall(
    _ callee: Libcall, _ immediates: [UInt32], _ operands: Int, _ type: IRType, at position: Int
  ) {
    let start = Int32(truncatingIfNeeded: pool.count)
    for immediate in immediates { pool.append(values.constant(.i32, UInt64(immediate))) }
    _ = popRun(operands)
    let value = values.append(
      Instruction(
        .libcall, type, flags: UInt16(callee.rawValue), a: start,
        b: Int32(truncatingIfNeeded: pool.count) - start),
      source: UInt32(truncatingIfNeeded: position))
    if type != .none { push(value) }
  }

  // MARK: Memory

  mutating func memoryArgument() -> (memory: UInt16, offset: UInt32) {
    let alignment = reader.u32()
    let memory = alignment & 0x40 == 0 ? 0 : reader.u32()
    return (UInt16(truncatingIfNeeded: memory), reader.u32())
  }

  mutating func load(_ row: OperatorRow, at position: Int) {
    let (memory, offset) = memoryArgument()
    let (address, sum) = values.address(pop(), offset)
    push(
      values.append(
        Instruction(
          .load, row.type, flags: row.flags | memory, a: address, c: Int32(bitPattern: sum)),
        source: UInt32(truncatingIfNeeded: position)))
  }

  mutating func store(_ row: OperatorRow, at position: Int) {
    let (memory, offset) = memoryArgument()
    let value = pop()
    let (address, sum) = values.address(pop(), offset)
    let access = Access(rawValue: UInt8(row.flags >> 8)).unsafelyKnown
    let (stored, width) = values.stored(value, access)
    values.append(
      Instruction(
        .store, flags: UInt16(width.rawValue) << 8 | memory, a: address, b: stored,
        c: Int32(bitPattern: sum)),
      source: UInt32(truncatingIfNeeded: position))
  }
}
