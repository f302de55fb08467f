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
    case .selectTyped: try checkTypedSelect()
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
    case .refNull: push(reader.readReferenceType())
    case .refIsNull: try checkRefIsNull()
    case .refFunc: try checkRefFunc(in: module)
    default: preconditionFailure("\(opcode.name) is not handled here: see OperatorEntry.Handling")
    }
  }
}
