extension Instruction {
  /// The verifier's rule for vector operations.
  func hasVectorTypes(in function: borrowing IRFunction) -> Bool {
    func type(_ operand: Int32) -> IRType { function.instructions[Int(operand)].type }
    func isVector(_ operand: Int32) -> Bool { type(operand) == .v128 }
    let isConstant = function.vectors.indices.contains(Int(c))
    switch op {
    case .vconst: return self.type == .v128 && isConstant
    case .shuffle: return self.type == .v128 && isVector(a) && isVector(b) && isConstant
    case .loadLane:
      return self.type == .v128 && type(a).isInteger && isVector(b) && isLane(lane, laneLog2)
    case .storeLane:
      return self.type == .none && type(a).isInteger && isVector(b) && isLane(lane, laneLog2)
    default: break
    }
    guard
      let known = VectorOperation(rawValue: op == .vload ? UInt16(truncatingIfNeeded: b) : flags),
      known.operation == op
    else { return false }
    switch op {
    case .vload: return self.type == .v128 && type(a).isInteger
    case .vunary: return self.type == .v128 && isVector(a)
    case .vbinary: return self.type == .v128 && isVector(a) && isVector(b)
    case .vternary: return self.type == .v128 && isVector(a) && isVector(b) && isVector(c)
    case .vshift: return self.type == .v128 && isVector(a) && type(b) == .i32
    case .splat: return self.type == .v128 && type(a) == known.laneType
    case .extractLane:
      return self.type == known.laneType && isVector(a) && isLane(c, known.laneLog2)
    case .replaceLane:
      return self.type == .v128 && isVector(a) && type(b) == known.laneType
        && isLane(c, known.laneLog2)
    case .vtest: return self.type == .i32 && isVector(a)
    default: return false
    }
  }

  private func isLane(_ lane: Int32, _ laneLog2: UInt8) -> Bool {
    laneLog2 < 4 && (0..<Int32(16) >> Int32(laneLog2)).contains(lane)
  }
}
