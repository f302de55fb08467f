/// Which locals each loop assigns, found by one pass over the loop's bytes before its translation.
struct LoopAssignments {
  /// The locals assigned in a loop, each once.
  struct Loop {
    /// Of the first byte after the opcode.
    var position: Int
    var locals: PoolRun
  }

  /// Of the outermost loop seen last and those inside, in the order of their ends.
  private var loops: ContiguousArray<Loop> = []
  private(set) var locals: ContiguousArray<Int32> = []
  private var end = 0
  private var assigned: ContiguousArray<Int32> = []
  /// By local: the last loop that was found to assign it.
  private var stamps: ContiguousArray<Int32> = []
  private var stamp: Int32 = 0
  private var open: ContiguousArray<(position: Int, start: Int)> = []

  mutating func reset(localCount: Int) {
    stamps.removeAll(keepingCapacity: true)
    stamps.append(contentsOf: repeatElement(0, count: localCount))
    stamp = 0
    end = 0
  }

  /// The locals assigned in the loop whose opcode `reader` has just read.
  mutating func locals(
    of reader: borrowing BodyReader, _ rows: borrowing ContiguousArray<OperatorRow>
  ) -> PoolRun {
    if reader.position >= end { scan(copy reader, rows) }
    // By binary search: `scan` leaves the loops sorted.
    var (low, high) = (0, loops.count)
    while low < high {
      let middle = (low + high) / 2
      if loops[middle].position < reader.position { low = middle + 1 } else { high = middle }
    }
    precondition(low < loops.count && loops[low].position == reader.position)
    return loops[low].locals
  }

  private mutating func scan(
    _ start: BodyReader, _ rows: borrowing ContiguousArray<OperatorRow>
  ) {
    var reader = start
    loops.removeAll(keepingCapacity: true)
    locals.removeAll(keepingCapacity: true)
    assigned.removeAll(keepingCapacity: true)
    open.removeAll(keepingCapacity: true)
    open.append((reader.position, 0))
    reader.skipBlockType()
    while !open.isEmpty {
      let row = rows[reader.opcode()]
      switch row.shape {
      case .localSet, .localTee:
        assigned.append(Int32(bitPattern: reader.u32()))
      case .loop:
        open.append((reader.position, assigned.count))
        reader.skipImmediates(row.shape)
      case .end, .delegate:
        let construct = open.removeLast()
        if construct.position >= 0 { close(construct.position, construct.start) }
        reader.skipImmediates(row.shape)
      default:
        if row.shape.nesting > 0 { open.append((-1, 0)) }
        reader.skipImmediates(row.shape)
      }
    }
    end = reader.position
    loops.sort { $0.position < $1.position }
  }

  /// Ends a loop whose assignments begin at `start`: each is kept once, for this loop and for the one around.
  private mutating func close(_ position: Int, _ start: Int) {
    stamp &+= 1
    let first = locals.count
    var kept = start
    for index in start..<assigned.count {
      let local = assigned[index]
      if stamps[Int(local)] == stamp { continue }
      stamps[Int(local)] = stamp
      assigned[kept] = local
      kept += 1
      locals.append(local)
    }
    assigned.removeLast(assigned.count - kept)
    loops.append(
      Loop(
        position: position,
        locals: PoolRun(start: Int32(first), count: Int32(locals.count - first))))
  }
}
