import SwasmModule

extension ModuleValidator {
  /// Checks that an expression leaves one value of the type, reading only the first `globals` globals,
  /// and notes the functions that it names.
  mutating func check(
    _ expression: ConstantExpression, leaves type: ValueType, globals: Int
  ) throws(ValidationError) {
    var stack: [ValueType] = []
    for instruction in expression.instructions {
      if let operand = instruction.arithmeticType {
        try popOperand(operand, from: &stack, at: expression.offset)
        try popOperand(operand, from: &stack, at: expression.offset)
        stack.append(operand)
      } else {
        stack.append(try leafType(of: instruction, globals: globals, at: expression.offset))
      }
    }
    guard stack.count == 1 else {
      throw ValidationError(
        stack.isEmpty
          ? .typeMismatch(expected: type, found: nil)
          : .constantExpressionLength(values: stack.count), at: expression.offset)
    }
    try popOperand(type, from: &stack, at: expression.offset)
  }

  private func popOperand(
    _ expected: ValueType, from stack: inout [ValueType], at offset: Int
  ) throws(ValidationError) {
    let found = stack.popLast()
    guard let found, found.matches(expected) else {
      throw ValidationError(.typeMismatch(expected: expected, found: found), at: offset)
    }
  }

  /// The type of an instruction without operands.
  private mutating func leafType(
    of instruction: ConstantInstruction, globals: Int, at offset: Int
  ) throws(ValidationError) -> ValueType {
    switch instruction {
    case .i32Const, .i32Add, .i32Sub, .i32Mul: return .i32
    case .i64Const, .i64Add, .i64Sub, .i64Mul: return .i64
    case .f32Const: return .f32
    case .f64Const: return .f64
    case .v128Const: return .v128
    case .refNull(let type): return try canonical(type, at: offset)
    case .refFunc(let index):
      try declare(index, at: offset)
      let type = canonicalTypes[module.functions[index.position].position]
      return ValueType(index: type.rawValue, isNullable: false)
    case .globalGet(let index):
      try require(index, below: globals, in: .global, at: offset)
      let global = module.globals[index.position]
      guard !global.isMutable else {
        throw ValidationError(.mutableGlobalInConstant(index), at: offset)
      }
      return global.value
    }
  }

  /// A type of the module in terms of the set.
  func canonical(_ type: ValueType, at offset: Int) throws(ValidationError) -> ValueType {
    guard let index = type.definedIndex else { return type }
    guard Int(index) < declaredTypeCount else {
      throw ValidationError(.unknown(.type, index: index), at: offset)
    }
    guard module.functionType(TypeIndex(index)) != nil else {
      throw ValidationError(
        .linking(.typeOfOtherKind(TypeIndex(index), expected: .function)), at: offset)
    }
    return ValueType(index: canonicalTypes[Int(index)].rawValue, isNullable: type.isNullable)
  }

  /// Notes that something outside bodies names a function.
  mutating func declare(_ index: FunctionIndex, at offset: Int) throws(ValidationError) {
    try require(index, below: module.functions.count, in: .function, at: offset)
    isDeclared[index.position] = true
  }
}

extension ConstantInstruction {
  /// The type of both operands and the result of the extended constant instructions.
  fileprivate var arithmeticType: ValueType? {
    switch self {
    case .i32Add, .i32Sub, .i32Mul: .i32
    case .i64Add, .i64Sub, .i64Mul: .i64
    default: nil
    }
  }
}
