import SwasmModule

/// A global of a store: a 16-byte cell, in the data block of the instance that defines it or made for the host.
final class GlobalInstance {
  let type: GlobalType
  let cell: UnsafeMutablePointer<UInt64>
  /// An instance that uses it: all that do may run each other's code, when it holds a function.
  var member: Int?
  /// The instance that defines it, whose artifact numbers the types; none for the host's.
  var origin: Int?
  private let ownsCell: Bool

  init(_ type: GlobalType, cell: UnsafeMutablePointer<UInt64>) {
    self.type = type
    self.cell = cell
    ownsCell = false
  }

  /// With a cell of its own.
  init(_ type: GlobalType, value: Slot) {
    self.type = type
    cell = .allocate(capacity: 2)
    cell[0] = value.low
    cell[1] = value.high
    ownsCell = true
  }

  deinit { if ownsCell { cell.deallocate() } }

  var value: Slot {
    get { Slot(low: cell[0], high: cell[1]) }
    set {
      cell[0] = newValue.low
      cell[1] = newValue.high
    }
  }
}
