/// Register allocation by linear scan over SSA intervals with holes, after Wimmer and Franz.
///
/// Does: gives every stretch of every value's life a register or memory (`scan`), then rewrites the function on
/// physical registers with the moves that this asks for (`rewrite`, in Rewrite.swift). Requires: one definition
/// per virtual register, blocks in reverse post-order with contiguous loops. All storage is reused from function to function.
struct Allocator: ~Copyable {
  // Live intervals (LiveIntervals.swift).
  var intervals: ContiguousArray<Interval> = []
  var ranges: ContiguousArray<LiveRange> = []
  var uses: ContiguousArray<UsePosition> = []
  var clobbers: ContiguousArray<Clobber> = []
  var hints: ContiguousArray<Hints> = []
  var live: ContiguousArray<Int32> = []
  var liveMark: ContiguousArray<Int32> = []
  var liveIn: ContiguousArray<Int32> = []
  var liveInRuns: ContiguousArray<PoolRun> = []
  var mark: Int32 = 0
  var blockStart: Int32 = 0
  var weight: Float = 1

  // The scan.
  /// By physical register: the interval that holds it now, or −1.
  var active = ContiguousArray<Int32>(repeating: -1, count: 32)
  /// Intervals in a hole, keyed by the start of their next range; those not yet reached, by their start.
  var inactive = PointHeap()
  var unhandled = PointHeap()
  var freeUntil = ContiguousArray<Int32>(repeating: 0, count: 32)
  /// The point that the scan has come to.
  var position: Int32 = 0
  var clobberCursor = 0
  /// By instruction: its block.
  var blockOf: ContiguousArray<Int32> = []
  var blockFrequencies: ContiguousArray<Float> = []
  var blockStarts: ContiguousArray<Int32> = []
  var blockLoops: ContiguousArray<Int32> = []
  var loopEnds: ContiguousArray<Int32> = []
  /// By loop header: the header of the loop around it, or −1.
  var loopParents: ContiguousArray<Int32> = []
  var isGeneral: ContiguousArray<Bool> = []
  var usedRegisters: UInt32 = 0

  // The result (Rewrite.swift).
  var output = AllocatedFunction()
  var moves = MoveLists()
  var resolver = MoveResolver()
  /// The pieces of split values, in order, by value.
  var pieces: ContiguousArray<Int32> = []
  var pieceRuns: ContiguousArray<PoolRun> = []
  var edgeMoveStarts: ContiguousArray<Int32> = []
  var freeSlots: ContiguousArray<Int32> = []
  var freeVectorSlots: ContiguousArray<Int32> = []
  /// By value: its spill slot, or −1.
  var slots: ContiguousArray<Int32> = []
  var storeWeights: ContiguousArray<Float> = []
  var storesAtDefinition: ContiguousArray<Bool> = []

  /// Registers in the order in which they are preferred: those that calls clobber first.
  let generalOrder: ContiguousArray<Int8>
  let vectorOrder: ContiguousArray<Int8>

  static var calleeSaved: UInt32 { 0xf028 }

  init(registerLimit: Int? = nil) {
    let general: [Int8] = [0, 1, 2, 6, 7, 8, 9, 10, 11, 3, 5, 14, 15, 12, 13]
    let vectors = (0..<15).map { Int8(16 + $0) }
    if let limit = registerLimit {
      // Half of them survive calls.
      let kept = general.suffix(limit / 2) + general.prefix(limit - limit / 2)
      generalOrder = ContiguousArray(kept)
      vectorOrder = ContiguousArray(vectors.prefix(limit))
    } else {
      generalOrder = ContiguousArray(general)
      vectorOrder = ContiguousArray(vectors)
    }
  }

  /// Allocates `code`; the result is in `output`.
  mutating func allocate(_ code: borrowing MachineFunction) {
    buildIntervals(code)
    scan(code)
    rewrite(code)
  }

  // MARK: Scan

  private mutating func scan(_ code: borrowing MachineFunction) {
    prepare(code)
    while let (point, id) = unhandled.pop() {
      let interval = Int(id)
      assert(point >= position, "an interval begins behind the scan")
      position = point
      advance(to: point)
      if allocateFree(interval, point) { continue }
      allocateBlocked(interval, point)
    }
  }

