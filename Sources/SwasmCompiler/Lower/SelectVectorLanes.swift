/// Moves between lanes and scalars or memory, and what a vector is asked for.
extension Selector {
  // MARK: Splats

  mutating func selectSplat(_ i: Instruction) {
    let value = Value(i.a)
    let log2 = i.vector.laneLog2
    let scalar = instruction(resolve(value))
    if scalar.op == .constant {
      let bits = Self.splat(scalar.constantBits, width: 1 << log2)
      return emitConstant(bits)
    }
    // What is loaded without extension can be loaded as a vector.
    if canSplatMemory(log2), let memory = loadOperand(value, width: 1 << log2) {
      return splatMemory(memory, log2)
    }
    if i.vector == .f32x4Splat { return splatLane(register(value), 2) }
    if i.vector == .f64x2Splat { return splatLane(register(value), 3) }
    let source = log2 == 3 ? register(value) : registerLow(value)
    let low = vector()
    emit(
      MachineInstruction(
        .movdToVector, .dr, width: log2 == 3 ? 8 : 4, r0: low, r1: source))
    splatLane(low, log2)
  }

  private mutating func emitConstant(_ bits: UInt128) {
    if bits == 0 || bits == .max {
      return emit(MachineInstruction(bits == 0 ? .zero : .ones, .d, width: 16, r0: definition()))
    }
    emit(MachineInstruction(.movf, .dm, width: 16, r0: definition(), memory: constant(bits)))
  }

  /// Lane 0 of `source` in all lanes.
  private mutating func splatLane(_ source: Register, _ log2: UInt8) {
    switch log2 {
    case 0 where avx2: emitPacked(.vpbroadcastb, definition(), source)
    case 0: emitPacked(.pshufb, definition(), source, materialize(vector: 0))
    case 1 where avx2: emitPacked(.vpbroadcastw, definition(), source)
    case 1:
      let low = packed(.pshuflw, source, immediate: 0)
      emitPacked(.pshufd, definition(), low, immediate: 0)
    case 2: emitPacked(.pshufd, definition(), source, immediate: 0)
    default: emitPacked(.movddup, definition(), source)
    }
  }

  private func canSplatMemory(_ log2: UInt8) -> Bool { log2 == 3 || log2 == 2 ? avx : avx2 }

  /// From memory, with one instruction.
  private mutating func splatMemory(_ memory: MemoryOperand, _ log2: UInt8) {
    let op: MachineOperation =
      switch log2 {
      case 0: .vpbroadcastb
      case 1: .vpbroadcastw
      case 2: .vbroadcastss
      default: .movddup
      }
    emitTraced(
      MachineInstruction(
        op, .dm, width: 16, r0: definition(), memory: memory.adding(twoOperands)))
  }

  // MARK: Lanes

  mutating func selectExtractLane(_ i: Instruction) {
    let source = register(Value(i.a))
    let lane = i.c
    switch i.vector {
    case .i8x16ExtractLaneU: extract(.pextrb, definition(), source, lane)
    case .i16x8ExtractLaneU: extract(.pextrw, definition(), source, lane)
    case .i8x16ExtractLaneS, .i16x8ExtractLaneS:
      let isByte = i.vector == .i8x16ExtractLaneS
      let unsigned = temporary()
      extract(isByte ? .pextrb : .pextrw, unsigned, source, lane)
      emit(
        MachineInstruction(
          .movsx32, .dr, width: isByte ? 1 : 2, r0: definition(), r1: unsigned))
    case .i32x4ExtractLane where lane != 0: extract(.pextrd, definition(), source, lane)
    case .i64x2ExtractLane where lane != 0: extract(.pextrq, definition(), source, lane)
    case .i32x4ExtractLane, .i64x2ExtractLane:
      emit(
        MachineInstruction(
          .movdToGeneral, .dr, width: width(i.type), r0: definition(), r1: source))
    case .f32x4ExtractLane where lane != 0:
      emitPacked(.pshufd, definition(), source, immediate: lane)
    case .f64x2ExtractLane where lane != 0:
      emitPacked(.pshufd, definition(), source, immediate: 0xee)
    default: emit(MachineInstruction(.movf, .dr, width: 16, r0: definition(), r1: source))
    }
  }

