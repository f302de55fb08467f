import SwasmModule

/// What the translator does with an opcode.
enum OperatorShape: UInt8 {
  case invalid
  case nop, unreachable, block, loop, `if`, `else`, end, br, brIf, brTable, `return`
  case call, callIndirect, callRef, returnCall, returnCallIndirect, returnCallRef
  case brOnNull, brOnNonNull, refAsNonNull
  case tryTable, tryLegacy, catchLegacy, catchAll, delegate, `throw`, throwRef, rethrow
  case drop, select, selectTyped
  case localGet, localSet, localTee, globalGet, globalSet, tableGet, tableSet
  case load, store, memorySize, memoryGrow
  case integerConstant, f32Constant, f64Constant
  case eqz, icmp, fcmp, unary, binary
  case refNull, refIsNull, refFunc
  case memoryInit, dataDrop, memoryCopy, memoryFill
  case tableInit, elementDrop, tableCopy, tableGrow, tableSize, tableFill
  /// Without immediates; a constant or shuffle; a lane; a memory argument; that and a lane.
  case vector, vectorConstant, vectorLane, vectorMemory, vectorMemoryLane
  case wide, multiplyWide
  case atomicLoad, atomicStore, atomicModify, atomicExchange, atomicCompareExchange
  case atomicWait, atomicNotify, atomicFence

  /// Opens a construct, or closes one.
  var nesting: Int {
    switch self {
    case .block, .loop, .if, .tryTable, .tryLegacy: 1
    case .end, .delegate: -1
    default: 0
    }
  }

  /// Ends an arm of the construct that is open.
  var endsArm: Bool {
    switch self {
    case .else, .end, .catchLegacy, .catchAll, .delegate: true
    default: false
    }
  }
}

/// One row of the translator's opcode table.
struct OperatorRow {
  var shape: OperatorShape
  var operation: Operation
  /// Of the result; for a store, of the value.
  var type: IRType
  /// Condition, or access << 8.
  var flags: UInt16

  init(
    _ shape: OperatorShape, _ operation: Operation = .nop, _ type: IRType = .none, flags: UInt16 = 0
  ) {
    self.shape = shape
    self.operation = operation
    self.type = type
    self.flags = flags
  }

  var access: Access { Access(rawValue: UInt8(truncatingIfNeeded: flags >> 8)).unsafelyKnown }

  /// Where the rows of the opcodes with prefixes 0xfc, 0xfd and 0xfe begin in the table, and how many there are.
  static let miscellaneous = 256
  static let vectors = miscellaneous + 32
  static let atomics = vectors + 512
  static let count = atomics + 96

  /// By opcode: one byte, then those with a prefix.
  static func table() -> ContiguousArray<OperatorRow> {
    var rows = ContiguousArray(repeating: OperatorRow(.invalid), count: count)
    for opcode in Opcode.allCases {
      let number = Int(opcode.number)
      switch opcode.prefix {
      case nil: rows[number] = OperatorRow(opcode: opcode)
      case 0xfc: rows[miscellaneous + number] = OperatorRow(opcode: opcode)
      case 0xfe: rows[atomics + number] = OperatorRow(atomic: opcode.number)
      default: rows[vectors + number] = OperatorRow(vector: opcode.number)
      }
    }
    return rows
  }

  private static func compare(_ condition: Condition) -> OperatorRow {
    OperatorRow(.icmp, .icmp, .i32, flags: UInt16(condition.rawValue))
  }
  private static func compareFloats(_ condition: Condition) -> OperatorRow {
    OperatorRow(.fcmp, .fcmp, .i32, flags: UInt16(condition.rawValue))
  }
  private static func load(_ type: IRType, _ access: Access) -> OperatorRow {
    OperatorRow(.load, .load, type, flags: UInt16(access.rawValue) << 8)
  }
  private static func store(_ type: IRType, _ access: Access) -> OperatorRow {
    OperatorRow(.store, .store, type, flags: UInt16(access.rawValue) << 8)
  }

