import CSwasm
import SwasmArtifact
import SwasmModule

/// A table: 64 GiB of address space for 2³² entries, so that `call_indirect` past its end faults. Everything that it may
/// grow to is accessible from the start, because a locked-down guest can't change that; entries past the length
/// are zero, which no type check accepts. How much that is the store's budget says.
///
/// Without that address space: what it may grow to, or less where the kernel refuses, for code that checks.
struct Table: ~Copyable {
  static let span: UInt64 = 64 << 30

  private let reservation: Reservation
  let definition: UnsafeMutablePointer<swasm_table>

  /// - Parameters:
  ///   - declared: elements that it may grow to.
  ///   - most: that any table may have.
  init(
    _ type: TableType, maximum declared: UInt64, most: UInt64,
    budget: UnsafeMutablePointer<swasm_budget>, hasGuards: Bool
  ) throws(InstantiationFailure) {
    let length = type.limits.minimum
    let reservation = try Self.reserve(length, atMost: declared, hasGuards: hasGuards)
    let maximum = min(declared, reservation.size / UInt64(TableEntry.size))
    definition = .allocate(capacity: 1)
    definition.initialize(
      to: swasm_table(
        element_count: length, base: reservation.base, maximum: maximum,
        holds_functions: type.element.isFunction ? 1 : 0, is_64: type.is64 ? 1 : 0,
        is_restricted: maximum < min(type.limits.maximum ?? .max, most) ? 1 : 0, budget: budget))
    self.reservation = reservation
  }

  private static func reserve(
    _ length: UInt64, atMost declared: UInt64, hasGuards: Bool
  ) throws(InstantiationFailure) -> Reservation {
    var maximum = declared
    while true {
      do throws(InstantiationFailure) {
        let count = roundedToPage(maximum * UInt64(TableEntry.size))
        let reservation = try Reservation("table", size: hasGuards ? span : max(count, 4096))
        try reservation.open("table", at: 0, count: count)
        return reservation
      } catch {
        guard !hasGuards, maximum > length else { throw error }
        maximum = max(length, maximum / 2)
      }
    }
  }

  deinit { definition.deallocate() }

  var base: UInt64 { reservation.base }
  var range: Range<UInt64> { reservation.range }
  var count: UInt64 { definition.pointee.element_count }

  private var entries: UnsafeMutablePointer<swasm_table_entry> {
    reservation.pointer(at: 0).assumingMemoryBound(to: swasm_table_entry.self)
  }

  /// The reference at an index below `count`: a function reference id, or a host value.
  func reference(at index: Int) -> UInt64 {
    precondition(index < Int(count))
    let entry = entries[index]
    return definition.pointee.holds_functions != 0 ? UInt64(entry.reference) : entry.code
  }

  /// Sets all entries.
  func fill(with entry: swasm_table_entry) {
    entries.update(repeating: entry, count: Int(count))
  }
}

/// A table of a store; importing instances share it.
final class TableInstance {
  let table: Table
  private let declared: TableType
  /// An instance that uses it: all that do may run each other's code.
  var member: Int?
  /// The instance that defines it, whose artifact numbers the types; none for the host's.
  var origin: Int?

  init(
    _ type: TableType, maximum: UInt64, most: UInt64, budget: UnsafeMutablePointer<swasm_budget>,
    hasGuards: Bool
  ) throws(InstantiationFailure) {
    table = try Table(type, maximum: maximum, most: most, budget: budget, hasGuards: hasGuards)
    declared = type
  }

  var element: ValueType { declared.element }

  /// With the present size as minimum.
  var type: TableType {
    var type = declared
    type.limits.minimum = table.count
    return type
  }
}
