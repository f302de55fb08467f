extension IRFunction {
  /// Marks the blocks that end in a trap or lead only to such blocks.
  mutating func findColdBlocks() {
    for block in blocks.indices.reversed() {
      let end = instructions[Int(blocks[block].end) - 1]
      switch end.op {
      case .trap: blocks[block].isCold = true
      case .jump, .branch, .branchTable:
        var isCold = true
        for edge in Int(end.c)..<Int(end.c + end.b) {
          let target = edges[edge].to.position
          if target <= block || !blocks[target].isCold { isCold = false }
        }
        blocks[block].isCold = isCold
      default: blocks[block].isCold = false
      }
    }
  }
}
