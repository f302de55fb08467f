extension IRFunction {
  /// Marks the blocks that end in a trap or lead only to such blocks, those that catch exceptions, and those that only
  /// cold ones lead to. A loop is worth its while wherever it is.
  mutating func findColdBlocks() {
    for block in blocks.indices.reversed() {
      let end = instructions[Int(blocks[block].end) - 1]
      switch end.op {
      case _ where catches(block) || isHintedAway(block): blocks[block].isCold = true
      case .trap: blocks[block].isCold = true
      case .jump, .branch, .branchTable, .invoke:
        var isCold = true
        for edge in Int(end.c)..<Int(end.c + end.b) {
          let target = edges[edge].to.position
          if target <= block || !blocks[target].isCold { isCold = false }
          // Where a call throws to says nothing.
          if end.op == .invoke { break }
        }
        blocks[block].isCold = isCold
      default: blocks[block].isCold = false
      }
    }
    for block in blocks.indices.dropFirst()
    where !blocks[block].isCold && blocks[block].loopEnd.isNone {
      blocks[block].isCold = blocks[block].predecessors.range.allSatisfy {
        blocks[edges[Int(pool[$0])].from.position].isCold
      }
    }
  }

  /// The only way to the block is one that its module calls unlikely.
  private borrowing func isHintedAway(_ block: Int) -> Bool {
    let predecessors = blocks[block].predecessors
    guard predecessors.count == 1 else { return false }
    let number = Int(pool[Int(predecessors.start)])
    let end = instructions[Int(blocks[edges[number].from.position].end) - 1]
    return end.op == .branch && end.flags != 0 && Int(end.c) + Int(end.flags) - 1 == number
  }

  private borrowing func catches(_ block: Int) -> Bool {
    let first = blocks[block].range.first { instructions[$0].op != .param }
    return first.map { instructions[$0].op == .caught } ?? false
  }
}
