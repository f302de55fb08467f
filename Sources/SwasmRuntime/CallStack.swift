import CSwasm

/// A stack with its activation and trap record, at fixed addresses.
final class CallStack {
  private let stack: GuestStack
  let activation: UnsafeMutablePointer<swasm_activation>
  private let record: UnsafeMutablePointer<swasm_trap_record>

  init(store: UnsafePointer<swasm_store>, size: UInt64) throws(InstantiationFailure) {
    stack = try GuestStack(size: size)
    record = .allocate(capacity: 1)
    record.initialize(to: swasm_trap_record())
    activation = .allocate(capacity: 1)
    activation.initialize(to: stack.activation(store: store, record: record))
  }

  deinit {
    activation.deallocate()
    record.deallocate()
  }

  var range: Range<UInt64> { stack.range }

  /// What the last run left.
  var trap: Trap {
    let read = TrapRecord(record.pointee)
    guard case .trapped(let kind) = read.state else { fatalError("no trap was recorded") }
    return Trap(kind: kind, frames: read.frames)
  }
}