  private mutating func prepare(_ code: borrowing MachineFunction) {
    for r in active.indices { active[r] = -1 }
    inactive.removeAll()
    unhandled.removeAll()
    position = 0
    clobberCursor = 0
    usedRegisters = 0
    blockOf.removeAll(keepingCapacity: true)
    blockFrequencies.removeAll(keepingCapacity: true)
    blockStarts.removeAll(keepingCapacity: true)
    blockLoops.removeAll(keepingCapacity: true)
    loopEnds.removeAll(keepingCapacity: true)
    loopParents.removeAll(keepingCapacity: true)
    isGeneral.removeAll(keepingCapacity: true)
    for number in code.blocks.indices {
      let block = code.blocks[number]
      blockFrequencies.append(frequency(block))
      blockStarts.append(block.start)
      blockLoops.append(block.loop.id)
      let isHeader = block.loop.position == number
      loopEnds.append(isHeader ? code.blocks[block.loopEnd.position - 1].end : 0)
      loopParents.append(isHeader ? enclosingLoop(ofHeader: number) : -1)
      for _ in block.range { blockOf.append(Int32(truncatingIfNeeded: number)) }
    }
    for value in code.virtuals.indices {
      isGeneral.append(code.virtuals[value].kind == .general)
      let first = intervals[value].ranges
      if first < 0 { continue }
      intervals[value].cursor = first
      intervals[value].useCursor = intervals[value].uses
      unhandled.push(ranges[Int(first)].start, Int32(truncatingIfNeeded: value))
    }
  }

  private func enclosingLoop(ofHeader header: Int) -> Int32 {
    var loop = header > 0 ? blockLoops[header - 1] : -1
    while loop >= 0, loopEnds[Int(loop)] <= blockStarts[header] { loop = loopParents[Int(loop)] }
    return loop
  }

  func start(_ id: Int) -> Int32 { ranges[Int(intervals[id].ranges)].start }

  /// Retires the intervals that end and exchanges those that enter and leave holes.
  private mutating func advance(to point: Int32) {
    for r in 0..<32 where active[r] >= 0 {
      let id = Int(active[r])
      moveCursor(id, to: point)
      let cursor = intervals[id].cursor
      if cursor < 0 {
        active[r] = -1
      } else if ranges[Int(cursor)].start > point {
        inactive.push(ranges[Int(cursor)].start, Int32(truncatingIfNeeded: id))
        active[r] = -1
      }
    }
    while let top = inactive.top, top <= point {
      guard let (_, id32) = inactive.pop() else { break }
      let id = Int(id32)
      let location = intervals[id].location
      if location < 0 { continue }
      moveCursor(id, to: point)
      let cursor = intervals[id].cursor
      if cursor < 0 { continue }
      if ranges[Int(cursor)].start > point {
        inactive.push(ranges[Int(cursor)].start, id32)
      } else {
        assert(active[Int(location)] < 0, "two values in one register")
        active[Int(location)] = id32
      }
    }
  }

  private mutating func moveCursor(_ id: Int, to point: Int32) {
    var cursor = intervals[id].cursor
    while cursor >= 0, ranges[Int(cursor)].end <= point { cursor = ranges[Int(cursor)].next }
    intervals[id].cursor = cursor
    moveUseCursor(id, to: point)
  }

  mutating func moveUseCursor(_ id: Int, to point: Int32) {
    var use = intervals[id].useCursor
    while use >= 0, uses[Int(use)].point < point {
      intervals[id].previousUse = uses[Int(use)].point
      use = uses[Int(use)].next
    }
    intervals[id].useCursor = use
  }

  func order(_ id: Int) -> ContiguousArray<Int8> {
    isGeneral[Int(intervals[id].value)] ? generalOrder : vectorOrder
  }

