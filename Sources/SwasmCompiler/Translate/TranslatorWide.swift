/// Arithmetic on 128 bits: pairs of i64, the lower half first.
extension Translator {
  mutating func wide(_ operation: Operation) {
    let (bHigh, bLow) = (pop(), pop())
    let (aHigh, aLow) = (pop(), pop())
    func binary(_ operation: Operation, _ a: Int32, _ b: Int32) -> Int32 {
      values.binary(operation, .i64, a, b, source: 0)
    }
    let low = binary(operation, aLow, bLow)
    // The sum is below an operand, or the operand was below the other, when a bit is carried.
    let carries =
      operation == .add ? values.compare(.ltU, low, aLow) : values.compare(.ltU, aLow, bLow)
    let carried = values.unary(.extendU, .i64, carries, source: 0)
    push(low)
    push(binary(operation, binary(operation, aHigh, bHigh), carried))
  }

  mutating func multiplyWide(_ high: Operation) {
    let b = pop()
    let a = pop()
    push(values.binary(.mul, .i64, a, b, source: 0))
    push(values.number(Instruction(high, .i64, a: a, b: b)))
  }
}
