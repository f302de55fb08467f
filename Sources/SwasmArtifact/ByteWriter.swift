/// Appends little-endian numbers and counted sequences.
struct ByteWriter {
  var bytes: [UInt8] = []

  mutating func u8(_ value: UInt8) { bytes.append(value) }

  mutating func u32(_ value: UInt32) {
    for shift in [0, 8, 16, 24] as [UInt32] {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  mutating func u64(_ value: UInt64) {
    u32(UInt32(truncatingIfNeeded: value))
    u32(UInt32(truncatingIfNeeded: value >> 32))
  }

  mutating func size(_ value: Int) { u64(UInt64(value)) }

  mutating func range(_ value: Range<Int>) {
    size(value.lowerBound)
    size(value.upperBound)
  }

  mutating func string(_ value: String) {
    let utf8 = value.utf8
    u32(UInt32(utf8.count))
    bytes.append(contentsOf: utf8)
  }

  mutating func array(_ values: [UInt32]) { sequence(values) { $0.u32($1) } }

  mutating func sequence<Element>(
    _ elements: [Element], _ write: (inout ByteWriter, Element) -> Void
  ) {
    u32(UInt32(elements.count))
    for element in elements { write(&self, element) }
  }

  mutating func optional<Wrapped>(
    _ value: Wrapped?, _ write: (inout ByteWriter, Wrapped) -> Void
  ) {
    u8(value == nil ? 0 : 1)
    if let value { write(&self, value) }
  }
}
