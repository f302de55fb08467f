extension IRFunction {
  /// Fills `loop`, `loopEnd` and `loopDepth` of all blocks.
  ///
  /// A loop's header is the target of an edge from itself or below. The loop is the run of blocks from
  /// its header to the last of these edges, extended over the loops that begin in it, so that loops nest.
  mutating func findLoops() {
    for block in blocks.indices {
      blocks[block].loop = .none
      blocks[block].loopEnd = .none
      blocks[block].loopDepth = 0
    }
    var hasLoops = false
    for edge in edges where edge.to <= edge.from {
      hasLoops = true
      if blocks[edge.to.position].loopEnd <= edge.from {
        blocks[edge.to.position].loopEnd = BlockID(edge.from.id + 1)
      }
    }
    guard hasLoops else { return }
    extendLoops()
    assignLoops()
  }

  /// An inner loop that begins in a loop also ends in it.
  private mutating func extendLoops() {
    // Loops below the present block that no other one there contains, the nearest last.
    var outermost: ContiguousArray<BlockID> = []
    for block in blocks.indices.reversed() where !blocks[block].loopEnd.isNone {
      while let inner = outermost.last, inner < blocks[block].loopEnd {
        blocks[block].loopEnd = max(blocks[block].loopEnd, blocks[inner.position].loopEnd)
        outermost.removeLast()
      }
      outermost.append(BlockID(block))
    }
  }

  private mutating func assignLoops() {
    var open: ContiguousArray<BlockID> = []
    for block in blocks.indices {
      while let last = open.last, blocks[last.position].loopEnd.position <= block {
        open.removeLast()
      }
      if !blocks[block].loopEnd.isNone { open.append(BlockID(block)) }
      blocks[block].loop = open.last ?? .none
      blocks[block].loopDepth = UInt16(truncatingIfNeeded: min(open.count, Int(UInt16.max)))
    }
  }
}
