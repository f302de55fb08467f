import SwasmArtifact
import SwasmModule

/// A memory operand of an x86-64 instruction.
struct MemoryOperand {
  var base: Register
  var index: Register = .none
  var flags: AddressFlags = []
  var displacement: Int32

  static func data(_ offset: Int) -> MemoryOperand {
    MemoryOperand(base: .dataBlock, displacement: Int32(truncatingIfNeeded: offset))
  }

  static func stack(_ offset: Int32) -> MemoryOperand {
    MemoryOperand(base: .rsp, displacement: offset)
  }
}

extension MachineInstruction {
  init(
    _ op: MachineOperation, _ form: OperandForm, width: UInt8 = 8, r0: Register = .none,
    r1: Register = .none, memory: MemoryOperand, immediate: Int32 = 0
  ) {
    self.init(
      op, form, width: width, r0: r0, r1: r1, base: memory.base, index: memory.index,
      address: memory.flags, displacement: memory.displacement, immediate: immediate)
  }
}

extension Selector {
  /// The operand of a load or store: the only place that knows how linear memory is reached.
  mutating func address(of access: Instruction) -> MemoryOperand {
    let value = resolve(Value(access.a))
    let source = ir.instructions[value.position]
    let usesGS = plan.usesGS && access.memory == 0
    let segment: AddressFlags = usesGS ? [.gs, .mayTrap] : .mayTrap
    if source.op == .constant {
      let (effective, isHuge) = source.constantBits.addingReportingOverflow(UInt64(access.offset))
      if !isHuge, let displacement = Int32(exactly: effective) {
        let base = usesGS ? Register.none : memoryBase(access.memory)
        return MemoryOperand(base: base, flags: segment, displacement: displacement)
      }
    }
    if usesGS, access.offset == 0, source.op == .add, source.type == .i32, isFoldable(value) {
      var operand = sum(source)
      operand.flags.formUnion([.gs, .mayTrap, .wrap32])
      return operand
    }
    var index = register(value)
    var displacement = Int32(bitPattern: access.offset)
    if displacement < 0 {
      index = addWide(index, access.offset)
      displacement = 0
    }
    if usesGS { return MemoryOperand(base: index, flags: segment, displacement: displacement) }
    return MemoryOperand(
      base: memoryBase(access.memory), index: index, flags: segment, displacement: displacement)
  }

  /// index + offset without wrapping, for offsets that are no displacement.
  private mutating func addWide(_ index: Register, _ offset: UInt32) -> Register {
    let wide = temporary()
    emit(loadConstant(UInt64(offset), into: wide))
    let sum = temporary()
    emit(MachineInstruction(.add, .tr, width: 8, r0: sum, r1: wide, base: index))
    return sum
  }

  /// The operands of an addition as base + index × scale + displacement; correct modulo the addition's width.
  mutating func sum(_ addition: Instruction) -> MemoryOperand {
    var displacement: Int32 = 0
    var left = Value(addition.a)
    var right = Value(addition.b)
    let width: UInt8 = addition.type == .i32 ? 4 : 8
    func peel(_ value: Value) -> Value { width == 4 ? resolveLow(value) : resolve(value) }
    (left, right) = (peel(left), peel(right))
    if let constant = immediate(right, width: width) {
      displacement = constant
      let inner = instruction(left)
      guard inner.op == .add, inner.type == addition.type, isFoldable(left),
        immediate(peel(Value(inner.b)), width: width) == nil
      else {
        return scaled(left, displacement: displacement, width: width)
      }
      (left, right) = (peel(Value(inner.a)), peel(Value(inner.b)))
    } else {
      for swapped in [false, true] {
        let candidate = swapped ? right : left
        let inner = instruction(candidate)
        guard inner.op == .add, inner.type == addition.type, isFoldable(candidate),
          let constant = immediate(peel(Value(inner.b)), width: width)
        else { continue }
        displacement = constant
        if swapped { right = peel(Value(inner.a)) } else { left = peel(Value(inner.a)) }
        break
      }
    }
    if scale(of: left, width: width) != nil { swap(&left, &right) }
    var operand = scaled(right, displacement: displacement, width: width)
    if !operand.base.isNone {
      operand.index = operand.base
      operand.flags = []
    }
    operand.base = register(left)
    return operand
  }

  /// value + displacement, where value may be a shifted one.
  private mutating func scaled(
    _ value: Value, displacement: Int32, width: UInt8
  ) -> MemoryOperand {
    guard let shift = scale(of: value, width: width) else {
      return MemoryOperand(base: register(value), displacement: displacement)
    }
    let inner = Value(instruction(value).a)
    let index = width == 4 ? registerLow(inner) : register(inner)
    return MemoryOperand(
      base: .none, index: index, flags: .scale(shift), displacement: displacement)
  }

  /// 1–3 when the value is a foldable shift left by so much.
  private func scale(of value: Value, width: UInt8) -> UInt8? {
    let shift = instruction(value)
    guard shift.op == .shl, shift.type == (width == 4 ? .i32 : .i64), isFoldable(value),
      let count = immediate(Value(shift.b), width: 4), (1...3).contains(count)
    else { return nil }
    return UInt8(truncatingIfNeeded: count)
  }

