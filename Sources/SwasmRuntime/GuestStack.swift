import CSwasm
import Glibc

/// A stack for compiled code with an inaccessible guard below it.
struct GuestStack: ~Copyable {
  /// Compiled code probes frames that are larger.
  static let guardSize: UInt64 = 1 << 20

  private let reservation: Reservation

  init(size: UInt64) throws(InstantiationFailure) {
    let reservation = try Reservation("guest stack", size: Self.guardSize + roundedToPage(size))
    try reservation.open("guest stack", at: Self.guardSize, count: roundedToPage(size))
    self.reservation = reservation
  }

  var range: Range<UInt64> { reservation.range }

  /// An activation on this stack, with nothing to run yet.
  func activation(
    store: UnsafePointer<swasm_store>, record: UnsafeMutablePointer<swasm_trap_record>
  ) -> swasm_activation {
    var activation = swasm_activation()
    activation.stack_top = reservation.base + reservation.size
    activation.has_avx = swasm_cpu_features() & (1 << 5) == 0 ? 0 : 1
    activation.guard = swasm_range(
      start: reservation.base, end: reservation.base + Self.guardSize)
    activation.store = store
    activation.record = record
    return activation
  }
}