  /// Fills `freeUntil` with what clobbers leave of each register for the interval.
  private mutating func limitByClobbers(_ id: Int, _ point: Int32, _ order: ContiguousArray<Int8>) {
    var open: UInt32 = 0
    for r in order {
      freeUntil[Int(r)] = Int32.max
      open |= 1 << UInt32(truncatingIfNeeded: r)
    }
    open &= ~(isGeneral[Int(intervals[id].value)] ? Allocator.calleeSaved : 0)
    while clobberCursor < clobbers.count, clobbers[clobberCursor].point < point {
      clobberCursor += 1
    }
    var range = intervals[id].ranges
    let end = intervals[id].end
    var k = clobberCursor
    while k < clobbers.count, open != 0 {
      let clobber = clobbers[k]
      if clobber.point >= end { break }
      while range >= 0, ranges[Int(range)].end <= clobber.point { range = ranges[Int(range)].next }
      if range < 0 { break }
      if ranges[Int(range)].start > clobber.point {
        // Jump over the hole.
        let next = ranges[Int(range)].start
        k += 1
        while k < clobbers.count, clobbers[k].point < next { k += 1 }
        continue
      }
      var hit = clobber.registers & open
      open &= ~clobber.registers
      while hit != 0 {
        freeUntil[hit.trailingZeroBitCount] = clobber.point
        hit &= hit - 1
      }
      k += 1
    }
  }

  private mutating func allocateFree(_ id: Int, _ point: Int32) -> Bool {
    let order = order(id)
    limitByClobbers(id, point, order)
    for r in order where active[Int(r)] >= 0 { freeUntil[Int(r)] = point }
    // Only a piece can meet an interval that is in a hole: values of SSA form whose lives
    // meet are both live at the later one's definition.
    if intervals[id].isPiece { limitByInactive(id) }
    let end = intervals[id].end
    guard let choice = chooseFree(id, end, order, point) else { return false }
    let limit = freeUntil[Int(choice)]
    if limit >= end {
      assign(id, choice)
      return true
    }
    if let victim = evictionCandidate(id, point, order), freeUntil[Int(victim)] == point {
      evict(Int(active[Int(victim)]), at: point)
      limitByClobbers(id, point, order)
      if intervals[id].isPiece { limitByInactive(id) }
      if freeUntil[Int(victim)] >= end {
        assign(id, victim)
        return true
      }
    }
    // Too short a stretch isn't worth two moves.
    guard limit > Point.gap(Point.instruction(point) + 1), firstUse(id, before: limit),
      let split = splitPoint(id, before: limit)
    else { return false }
    let rest = splitInterval(id, at: split)
    assign(id, choice)
    release(rest, split: split)
    return true
  }

  /// Is there a use that the register would serve?
  private func firstUse(_ id: Int, before limit: Int32) -> Bool {
    let use = intervals[id].uses
    return use >= 0 && uses[Int(use)].point < limit
  }

  private mutating func limitByInactive(_ id: Int) {
    for k in 0..<inactive.count {
      let other = Int(inactive[k])
      let location = intervals[other].location
      if location < 0 || freeUntil[Int(location)] <= start(id) { continue }
      if isGeneral[Int(intervals[other].value)] != isGeneral[Int(intervals[id].value)] { continue }
      let meeting = firstMeeting(id, other)
      if meeting < freeUntil[Int(location)] { freeUntil[Int(location)] = meeting }
    }
  }

  /// First point at which both are live.
  private func firstMeeting(_ a: Int, _ b: Int) -> Int32 {
    var (x, y) = (intervals[a].ranges, intervals[b].cursor)
    while x >= 0, y >= 0 {
      let (p, q) = (ranges[Int(x)], ranges[Int(y)])
      if p.end <= q.start {
        x = p.next
      } else if q.end <= p.start {
        y = q.next
      } else {
        return max(p.start, q.start)
      }
    }
    return Int32.max
  }

