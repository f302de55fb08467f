/// Reads what ``ByteWriter`` wrote from bytes that nobody vouches for.
struct ByteReader {
  let bytes: [UInt8]
  private(set) var position = 0
  /// Added to positions in errors: where `bytes` begins in the file.
  let origin: Int

  init(_ bytes: [UInt8], origin: Int) {
    self.bytes = bytes
    self.origin = origin
  }

  var offset: Int { origin + position }
  var isAtEnd: Bool { position == bytes.count }

  private mutating func take(_ count: Int) throws(ArtifactError) -> Int {
    guard bytes.count - position >= count else { throw .truncated(offset: offset) }
    defer { position += count }
    return position
  }

  mutating func u8() throws(ArtifactError) -> UInt8 { bytes[try take(1)] }

  mutating func u32() throws(ArtifactError) -> UInt32 {
    let at = try take(4)
    return UInt32(bytes[at]) | UInt32(bytes[at + 1]) << 8 | UInt32(bytes[at + 2]) << 16
      | UInt32(bytes[at + 3]) << 24
  }

  mutating func u64() throws(ArtifactError) -> UInt64 {
    let low = try u32()
    return UInt64(low) | UInt64(try u32()) << 32
  }

  /// A size or offset in a file.
  mutating func size() throws(ArtifactError) -> Int {
    let at = offset
    let value = try u64()
    guard value <= UInt64(Int32.max) << 16 else { throw .outOfRange("size", offset: at) }
    return Int(value)
  }

  mutating func range() throws(ArtifactError) -> Range<Int> {
    let at = offset
    let lower = try size()
    let upper = try size()
    guard lower <= upper else { throw .outOfRange("range", offset: at) }
    return lower..<upper
  }

  mutating func flag() throws(ArtifactError) -> Bool {
    let at = offset
    switch try u8() {
    case 0: return false
    case 1: return true
    case let other: throw .badTag("flag", other, offset: at)
    }
  }

  mutating func string() throws(ArtifactError) -> String {
    let count = Int(try u32())
    let at = offset
    let start = try take(count)
    guard let text = String(validating: bytes[start..<start + count], as: UTF8.self) else {
      throw .badUTF8(offset: at)
    }
    return text
  }

  /// The long lists: read in one go.
  mutating func array() throws(ArtifactError) -> [UInt32] {
    let at = offset
    let count = Int(try u32())
    guard count <= (bytes.count - position) / 4 else { throw .badCount(UInt64(count), offset: at) }
    let start = try take(4 * count)
    return unsafe bytes.withUnsafeBytes { raw in
      // SAFETY: `take` has checked the range.
      unsafe [UInt32](unsafeUninitializedCapacity: count) { buffer, initialized in
        for index in 0..<count {
          let word = unsafe raw.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
          unsafe (buffer.baseAddress! + index).initialize(to: word)
        }
        initialized = count
      }
    }
  }

  /// Numbers below `count`, the size of their index space.
  mutating func indices(
    _ what: String, below count: Int
  ) throws(ArtifactError) -> [UInt32] {
    let at = offset
    let values = try array()
    if let bad = values.firstIndex(where: { Int($0) >= count }) {
      throw .outOfRange(what, offset: at + 4 + 4 * bad)
    }
    return values
  }

  /// `minimumSize` is what an element takes at least: it bounds the count before anything is allocated.
  mutating func sequence<Element>(
    minimumSize: Int, _ read: (inout ByteReader) throws(ArtifactError) -> Element
  ) throws(ArtifactError) -> [Element] {
    let at = offset
    let count = Int(try u32())
    guard count <= (bytes.count - position) / minimumSize else {
      throw .badCount(UInt64(count), offset: at)
    }
    var elements: [Element] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try read(&self)) }
    return elements
  }

  mutating func optional<Wrapped>(
    _ read: (inout ByteReader) throws(ArtifactError) -> Wrapped
  ) throws(ArtifactError) -> Wrapped? {
    try flag() ? try read(&self) : nil
  }

  /// A number below `count`, the size of its index space.
  mutating func index(_ what: String, below count: Int) throws(ArtifactError) -> UInt32 {
    let at = offset
    let value = try u32()
    guard Int(value) < count else { throw .outOfRange(what, offset: at) }
    return value
  }
}
