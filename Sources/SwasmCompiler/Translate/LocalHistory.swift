/// The values of the locals at every moment of the translation, read on demand.
///
/// Each local has the list of its writes in the order of time. A read finds the last write and asks the
/// scope tree whether it dominates the place of the read. If it lies in the gap of a merge, the local has been
/// assigned inside a construct that has ended: then the values at the branches that lead to the merge
/// are looked up, a parameter is made when they differ, and the outcome is written down at the merge's time. Nothing is
/// done for locals that nobody reads. (Braun et al., Simple and Efficient Construction of SSA Form.)
struct LocalHistory {
  struct Write {
    var value: Int32
    var time: Int32
    var previous: Int32
    var next: Int32
  }

  /// A merge whose value for the local is being determined.
  private struct Pending {
    var scope: Int32
    var edge: Int32
    var argument: Int32
    /// The last write before the merge that was known when it was met.
    var gap: Int32
  }

  private var writes: ContiguousArray<Write> = []
  /// By local: its last write.
  private var heads: ContiguousArray<Int32> = []
  /// By local: the write that the first branch to some merge saw. The labels of a `br_table` have their first branch
  /// in common, far from their merges.
  private var anchors: ContiguousArray<Int32> = []
  private var pending: ContiguousArray<Pending> = []
  private(set) var clock: Int32 = 0
  /// The last time that a branch or scope refers to: writes up to then must stay.
  private var lastSnapshot: Int32 = 0

  mutating func reset() {
    writes.removeAll(keepingCapacity: true)
    heads.removeAll(keepingCapacity: true)
    anchors.removeAll(keepingCapacity: true)
    pending.removeAll(keepingCapacity: true)
    clock = 0
    lastSnapshot = 0
  }

  /// Adds a local with its value at the entry.
  mutating func declare(_ value: Int32) {
    let write = Int32(truncatingIfNeeded: writes.count)
    heads.append(write)
    anchors.append(write)
    writes.append(Write(value: value, time: 0, previous: -1, next: -1))
  }

  /// The type of a local's values.
  func type(_ local: Int32, _ values: borrowing ValueBuilder) -> IRType {
    values[writes[Int(heads[Int(local)])].value].type
  }

  /// The present moment, for a branch or the start of a construct.
  mutating func snapshot() -> Int32 {
    lastSnapshot = clock
    return clock
  }

  /// Begins a new scope's time.
  mutating func tick() -> Int32 {
    clock &+= 1
    lastSnapshot = clock
    return clock
  }

  /// Gives the local a new value; returns the number of the write.
  @discardableResult
  mutating func write(_ local: Int32, _ value: Int32) -> Int32 {
    let head = heads[Int(local)]
    if writes[Int(head)].time > lastSnapshot {
      writes[Int(head)].value = value
      return head
    }
    clock &+= 1
    let new = Int32(truncatingIfNeeded: writes.count)
    writes[Int(head)].next = new
    writes.append(Write(value: value, time: clock, previous: head, next: -1))
    heads[Int(local)] = new
    return new
  }

  @inline(__always)
  mutating func read(
    _ local: Int32, _ values: inout ValueBuilder, _ graph: inout ConstructionGraph
  ) -> Int32 {
    let head = heads[Int(local)]
    let write = writes[Int(head)]
    if write.time >= values.scopes.currentStart { return write.value }
    return lookUp(
      local, at: clock, in: values.scopes.current, from: head, &values, &graph)
  }

  /// The arguments of a loop's parameter, one for each edge of the header, from `base` on.
  mutating func resolve(
    _ parameter: ConstructionGraph.Parameter, into base: Int32, _ values: inout ValueBuilder,
    _ graph: inout ConstructionGraph
  ) {
    var edge = graph.blocks[Int(parameter.block)].firstEdge
    var argument = Int(base)
    var cursor = parameter.origin
    while edge >= 0 {
      let state = graph.edges[Int(edge)]
      cursor = nearest(cursor, heads[Int(parameter.local)], state.time)
      cursor = settle(nearest(cursor, anchors[Int(parameter.local)], state.time), state.time)
      let value = lookUp(
        parameter.local, at: state.time, in: state.scope, from: cursor, &values, &graph)
      graph.arguments[argument] = value
      anchors[Int(parameter.local)] = cursor
      argument += 1
      edge = state.next
    }
  }

  /// The one of two writes of a local that is nearer to `time`.
  private func nearest(_ a: Int32, _ b: Int32, _ time: Int32) -> Int32 {
    abs(writes[Int(a)].time - time) <= abs(writes[Int(b)].time - time) ? a : b
  }