  private mutating func extract(
    _ op: MachineOperation, _ result: Register, _ source: Register, _ lane: Int32
  ) {
    emit(
      MachineInstruction(
        op, .dri, width: 16, r0: result, r1: source, address: twoOperands, immediate: lane))
  }

  mutating func selectReplaceLane(_ i: Instruction) {
    let (a, b) = (Value(i.a), Value(i.b))
    let lane = i.c
    switch i.vector {
    case .i8x16ReplaceLane: insert(.pinsrb, a, b, width: 1, lane)
    case .i16x8ReplaceLane: insert(.pinsrw, a, b, width: 2, lane)
    case .i32x4ReplaceLane: insert(.pinsrd, a, b, width: 4, lane)
    case .i64x2ReplaceLane: insert(.pinsrq, a, b, width: 8, lane)
    case .f32x4ReplaceLane: insert(.insertps, a, b, width: 4, lane << 4)
    default: insertDouble(a, b, lane)
    }
  }

  private mutating func insert(
    _ op: MachineOperation, _ a: Value, _ b: Value, width: UInt8, _ immediate: Int32
  ) {
    // Whatever a load makes of what it reads: its low bits are these.
    if let memory = loadOperand(resolveLowLane(b, width: width), width: width) {
      let source = register(a)
      return emitPacked(op, definition(), source, memory: memory, immediate: immediate)
    }
    let lane = width == 8 || op == .insertps ? register(b) : registerLow(b)
    let source = register(a)
    emitPacked(op, definition(), source, lane, immediate: immediate)
  }

  private func resolveLowLane(_ value: Value, width: UInt8) -> Value {
    instruction(value).type == .i32 && width <= 4 ? resolveLow(value) : value
  }

  private mutating func insertDouble(_ a: Value, _ b: Value, _ lane: Int32) {
    if let memory = loadOperand(b, width: 8) {
      let source = register(a)
      return emitPacked(lane == 0 ? .movlps : .movhps, definition(), source, memory: memory)
    }
    let (source, value) = (register(a), register(b))
    if lane == 0 {
      emitPacked(.pblendw, definition(), source, value, immediate: 0x0f)
    } else {
      emitPacked(.punpcklqdq, definition(), source, value)
    }
  }

  // MARK: Memory

  /// Loads, used or not: they trap.
  private mutating func loaded() -> Register {
    registers[current] != 0 ? definition() : temporary(.vector)
  }

  mutating func selectVectorLoad(_ i: Instruction) {
    let memory = address(of: i)
    let op: MachineOperation
    switch i.vector {
    case .v128Load8x8S: op = .pmovsxbw
    case .v128Load8x8U: op = .pmovzxbw
    case .v128Load16x4S: op = .pmovsxwd
    case .v128Load16x4U: op = .pmovzxwd
    case .v128Load32x2S: op = .pmovsxdq
    case .v128Load32x2U: op = .pmovzxdq
    case .v128Load32Zero, .v128Load64Zero:
      return emitTraced(
        MachineInstruction(
          .movf, .dm, width: 1 << i.vector.laneLog2, r0: loaded(), memory: memory))
    default: return selectSplatLoad(memory, i.vector.laneLog2)
    }
    emitTraced(
      MachineInstruction(
        op, .dm, width: 16, r0: loaded(), memory: memory.adding(twoOperands)))
  }

  private mutating func selectSplatLoad(_ memory: MemoryOperand, _ log2: UInt8) {
    if registers[current] == 0 {
      // Only its trap matters.
      emitTraced(
        MachineInstruction(
          log2 < 2 ? .movzx : .mov, .dm, width: 1 << log2, r0: temporary(), memory: memory))
      return
    }
    if log2 == 3 || canSplatMemory(log2) { return splatMemory(memory, log2) }
    let low = vector()
    if log2 == 2 {
      emitTraced(MachineInstruction(.movf, .dm, width: 4, r0: low, memory: memory))
    } else {
      let zero = materialize(vector: 0)
      emitPacked(log2 == 0 ? .pinsrb : .pinsrw, low, zero, memory: memory, immediate: 0)
    }
    splatLane(low, log2)
  }