  init(opcode: Opcode) {
    self =
      switch opcode {
      case .unreachable: OperatorRow(.unreachable)
      case .nop: OperatorRow(.nop)
      case .block: OperatorRow(.block)
      case .loop: OperatorRow(.loop)
      case .if: OperatorRow(.if)
      case .else: OperatorRow(.else)
      case .end: OperatorRow(.end)
      case .br: OperatorRow(.br)
      case .brIf: OperatorRow(.brIf)
      case .brTable: OperatorRow(.brTable)
      case .return: OperatorRow(.return)
      case .call: OperatorRow(.call)
      case .callIndirect: OperatorRow(.callIndirect)
      case .callRef: OperatorRow(.callRef)
      case .returnCall: OperatorRow(.returnCall)
      case .returnCallIndirect: OperatorRow(.returnCallIndirect)
      case .returnCallRef: OperatorRow(.returnCallRef)
      case .brOnNull: OperatorRow(.brOnNull)
      case .brOnNonNull: OperatorRow(.brOnNonNull)
      case .refAsNonNull: OperatorRow(.refAsNonNull)
      case .tryTable: OperatorRow(.tryTable)
      case .tryLegacy: OperatorRow(.tryLegacy)
      case .catchLegacy: OperatorRow(.catchLegacy)
      case .catchAll: OperatorRow(.catchAll)
      case .delegate: OperatorRow(.delegate)
      case .throw: OperatorRow(.throw)
      case .throwRef: OperatorRow(.throwRef)
      case .rethrow: OperatorRow(.rethrow)
      case .drop: OperatorRow(.drop)
      case .select: OperatorRow(.select)
      case .selectTyped: OperatorRow(.selectTyped)
      case .localGet: OperatorRow(.localGet)
      case .localSet: OperatorRow(.localSet)
      case .localTee: OperatorRow(.localTee)
      case .globalGet: OperatorRow(.globalGet)
      case .globalSet: OperatorRow(.globalSet)
      case .tableGet: OperatorRow(.tableGet)
      case .tableSet: OperatorRow(.tableSet)
      case .i32Load: Self.load(.i32, .full)
      case .i64Load: Self.load(.i64, .full)
      case .f32Load: Self.load(.f32, .full)
      case .f64Load: Self.load(.f64, .full)
      case .i32Load8S: Self.load(.i32, .s8)
      case .i32Load8U: Self.load(.i32, .u8)
      case .i32Load16S: Self.load(.i32, .s16)
      case .i32Load16U: Self.load(.i32, .u16)
      case .i64Load8S: Self.load(.i64, .s8)
      case .i64Load8U: Self.load(.i64, .u8)
      case .i64Load16S: Self.load(.i64, .s16)
      case .i64Load16U: Self.load(.i64, .u16)
      case .i64Load32S: Self.load(.i64, .s32)
      case .i64Load32U: Self.load(.i64, .u32)
      case .i32Store: Self.store(.i32, .full)
      case .i64Store: Self.store(.i64, .full)
      case .f32Store: Self.store(.f32, .full)
      case .f64Store: Self.store(.f64, .full)
      case .i32Store8: Self.store(.i32, .u8)
      case .i32Store16: Self.store(.i32, .u16)
      case .i64Store8: Self.store(.i64, .u8)
      case .i64Store16: Self.store(.i64, .u16)
      case .i64Store32: Self.store(.i64, .u32)
      case .memorySize: OperatorRow(.memorySize)
      case .memoryGrow: OperatorRow(.memoryGrow)
      case .i32Const: OperatorRow(.integerConstant, .constant, .i32)
      case .i64Const: OperatorRow(.integerConstant, .constant, .i64)
      case .f32Const: OperatorRow(.f32Constant)
      case .f64Const: OperatorRow(.f64Constant)
      case .i32Eqz: OperatorRow(.eqz, .icmp, .i32)
      case .i64Eqz: OperatorRow(.eqz, .icmp, .i64)
      case .i32Eq, .i64Eq: Self.compare(.eq)
      case .i32Ne, .i64Ne: Self.compare(.ne)
      case .i32LtS, .i64LtS: Self.compare(.ltS)
      case .i32LtU, .i64LtU: Self.compare(.ltU)
      case .i32GtS, .i64GtS: Self.compare(.gtS)
      case .i32GtU, .i64GtU: Self.compare(.gtU)
      case .i32LeS, .i64LeS: Self.compare(.leS)
      case .i32LeU, .i64LeU: Self.compare(.leU)
      case .i32GeS, .i64GeS: Self.compare(.geS)
      case .i32GeU, .i64GeU: Self.compare(.geU)
      case .f32Eq, .f64Eq: Self.compareFloats(.eq)
      case .f32Ne, .f64Ne: Self.compareFloats(.ne)
      case .f32Lt, .f64Lt: Self.compareFloats(.ltS)
      case .f32Gt, .f64Gt: Self.compareFloats(.gtS)
      case .f32Le, .f64Le: Self.compareFloats(.leS)
      case .f32Ge, .f64Ge: Self.compareFloats(.geS)
      case .i32Clz: OperatorRow(.unary, .clz, .i32)
      case .i32Ctz: OperatorRow(.unary, .ctz, .i32)
      case .i32Popcnt: OperatorRow(.unary, .popcnt, .i32)
      case .i64Clz: OperatorRow(.unary, .clz, .i64)
      case .i64Ctz: OperatorRow(.unary, .ctz, .i64)
      case .i64Popcnt: OperatorRow(.unary, .popcnt, .i64)
      case .i32Add: OperatorRow(.binary, .add, .i32)
      case .i32Sub: OperatorRow(.binary, .sub, .i32)
      case .i32Mul: OperatorRow(.binary, .mul, .i32)
      case .i32DivS: OperatorRow(.binary, .divS, .i32)
      case .i32DivU: OperatorRow(.binary, .divU, .i32)
      case .i32RemS: OperatorRow(.binary, .remS, .i32)
      case .i32RemU: OperatorRow(.binary, .remU, .i32)
      case .i32And: OperatorRow(.binary, .and, .i32)
      case .i32Or: OperatorRow(.binary, .or, .i32)
      case .i32Xor: OperatorRow(.binary, .xor, .i32)
      case .i32Shl: OperatorRow(.binary, .shl, .i32)
      case .i32ShrS: OperatorRow(.binary, .shrS, .i32)
      case .i32ShrU: OperatorRow(.binary, .shrU, .i32)
      case .i32Rotl: OperatorRow(.binary, .rotl, .i32)
      case .i32Rotr: OperatorRow(.binary, .rotr, .i32)
      case .i64Add: OperatorRow(.binary, .add, .i64)
      case .i64Sub: OperatorRow(.binary, .sub, .i64)
      case .i64Mul: OperatorRow(.binary, .mul, .i64)
      case .i64DivS: OperatorRow(.binary, .divS, .i64)
      case .i64DivU: OperatorRow(.binary, .divU, .i64)
      case .i64RemS: OperatorRow(.binary, .remS, .i64)
      case .i64RemU: OperatorRow(.binary, .remU, .i64)
      case .i64And: OperatorRow(.binary, .and, .i64)
      case .i64Or: OperatorRow(.binary, .or, .i64)
      case .i64Xor: OperatorRow(.binary, .xor, .i64)
      case .i64Shl: OperatorRow(.binary, .shl, .i64)
      case .i64ShrS: OperatorRow(.binary, .shrS, .i64)
      case .i64ShrU: OperatorRow(.binary, .shrU, .i64)
      case .i64Rotl: OperatorRow(.binary, .rotl, .i64)
      case .i64Rotr: OperatorRow(.binary, .rotr, .i64)
      case .f32Abs: OperatorRow(.unary, .fabs, .f32)
      case .f32Neg: OperatorRow(.unary, .fneg, .f32)
      case .f32Ceil: OperatorRow(.unary, .ceil, .f32)
      case .f32Floor: OperatorRow(.unary, .floor, .f32)
      case .f32Trunc: OperatorRow(.unary, .trunc, .f32)
      case .f32Nearest: OperatorRow(.unary, .nearest, .f32)
      case .f32Sqrt: OperatorRow(.unary, .sqrt, .f32)
      case .f64Abs: OperatorRow(.unary, .fabs, .f64)
      case .f64Neg: OperatorRow(.unary, .fneg, .f64)
      case .f64Ceil: OperatorRow(.unary, .ceil, .f64)
      case .f64Floor: OperatorRow(.unary, .floor, .f64)
      case .f64Trunc: OperatorRow(.unary, .trunc, .f64)
      case .f64Nearest: OperatorRow(.unary, .nearest, .f64)
      case .f64Sqrt: OperatorRow(.unary, .sqrt, .f64)
      case .f32Add: OperatorRow(.binary, .fadd, .f32)
      case .f32Sub: OperatorRow(.binary, .fsub, .f32)
      case .f32Mul: OperatorRow(.binary, .fmul, .f32)
      case .f32Div: OperatorRow(.binary, .fdiv, .f32)
      case .f32Min: OperatorRow(.binary, .fmin, .f32)
      case .f32Max: OperatorRow(.binary, .fmax, .f32)
      case .f32Copysign: OperatorRow(.binary, .copysign, .f32)
      case .f64Add: OperatorRow(.binary, .fadd, .f64)
      case .f64Sub: OperatorRow(.binary, .fsub, .f64)
      case .f64Mul: OperatorRow(.binary, .fmul, .f64)
      case .f64Div: OperatorRow(.binary, .fdiv, .f64)
      case .f64Min: OperatorRow(.binary, .fmin, .f64)
      case .f64Max: OperatorRow(.binary, .fmax, .f64)
      case .f64Copysign: OperatorRow(.binary, .copysign, .f64)
      case .i32WrapI64: OperatorRow(.unary, .wrap, .i32)
      case .i32TruncF32S, .i32TruncF64S: OperatorRow(.unary, .truncS, .i32)
      case .i32TruncF32U, .i32TruncF64U: OperatorRow(.unary, .truncU, .i32)
      case .i64ExtendI32S: OperatorRow(.unary, .extendS, .i64)
      case .i64ExtendI32U: OperatorRow(.unary, .extendU, .i64)
      case .i64TruncF32S, .i64TruncF64S: OperatorRow(.unary, .truncS, .i64)
      case .i64TruncF32U, .i64TruncF64U: OperatorRow(.unary, .truncU, .i64)
      case .f32ConvertI32S, .f32ConvertI64S: OperatorRow(.unary, .convertS, .f32)
      case .f32ConvertI32U, .f32ConvertI64U: OperatorRow(.unary, .convertU, .f32)
      case .f32DemoteF64: OperatorRow(.unary, .demote, .f32)
      case .f64ConvertI32S, .f64ConvertI64S: OperatorRow(.unary, .convertS, .f64)
      case .f64ConvertI32U, .f64ConvertI64U: OperatorRow(.unary, .convertU, .f64)
      case .f64PromoteF32: OperatorRow(.unary, .promote, .f64)
      case .i32ReinterpretF32: OperatorRow(.unary, .reinterpret, .i32)
      case .i64ReinterpretF64: OperatorRow(.unary, .reinterpret, .i64)
      case .f32ReinterpretI32: OperatorRow(.unary, .reinterpret, .f32)
      case .f64ReinterpretI64: OperatorRow(.unary, .reinterpret, .f64)
      case .i32Extend8S: OperatorRow(.unary, .extend8S, .i32)
      case .i32Extend16S: OperatorRow(.unary, .extend16S, .i32)
      case .i64Extend8S: OperatorRow(.unary, .extend8S, .i64)
      case .i64Extend16S: OperatorRow(.unary, .extend16S, .i64)
      case .i64Extend32S: OperatorRow(.unary, .extend32S, .i64)
      case .refNull: OperatorRow(.refNull)
      case .refIsNull: OperatorRow(.refIsNull)
      case .refFunc: OperatorRow(.refFunc)
      case .i32TruncSatF32S, .i32TruncSatF64S: OperatorRow(.unary, .truncSatS, .i32)
      case .i32TruncSatF32U, .i32TruncSatF64U: OperatorRow(.unary, .truncSatU, .i32)
      case .i64TruncSatF32S, .i64TruncSatF64S: OperatorRow(.unary, .truncSatS, .i64)
      case .i64TruncSatF32U, .i64TruncSatF64U: OperatorRow(.unary, .truncSatU, .i64)
      case .memoryInit: OperatorRow(.memoryInit)
      case .dataDrop: OperatorRow(.dataDrop)
      case .memoryCopy: OperatorRow(.memoryCopy)
      case .memoryFill: OperatorRow(.memoryFill)
      case .tableInit: OperatorRow(.tableInit)
      case .elemDrop: OperatorRow(.elementDrop)
      case .tableCopy: OperatorRow(.tableCopy)
      case .tableGrow: OperatorRow(.tableGrow)
      case .tableSize: OperatorRow(.tableSize)
      case .tableFill: OperatorRow(.tableFill)
      case .i64Add128: OperatorRow(.wide, .add, .i64)
      case .i64Sub128: OperatorRow(.wide, .sub, .i64)
      case .i64MulWideS: OperatorRow(.multiplyWide, .mulHighS, .i64)
      case .i64MulWideU: OperatorRow(.multiplyWide, .mulHighU, .i64)
      default: OperatorRow(.invalid)
      }
  }
}

