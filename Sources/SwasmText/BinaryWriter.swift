import SwasmModule

/// How the binary format writes numbers and names.
extension [UInt8] {
  /// LEB128, unsigned.
  @inline(__always)
  mutating func appendUnsigned(_ value: some FixedWidthInteger & UnsignedInteger) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func append(_ type: ValueType) {
    if type.definedIndex == nil, !type.isReference || type.isNullable { return append(type.code) }
    append(type.isNullable ? 0x63 : 0x64)
    appendHeapType(type)
  }

  /// The heap type of a reference.
  mutating func appendHeapType(_ type: ValueType) {
    if let index = type.definedIndex { appendSigned(Int64(index)) } else { append(type.code) }
  }

  mutating func append(_ types: [ValueType]) {
    appendCount(types.count)
    for type in types { append(type) }
  }

  /// A count or a size, LEB128.
  mutating func appendCount(_ count: Int) { appendUnsigned(UInt32(count)) }

  /// LEB128, signed.
  @inline(__always)
  mutating func appendSigned(_ value: Int64) {
    var rest = value
    while rest < -0x40 || rest > 0x3f {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(truncatingIfNeeded: rest) & 0x7f)
  }

  /// The low `count` bytes, the lowest first.
  mutating func appendLittleEndian(_ value: UInt64, count: Int) {
    for byte in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * byte))) }
  }

  /// The names of an import. One name alone is followed by what can't be a second one.
  mutating func append(importName name: [UInt8], _ field: [UInt8]?) {
    appendVector(name)
    if let field { appendVector(field) } else { append(contentsOf: [0x00, 0xff]) }
  }

  /// Bytes after their count.
  mutating func appendVector(_ bytes: some Collection<UInt8>) {
    appendCount(bytes.count)
    append(contentsOf: bytes)
  }
}

/// Items of a section that may have to be written in several parts.
struct ItemList {
  private var bytes: [UInt8] = []
  private var ends: [Int] = []

  var count: Int { ends.count }

  mutating func append(_ item: [UInt8]) {
    bytes += item
    ends.append(bytes.count)
  }

  /// Appends a section of some of the items, unless there are none.
  func write(_ range: Range<Int>, id: UInt8, to module: inout [UInt8]) {
    guard !range.isEmpty else { return }
    let start = range.lowerBound == 0 ? 0 : ends[range.lowerBound - 1]
    var section = SectionWriter()
    section.count = range.count
    section.bytes += bytes[start..<ends[range.upperBound - 1]]
    section.write(id: id, to: &module)
  }
}

/// A section under construction: items, and how many.
struct SectionWriter {
  var count = 0
  var bytes: [UInt8] = []

  /// Appends the whole section, unless it has no items.
  func write(id: UInt8, to module: inout [UInt8]) {
    guard count > 0 else { return }
    var prefix: [UInt8] = []
    prefix.appendCount(count)
    module.append(id)
    module.appendCount(prefix.count + bytes.count)
    module.append(contentsOf: prefix)
    module.append(contentsOf: bytes)
  }
}
