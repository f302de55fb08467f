/// A construct that is open while its instructions are translated.
struct Frame {
  enum Kind: UInt8 {
    case function, block, loop
    /// In the first arm of an `if`; `elseEdge` leads to the other, or is −1 when that arm is never entered.
    case then
    /// In the second arm of an `if`.
    case `else`
  }

  var kind: Kind
  /// In the context's type pool.
  var parameters: PoolRun
  var results: PoolRun
  /// Height of the operand stack under the parameters.
  var base: Int32
  /// Branches to the label so far; a loop's lie at its block instead.
  var firstEdge: Int32 = -1
  var lastEdge: Int32 = -1
  var edgeCount: Int32 = 0
  /// State at the beginning.
  var scope: Int32
  var time: Int32
  var point: Int32
  /// A loop's header.
  var header: Int32 = -1
  var elseEdge: Int32 = -1

  /// What a branch to the label carries.
  var label: PoolRun { kind == .loop ? parameters : results }
}