extension BodyReader {
  /// Passes over what follows an opcode. `code` is the opcode's first byte, already read.
  mutating func skipImmediates(_ shape: OperatorShape) {
    switch shape {
    case .block, .loop, .if, .tryLegacy: skipBlockType()
    case .tryTable:
      skipBlockType()
      skipCatchClauses()
    case .br, .brIf, .brOnNull, .brOnNonNull, .delegate, .rethrow, .catchLegacy, .throw, .call,
      .callRef, .returnCall, .returnCallRef, .localGet, .localSet, .localTee, .globalGet,
      .globalSet, .tableGet, .tableSet, .memorySize, .memoryGrow, .integerConstant, .refNull,
      .refFunc, .dataDrop, .memoryFill, .elementDrop, .tableGrow, .tableSize, .tableFill:
      skipNumber()
    case .callIndirect, .returnCallIndirect, .memoryInit, .memoryCopy, .tableInit, .tableCopy:
      skipNumber()
      skipNumber()
    case .load, .store, .atomicLoad, .atomicStore, .atomicModify, .atomicExchange,
      .atomicCompareExchange, .atomicWait, .atomicNotify:
      if u32() & 0x40 != 0 { skipNumber() }
      skipNumber()
    case .atomicFence: position += 1
    case .f32Constant: position += 4
    case .f64Constant: position += 8
    case .vectorConstant: position += 16
    case .vectorLane: position += 1
    case .vectorMemory, .vectorMemoryLane:
      skipImmediates(.load)
      if shape == .vectorMemoryLane { position += 1 }
    case .brTable: for _ in 0...u32() { skipNumber() }
    case .selectTyped: for _ in 0..<u32() { skipValueType() }
    case .invalid: preconditionFailure("an opcode that validation does not know")
    default: break
    }
  }

  /// A value type, or what a block's type begins with.
  mutating func skipValueType() {
    if hasHeapType { position &+= 1 }
    skipNumber()
  }

  mutating func skipBlockType() { skipValueType() }

  /// A reference type of two parts comes next.
  var hasHeapType: Bool { bytes[position] == 0x63 || bytes[position] == 0x64 }

  mutating func skipCatchClauses() {
    for _ in 0..<u32() {
      let hasTag = byte() < 2
      if hasTag { skipNumber() }
      skipNumber()
    }
  }

  @inline(never)
  private mutating func prefixed(_ prefix: UInt8) -> Int {
    let number = Int(u32())
    switch prefix {
    case 0xfc: return OperatorRow.miscellaneous + number
    case 0xfd: return OperatorRow.vectors + number
    default: return OperatorRow.atomics + number
    }
  }

  /// Reads an opcode and gives its row's number.
  @inline(__always)
  mutating func opcode() -> Int {
    let first = byte()
    return first < 0xfc ? Int(first) : prefixed(first)
  }
}
