import SwasmModule

/// Evaluates constant expressions. References are ids, as in compiled code.
enum ConstantEvaluator {
  static func evaluate(
    _ expression: ConstantExpression, in instance: InstanceRecord
  ) throws(InstantiationFailure) -> Slot {
    var stack: [Slot] = []
    func binary(_ operation: (UInt64, UInt64) -> UInt64) throws(InstantiationFailure) {
      guard stack.count >= 2 else { throw .malformed("constant expression") }
      let right = stack.removeLast().low
      stack[stack.count - 1] = Slot(low: operation(stack[stack.count - 1].low, right))
    }
    func binary32(_ operation: (UInt32, UInt32) -> UInt32) throws(InstantiationFailure) {
      try binary {
        UInt64(operation(UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $1)))
      }
    }
    for instruction in expression.instructions {
      switch instruction {
      case .i32Const(let value): stack.append(Slot(low: UInt64(UInt32(bitPattern: value))))
      case .i64Const(let value): stack.append(Slot(low: UInt64(bitPattern: value)))
      case .f32Const(let bits): stack.append(Slot(low: UInt64(bits)))
      case .f64Const(let bits): stack.append(Slot(low: bits))
      case .v128Const(let low, let high): stack.append(Slot(low: low, high: high))
      case .refNull: stack.append(Slot(low: 0))
      case .refFunc(let index):
        stack.append(Slot(low: UInt64(try instance.reference(of: index))))
      case .globalGet(let index):
        guard index.position < instance.globals.count else {
          throw .malformed("global \(index) used before it is made")
        }
        stack.append(instance.globals[index.position].value)
      case .i32Add: try binary32(&+)
      case .i32Sub: try binary32(&-)
      case .i32Mul: try binary32(&*)
      case .i64Add: try binary(&+)
      case .i64Sub: try binary(&-)
      case .i64Mul: try binary(&*)
      }
    }
    guard stack.count == 1 else { throw .malformed("constant expression") }
    return stack[0]
  }
}
