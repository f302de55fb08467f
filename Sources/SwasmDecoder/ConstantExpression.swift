import SwasmModule

extension ModuleDecoder {
  /// An initializer or offset, up to and including its `end`.
  mutating func decodeConstantExpression() throws(DecodeError) -> ConstantExpression {
    let start = reader.position
    var instructions: [ConstantInstruction] = []
    while let instruction = try decodeConstantInstruction() {
      instructions.append(instruction)
      guard instructions.count <= ImplementationLimits.constantInstructions else {
        throw DecodeError(
          .limitExceeded(
            "instructions in a constant expression", count: instructions.count,
            most: ImplementationLimits.constantInstructions), at: start)
      }
    }
    return ConstantExpression(instructions, offset: start)
  }

  /// `nil` for the `end`.
  private mutating func decodeConstantInstruction()
    throws(DecodeError) -> ConstantInstruction?
  {
    let start = reader.position
    guard !reader.isAtEnd else { throw DecodeError(.fault(.endExpected), at: start) }
    guard let opcode = try reader.opcode() else { return nil }
    if opcode != .refFunc, opcode != .refNull {
      try reader.require(opcode.feature, for: opcode.name, at: start)
    }
    switch opcode {
    case .end: return nil
    case .i32Const: return .i32Const(try reader.i32())
    case .i64Const: return .i64Const(try reader.i64())
    case .f32Const: return .f32Const(try reader.fixed32())
    case .f64Const: return .f64Const(try reader.fixed64())
    case .globalGet: return .globalGet(try reader.index())
    case .refNull: return .refNull(try reader.heapType())
    case .v128Const: return .v128Const(try reader.fixed64(), try reader.fixed64())
    case .refFunc: return .refFunc(try reader.index())
    case .i32Add: return try extended(.i32Add, at: start)
    case .i32Sub: return try extended(.i32Sub, at: start)
    case .i32Mul: return try extended(.i32Mul, at: start)
    case .i64Add: return try extended(.i64Add, at: start)
    case .i64Sub: return try extended(.i64Sub, at: start)
    case .i64Mul: return try extended(.i64Mul, at: start)
    default: throw DecodeError(.constantExpressionRequired(opcode), at: start)
    }
  }

  private mutating func extended(
    _ instruction: ConstantInstruction, at start: Int
  ) throws(DecodeError) -> ConstantInstruction {
    try reader.require(.extendedConstants, for: "\(instruction)", at: start)
    return instruction
  }
}
