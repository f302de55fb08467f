extension IRFunction {
  /// Marks the blocks that end in a trap or lead only to such blocks, and those that catch exceptions.
  mutating func findColdBlocks() {
    for block in blocks.indices.reversed() {
      let end = instructions[Int(blocks[block].end) - 1]
      switch end.op {
      case _ where catches(block): blocks[block].isCold = true
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
  }

  private borrowing func catches(_ block: Int) -> Bool {
    let first = blocks[block].range.first { instructions[$0].op != .param }
    return first.map { instructions[$0].op == .caught } ?? false
  }
}
