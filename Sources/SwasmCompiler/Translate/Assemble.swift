import SwasmModule

/// The finished function: live values only, renumbered; constants in the blocks that use them; a block that
/// only follows its one predecessor is part of it.
extension Translator {
  mutating func assemble(into function: inout IRFunction) {
    markLive()
    replaceTrivialParameters()
    numberBlocks()
    assembly.renamed.refill(-1, count: values.instructions.count)
    assembly.constantBlock.refill(-1, count: values.instructions.count)
    function.vectors = values.vectors
    for block in 0..<graph.blocks.count {
      if block == 0 || assembly.target[block] != assembly.target[block - 1] {
        open(block, in: &function)
      }
      fill(block, in: &function)
    }
    function.linkPredecessors()
    function.findLoops()
    function.findColdBlocks()
    assert(function.verify() == nil, function.verify() ?? "")
  }

  private mutating func numberBlocks() {
    assembly.target.removeAll(keepingCapacity: true)
    var next: Int32 = -1
    for block in 0..<graph.blocks.count {
      if !continues(block) { next += 1 }
      assembly.target.append(next)
    }
  }

  /// Does the block only follow the one above?
  private func continues(_ block: Int) -> Bool {
    guard graph.blocks[block].edgeCount == 1 else { return false }
    let edge = graph.edges[Int(graph.blocks[block].firstEdge)]
    guard Int(edge.from) == block - 1 else { return false }
    return values[graph.blocks[block - 1].end - 1].op == .jump
  }

  private mutating func open(_ block: Int, in function: inout IRFunction) {
    let start = Int32(truncatingIfNeeded: function.instructions.count)
    let id = Int32(truncatingIfNeeded: function.blocks.count)
    let list = Int32(truncatingIfNeeded: function.pool.count)
    var index = graph.blocks[block].firstParameter
    var count: Int32 = 0
    while index >= 0 {
      let parameter = graph.parameters[Int(index)]
      if block == 0 || stays(index) {
        assembly.renamed[Int(parameter.value)] = start + count
        function.pool.append(start + count)
        function.instructions.append(
          Instruction(.param, values[parameter.value].type, a: id, b: count))
        function.sources.append(0)
        count += 1
      }
      index = parameter.next
    }
    function.blocks.append(
      Block(
        start: start, end: start, parameters: PoolRun(start: list, count: count),
        predecessors: .empty, loop: .none, loopEnd: .none, loopDepth: 0, isCold: false))
  }

  /// Is the parameter one of the finished function?
  private func stays(_ parameter: Int32) -> Bool {
    assembly.live[Int(graph.parameters[Int(parameter)].value)]
      && assembly.replacement[Int(parameter)] < 0
  }

  private mutating func fill(_ block: Int, in function: inout IRFunction) {
    let range = Int(graph.blocks[block].start)..<Int(graph.blocks[block].end)
    for position in range where assembly.live[position] {
      var instruction = values.instructions[position]
      if instruction.op == .param || instruction.op.isConstant { continue }
      if instruction.op == .jump && block + 1 < graph.blocks.count
        && assembly.target[block + 1] == assembly.target[block]
      {
        break
      }
      rename(&instruction, in: &function)
      if instruction.op.isTerminator { addEdges(&instruction, in: &function) }
      assembly.renamed[position] = Int32(truncatingIfNeeded: function.instructions.count)
      function.instructions.append(instruction)
      function.sources.append(values.sources[position])
    }
    function.blocks[function.blocks.count - 1].end =
      Int32(truncatingIfNeeded: function.instructions.count)
  }

  private mutating func rename(_ instruction: inout Instruction, in function: inout IRFunction) {
    let uses = instruction.op.uses
    if uses.contains(.run) {
      let start = Int32(truncatingIfNeeded: function.pool.count)
      for index in instruction.a..<(instruction.a + instruction.b) {
        function.pool.append(use(pool[Int(index)], in: &function))
      }
      instruction.a = start
      return
    }
    if uses.contains(.a) { instruction.a = use(instruction.a, in: &function) }
    if uses.contains(.b) { instruction.b = use(instruction.b, in: &function) }
    if uses.contains(.c) { instruction.c = use(instruction.c, in: &function) }
  }

  /// The number of a value where it is used; a constant is added to the block first.
  private mutating func use(_ value: Int32, in function: inout IRFunction) -> Int32 {
    let value = Int(resolved(value))
    let instruction = values.instructions[value]
    let block = Int32(truncatingIfNeeded: function.blocks.count - 1)
    if instruction.op.isConstant && assembly.constantBlock[value] != block {
      assembly.constantBlock[value] = block
      assembly.renamed[value] = Int32(truncatingIfNeeded: function.instructions.count)
      function.instructions.append(instruction)
      function.sources.append(0)
    }
    return assembly.renamed[value]
  }

  private mutating func addEdges(_ terminator: inout Instruction, in function: inout IRFunction) {
    guard terminator.op.hasEdges else { return }
    let first = Int32(truncatingIfNeeded: function.edges.count)
    let from = BlockID(function.blocks.count - 1)
    for index in terminator.c..<(terminator.c + terminator.b) {
      let edge = graph.edges[Int(index)]
      let start = Int32(truncatingIfNeeded: function.pool.count)
      var parameter = graph.blocks[Int(edge.to)].firstParameter
      while parameter >= 0 {
        let record = graph.parameters[Int(parameter)]
        if stays(parameter) {
          function.pool.append(
            use(graph.arguments[Int(record.arguments + edge.slot)], in: &function))
        }
        parameter = record.next
      }
      function.edges.append(
        Edge(
          from: from, to: BlockID(assembly.target[Int(edge.to)]),
          arguments: PoolRun(
            start: start, count: Int32(truncatingIfNeeded: function.pool.count) - start)))
    }
    terminator.c = first
  }
}
