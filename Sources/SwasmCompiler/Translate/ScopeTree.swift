/// Which earlier points of the translation dominate the present one.
///
/// Translation goes through the body once, so that "earlier" is a number. A scope begins where control does
/// not come from just above: at `else`, and at an `end` that branches lead to. What came before is seen up to
/// the scope's cutoff: the point of the only branch that leads here, or the point at which the construct
/// began. Between the cutoff and the start lies the gap, which does not dominate the scope. Ancestors are found in
/// logarithmic time (Myers' jump pointers).
struct ScopeTree {
  struct Scope {
    /// In ticks of the locals' clock: writes after the cutoff and before the start are in the gap.
    var start: Int32
    var cutoff: Int32
    /// The same in instructions.
    var startPoint: Int32
    var cutoffPoint: Int32
    var parent: Int32
    var jump: Int32
    var depth: Int32
    /// The block that the scope begins with.
    var block: Int32
    /// Several branches lead to it.
    var isMerge: Bool
  }

  var scopes: ContiguousArray<Scope> = []
  var current: Int32 = 0
  /// `startPoint` of the current scope.
  var currentPoint: Int32 = 0
  /// `start` of the current scope.
  var currentStart: Int32 = 0

  /// Forgets everything and opens the scope of the entry block.
  mutating func reset() {
    scopes.removeAll(keepingCapacity: true)
    scopes.append(
      Scope(
        start: 0, cutoff: -1, startPoint: 0, cutoffPoint: -1, parent: 0, jump: 0, depth: 0,
        block: 0,
        isMerge: false))
    current = 0
    currentPoint = 0
    currentStart = 0
  }

  /// Opens a scope; its `jump` and `depth` are filled in here.
  mutating func open(_ scope: Scope) {
    var scope = scope
    let parent = scopes[Int(scope.parent)]
    let next = scopes[Int(parent.jump)]
    let afterNext = scopes[Int(next.jump)]
    let isEven = parent.depth - next.depth == next.depth - afterNext.depth
    scope.jump = isEven ? next.jump : scope.parent
    scope.depth = parent.depth + 1
    current = Int32(truncatingIfNeeded: scopes.count)
    currentPoint = scope.startPoint
    currentStart = scope.start
    scopes.append(scope)
  }

  /// The outermost ancestor of `scope` (or itself) that starts after `time`; `scope` has to.
  func outermost(from scope: Int32, after time: Int32) -> Int32 {
    var scope = scope
    while true {
      let this = scopes[Int(scope)]
      if scopes[Int(this.jump)].start > time {
        scope = this.jump
      } else if scopes[Int(this.parent)].start > time {
        scope = this.parent
      } else {
        return scope
      }
    }
  }

  /// Is the instruction at `point` executed before the present one on every path?
  func dominates(_ point: Int32) -> Bool {
    if point >= currentPoint { return true }
    var scope = current
    while true {
      let this = scopes[Int(scope)]
      if scopes[Int(this.jump)].startPoint > point {
        scope = this.jump
      } else if scopes[Int(this.parent)].startPoint > point {
        scope = this.parent
      } else {
        return point < this.cutoffPoint
      }
    }
  }
}
