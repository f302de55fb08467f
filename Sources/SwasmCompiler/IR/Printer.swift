import SwasmArtifact

extension IRFunction {
  /// The function as text, which ``init(parsing:)`` reads.
  borrowing func printed() -> String {
    var text = "function \(name) (" + parameters.map(\.name).joined(separator: ", ") + ") -> ("
    text += results.map(\.name).joined(separator: ", ") + ")\n"
    for block in blocks.indices {
      text += header(block)
      for position in blocks[block].range {
        let instruction = instructions[position]
        if instruction.op == .param || instruction.op == .nop { continue }
        text += "  " + printed(Value(position)) + "\n"
      }
    }
    return text
  }

  private borrowing func header(_ index: Int) -> String {
    let block = blocks[index]
    var text = "block\(index)"
    if block.parameters.count > 0 {
      let parameters = block.parameters.range.map { position in
        "v\(pool[position]): \(instructions[Int(pool[position])].type.name)"
      }
      text += "(" + parameters.joined(separator: ", ") + ")"
    }
    text += ":"
    if block.loopDepth > 0 { text += " ; loop depth \(block.loopDepth)" }
    if !block.loopEnd.isNone { text += ", up to block\(block.loopEnd.id - 1)" }
    if block.isCold { text += " ; cold" }
    return text + "\n"
  }

  /// One instruction as text.
  borrowing func printed(_ value: Value) -> String {
    let x = instructions[value.position]
    let isNamed = x.type != .none || x.op.isCall || x.op == .libcall
    var text = isNamed ? "v\(value.id) = " : ""
    text += "\(x.op)"
    if x.type != .none && x.op != .icmp && x.op != .fcmp { text += ".\(x.type.name)" }
    let operands = operands(x)
    return operands.isEmpty ? text : text + " " + operands
  }

  private borrowing func list(_ start: Int32, _ count: Int32) -> String {
    pool[Int(start)..<Int(start + count)].map { "v\($0)" }.joined(separator: ", ")
  }

  private borrowing func target(_ edge: Int32) -> String {
    let edge = edges[Int(edge)]
    let arguments = list(edge.arguments.start, edge.arguments.count)
    return "block\(edge.to.id)" + (arguments.isEmpty ? "" : "(\(arguments))")
  }

  private borrowing func targets(_ x: Instruction) -> String {
    var texts: [String] = []
    for edge in x.c..<(x.c + x.b) { texts.append(target(edge)) }
    return texts.joined(separator: ", ")
  }

  private borrowing func operands(_ x: Instruction) -> String {
    switch x.op {
    case .constant:
      switch x.type {
      case .i32: return "\(x.a)"
      case .i64: return "\(Int64(bitPattern: x.constantBits))"
      default: return "0x" + String(x.constantBits, radix: 16)
      }
    case .vconst, .vunary, .vbinary, .vternary, .vshift, .splat, .extractLane, .replaceLane, .vtest,
      .shuffle, .vload, .loadLane, .storeLane:
      return vectorOperands(x)
    case .icmp, .fcmp: return "\(x.condition) v\(x.a), v\(x.b)"
    case .select: return "v\(x.c), v\(x.a), v\(x.b)"
    case .load: return "mem\(x.memory) \(x.access) v\(x.a) + \(x.offset)"
    case .store: return "mem\(x.memory) \(x.access) v\(x.a) + \(x.offset), v\(x.b)"
    case .memorySize, .memoryLength: return "mem\(x.memory)"
    case .globalGet: return "g\(x.c)"
    case .globalSet: return "g\(x.c), v\(x.a)"
    case .tagAddress: return "tag\(x.c)"
    case .caught: return "\(CaughtField(rawValue: x.c).unsafelyKnown)"
    case .payloadLoad: return "v\(x.a), \(x.c)"
    case .payloadStore: return "v\(x.a), \(x.c), v\(x.b)"
    case .tableGet: return "table\(x.flags), v\(x.a)"
    case .tableSize: return "table\(x.flags)"
    case .refFunc: return "f\(x.c)"
    case .libcall:
      let callee = Libcall(rawValue: UInt8(truncatingIfNeeded: x.flags)).unsafelyKnown
      return "\(callee)(\(list(x.a, x.b)))"
    case .call, .returnCall: return "f\(x.c)(\(list(x.a, x.b)))"
    case .callRef, .returnCallRef: return "type\(x.c)(\(list(x.a, x.b)))"
    case .callIndirect, .returnCallIndirect:
      return "type\(x.c) table\(x.flags)(\(list(x.a, x.b)))"
    case .result: return "v\(x.a), \(x.c)"
    case .jump: return targets(x)
    case .branch, .branchTable, .invoke: return "v\(x.a), " + targets(x)
    case .return: return list(x.a, x.b)
    case .trapIf:
      return "\(TrapKind(rawValue: UInt8(truncatingIfNeeded: x.flags)).unsafelyKnown) v\(x.a)"
    case .trap: return "\(TrapKind(rawValue: UInt8(truncatingIfNeeded: x.flags)).unsafelyKnown)"
    default: break
    }
    switch x.op.uses {
    case .a: return "v\(x.a)"
    case [.a, .b]: return "v\(x.a), v\(x.b)"
    default: return ""
    }
  }
}

extension IRType {
  var name: String { "\(self)" }
}
