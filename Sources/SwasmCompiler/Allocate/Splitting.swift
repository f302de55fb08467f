/// Cutting intervals into pieces, and choosing where.
extension Allocator {
  /// The best point at which to cut the interval so that the first part ends at or before `limit`: just
  /// before `limit`, or before the outermost loop entered since the last use. Nil when there is none after the interval's start.
  ///
  /// A cut at the definition point of an instruction means: the value is read by the instruction's early uses
  /// from the first part, and is in memory from then on (the move comes before the instruction).
  func splitPoint(_ id: Int, before limit: Int32) -> Int32? {
    let instruction = Point.instruction(limit)
    var later = intervals[id].uses
    while later >= 0, uses[Int(later)].point < limit { later = uses[Int(later)].next }
    var split = Point.gap(instruction)
    if later < 0 || uses[Int(later)].point > Point.late(instruction) { split = limit }
    var last = start(id)
    var use = intervals[id].uses
    while use >= 0, uses[Int(use)].point < split {
      last = max(last, uses[Int(use)].point)
      use = uses[Int(use)].next
    }
    guard split > last else { return nil }
    var loop = Int(blockLoops[Int(blockOf[Int(instruction)])])
    while loop >= 0, Point.gap(blockStarts[loop]) > last {
      split = Point.gap(blockStarts[loop])
      loop = Int(loopParents[loop])
    }
    return split
  }

  /// Cuts the interval; returns the later piece, which begins at `split` or after a hole.
  mutating func splitInterval(_ id: Int, at split: Int32) -> Int {
    assert(split > start(id) && split < intervals[id].end)
    let child = intervals.count
    var piece = Interval(value: intervals[id].value)
    piece.isPiece = true
    piece.end = intervals[id].end
    piece.next = intervals[id].next
    piece.previousUse = intervals[id].previousUse
    intervals[id].next = Int32(truncatingIfNeeded: child)
    piece.ranges = cutRanges(id, at: split)
    piece.cursor = piece.ranges
    piece.uses = cutUses(id, at: split)
    piece.useCursor = piece.uses
    intervals.append(piece)
    return child
  }

  private mutating func cutRanges(_ id: Int, at split: Int32) -> Int32 {
    var range = Int(intervals[id].ranges)
    var previous = -1
    while ranges[range].end <= split {
      previous = range
      range = Int(ranges[range].next)
    }
    let cursor = intervals[id].cursor
    if ranges[range].start < split {
      ranges.append(
        LiveRange(start: split, end: ranges[range].end, next: ranges[range].next))
      ranges[range].end = split
      ranges[range].next = -1
      intervals[id].end = split
      if cursor >= 0, ranges[Int(cursor)].start > split { intervals[id].cursor = -1 }
      return Int32(truncatingIfNeeded: ranges.count - 1)
    }
    ranges[previous].next = -1
    intervals[id].end = ranges[previous].end
    if cursor >= 0, ranges[Int(cursor)].start >= split { intervals[id].cursor = -1 }
    return Int32(truncatingIfNeeded: range)
  }

  private mutating func cutUses(_ id: Int, at split: Int32) -> Int32 {
    var use = intervals[id].uses
    var previous: Int32 = -1
    while use >= 0, uses[Int(use)].point < split {
      previous = use
      use = uses[Int(use)].next
    }
    if previous < 0 { intervals[id].uses = -1 } else { uses[Int(previous)].next = -1 }
    let cursor = intervals[id].useCursor
    if cursor >= 0, uses[Int(cursor)].point >= split { intervals[id].useCursor = -1 }
    return use
  }

  /// Hands a later piece back to the scan. One that was cut in the middle of an instruction begins in memory.
  mutating func release(_ piece: Int, split: Int32) {
    if split & 3 == 0 || start(piece) > split {
      unhandled.push(start(piece), Int32(truncatingIfNeeded: piece))
    } else {
      spill(piece)
    }
  }

  /// Leaves the interval in memory up to the next use that wants a register; the rest goes back to the scan.
  mutating func spill(_ id: Int) {
    intervals[id].location = -1
    let begin = start(id)
    var use = intervals[id].uses
    while use >= 0,
      !wantsRegister(use)
        || (uses[Int(use)].kind == .should && Point.instruction(uses[Int(use)].point) * 4 <= begin)
    { use = uses[Int(use)].next }
    guard use >= 0 else { return }
    let instruction = Point.instruction(uses[Int(use)].point)
    var reload = Point.gap(instruction)
    precondition(reload > begin, "spilled an operand at its own instruction")
    var loop = Int(blockLoops[Int(blockOf[Int(instruction)])])
    // Never in the part that the scan has left behind.
    while loop >= 0, Point.gap(blockStarts[loop]) > max(begin, position) {
      reload = Point.gap(blockStarts[loop])
      loop = Int(loopParents[loop])
    }
    let rest = splitInterval(id, at: reload)
    unhandled.push(start(rest), Int32(truncatingIfNeeded: rest))
  }

  /// Is it worth reloading the value for this use? One that can read memory, and is the last for a while, does so.
  private func wantsRegister(_ use: Int32) -> Bool {
    switch uses[Int(use)].kind {
    case .must: return true
    case .any: return false
    case .should:
      let next = uses[Int(use)].next
      return next >= 0 && uses[Int(next)].point - uses[Int(use)].point < 80
    }
  }
}
