import SwasmModule

extension FunctionValidator {
  /// The other instructions whose types depend on context: each is in the file of its family.
  mutating func checkSpecial(
    _ opcode: Opcode, in module: ValidatedModule
  ) throws(ValidationError) {
    switch opcode {
    case .nop: break
    case .unreachable: markUnreachable()
    case .block: try checkBlock(.block, in: module)
    case .loop: try checkBlock(.loop, in: module)
    case .if: try checkBlock(.ifTrue, in: module)
    case .else: try checkElse(in: module)
    case .end: try checkEnd(in: module)
    case .br: try checkBranch(in: module)
    case .brIf: try checkBranchIf(in: module)
    case .brTable: try checkBranchTable(in: module)
    case .return: try checkReturn(in: module)
    case .call: try checkCall(in: module)
    case .callIndirect: try checkCallIndirect(in: module)
    case .drop: _ = try popAny()
    case .select: try checkSelect()
    case .selectTyped: try checkTypedSelect(in: module)
    case .globalGet: push(try readGlobal(in: module).type.value)
    case .globalSet: try checkGlobalSet(in: module)
    case .tableGet: try checkTableGet(in: module)
    case .tableSet: try checkTableSet(in: module)
    case .tableSize: try checkTableSize(in: module)
    case .tableGrow: try checkTableGrow(in: module)
    case .tableFill: try checkTableFill(in: module)
    case .tableCopy: try checkTableCopy(in: module)
    case .tableInit: try checkTableInit(in: module)
    case .elemDrop: _ = try readElementSegment(in: module)
    case .memorySize: try checkMemorySize(in: module)
    case .memoryGrow: try checkMemoryGrow(in: module)
    case .memoryFill: try checkMemoryFill(in: module)
    case .memoryCopy: try checkMemoryCopy(in: module)
    case .memoryInit: try checkMemoryInit(in: module)
    case .dataDrop: try readDataSegment(in: module)
    case .refNull: try checkRefNull(in: module)
    case .refIsNull: try checkRefIsNull()
    case .refFunc: try checkRefFunc(in: module)
    case .refAsNonNull: try checkRefAsNonNull()
    case .brOnNull: try checkBranchOnNull(in: module)
    case .brOnNonNull: try checkBranchOnNonNull(in: module)
    case .callRef: try checkCallRef(in: module)
    case .returnCall: try checkReturnCall(in: module)
    case .returnCallIndirect: try checkReturnCallIndirect(in: module)
    case .returnCallRef: try checkReturnCallRef(in: module)
    default: try checkRare(opcode, in: module)
    }
  }

  private mutating func checkRare(
    _ opcode: Opcode, in module: ValidatedModule
  ) throws(ValidationError) {
    switch opcode {
    case .tryTable: try checkTryTable(in: module)
    case .throw: try checkThrow(in: module)
    case .throwRef: try checkThrowRef()
    case .tryLegacy: try checkBlock(.tryBody, in: module)
    case .catchLegacy: try checkCatch(in: module)
    case .catchAll: try checkCatchAll(in: module)
    case .delegate: try checkDelegate(in: module)
    case .rethrow: try checkRethrow()
    case .i64Add128, .i64Sub128: try checkWideArithmetic(operands: 4)
    case .i64MulWideS, .i64MulWideU: try checkWideArithmetic(operands: 2)
    default:
      switch opcode.immediate {
      case .memoryLane, .atomicMemory, .lane, .shuffle, .fence: try checkVector(opcode, in: module)
      default: preconditionFailure("\(opcode.name) is not handled here: see OperatorEntry.Handling")
      }
    }
  }

  private mutating func checkWideArithmetic(operands: Int) throws(ValidationError) {
    for _ in 0..<operands { try pop(.i64) }
    push(.i64)
    push(.i64)
  }

  /// Vector and atomic instructions whose immediates the opcode table knows too little about.
  private mutating func checkVector(
    _ opcode: Opcode, in module: ValidatedModule
  ) throws(ValidationError) {
    var entry = OperatorEntry(opcode)
    switch opcode.immediate {
    case .memoryLane:
      entry.first = try checkAccess(entry, in: module)
      _ = reader.readLane(below: UInt8(16 >> entry.alignment))
    case .atomicMemory: entry.first = try checkAtomicAccess(entry, in: module)
    case .lane: _ = reader.readLane(below: opcode.laneCount)
    case .shuffle: for _ in 0..<16 { _ = reader.readLane(below: 32) }
    default:
      let start = reader.position
      if reader.readByte() != 0 { reader.fail(.zeroByteExpected, at: start) }
    }
    if reader.hasFailed { throw error(.fault(.unexpectedEnd)) }
    try apply(entry)
  }
}

extension Opcode {
  /// Of the vectors that an instruction on one lane is about.
  fileprivate var laneCount: UInt8 {
    let shape = name.prefix { $0 != "." }
    return UInt8(shape.drop { $0 != "x" }.dropFirst()) ?? 1
  }
}