  /// The last write of the cursor's local up to `time`.
  private func settle(_ cursor: Int32, _ time: Int32) -> Int32 {
    var cursor = cursor
    while writes[Int(cursor)].time > time { cursor = writes[Int(cursor)].previous }
    while true {
      let next = writes[Int(cursor)].next
      if next < 0 || writes[Int(next)].time > time { return cursor }
      cursor = next
    }
  }

  /// The value of a local at some moment in some scope. `from` is any write of the local, best one nearby.
  private mutating func lookUp(
    _ local: Int32, at time: Int32, in scope: Int32, from cursor: Int32,
    _ values: inout ValueBuilder, _ graph: inout ConstructionGraph
  ) -> Int32 {
    let base = pending.count
    var (time, scope, cursor) = (time, scope, cursor)
    while true {
      let merge = find(&cursor, time, scope, values.scopes)
      if merge >= 0 {
        let block = values.scopes.scopes[Int(merge)].block
        let argument = graph.reserveArguments(graph.blocks[Int(block)].edgeCount)
        let edge = graph.blocks[Int(block)].firstEdge
        pending.append(Pending(scope: merge, edge: edge, argument: argument, gap: cursor))
        (time, scope) = (graph.edges[Int(edge)].time, graph.edges[Int(edge)].scope)
        cursor = settle(nearest(cursor, anchors[Int(local)], time), time)
        anchors[Int(local)] = cursor
        continue
      }
      var value = writes[Int(cursor)].value
      while true {
        guard pending.count > base else { return value }
        let top = pending.count - 1
        let edge = graph.edges[Int(pending[top].edge)]
        graph.arguments[Int(pending[top].argument + edge.slot)] = value
        pending[top].edge = edge.next
        if edge.next >= 0 {
          (time, scope) = (graph.edges[Int(edge.next)].time, graph.edges[Int(edge.next)].scope)
          cursor = nearest(cursor, pending[top].gap, time)
          break
        }
        let merge = values.scopes.scopes[Int(pending[top].scope)]
        value = Self.join(local, merge.block, pending[top].argument, &values, &graph)
        cursor = settle(nearest(cursor, pending[top].gap, merge.start), merge.start)
        pending.removeLast()
        insert(Write(value: value, time: merge.start, previous: cursor, next: -1), for: local)
      }
    }
  }

  /// Moves `cursor` to the write that is seen at `time` in `scope` and returns −1, or returns the merge in
  /// whose gap the last write lies.
  private func find(
    _ cursor: inout Int32, _ time: Int32, _ scope: Int32, _ tree: borrowing ScopeTree
  ) -> Int32 {
    cursor = settle(cursor, time)
    var scope = scope
    while true {
      let written = writes[Int(cursor)].time
      if written >= tree.scopes[Int(scope)].start { return -1 }
      scope = tree.outermost(from: scope, after: written)
      let found = tree.scopes[Int(scope)]
      if written <= found.cutoff { return -1 }
      if found.isMerge { return scope }
      cursor = settle(cursor, found.cutoff)
      scope = found.parent
    }
  }

  private mutating func insert(_ write: Write, for local: Int32) {
    var write = write
    let new = Int32(truncatingIfNeeded: writes.count)
    write.next = writes[Int(write.previous)].next
    if write.next < 0 {
      heads[Int(local)] = new
    } else {
      writes[Int(write.next)].previous = new
    }
    writes[Int(write.previous)].next = new
    writes.append(write)
  }

  /// The one value that all edges of a merge bring, or a new parameter.
  private static func join(
    _ local: Int32, _ block: Int32, _ base: Int32, _ values: inout ValueBuilder,
    _ graph: inout ConstructionGraph
  ) -> Int32 {
    let range = Int(base)..<Int(base + graph.blocks[Int(block)].edgeCount)
    let first = graph.arguments[range.lowerBound]
    var isSame = true
    for position in range.dropFirst() {
      let other = graph.arguments[position]
      if other != first && !values.isSameConstant(other, first) {
        isSame = false
        break
      }
    }
    if isSame {
      if range.upperBound == graph.arguments.count { graph.arguments.removeLast(range.count) }
      return first
    }
    let value = values.append(
      Instruction(
        .param, values[first].type, a: block, b: Int32(truncatingIfNeeded: graph.parameters.count)))
    graph.add(
      ConstructionGraph.Parameter(
        value: value, block: block, local: local, origin: -1, arguments: base, next: -1))
    return value
  }
}

extension ValueBuilder {
  func isSameConstant(_ a: Int32, _ b: Int32) -> Bool {
    self[a].op.isConstant && self[a] == self[b]
  }
}
