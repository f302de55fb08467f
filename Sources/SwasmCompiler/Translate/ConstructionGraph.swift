/// Edges linked through `next`, before they have a target.
struct EdgeList {
  var first: Int32 = -1
  var last: Int32 = -1
  var count: Int32 = 0
}

/// Blocks, edges and block parameters while a function is translated, before the result is put together.
struct ConstructionGraph {
  struct Block {
    /// In the builder's instructions.
    var start: Int32
    var end: Int32
    /// Edges that lead here are linked through `next`, in the order in which they were made.
    var firstEdge: Int32
    var lastEdge: Int32
    var edgeCount: Int32
    /// Parameters that belong to the block, linked through `next`.
    var firstParameter: Int32
    var lastParameter: Int32
    var isLoop: Bool
  }

  struct Edge {
    var from: Int32
    var to: Int32
    /// State of the translation at the branch: locals' clock, scope, instruction.
    var time: Int32
    var scope: Int32
    var point: Int32
    /// In `operands`: the values that the branch carries.
    var operands: Int32
    var next: Int32
    /// Position among the edges of its target.
    var slot: Int32
  }

  struct Parameter {
    var value: Int32
    var block: Int32
    /// The local whose value it is, or −1.
    var local: Int32
    /// Of a loop's local: its write at the header. Else the number of the operand that it receives.
    var origin: Int32
    /// In `arguments`: one value for each edge of the block. −1: not determined yet.
    var arguments: Int32
    var next: Int32
  }

  var blocks: ContiguousArray<Block> = []
  var edges: ContiguousArray<Edge> = []
  var parameters: ContiguousArray<Parameter> = []
  var operands: ContiguousArray<Int32> = []
  var arguments: ContiguousArray<Int32> = []

  mutating func reset() {
    blocks.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
    parameters.removeAll(keepingCapacity: true)
    operands.removeAll(keepingCapacity: true)
    arguments.removeAll(keepingCapacity: true)
  }

  mutating func openBlock(at point: Int) -> Int32 {
    blocks.append(
      Block(
        start: Int32(truncatingIfNeeded: point), end: -1, firstEdge: -1, lastEdge: -1, edgeCount: 0,
        firstParameter: -1, lastParameter: -1, isLoop: false))
    return Int32(truncatingIfNeeded: blocks.count - 1)
  }

  /// Makes `edge` the last one of its target.
  mutating func link(_ edge: Int32, to block: Int32) {
    let last = blocks[Int(block)].lastEdge
    if last < 0 {
      blocks[Int(block)].firstEdge = edge
    } else {
      edges[Int(last)].next = edge
    }
    edges[Int(edge)].to = block
    edges[Int(edge)].slot = blocks[Int(block)].edgeCount
    blocks[Int(block)].lastEdge = edge
    blocks[Int(block)].edgeCount += 1
  }

  /// Adds a parameter to a block; the caller has made its value.
  mutating func add(_ parameter: Parameter) {
    let index = Int32(truncatingIfNeeded: parameters.count)
    let block = Int(parameter.block)
    let last = blocks[block].lastParameter
    if last < 0 {
      blocks[block].firstParameter = index
    } else {
      parameters[Int(last)].next = index
    }
    blocks[block].lastParameter = index
    parameters.append(parameter)
  }

  /// Room for one argument per edge of a block.
  mutating func reserveArguments(_ count: Int32) -> Int32 {
    let base = Int32(truncatingIfNeeded: arguments.count)
    for _ in 0..<count { arguments.append(-1) }
    return base
  }

  mutating func append(_ edge: Int32, to list: inout EdgeList) {
    append(EdgeList(first: edge, last: edge, count: 1), to: &list)
  }

  mutating func append(_ edges: EdgeList, to list: inout EdgeList) {
    if list.count == 0 {
      list = edges
    } else if edges.count > 0 {
      self.edges[Int(list.last)].next = edges.first
      list.last = edges.last
      list.count += edges.count
    }
  }
}