  /// A hinted register if it is free for the whole life, else the first in order that is, else the one free longest.
  private func chooseFree(
    _ id: Int, _ end: Int32, _ order: ContiguousArray<Int8>, _ point: Int32
  ) -> Int8? {
    var best: Int8 = -1
    var longest = point
    var fitting: Int8 = -1
    for r in order {
      let limit = freeUntil[Int(r)]
      if limit >= end {
        if fitting < 0 || (isFresh(fitting) && !isFresh(r)) { fitting = r }
      }
      if limit > longest {
        longest = limit
        best = r
      }
    }
    let hinted4 = hintedRegisters(id)
    for k in hinted4.indices where hinted4[k] >= 0 {
      let hinted = hinted4[k]
      let limit = freeUntil[Int(hinted)]
      let allowed =
        hinted >= 16 ? !isGeneral[Int(intervals[id].value)] : isGeneral[Int(intervals[id].value)]
      guard allowed, order.contains(hinted) else { continue }
      if limit >= end { return hinted }
      if fitting < 0, limit == longest { return hinted }
    }
    if fitting >= 0 { return fitting }
    return best >= 0 ? best : nil
  }

  /// A callee-saved register that the function doesn't use yet costs a push and a pop.
  private func isFresh(_ register: Int8) -> Bool {
    let bit: UInt32 = 1 << UInt32(truncatingIfNeeded: register)
    return Allocator.calleeSaved & bit != 0 && usedRegisters & bit == 0
  }

  /// Where the value goes in the end, through parameters that have no place yet.
  private func farHint(_ hint: Hints) -> Int8 {
    var value = hint.far
    var steps = 0
    while value >= 0, steps < 4 {
      let location = intervals[Int(value)].location
      if location >= 0 { return location }
      value = hints[Int(value)].far
      steps += 1
    }
    return -1
  }

  /// Registers that would save a move, best first; −1: none.
  private func hintedRegisters(_ id: Int) -> InlineArray<4, Int8> {
    let value = Int(intervals[id].value)
    let hint = hints[value]
    let own: Int8 = intervals[id].isPiece ? location(of: value, before: id) : hint.fixed
    let far = farHint(hint)
    let near = hint.near >= 0 ? location(of: Int(hint.near), at: start(id)) : -1
    var next: Int8 = -1
    var use = intervals[id].uses
    var steps = 0
    while use >= 0, steps < 4 {
      if uses[Int(use)].hint >= 0 {
        next = uses[Int(use)].hint
        break
      }
      use = uses[Int(use)].next
      steps += 1
    }
    return intervals[id].isPiece
      ? [next, own, max(far, -1), max(near, -1)] : [max(far, -1), max(near, -1), next, own]
  }

  /// Register of the value's piece that ends at or before a point, or covers it.
  private func location(of value: Int, at point: Int32) -> Int8 {
    var id = value
    while intervals[id].next >= 0, intervals[id].end < point { id = Int(intervals[id].next) }
    return intervals[id].location
  }

  /// Last register of the value before the piece.
  private func location(of value: Int, before piece: Int) -> Int8 {
    var id = value
    var result: Int8 = -1
    while id != piece, id >= 0 {
      if intervals[id].location >= 0 { result = intervals[id].location }
      id = Int(intervals[id].next)
    }
    return result
  }

  private mutating func assign(_ id: Int, _ register: Int8) {
    intervals[id].location = register
    usedRegisters |= 1 << UInt32(truncatingIfNeeded: register)
    active[Int(register)] = Int32(truncatingIfNeeded: id)
  }

  /// A callee-saved register whose holder would lose less by being in memory than the interval by being
  /// split at the next call.
  private func evictionCandidate(
    _ id: Int, _ point: Int32, _ order: ContiguousArray<Int8>
  ) -> Int8? {
    var best: Int8?
    var least = spread(id, point) / 2
    for r in order where active[Int(r)] >= 0 {
      guard Allocator.calleeSaved & (1 << UInt32(truncatingIfNeeded: r)) != 0 else { continue }
      let other = Int(active[Int(r)])
      guard isEvictable(other, point), start(other) < point else { continue }
      let cost = spread(other, point)
      if cost < least {
        least = cost
        best = r
      }
    }
    return best
  }

