extension MachineFunction {
  /// The function as text: blocks, instructions on virtual registers, fixed operands.
  var printed: String {
    var text = ""
    for number in blocks.indices {
      let block = blocks[number]
      let parameters = block.parameters.range.map { pool[$0].name(width: 8) }
      text += "block\(number)(\(parameters.joined(separator: ", "))):"
      text += " ; loop depth \(block.loopDepth)\(block.isCold ? ", cold" : "")\n"
      for i in block.range {
        text += "  \(i): \(instructions[i].description)\(fixedOperands(instructions[i]))\n"
      }
      text += "  \(describe(block.terminator))\n"
    }
    return text
  }

  private func fixedOperands(_ instruction: MachineInstruction) -> String {
    guard instruction.fixed != 0 else { return "" }
    let operands = fixed[instruction.fixedIndex]
    var text = " ;"
    for i in operands.uses.range {
      text += " \(fixedPool[i].physical.name(width: 8))=\(fixedPool[i].register.name(width: 8))"
    }
    for i in operands.definitions.range {
      text += " \(fixedPool[i].register.name(width: 8))=\(fixedPool[i].physical.name(width: 8))"
    }
    return text
  }

  private func describe(_ terminator: Terminator) -> String {
    var text = "\(terminator.kind)"
    if terminator.kind == .branch || terminator.kind == .branchEqualFloat {
      text += " \(terminator.condition)"
    }
    for k in 0..<terminator.count {
      let edge = edges[Int(terminator.edge + k)]
      let arguments = edge.arguments.range.map { pool[$0].name(width: 8) }
      text += " block\(edge.to.id)(\(arguments.joined(separator: ", ")))"
    }
    return text
  }
}

extension AllocatedFunction {
  /// The function after allocation as text.
  var printed: String {
    var text = ""
    for number in blocks.indices {
      text += "block\(number):\n"
      for i in blocks[number].range { text += "  \(instructions[i].description)\n" }
    }
    for number in edges.indices where edges[number].count > 0 {
      text += "edge\(number):\n"
      for i in edges[number].range { text += "  \(instructions[i].description)\n" }
    }
    return text
  }
}
