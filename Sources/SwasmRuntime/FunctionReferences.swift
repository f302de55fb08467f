import CSwasm
import SwasmModule

/// All functions of a store by reference id: 16-byte entries {code, canonical type}. Entry 0 is null. Compiled code holds the
/// base address, so the table never moves; it only grows while instances are made.
struct FunctionReferences: ~Copyable {
  private let capacity: UInt64
  private static let chunk: UInt64 = 1 << 16
  private static let entrySize = UInt64(MemoryLayout<swasm_function_reference>.size)

  private let reservation: Reservation
  private var opened = Self.chunk
  private(set) var count: UInt64 = 1

  /// - Parameter isSmall: there is little address space.
  init(isSmall: Bool) throws(InstantiationFailure) {
    capacity = isSmall ? 1 << 20 : 1 << 24
    let reservation = try Reservation("function references", size: capacity * Self.entrySize)
    try reservation.open("function references", at: 0, count: Self.chunk)
    self.reservation = reservation
  }

  var base: UInt64 { reservation.base }

  var range: Range<UInt64> { reservation.range }

  private var entries: UnsafeMutablePointer<swasm_function_reference> {
    reservation.pointer(at: 0).assumingMemoryBound(to: swasm_function_reference.self)
  }

  /// Makes room for consecutive references, null for now, and returns the first one's id.
  mutating func append(_ more: Int) throws(InstantiationFailure) -> UInt32 {
    let first = count
    guard UInt64(more) <= capacity - count else { throw .tooManyFunctions }
    let needed = (count + UInt64(more)) * Self.entrySize
    if needed > opened {
      let target = (needed + Self.chunk - 1) / Self.chunk * Self.chunk
      try reservation.open("function references", at: opened, count: target - opened)
      opened = target
    }
    count += UInt64(more)
    return UInt32(first)
  }

  func set(_ id: UInt32, code: UInt64, type: CanonicalTypeIndex) {
    precondition(id != 0 && id < count)
    entries[Int(id)] = swasm_function_reference(code: code, type: type.rawValue, zero: 0)
  }

  /// The entry of a table that holds a reference.
  func tableEntry(_ id: UInt64) -> swasm_table_entry? {
    guard id < count else { return nil }
    let function = entries[Int(id)]
    return swasm_table_entry(code: function.code, type: function.type, reference: UInt32(id))
  }

  func function(_ id: UInt32) -> (code: UInt64, type: CanonicalTypeIndex)? {
    guard id != 0, id < count else { return nil }
    return (entries[Int(id)].code, CanonicalTypeIndex(entries[Int(id)].type))
  }
}
