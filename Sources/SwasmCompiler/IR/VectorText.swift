// Operands of vector operations as text: printing and, in the parser's terms, reading.

extension IRFunction {
  borrowing func vectorOperands(_ x: Instruction) -> String {
    let address = "v\(x.a) + \(x.offset)"
    switch x.op {
    case .vconst: return bits(x.c)
    case .shuffle: return "v\(x.a), v\(x.b), \(bits(x.c))"
    case .vload: return "\(x.vector) mem\(x.memory) \(address)"
    case .loadLane, .storeLane:
      return "\(8 << x.laneLog2) mem\(x.memory) \(address), v\(x.b), \(x.lane)"
    case .extractLane: return "\(x.vector) v\(x.a), \(x.c)"
    case .replaceLane: return "\(x.vector) v\(x.a), v\(x.b), \(x.c)"
    case .vternary: return "\(x.vector) v\(x.a), v\(x.b), v\(x.c)"
    case .vbinary, .vshift: return "\(x.vector) v\(x.a), v\(x.b)"
    default: return "\(x.vector) v\(x.a)"
    }
  }

  private borrowing func bits(_ index: Int32) -> String {
    let digits = String(vectors[Int(index)], radix: 16)
    return "0x" + String(repeating: "0", count: 32 - digits.count) + digits
  }
}

extension IRParser {
  mutating func vectorFields(
    _ x: inout Instruction, _ position: Int, _ function: inout IRFunction
  ) throws(IRParseError) {
    switch x.op {
    case .vconst: x.c = try vector(&function)
    case .shuffle:
      try use(.a(position))
      try use(.b(position))
      x.c = try vector(&function)
    case .vload:
      x.b = Int32(try vectorOperation(of: x.op).rawValue)
      x.flags = UInt16(try index("mem"))
      try use(.a(position))
      x.c = Int32(truncatingIfNeeded: try number())
    case .loadLane, .storeLane:
      let width = try number()
      let memory = UInt16(try index("mem"))
      try use(.a(position))
      x.c = Int32(truncatingIfNeeded: try number())
      try use(.b(position))
      x.flags = Instruction.laneFlags(
        memory: memory, lane: UInt8(truncatingIfNeeded: try number()),
        laneLog2: UInt8(truncatingIfNeeded: width.trailingZeroBitCount - 3))
    default:
      x.flags = try vectorOperation(of: x.op).rawValue
      let uses = x.op.uses
      try use(.a(position))
      if uses.contains(.b) { try use(.b(position)) }
      if uses.contains(.c) { try use(.c(position)) }
      if x.op == .extractLane || x.op == .replaceLane {
        x.c = Int32(truncatingIfNeeded: try number())
      }
    }
  }

  private mutating func vectorOperation(of op: Operation) throws(IRParseError) -> VectorOperation {
    let word = try word()
    guard let found = VectorOperation.allCases.first(where: { "\($0)" == word }),
      found.operation == op
    else { throw IRParseError(text: "\(word) is no \(op)") }
    return found
  }

  private mutating func vector(_ function: inout IRFunction) throws(IRParseError) -> Int32 {
    let word = try word()
    guard word.hasPrefix("0x"), let bits = UInt128(word.dropFirst(2), radix: 16) else {
      throw IRParseError(text: "expected 128 bits, found \(word)")
    }
    return function.vectorIndex(bits)
  }
}
