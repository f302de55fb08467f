extension IRFunction {
  /// Fills `predecessors` of all blocks from the edges, which are in the order of their ids.
  mutating func linkPredecessors() {
    for block in blocks.indices { blocks[block].predecessors = .empty }
    for edge in edges.indices { blocks[edges[edge].to.position].predecessors.count += 1 }
    var next = Int32(truncatingIfNeeded: pool.count)
    for block in blocks.indices {
      blocks[block].predecessors.start = next
      next += blocks[block].predecessors.count
      blocks[block].predecessors.count = 0
    }
    pool.append(contentsOf: repeatElement(-1, count: Int(next) - pool.count))
    for edge in edges.indices {
      let target = edges[edge].to.position
      let run = blocks[target].predecessors
      pool[Int(run.start + run.count)] = Int32(truncatingIfNeeded: edge)
      blocks[target].predecessors.count += 1
    }
  }
}
