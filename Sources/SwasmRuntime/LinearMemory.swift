import CSwasm
import SwasmModule

/// A linear memory: 8 GiB of address space at an address that is a multiple of 8 GiB, between two guards of 2 GiB. Base + 32-bit
/// index + 32-bit offset always falls inside, so compiled code checks no bounds of a memory with 32-bit addresses. Of one
/// with 64-bit addresses it compares the index with the length, and an offset below 2 GiB stays inside.
struct LinearMemory: ~Copyable {
  static let guardSize: UInt64 = 2 << 30
  static let span: UInt64 = 8 << 30

  private let reservation: Reservation
  /// Where compiled code and libcalls find the length.
  let definition: UnsafeMutablePointer<swasm_memory>

  /// `most` is the policy's limit in bytes.
  init(_ type: MemoryType, most: UInt64) throws(InstantiationFailure) {
    // Compare in pages: a declared size may be anything.
    let shift = UInt64(type.pageSizeLog2)
    let largest = min(most, type.is64 ? Self.span : 4 << 30) >> shift
    guard type.limits.minimum <= largest else {
      throw .memoryLimit(pages: type.limits.minimum, allowed: largest)
    }
    let length = type.limits.minimum << shift
    let declared = min(type.limits.maximum ?? .max, largest) << shift
    let reservation = try Reservation(
      "linear memory", size: Self.span + 2 * Self.guardSize, alignment: Self.span,
      pivot: Self.guardSize)
    try reservation.open("linear memory", at: Self.guardSize, count: roundedToPage(length))
    definition = .allocate(capacity: 1)
    definition.initialize(
      to: swasm_memory(
        byte_length: length, base: reservation.base + Self.guardSize,
        maximum_bytes: max(length, declared), page_log2: UInt32(type.pageSizeLog2),
        is_64: type.is64 ? 1 : 0,
        is_restricted: largest < min(type.limits.maximum ?? .max, (4 << 30) >> shift) ? 1 : 0))
    self.reservation = reservation
  }

  deinit { definition.deallocate() }

  var base: UInt64 { definition.pointee.base }
  var range: Range<UInt64> { reservation.range }
  /// The guards, and what the memory never grows into: no rights of these pages ever change.
  var unchanging: [UnsafeRawBufferPointer] {
    guard canGrow else { return [UnsafeRawBufferPointer(range)] }
    return [
      UnsafeRawBufferPointer(range.lowerBound..<base),
      UnsafeRawBufferPointer(base + definition.pointee.maximum_bytes..<range.upperBound),
    ]
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

  init(_ type: MemoryType, most: UInt64) throws(InstantiationFailure) {
    memory = try LinearMemory(type, most: most)
    declared = type
  }

  /// With the present size as minimum: what an importer's limits are compared with.
  var type: MemoryType {
    var type = declared
    type.limits.minimum = memory.byteLength >> UInt64(type.pageSizeLog2)
    return type
  }
}