  /// Weight of the remaining uses per point of remaining life.
  private func spread(_ id: Int, _ point: Int32) -> Float {
    var use = intervals[id].useCursor
    var total: Float = 0
    var steps = 0
    while use >= 0, steps < 64 {
      if uses[Int(use)].point >= point { total += uses[Int(use)].weight }
      use = uses[Int(use)].next
      steps += 1
    }
    return total / Float(max(intervals[id].end - point, 4))
  }

  // MARK: No register is free

  /// Takes a register from the value that needs it least, or leaves this one in memory.
  private mutating func allocateBlocked(_ id: Int, _ point: Int32) {
    let order = order(id)
    limitByClobbers(id, point, order)
    if intervals[id].isPiece { limitByInactive(id) }
    let lastMust = lastMustUse(id, at: Point.instruction(point))
    let mustNow = lastMust >= 0
    let needed = max(lastMust, point)
    var best: Int8 = -1
    var least = Float.infinity
    for r in order {
      if freeUntil[Int(r)] <= needed { continue }
      let holder = active[Int(r)]
      if holder >= 0, !isEvictable(Int(holder), point) { continue }
      let cost = holder >= 0 ? density(Int(holder), point) : 0
      if cost < least || (cost == least && best >= 0 && freeUntil[Int(r)] > freeUntil[Int(best)]) {
        least = cost
        best = r
      }
    }
    if !mustNow, best < 0 || density(id, point) <= least { return spill(id) }
    precondition(best >= 0, "no register can be freed")
    if active[Int(best)] >= 0 { evict(Int(active[Int(best)]), at: point) }
    let limit = freeUntil[Int(best)]
    assign(id, best)
    if limit >= intervals[id].end { return }
    guard let split = splitPoint(id, before: limit) else {
      preconditionFailure("an instruction wants a register that it clobbers")
    }
    release(splitInterval(id, at: split), split: split)
  }

  /// The last point of an instruction where the interval has to be in a register; −1: it may be in memory. Divisors
  /// that are dividends too have an early use that moves and a late one in place.
  private func lastMustUse(_ id: Int, at instruction: Int32) -> Int32 {
    let end = Point.late(instruction)
    var result: Int32 = -1
    var use = intervals[id].uses
    while use >= 0, uses[Int(use)].point <= end {
      if uses[Int(use)].kind == .must { result = uses[Int(use)].point }
      use = uses[Int(use)].next
    }
    return result
  }

  /// Puts the holder of a register into memory from a point on.
  private mutating func evict(_ id: Int, at point: Int32) {
    active[Int(intervals[id].location)] = -1
    if start(id) >= point { return spill(id) }
    guard let split = splitPoint(id, before: point) else {
      preconditionFailure("an operand was evicted from its own instruction")
    }
    spill(splitInterval(id, at: split))
  }

  /// Can the interval do without a register in the instruction at a point?
  private func isEvictable(_ id: Int, _ point: Int32) -> Bool {
    let last = Point.late(Point.instruction(point))
    var use = intervals[id].useCursor
    while use >= 0, uses[Int(use)].point <= last {
      if uses[Int(use)].point >= point, uses[Int(use)].kind != .any { return false }
      use = uses[Int(use)].next
    }
    return true
  }

  /// How much the interval gains from a register now: the weight of its next use by the way to it. A value that a
  /// loop carries is next used at the top again.
  private func density(_ id: Int, _ point: Int32) -> Float {
    var result: Float = 0
    var use = intervals[id].useCursor
    while use >= 0, uses[Int(use)].point < point { use = uses[Int(use)].next }
    if use >= 0 {
      result = uses[Int(use)].weight / Float(uses[Int(use)].point - point + 4)
    }
    let block = Int(blockOf[Int(Point.instruction(point))])
    let loop = Int(blockLoops[block])
    let previous = intervals[id].previousUse
    guard loop >= 0, previous >= Point.gap(blockStarts[loop]) else { return result }
    let end = Point.gap(loopEnds[loop])
    guard intervals[id].end >= end else { return result }
    let origin = Point.gap(blockStarts[loop])
    let again = blockFrequencies[loop] / Float(end - point + previous - origin + 4)
    return max(result, again)
  }
}
