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
    switch opcode {
    case .end: return nil
    case .i32Const: return .i32Const(try reader.i32())
    case .i64Const: return .i64Const(try reader.i64())
    case .f32Const: return .f32Const(try reader.fixed32())
    case .f64Const: return .f64Const(try reader.fixed64())
    case .globalGet: return .globalGet(try reader.index())
    case .refNull: return .refNull(try reader.referenceType())
    case .refFunc: return .refFunc(try reader.index())
    case .i32Add: return .i32Add
    case .i32Sub: return .i32Sub
    case .i32Mul: return .i32Mul
    case .i64Add: return .i64Add
    case .i64Sub: return .i64Sub
    case .i64Mul: return .i64Mul
    default: throw DecodeError(.constantExpressionRequired(opcode), at: start)
    }
  }
}
