import SwasmArtifact
import SwasmModule

/// Translates validated function bodies to SSA form: one pass over the bytes, in which values are simplified and
/// numbered, then ``assemble(into:)``, which drops what is dead. One translator serves one thread; its storage is reused.
///
/// The operand stack is gone after translation: it holds the numbers of values. Locals are read from their history
/// (``LocalHistory``), so that block parameters arise only where values that are used differ.
/// Unreachable code is passed over.
struct Translator: ~Copyable {
  var context: TranslationContext
  var rows = OperatorRow.table()
  var reader: BodyReader
  var values = ValueBuilder()
  var graph = ConstructionGraph()
  var locals = LocalHistory()
  var loops = LoopAssignments()
  var frames: ContiguousArray<Frame> = []
  /// The operand stack.
  var stack: ContiguousArray<Int32> = []
  /// Arguments of calls.
  var pool: ContiguousArray<Int32> = []
  /// The block being filled.
  var block: Int32 = 0
  /// The frame of the innermost try whose body this is, or −1.
  var handler: Int32 = -1
  /// Of the function at hand, and the first that has not been passed.
  var hints: [BranchHint] = []
  var nextHint = 0
  /// What follows is executed in some run.
  var isReachable = true
  /// Recent checks of bounds, by a hash of value and memory.
  var checks = ContiguousArray(repeating: KnownBound(), count: 64)
  var signature: TranslationContext.Signature
  var assembly = Assembly()

  init(_ context: TranslationContext) {
    self.context = context
    reader = BodyReader(context.source, at: 0)
    signature = TranslationContext.Signature(
      parameters: [], results: [], parameterRun: .empty, resultRun: .empty,
      canonical: CanonicalTypeIndex(0 as UInt32))
  }

  /// Translates one function.
  ///
  /// - Requires: the module is valid and `index` is a function that it defines.
  mutating func translate(_ index: FunctionIndex, into function: inout IRFunction) {
    begin(index)
    while !frames.isEmpty { step() }
    function.reset(
      name: index, parameters: signature.parameters, results: signature.results)
    assemble(into: &function)
  }

  private mutating func begin(_ index: FunctionIndex) {
    let body = context.bodies[index.position - context.importedFunctionCount]
    signature = context.types[Int(context.functions[index.position])]
    reader.position = body.code.lowerBound
    values.reset()
    graph.reset()
    locals.reset()
    frames.removeAll(keepingCapacity: true)
    stack.removeAll(keepingCapacity: true)
    pool.removeAll(keepingCapacity: true)
    block = graph.openBlock(at: 0)
    isReachable = true
    handler = -1
    hints = context.hints[Int32(truncatingIfNeeded: index.position)] ?? []
    nextHint = 0
    checks.refill(KnownBound(), count: checks.count)
    for (position, type) in signature.parameters.enumerated() {
      let value = values.append(Instruction(.param, type, a: 0, b: Int32(position)))
      graph.add(
        ConstructionGraph.Parameter(
          value: value, block: 0, local: -1, origin: 0, arguments: 0, next: -1))
      locals.declare(value)
    }
    var count = signature.parameters.count
    for run in body.locals where run.count > 0 {
      let zero = values.zero(IRType(run.type))
      for _ in 0..<run.count { locals.declare(zero) }
      count += Int(run.count)
    }
    loops.reset(localCount: count)
    frames.append(
      Frame(
        kind: .function, parameters: .empty, results: signature.resultRun, base: 0, scope: 0,
        time: 0, point: values.count))
  }

  /// What the producer says of the branch at this offset: likely, unlikely or nothing.
  @inline(__always)
  private mutating func hint(at offset: Int) -> Bool? {
    hints.isEmpty ? nil : findHint(at: offset)
  }

  @inline(never)
  private mutating func findHint(at offset: Int) -> Bool? {
    while nextHint < hints.count, hints[nextHint].offset < offset { nextHint += 1 }
    guard nextHint < hints.count, hints[nextHint].offset == offset else { return nil }
    return hints[nextHint].isLikely
  }

  /// The flags of a branch that is taken or not taken as hinted, when edge c is taken for `isInverted` conditions that are 0.
  func branchFlags(_ isLikely: Bool?, _ isInverted: Bool) -> UInt16 {
    guard let isLikely else { return 0 }
    // Likely: the other edge is the rare one.
    return isLikely != isInverted ? 2 : 1
  }

  @inline(__always)
  mutating func push(_ value: Int32) { stack.append(value) }

  @inline(__always)
  mutating func pop() -> Int32 { stack.removeLast() }

