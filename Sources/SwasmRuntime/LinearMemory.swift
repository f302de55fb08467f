import CSwasm
import SwasmModule

/// A linear memory: 8 GiB of address space at an address that is a multiple of 8 GiB, between two guards of 2 GiB. Base + 32-bit
/// index + 32-bit offset always falls inside, so compiled code checks no bounds of a memory with 32-bit addresses. Of one
/// with 64-bit addresses, which has twice the space that it may grow to, 16 GiB at least, it compares the index with the
/// length, and an offset below 2 GiB stays inside.
///
/// Without guards: twice what the memory may grow to, or less where the kernel refuses, for code that checks.
struct LinearMemory: ~Copyable {
  static let guardSize: UInt64 = 2 << 30
  private static let span: UInt64 = 8 << 30
  private static let wideSpan: UInt64 = 16 << 30
  /// What a memory with 64-bit addresses can grow to at most.
  private static let wideMaximum: UInt64 = 1 << 40

  private let reservation: Reservation
  /// The memory is in the lower half of 2^bits bytes, from a multiple of that on.
  let bits: Int
  /// Where compiled code and libcalls find the length.
  let definition: UnsafeMutablePointer<swasm_memory>

  init(_ type: MemoryType, _ limits: RuntimeLimits, _ budget: borrowing MemoryBudget)
    throws(InstantiationFailure)
  {
    // Compare in pages: a declared size may be anything.
    let shift = UInt64(type.pageSizeLog2)
    let most = type.is64 ? Self.wideMaximum : Self.span / 2
    let largest = min(limits.memoryBytes, most) >> shift
    guard type.limits.minimum <= largest else {
      throw .memoryLimit(pages: type.limits.minimum, allowed: largest)
    }
    let length = type.limits.minimum << shift
    let declared = max(length, min(type.limits.maximum ?? .max, largest) << shift)
    try budget.takeMemory(roundedToPage(length))
    let guardSize = limits.hasGuards ? Self.guardSize : 0
    let least = !limits.hasGuards ? 1 << 13 : type.is64 ? Self.wideSpan : Self.span
    let reservation = try Self.reserve(
      length, atMost: declared, least: least, guardSize: guardSize)
    let bits = (reservation.size - 2 * guardSize).trailingZeroBitCount
    try reservation.open("linear memory", at: guardSize, count: roundedToPage(length))
    let maximum = min(declared, 1 << UInt64(bits - 1))
    definition = .allocate(capacity: 1)
    definition.initialize(
      to: swasm_memory(
        byte_length: length, base: reservation.base + guardSize,
        maximum_bytes: maximum, page_log2: UInt32(type.pageSizeLog2),
        is_64: type.is64 ? 1 : 0,
        is_restricted: maximum >> shift < min(type.limits.maximum ?? .max, most >> shift) ? 1 : 0,
        budget: budget.raw))
    self.reservation = reservation
    self.bits = bits
  }

  /// 2^bits bytes, twice what the memory may grow to and no less than `least`, between guards; where the kernel refuses,
  /// half of it and so on, as long as what the memory starts with has room.
  private static func reserve(
    _ length: UInt64, atMost declared: UInt64, least: UInt64, guardSize: UInt64
  ) throws(InstantiationFailure) -> Reservation {
    var bits = least.trailingZeroBitCount
    while 1 << UInt64(bits - 1) < declared { bits += 1 }
    while true {
      do throws(InstantiationFailure) {
        let span: UInt64 = 1 << UInt64(bits)
        return try Reservation(
          "linear memory", size: span + 2 * guardSize, alignment: span, pivot: guardSize)
      } catch {
        guard 1 << UInt64(bits) > least, 1 << UInt64(bits - 2) >= length else { throw error }
        bits -= 1
      }
    }
  }

  deinit { definition.deallocate() }

  var base: UInt64 { definition.pointee.base }
  var range: Range<UInt64> { reservation.range }
  /// The guards, and what the memory never grows into: no rights of these pages ever change.
  var unchanging: [UnsafeRawBufferPointer] {
    guard canGrow else { return [UnsafeRawBufferPointer(range)] }
    let end = base + roundedToPage(definition.pointee.maximum_bytes)
    return [
      UnsafeRawBufferPointer(range.lowerBound..<base),
      UnsafeRawBufferPointer(end..<range.upperBound),
    ].filter { !$0.isEmpty }
  }
  var byteLength: UInt64 { definition.pointee.byte_length }
  /// `memory.grow` may succeed: the filter has to allow mprotect.
  var canGrow: Bool { definition.pointee.maximum_bytes > byteLength }

  var bytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: UInt(base)), count: Int(byteLength))
  }
}

/// A memory of a store; importing instances share it.
final class MemoryInstance {
  let memory: LinearMemory
  private let declared: MemoryType

  init(_ type: MemoryType, _ limits: RuntimeLimits, _ budget: borrowing MemoryBudget)
    throws(InstantiationFailure)
  {
    memory = try LinearMemory(type, limits, budget)
    declared = type
  }

  /// With the present size as minimum: what an importer's limits are compared with.
  var type: MemoryType {
    var type = declared
    type.limits.minimum = memory.byteLength >> UInt64(type.pageSizeLog2)
    return type
  }
}
