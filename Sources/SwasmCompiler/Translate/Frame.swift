/// A construct that is open while its instructions are translated.
struct Frame {
  enum Kind: UInt8, Comparable {
    case function, block, loop
    /// In the first arm of an `if`; `elseEdge` leads to the other, or is −1 when that arm is never entered.
    case then
    /// In the second arm of an `if`.
    case `else`
    case tryTable
    /// The body of the older form, and one of its clauses; `elseEdge` leads to where the next clause's tag is compared.
    case tryBody, catchBody

    static func < (a: Kind, b: Kind) -> Bool { a.rawValue < b.rawValue }
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
  /// Byte offset of the construct.
  var source: Int32 = 0
  /// Of a try: edges from what throws in its body, and the frame whose handler is the next one outside, or −1.
  var thrown = EdgeList()
  var outerHandler: Int32 = -1
  /// Of a `try_table`: byte offset of its clauses.
  var clauses: Int32 = -1
  /// Of a `catchBody`: the exception, as `caught` gives it.
  var reference: Int32 = -1
  var tag: Int32 = -1
  var payload: Int32 = -1

  /// What a branch to the label carries.
  var label: PoolRun { kind == .loop ? parameters : results }
}
