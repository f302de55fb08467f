import SwasmModule

/// A function in SSA form with block parameters.
///
/// Blocks are in wasm order, which is a reverse post-order with contiguous loops; block 0 is the entry. Each
/// block is a run of `instructions`, its last one a terminator. Every block is reachable. Edges carry the arguments for
/// the parameters of their target.
struct IRFunction: ~Copyable {
  var name: FunctionIndex
  var parameters: [IRType]
  var results: [IRType]
  var instructions: ContiguousArray<Instruction> = []
  /// By instruction: byte offset in the module, for instructions that may trap or call; else 0.
  var sources: ContiguousArray<UInt32> = []
  var blocks: ContiguousArray<Block> = []
  var edges: ContiguousArray<Edge> = []
  /// Constants and shuffles of vectors, lane 0 in the low bits.
  var vectors: ContiguousArray<UInt128> = []
  /// Lists of values (and of edge ids: predecessors).
  var pool: ContiguousArray<Int32> = []

  init(name: FunctionIndex, parameters: [IRType], results: [IRType]) {
    self.name = name
    self.parameters = parameters
    self.results = results
  }

  /// Index in `vectors`.
  mutating func vectorIndex(_ bits: UInt128) -> Int32 {
    if let known = vectors.firstIndex(of: bits) { return Int32(truncatingIfNeeded: known) }
    vectors.append(bits)
    return Int32(truncatingIfNeeded: vectors.count - 1)
  }

  /// Empties the function and keeps its storage, for the next one of the same worker.
  mutating func reset(name: FunctionIndex, parameters: [IRType], results: [IRType]) {
    self.name = name
    self.parameters = parameters
    self.results = results
    instructions.removeAll(keepingCapacity: true)
    sources.removeAll(keepingCapacity: true)
    blocks.removeAll(keepingCapacity: true)
    edges.removeAll(keepingCapacity: true)
    vectors.removeAll(keepingCapacity: true)
    pool.removeAll(keepingCapacity: true)
  }
}

/// A run of elements of `IRFunction.pool`.
struct PoolRun: Hashable {
  var start: Int32
  var count: Int32

  static var empty: PoolRun { PoolRun(start: 0, count: 0) }
  var range: Range<Int> { Int(start)..<Int(start + count) }
}

struct Block {
  /// Positions in `instructions`, the terminator last. `nop`s and params may lie inside.
  var start: Int32
  var end: Int32
  /// Values, each with op `param`.
  var parameters: PoolRun
  /// Ids of the edges that lead here.
  var predecessors: PoolRun
  /// Innermost loop that the block is in: its header block; none outside of loops. A header is in its own loop.
  var loop: BlockID
  /// For a loop header: the block after the loop's last.
  var loopEnd: BlockID
  var loopDepth: UInt16
  /// Ends in a trap, or leads only to blocks that do.
  var isCold: Bool

  var range: Range<Int> { Int(start)..<Int(end) }
}

struct Edge {
  var from: BlockID
  var to: BlockID
  /// Values for the target's parameters, in their order.
  var arguments: PoolRun
}
