/// How flags tell a comparison's result.
struct FlagTest {
  var condition: ConditionCode
  /// Float equality: also "not parity" (for `equal`), or "parity" (for `notEqual`).
  var parity: Bool = false
}

extension Selector {
  /// Emits the comparison that decides a condition value, folding it into its user where possible.
  mutating func selectCondition(_ condition: Value) -> FlagTest {
    let value = resolveLow(condition)
    let i = instruction(value)
    if isFoldable(value) {
      if i.op == .icmp { return compareIntegers(i) }
      if i.op == .fcmp { return compareFloats(i) }
      if i.op == .and, i.type == .i32 { return testBits(i, .notEqual) }
      if i.op == .vtest, let test = vectorCondition(i) { return test }
    }
    let source = register(value)
    emit(MachineInstruction(.test, .rr, width: 4, r0: source, r1: source))
    return FlagTest(condition: .notEqual)
  }

  mutating func compareIntegers(_ i: Instruction) -> FlagTest {
    let width = width(instruction(Value(i.a)).type)
    var (a, b) = (peel(Value(i.a), width: width), peel(Value(i.b), width: width))
    var condition = i.condition
    if isConstant(a), !isConstant(b) {
      swap(&a, &b)
      condition = condition.swapped
    }
    let code = FlagTest(condition: condition.code)
    if let constant = immediate(b, width: width) {
      if constant == 0, condition == .eq || condition == .ne {
        let inner = instruction(a)
        if inner.op == .vtest, isFoldable(a), let test = vectorCondition(inner) {
          return FlagTest(condition: condition == .ne ? test.condition : test.condition.inverted)
        }
        if inner.op == .and, self.width(inner.type) == width, isFoldable(a) {
          return testBits(inner, condition.code)
        }
      }
      compare(a, constant: constant, width: width, condition)
      return code
    }
    if let memory = loadOperand(b, width: width) {
      let left = register(a)
      emitTraced(MachineInstruction(.cmp, .rm, width: width, r0: left, memory: memory))
      return code
    }
    if let memory = loadOperand(a, width: width) {
      let right = register(b)
      emitTraced(MachineInstruction(.cmp, .mr, width: width, r0: right, memory: memory))
      return code
    }
    let (left, right) = (register(a), register(b))
    emit(MachineInstruction(.cmp, .rr, width: width, r0: left, r1: right))
    return code
  }

  private mutating func compare(
    _ a: Value, constant: Int32, width: UInt8, _ condition: Condition
  ) {
    if let memory = loadOperand(a, width: width) {
      emitTraced(
        MachineInstruction(.cmp, .mi, width: width, memory: memory, immediate: constant))
      return
    }
    // A zero-extended byte compares as a byte when the constant is one and the order is unsigned.
    let load = instruction(a)
    if load.op == .load, load.access == .u8, (0...255).contains(constant), !condition.isSigned,
      let memory = loadOperand(a, width: 1)
    {
      emitTraced(
        MachineInstruction(.cmp, .mi, width: 1, memory: memory, immediate: constant))
      return
    }
    let left = register(a)
    if constant == 0 {
      emit(MachineInstruction(.test, .rr, width: width, r0: left, r1: left))
    } else {
      emit(MachineInstruction(.cmp, .ri, width: width, r0: left, immediate: constant))
    }
  }

  /// a & b compared with zero.
  private mutating func testBits(_ i: Instruction, _ condition: ConditionCode) -> FlagTest {
    let width = width(i.type)
    var (a, b) = (peel(Value(i.a), width: width), peel(Value(i.b), width: width))
    if isConstant(a) { swap(&a, &b) }
    if let constant = immediate(b, width: width) {
      let load = instruction(a)
      if load.op == .load, load.access == .u8, (0...255).contains(constant),
        let memory = loadOperand(a, width: 1)
      {
        emitTraced(
          MachineInstruction(.test, .mi, width: 1, memory: memory, immediate: constant))
      } else if let memory = loadOperand(a, width: width) {
        emitTraced(
          MachineInstruction(.test, .mi, width: width, memory: memory, immediate: constant))
      } else {
        let source = register(a)
        let narrow: UInt8 = (0...127).contains(constant) ? 1 : width
        emit(MachineInstruction(.test, .ri, width: narrow, r0: source, immediate: constant))
      }
    } else {
      let (left, right) = (register(a), register(b))
      emit(MachineInstruction(.test, .rr, width: width, r0: left, r1: right))
    }
    return FlagTest(condition: condition)
  }