  mutating func selectLoadLane(_ i: Instruction) {
    let source = register(Value(i.b))
    let memory = address(of: i)
    let op: MachineOperation =
      switch i.laneLog2 {
      case 0: .pinsrb
      case 1: .pinsrw
      case 2: .pinsrd
      default: .pinsrq
      }
    emitPacked(op, loaded(), source, memory: memory, immediate: i.lane)
  }

  mutating func selectStoreLane(_ i: Instruction) {
    let source = register(Value(i.b))
    let memory = address(of: i)
    let op: MachineOperation
    switch (i.laneLog2, i.lane) {
    case (2, 0), (3, 0):
      return emitTraced(
        MachineInstruction(.movf, .mr, width: 1 << i.laneLog2, r0: source, memory: memory))
    case (3, _):
      return emitTraced(MachineInstruction(.movhps, .mr, width: 16, r0: source, memory: memory))
    case (0, _): op = .pextrb
    case (1, _): op = .pextrw
    default: op = .pextrd
    }
    emitTraced(
      MachineInstruction(
        op, .mri, width: 16, r0: source, memory: memory.adding(twoOperands), immediate: i.lane))
  }

  // MARK: Tests

  mutating func selectVectorTest(_ i: Instruction) {
    let a = Value(i.a)
    switch i.vector {
    case .i8x16Bitmask: selectBitmask(.pmovmskb, register(a))
    case .i32x4Bitmask: selectBitmask(.movmskps, register(a))
    case .i64x2Bitmask: selectBitmask(.movmskpd, register(a))
    case .i16x8Bitmask:
      let source = register(a)
      selectBitmask(.pmovmskb, packed(.packsswb, source, materialize(vector: 0)))
    default:
      let zero = temporary()
      emit(MachineInstruction(.zero, .d, width: 4, r0: zero))
      let test = testVector(i)
      emit(
        MachineInstruction(
          .setcc, .t, width: 1, condition: test.condition, r0: definition(), r1: zero))
    }
  }

  private mutating func selectBitmask(_ op: MachineOperation, _ source: Register) {
    emit(
      MachineInstruction(
        op, .dr, width: 16, r0: definition(), r1: source, address: twoOperands))
  }

  /// Sets the flags for any_true and all_true; nil for other tests.
  mutating func vectorCondition(_ i: Instruction) -> FlagTest? {
    switch i.vector {
    case .v128AnyTrue, .i8x16AllTrue, .i16x8AllTrue, .i32x4AllTrue, .i64x2AllTrue: testVector(i)
    default: nil
    }
  }

  /// All lanes are other than zero when none equals it.
  private mutating func testVector(_ i: Instruction) -> FlagTest {
    let both = instruction(Value(i.a))
    if i.vector == .v128AnyTrue, both.op == .vbinary, both.vector == .v128And,
      isFoldable(Value(i.a))
    {
      let (left, right) = (register(Value(both.a)), register(Value(both.b)))
      test(left, right)
      return FlagTest(condition: .notEqual)
    }
    let source = register(Value(i.a))
    let equal: MachineOperation
    switch i.vector {
    case .i8x16AllTrue: equal = .pcmpeqb
    case .i16x8AllTrue: equal = .pcmpeqw
    case .i32x4AllTrue: equal = .pcmpeqd
    case .i64x2AllTrue: equal = .pcmpeqq
    default:
      test(source, source)
      return FlagTest(condition: .notEqual)
    }
    let zeros = packed(equal, source, materialize(vector: 0))
    test(zeros, zeros)
    return FlagTest(condition: .equal)
  }

  /// Sets "zero" when no bit is set in both.
  private mutating func test(_ a: Register, _ b: Register) {
    emit(
      MachineInstruction(.ptest, .rr, width: 16, r0: a, r1: b, address: twoOperands))
  }
}