  private mutating func memoryBase(_ memory: Int) -> Register {
    if memoryBases[memory].isNone { memoryBases[memory] = code.makeVirtual(.general) }
    return memoryBases[memory]
  }

  mutating func tableBase(_ table: Int) -> Register {
    if tableBases[table].isNone { tableBases[table] = code.makeVirtual(.general) }
    return tableBases[table]
  }

  /// Defines, at entry, the bases that were asked for.
  mutating func defineBases() {
    for i in memoryBases.indices where !memoryBases[i].isNone {
      defineBase(memoryBases[i], at: plan.layout.memory(MemoryIndex(i)))
    }
    for i in tableBases.indices where !tableBases[i].isNone {
      defineBase(tableBases[i], at: plan.layout.table(TableIndex(i)))
    }
  }

  private mutating func defineBase(_ register: Register, at offset: Int) {
    var template = MachineInstruction(.mov, .dm, width: 8, memory: .data(offset))
    code[register].rematerialize = Int32(truncatingIfNeeded: code.templates.count)
    code.templates.append(template)
    template.r0 = register
    emit(template)
  }

  // MARK: Loads and stores

  /// Bytes that a load or store touches.
  func accessWidth(_ instruction: Instruction, type: IRType) -> UInt8 {
    instruction.access.bytes(of: type)
  }

  mutating func selectLoad(_ load: Instruction) {
    let isUsed = registers[current] != 0
    let operand = address(of: load)
    let kind = VirtualRegister.Kind(load.type)
    emitLoad(load, operand, into: isUsed ? definition() : temporary(kind))
  }

  mutating func emitLoad(_ load: Instruction, _ operand: MemoryOperand, into result: Register) {
    let (op, width): (MachineOperation, UInt8)
    switch load.access {
    case .full:
      (op, width) = (load.type.isFloat ? .movf : .mov, accessWidth(load, type: load.type))
    case .u8: (op, width) = (.movzx, 1)
    case .u16: (op, width) = (.movzx, 2)
    case .u32: (op, width) = (.mov, 4)
    case .s8: (op, width) = (load.type == .i64 ? .movsx64 : .movsx32, 1)
    case .s16: (op, width) = (load.type == .i64 ? .movsx64 : .movsx32, 2)
    case .s32: (op, width) = (.movsx64, 4)
    }
    emitTraced(MachineInstruction(op, .dm, width: width, r0: result, memory: operand))
  }

  /// The operand of a foldable load that touches just `width` bytes.
  mutating func loadOperand(_ value: Value, width: UInt8) -> MemoryOperand? {
    let load = instruction(value)
    guard isFoldableLoad(value), accessWidth(load, type: load.type) == width else { return nil }
    folded[value.position] = true
    return address(of: load)
  }

  mutating func selectStore(_ store: Instruction) {
    let value = Value(store.b)
    let type = instruction(value).type
    let width = accessWidth(store, type: type)
    if type.isFloat { return selectFloatStore(store, value, width: width) }
    if selectReadModifyWrite(store, width: width) { return }
    if let constant = immediate(value, width: width) {
      let operand = address(of: store)
      emitTraced(
        MachineInstruction(.mov, .mi, width: width, memory: operand, immediate: constant))
      return
    }
    let source = width <= 4 ? registerLow(value) : register(value)
    let operand = address(of: store)
    emitTraced(MachineInstruction(.mov, .mr, width: width, r0: source, memory: operand))
  }

  private mutating func selectFloatStore(_ store: Instruction, _ value: Value, width: UInt8) {
    let constant = instruction(resolve(value))
    if constant.op == .constant, let bits = immediate(value, width: width) {
      let operand = address(of: store)
      emitTraced(
        MachineInstruction(.mov, .mi, width: width, memory: operand, immediate: bits))
      return
    }
    let source = register(value)
    let operand = address(of: store)
    emitTraced(MachineInstruction(.movf, .mr, width: width, r0: source, memory: operand))
  }

  /// store(p, op(load(p), x)) as one instruction.
  private mutating func selectReadModifyWrite(_ store: Instruction, width: UInt8) -> Bool {
    let value = Value(store.b)
    let modification = instruction(value)
    guard let op = Self.readModifyWrite(modification.op), isFoldable(value) else { return false }
    let loaded = resolveLow(Value(modification.a))
    let load = instruction(loaded)
    guard isFoldableLoad(loaded), load.memory == store.memory, load.offset == store.offset,
      resolve(Value(load.a)) == resolve(Value(store.a)),
      accessWidth(load, type: load.type) == width,
      width == 8 || modification.type == .i32 || width == 4
    else { return false }
    let other = Value(modification.b)
    let constant = immediate(other, width: width == 8 ? 8 : 4)
    let source = constant == nil ? (width == 8 ? register(other) : registerLow(other)) : .none
    folded[loaded.position] = true
    let operand = address(of: store)
    if let constant {
      emitTraced(
        MachineInstruction(op, .mi, width: width, memory: operand, immediate: constant))
    } else {
      emitTraced(MachineInstruction(op, .mr, width: width, r0: source, memory: operand))
    }
    return true
  }

  private static func readModifyWrite(_ op: Operation) -> MachineOperation? {
    switch op {
    case .add: .add
    case .sub: .sub
    case .and: .and
    case .or: .or
    case .xor: .xor
    default: nil
    }
  }
}