  /// ucomis sets carry and zero as an unsigned comparison does, and parity when unordered; "less" is asked as
  /// "greater" the other way round, because "above" is false when unordered.
  mutating func compareFloats(_ i: Instruction) -> FlagTest {
    let width = width(instruction(Value(i.a)).type)
    var (a, b) = (Value(i.a), Value(i.b))
    let test: FlagTest
    switch i.condition {
    case .eq: test = FlagTest(condition: .equal, parity: true)
    case .ne: test = FlagTest(condition: .notEqual, parity: true)
    case .gtS, .gtU: test = FlagTest(condition: .above)
    case .geS, .geU: test = FlagTest(condition: .aboveEqual)
    case .ltS, .ltU:
      swap(&a, &b)
      test = FlagTest(condition: .above)
    case .leS, .leU:
      swap(&a, &b)
      test = FlagTest(condition: .aboveEqual)
    }
    let left = register(a)
    if let memory = floatOperand(b, width: width) {
      emitTraced(MachineInstruction(.ucomi, .rm, width: width, r0: left, memory: memory))
    } else {
      let right = register(b)
      emit(MachineInstruction(.ucomi, .rr, width: width, r0: left, r1: right))
    }
    return test
  }

  mutating func selectIntegerCompare(_ i: Instruction) {
    let zero = emitZero()
    let test = compareIntegers(i)
    setByte(definition(), zero, test.condition)
  }

  mutating func selectFloatCompare(_ i: Instruction) {
    let zero = emitZero()
    let test = compareFloats(i)
    guard test.parity else { return setByte(definition(), zero, test.condition) }
    // The second flag goes through a conditional move.
    let other = temporary()
    emit(loadConstant(test.condition == .equal ? 0 : 1, into: other))
    let first = temporary()
    setByte(first, zero, test.condition)
    var move = MachineInstruction(
      .cmovcc, .tr, width: 4, condition: .parity, r0: definition(), r1: first)
    move.r2 = other
    emit(move)
  }

  private mutating func emitZero() -> Register {
    let zero = temporary()
    emit(MachineInstruction(.zero, .d, width: 4, r0: zero))
    return zero
  }

  private mutating func setByte(
    _ result: Register, _ zero: Register, _ condition: ConditionCode
  ) {
    emit(
      MachineInstruction(
        .setcc, .t, width: 1, condition: condition, r0: result, r1: zero))
  }

  mutating func selectSelect(_ i: Instruction) {
    let (yes, no) = (Value(i.a), Value(i.b))
    // Operands first: putting a constant into a register must not come between comparison and move.
    let isFloat = i.type.isFloat
    let width = width(i.type)
    let whenTrue = isFloat ? register(yes) : operand(yes, width: width)
    let whenFalse = isFloat ? register(no) : operand(no, width: width)
    let test = selectCondition(Value(i.c))
    let result = definition()
    // Not equal or unordered is "not (equal and ordered)": choose the other way round.
    if test.parity, test.condition == .equal {
      let first = temporary(VirtualRegister.Kind(i.type))
      move(isFloat, width, .notEqual, first, from: whenTrue, to: whenFalse)
      move(isFloat, width, .parity, result, from: first, to: whenFalse)
    } else if test.parity {
      let first = temporary(VirtualRegister.Kind(i.type))
      move(isFloat, width, .notEqual, first, from: whenFalse, to: whenTrue)
      move(isFloat, width, .parity, result, from: first, to: whenTrue)
    } else {
      move(isFloat, width, test.condition, result, from: whenFalse, to: whenTrue)
    }
  }

  /// result = condition ? new : old.
  private mutating func move(
    _ isFloat: Bool, _ width: UInt8, _ condition: ConditionCode, _ result: Register,
    from old: Register, to new: Register
  ) {
    var move = MachineInstruction(
      isFloat ? .selectf : .cmovcc, .tr, width: width, condition: condition, r0: result, r1: old)
    move.r2 = new
    emit(move)
  }
}

extension Condition {
  /// The condition with operands exchanged.
  var swapped: Condition {
    switch self {
    case .eq, .ne: self
    case .ltS: .gtS
    case .ltU: .gtU
    case .gtS: .ltS
    case .gtU: .ltU
    case .leS: .geS
    case .leU: .geU
    case .geS: .leS
    case .geU: .leU
    }
  }

  var isSigned: Bool { self == .ltS || self == .gtS || self == .leS || self == .geS }

  /// After `cmp`.
  var code: ConditionCode {
    switch self {
    case .eq: .equal
    case .ne: .notEqual
    case .ltS: .less
    case .ltU: .below
    case .gtS: .greater
    case .gtU: .above
    case .leS: .lessEqual
    case .leU: .belowEqual
    case .geS: .greaterEqual
    case .geU: .aboveEqual
    }
  }
}