  /// One instruction, or the rest of a construct that is not reachable.
  private mutating func step() {
    guard isReachable else { return skipUnreachable() }
    let start = reader.position
    let row = rows[reader.opcode()]
    switch row.shape {
    case .localGet:
      push(locals.read(Int32(bitPattern: reader.u32()), &values, &graph))
    case .localSet:
      locals.write(Int32(bitPattern: reader.u32()), pop())
    case .localTee:
      locals.write(Int32(bitPattern: reader.u32()), stack[stack.count - 1])
    case .integerConstant:
      push(values.constant(row.type, UInt64(bitPattern: reader.s64())))
    case .binary:
      let b = pop()
      let a = pop()
      push(values.binary(row.operation, row.type, a, b, source: UInt32(truncatingIfNeeded: start)))
    case .icmp:
      let b = pop()
      let a = pop()
      push(values.compare(row.condition, a, b))
    case .load: load(row, at: start)
    case .store: store(row, at: start)
    case .unary:
      push(values.unary(row.operation, row.type, pop(), source: UInt32(truncatingIfNeeded: start)))
    case .eqz: push(values.isZero(pop()))
    case .block, .loop, .if, .else, .end, .br, .brIf, .brTable, .return, .unreachable:
      control(row.shape, at: start)
    default: rare(row, at: start)
    }
  }

  private mutating func control(_ shape: OperatorShape, at start: Int) {
    switch shape {
    case .block: beginBlock()
    case .loop: beginLoop()
    case .if: beginIf(hint(at: start))
    case .else: beginElse()
    case .end: endConstruct()
    case .br: branch(Int(reader.u32()))
    case .brIf: branchIf(Int(reader.u32()), hint(at: start))
    case .brTable: branchTable()
    case .return: finish()
    default: trap(.unreachable, at: start)
    }
  }

  @inline(never)
  private mutating func rare(_ row: OperatorRow, at start: Int) {
    switch row.shape {
    case .nop: break
    case .call: call(at: start)
    case .callIndirect: callIndirect(at: start)
    case .callRef: callReference(at: start)
    case .returnCall: returnCall(at: start)
    case .returnCallIndirect: returnCallIndirect(at: start)
    case .returnCallRef: returnCallReference(at: start)
    case .brOnNull: branchOnNull(Int(reader.u32()))
    case .brOnNonNull: branchOnNonNull(Int(reader.u32()))
    case .refAsNonNull: trapIfNull(stack[stack.count - 1], at: start)
    case .tryTable: beginTryTable()
    case .tryLegacy: beginTry()
    case .catchLegacy: beginCatch(Int32(bitPattern: reader.u32()))
    case .catchAll: beginCatch(-1)
    case .delegate: delegate()
    case .throw: throwException(at: start)
    case .throwRef: throwReference(at: start)
    case .rethrow: rethrow(at: start)
    case .drop: stack.removeLast()
    case .select: select()
    case .selectTyped:
      reader.skipImmediates(.selectTyped)
      select()
    case .globalGet: globalGet()
    case .globalSet:
      let global = Int32(bitPattern: reader.u32())
      values.append(Instruction(.globalSet, a: pop(), c: global))
    case .f32Constant: push(values.constant(.f32, reader.fixed(4)))
    case .f64Constant: push(values.constant(.f64, reader.fixed(8)))
    case .fcmp:
      let b = pop()
      let a = pop()
      push(values.compareFloats(row.condition, a, b))
    case .memorySize:
      let memory = reader.u32()
      push(
        values.append(
          Instruction(.memorySize, context.memories[Int(memory)].address, flags: UInt16(memory))))
    case .wide: wide(row.operation)
    case .multiplyWide: multiplyWide(row.operation)
    case .refNull:
      reader.skipNumber()
      push(values.constant(.i64, 0))
    case .refIsNull: push(values.isZero(pop()))
    case .refFunc:
      push(values.number(Instruction(.refFunc, .i64, c: Int32(bitPattern: reader.u32()))))
    case .tableGet:
      let table = UInt16(reader.u32())
      let index = pop()
      push(
        values.append(
          Instruction(.tableGet, .i64, flags: table, a: index),
          source: UInt32(truncatingIfNeeded: start)))
    case .tableSize:
      push(tableSize(reader.u32()))
    case .atomicLoad, .atomicStore, .atomicModify, .atomicExchange, .atomicCompareExchange,
      .atomicWait, .atomicNotify, .atomicFence:
      atomic(row, at: start)
    case .vector, .vectorConstant, .vectorLane, .vectorMemory, .vectorMemoryLane:
      vector(row, at: start)
    default: bulk(row.shape, at: start)
    }
  }

  func tableAddress(_ table: UInt32) -> IRType { context.tables[Int(table)] }

  mutating func tableSize(_ table: UInt32) -> Int32 {
    values.append(Instruction(.tableSize, tableAddress(table), flags: UInt16(table)))
  }

  private mutating func select() {
    let condition = pop()
    let b = pop()
    let a = pop()
    push(values.select(condition, a, b))
  }

  private mutating func globalGet() {
    let index = Int32(bitPattern: reader.u32())
    let global = context.globals[Int(index)]
    if global.isConstant {
      push(values.constant(global.type, global.bits))
    } else {
      push(values.append(Instruction(.globalGet, global.type, c: index)))
    }
  }
}

extension OperatorRow {
  var condition: Condition { Condition(rawValue: UInt8(truncatingIfNeeded: flags)).unsafelyKnown }
}
