/// What follows an opcode in the binary format.
public enum ImmediateKind: Sendable {
  case none
  case blockType, label, branchTable
  /// A block type and catch clauses.
  case tryTable
  case tag
  case function, callIndirect
  /// A function type.
  case type
  case valueTypes, heapType
  case local, global, table, element, data
  /// A memory argument: alignment and offset.
  case memory
  /// A memory argument whose alignment has to be the natural one.
  case atomicMemory
  /// A memory argument and a lane.
  case memoryLane
  case memoryIndex, memoryInit, memoryCopy
  case tableInit, tableCopy
  case i32, i64, f32, f64
  /// 16 bytes.
  case v128
  case lane
  /// 16 lanes.
  case shuffle
  /// A byte that is 0.
  case fence
}

extension Opcode {
  /// What follows the opcode.
  public var immediate: ImmediateKind {
    switch self {
    case .block, .loop, .`if`, .tryLegacy:
      .blockType
    case .br, .brIf, .rethrow, .delegate, .brOnNull, .brOnNonNull:
      .label
    case .brTable:
      .branchTable
    case .call, .refFunc, .returnCall:
      .function
    case .callIndirect, .returnCallIndirect:
      .callIndirect
    case .selectTyped:
      .valueTypes
    case .localGet, .localSet, .localTee:
      .local
    case .globalGet, .globalSet:
      .global
    case .tableGet, .tableSet, .tableGrow, .tableSize, .tableFill:
      .table
    case .i32Load, .i64Load, .f32Load, .f64Load, .i32Load8S, .i32Load8U, .i32Load16S,
      .i32Load16U, .i64Load8S, .i64Load8U, .i64Load16S, .i64Load16U, .i64Load32S,
      .i64Load32U, .i32Store, .i64Store, .f32Store, .f64Store, .i32Store8, .i32Store16,
      .i64Store8, .i64Store16, .i64Store32:
      .memory
    case .memorySize, .memoryGrow, .memoryFill:
      .memoryIndex
    case .i32Const:
      .i32
    case .i64Const:
      .i64
    case .f32Const:
      .f32
    case .f64Const:
      .f64
    case .refNull:
      .heapType
    case .memoryInit:
      .memoryInit
    case .dataDrop:
      .data
    case .memoryCopy:
      .memoryCopy
    case .tableInit:
      .tableInit
    case .elemDrop:
      .element
    case .tableCopy:
      .tableCopy
    case .tryTable: .tryTable
    case .catchLegacy, .`throw`: .tag
    case .callRef, .returnCallRef: .type
    case .v128Const:
      .v128
    case .i8x16Shuffle:
      .shuffle
    case .i8x16ExtractLaneS, .i8x16ExtractLaneU, .i8x16ReplaceLane, .i16x8ExtractLaneS,
      .i16x8ExtractLaneU, .i16x8ReplaceLane, .i32x4ExtractLane, .i32x4ReplaceLane,
      .i64x2ExtractLane, .i64x2ReplaceLane, .f32x4ExtractLane, .f32x4ReplaceLane,
      .f64x2ExtractLane, .f64x2ReplaceLane:
      .lane
    case .v128Load8Lane, .v128Load16Lane, .v128Load32Lane, .v128Load64Lane, .v128Store8Lane,
      .v128Store16Lane, .v128Store32Lane, .v128Store64Lane:
      .memoryLane
    case .memoryAtomicNotify, .memoryAtomicWait32, .memoryAtomicWait64, .i32AtomicLoad,
      .i64AtomicLoad, .i32AtomicLoad8U, .i32AtomicLoad16U, .i64AtomicLoad8U, .i64AtomicLoad16U,
      .i64AtomicLoad32U, .i32AtomicStore, .i64AtomicStore, .i32AtomicStore8, .i32AtomicStore16,
      .i64AtomicStore8, .i64AtomicStore16, .i64AtomicStore32, .i32AtomicRmwAdd, .i64AtomicRmwAdd,
      .i32AtomicRmw8AddU, .i32AtomicRmw16AddU, .i64AtomicRmw8AddU, .i64AtomicRmw16AddU,
      .i64AtomicRmw32AddU, .i32AtomicRmwSub, .i64AtomicRmwSub, .i32AtomicRmw8SubU,
      .i32AtomicRmw16SubU, .i64AtomicRmw8SubU, .i64AtomicRmw16SubU, .i64AtomicRmw32SubU,
      .i32AtomicRmwAnd, .i64AtomicRmwAnd, .i32AtomicRmw8AndU, .i32AtomicRmw16AndU,
      .i64AtomicRmw8AndU, .i64AtomicRmw16AndU, .i64AtomicRmw32AndU, .i32AtomicRmwOr,
      .i64AtomicRmwOr, .i32AtomicRmw8OrU, .i32AtomicRmw16OrU, .i64AtomicRmw8OrU,
      .i64AtomicRmw16OrU, .i64AtomicRmw32OrU, .i32AtomicRmwXor, .i64AtomicRmwXor,
      .i32AtomicRmw8XorU, .i32AtomicRmw16XorU, .i64AtomicRmw8XorU, .i64AtomicRmw16XorU,
      .i64AtomicRmw32XorU, .i32AtomicRmwXchg, .i64AtomicRmwXchg, .i32AtomicRmw8XchgU,
      .i32AtomicRmw16XchgU, .i64AtomicRmw8XchgU, .i64AtomicRmw16XchgU, .i64AtomicRmw32XchgU,
      .i32AtomicRmwCmpxchg, .i64AtomicRmwCmpxchg, .i32AtomicRmw8CmpxchgU, .i32AtomicRmw16CmpxchgU,
      .i64AtomicRmw8CmpxchgU, .i64AtomicRmw16CmpxchgU, .i64AtomicRmw32CmpxchgU:
      .atomicMemory
    case .atomicFence:
      .fence
    case .v128Load, .v128Load8x8S, .v128Load8x8U, .v128Load16x4S, .v128Load16x4U, .v128Load32x2S,
      .v128Load32x2U, .v128Load8Splat, .v128Load16Splat, .v128Load32Splat, .v128Load64Splat,
      .v128Store, .v128Load32Zero, .v128Load64Zero:
      .memory
    default: .none
    }
  }
}
