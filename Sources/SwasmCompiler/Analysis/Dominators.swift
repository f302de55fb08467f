/// Immediate dominators (Cooper, Harvey and Kennedy), and their tree numbered so that a question takes constant time.
struct Dominators {
  /// By block; the entry is its own.
  private(set) var immediate: ContiguousArray<BlockID>
  private var enter: ContiguousArray<Int32>
  private var leave: ContiguousArray<Int32>

  /// - Requires: the blocks are in reverse post-order and `predecessors` is filled.
  init(of function: borrowing IRFunction) {
    let count = function.blocks.count
    immediate = ContiguousArray(repeating: .none, count: count)
    enter = ContiguousArray(repeating: 0, count: count)
    leave = ContiguousArray(repeating: 0, count: count)
    immediate[0] = BlockID(0)
    var changed = true
    while changed {
      changed = false
      for block in 1..<max(1, count) {
        var new = BlockID.none
        for position in function.blocks[block].predecessors.range {
          let from = function.edges[Int(function.pool[position])].from
          if immediate[from.position].isNone { continue }
          new = new.isNone ? from : common(new, from)
        }
        if immediate[block] != new {
          immediate[block] = new
          changed = true
        }
      }
    }
    numberTree()
  }

  private func common(_ a: BlockID, _ b: BlockID) -> BlockID {
    var (a, b) = (a, b)
    while a != b {
      if a > b { a = immediate[a.position] } else { b = immediate[b.position] }
    }
    return a
  }

  /// Children come after their parents, so subtree sizes add up from the end.
  private mutating func numberTree() {
    let count = immediate.count
    var sizes = ContiguousArray<Int32>(repeating: 1, count: count)
    for block in stride(from: count - 1, to: 0, by: -1) where !immediate[block].isNone {
      sizes[immediate[block].position] += sizes[block]
    }
    var next = ContiguousArray<Int32>(repeating: 1, count: count)
    leave[0] = sizes[0]
    for block in 1..<max(1, count) where !immediate[block].isNone {
      let parent = immediate[block].position
      enter[block] = enter[parent] + next[parent]
      next[parent] += sizes[block]
      leave[block] = enter[block] + sizes[block]
    }
  }

  func dominates(_ a: BlockID, _ b: BlockID) -> Bool {
    enter[a.position] <= enter[b.position] && enter[b.position] < leave[a.position]
  }
}
