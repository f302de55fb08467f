/// Removes what nothing with an effect depends on.
///
/// - Does: turns unused instructions into `nop`s and takes unused parameters, those used by each other only
///   included, from their blocks and from the edges that lead there.
/// - Requires: a function that verifies.
/// - Keeps: the numbers of values, blocks and edges; the entry's parameters.
struct DeadCode {
  private var live: ContiguousArray<Bool> = []
  private var worklist: ContiguousArray<Int32> = []

  mutating func remove(from function: inout IRFunction) {
    mark(function)
    for block in function.blocks.indices.dropFirst() { removeParameters(of: block, in: &function) }
    for position in function.instructions.indices where !live[position] {
      function.instructions[position] = Instruction(.nop)
      function.sources[position] = 0
    }
  }

  private mutating func mark(_ function: borrowing IRFunction) {
    live.refill(false, count: function.instructions.count)
    worklist.removeAll(keepingCapacity: true)
    for position in function.instructions.indices where function.instructions[position].op.isPinned {
      add(Int32(truncatingIfNeeded: position))
    }
    for position in function.blocks[0].parameters.range { add(function.pool[position]) }
    while let value = worklist.popLast() {
      let x = function.instructions[Int(value)]
      let uses = x.op.uses
      if uses.contains(.a) { add(x.a) }
      if uses.contains(.b) { add(x.b) }
      if uses.contains(.c) { add(x.c) }
      if uses.contains(.run) {
        for position in x.a..<(x.a + x.b) { add(function.pool[Int(position)]) }
      }
      if x.op == .param { addArguments(Int(x.a), Int(x.b), function) }
    }
  }

  private mutating func add(_ value: Int32) {
    if live[Int(value)] { return }
    live[Int(value)] = true
    worklist.append(value)
  }

  private mutating func addArguments(
    _ block: Int, _ number: Int, _ function: borrowing IRFunction
  ) {
    for position in function.blocks[block].predecessors.range {
      let edge = function.edges[Int(function.pool[position])]
      add(function.pool[Int(edge.arguments.start) + number])
    }
  }

  private func removeParameters(of block: Int, in function: inout IRFunction) {
    let parameters = function.blocks[block].parameters
    guard parameters.range.contains(where: { !live[Int(function.pool[$0])] }) else { return }
    for position in function.blocks[block].predecessors.range {
      let edge = Int(function.pool[position])
      let arguments = function.edges[edge].arguments
      var kept: Int32 = 0
      for number in 0..<parameters.count
      where live[Int(function.pool[Int(parameters.start + number)])] {
        function.pool[Int(arguments.start + kept)] =
          function.pool[Int(arguments.start + number)]
        kept += 1
      }
      function.edges[edge].arguments.count = kept
    }
    var kept: Int32 = 0
    for number in 0..<parameters.count {
      let value = function.pool[Int(parameters.start + number)]
      guard live[Int(value)] else { continue }
      function.pool[Int(parameters.start + kept)] = value
      function.instructions[Int(value)].b = kept
      kept += 1
    }
    function.blocks[block].parameters.count = kept
  }
}
