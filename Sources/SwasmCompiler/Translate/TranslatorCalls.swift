import SwasmArtifact
import SwasmModule

/// Calls, of functions and of the runtime, and accesses to memory.
extension Translator {
  // MARK: Calls

  /// The topmost operands as a run of `pool`, taken from the stack.
  mutating func popRun(_ count: Int) -> PoolRun {
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
    let table = reader.u32()
    checkTableIndex(of: table, at: position)
    var call = referenceCall(.callIndirect, type)
    call.flags = UInt16(table)
    append(call, type, at: position)
  }

  /// The reservation of a table is as large as 32 bits can index, where there are reservations.
  private mutating func checkTableIndex(of table: UInt32, at position: Int) {
    guard context.checksTables || tableAddress(table) == .i64 else { return }
    let size = tableSize(table)
    trapIf(
      values.compare(.geU, stack[stack.count - 1], size), .undefinedElement, at: position)
  }

  /// Calls the function that a reference, the topmost operand, stands for.
  mutating func callReference(at position: Int) {
    let type = Int(reader.u32())
    append(referenceCall(.callRef, type), type, at: position)
  }

  private mutating func referenceCall(_ operation: Operation, _ type: Int) -> Instruction {
    let run = popRun(context.types[type].parameters.count + 1)
    return Instruction(
      operation, a: run.start, b: run.count,
      c: Int32(bitPattern: context.types[type].canonical.rawValue))
  }

  // MARK: Tail calls

  mutating func returnCall(at position: Int) {
    let callee = reader.u32()
    let run = popRun(context.types[Int(context.functions[Int(callee)])].parameters.count)
    leave(
      Instruction(.returnCall, a: run.start, b: run.count, c: Int32(bitPattern: callee)),
      at: position)
  }

  mutating func returnCallIndirect(at position: Int) {
    let type = Int(reader.u32())
    let table = reader.u32()
    checkTableIndex(of: table, at: position)
    var call = referenceCall(.returnCallIndirect, type)
    call.flags = UInt16(table)
    leave(call, at: position)
  }

  mutating func returnCallReference(at position: Int) {
    leave(referenceCall(.returnCallRef, Int(reader.u32())), at: position)
  }

  private mutating func leave(_ call: Instruction, at position: Int) {
    terminate(call, source: UInt32(truncatingIfNeeded: position))
    isReachable = false
  }

  /// Traps when the reference is null; what follows may then be unreachable.
  mutating func trapIfNull(
    _ reference: Int32, as kind: TrapKind = .nullReference, at position: Int
  ) {
    let isNull = values.isZero(reference)
    if values[isNull].op == .constant {
      if values[isNull].constantBits != 0 { trap(kind, at: position) }
      return
    }
    trapIf(isNull, kind, at: position)
  }

  /// Adds a call of a function of `type` and pushes its results.
  private mutating func append(_ call: Instruction, _ type: Int, at position: Int) {
    var call = call
    let source = UInt32(truncatingIfNeeded: position)
    let results = context.types[type].resultRun
    if results.count == 1 { call.type = context.typePool[Int(results.start)] }
    let value = values.append(call, source: source)
    endIfThrowing(value)
    if results.count == 1 { return push(value) }
    for number in 0..<results.count {
      let type = context.typePool[Int(results.start + number)]
      push(values.append(Instruction(.result, type, a: value, c: number)))
    }
  }

  /// Calls of the runtime: the immediates, in the order of the libcall, then the operands.
  mutating func bulk(_ shape: OperatorShape, at position: Int) {
    switch shape {
    case .memoryGrow:
      let memory = reader.u32()
      libcall(.memoryGrow, [memory], 1, context.memories[Int(memory)].address, at: position)
    case .memoryFill: libcall(.memoryFill, [reader.u32()], 3, .none, at: position)
    case .memoryCopy:
      libcall(.memoryCopy, [reader.u32(), reader.u32()], 3, .none, at: position)
    case .memoryInit:
      let segment = reader.u32()
      libcall(.memoryInit, [reader.u32(), segment], 3, .none, at: position)
    case .dataDrop: libcall(.dataDrop, [reader.u32()], 0, .none, at: position)
    case .tableGrow:
      let table = reader.u32()
      libcall(.tableGrow, [table], 2, tableAddress(table), at: position)
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
    var arguments = immediates.map { values.constant(.i32, UInt64($0)) }
    arguments += stack[(stack.count - operands)...]
    stack.removeLast(operands)
    let value = libcall(callee, arguments, type, at: position)
    if type != .none { push(value) }
  }

  mutating func libcall(
    _ callee: Libcall, _ arguments: [Int32], _ type: IRType, at position: Int
  ) -> Int32 {
    let start = Int32(truncatingIfNeeded: pool.count)
    pool.append(contentsOf: arguments)
    return values.append(
      Instruction(
        .libcall, type, flags: UInt16(callee.rawValue), a: start,
        b: Int32(truncatingIfNeeded: arguments.count)),
      source: UInt32(truncatingIfNeeded: position))
  }

  // MARK: Memory

  /// Alignment and offset; in between a memory other than the first.
  mutating func memoryArgument() -> (memory: UInt16, offset: UInt64) {
    let alignment = reader.u32()
    let memory = alignment & 0x40 == 0 ? 0 : reader.u32()
    return (UInt16(truncatingIfNeeded: memory), reader.u64())
  }

  /// The address, the topmost operand, and what is left of the offset; `nil` when the access traps in any case.
  mutating func address(
    _ memory: UInt16, _ offset: UInt64, bytes: UInt8, at position: Int
  ) -> (address: Int32, offset: UInt32)? {
    guard context.memories[Int(memory)].check != .none else {
      return values.address(pop(), UInt32(truncatingIfNeeded: offset))
    }
    return checkedAddress(Int(memory), offset: offset, bytes: bytes, at: position)
  }

  mutating func load(_ row: OperatorRow, at position: Int) {
    let (memory, offset) = memoryArgument()
    let bytes = row.access.bytes(of: row.type)
    guard let (address, sum) = address(memory, offset, bytes: bytes, at: position) else { return }
    push(
      values.append(
        Instruction(
          .load, row.type, flags: row.flags | memory, a: address, c: Int32(bitPattern: sum)),
        source: UInt32(truncatingIfNeeded: position)))
  }

  mutating func store(_ row: OperatorRow, at position: Int) {
    let (memory, offset) = memoryArgument()
    let value = pop()
    let bytes = row.access.bytes(of: row.type)
    guard let (address, sum) = address(memory, offset, bytes: bytes, at: position) else { return }
    let (stored, width) = values.stored(value, row.access)
    values.append(
      Instruction(
        .store, flags: UInt16(width.rawValue) << 8 | memory, a: address, b: stored,
        c: Int32(bitPattern: sum)),
      source: UInt32(truncatingIfNeeded: position))
  }
}
