/// Builds the plain bytes in which plans and reports pass between processes: numbers of 8 bytes, strings
/// with their length before them.
struct MessageWriter {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ number: Int) { put(UInt64(bitPattern: Int64(number))) }
  mutating func put(_ flag: Bool) { put(flag ? UInt64(1) : 0) }

  mutating func put(_ text: String) {
    put(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  mutating func put(bytes list: [UInt8]) {
    put(list.count)
    bytes.append(contentsOf: list)
  }

  /// Another message, whole.
  mutating func append(_ other: MessageWriter) { bytes.append(contentsOf: other.bytes) }

  mutating func put<Element>(
    _ list: [Element], _ element: (inout MessageWriter, Element) -> Void
  ) {
    put(list.count)
    for item in list { element(&self, item) }
  }
}

/// Bytes that are not the message they should be.
struct MessageError: Error, Equatable {}

/// Reads what ``MessageWriter`` wrote; believes no length.
struct MessageReader {
  private let bytes: [UInt8]
  private var next = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { next == bytes.count }

  mutating func number() throws(MessageError) -> UInt64 {
    guard bytes.count - next >= 8 else { throw MessageError() }
    var value: UInt64 = 0
    for offset in (0..<8).reversed() { value = value << 8 | UInt64(bytes[next + offset]) }
    next += 8
    return value
  }

  mutating func integer() throws(MessageError) -> Int { Int(Int64(bitPattern: try number())) }
  mutating func flag() throws(MessageError) -> Bool { try number() != 0 }

  mutating func string() throws(MessageError) -> String {
    let count = try integer()
    guard count >= 0, count <= bytes.count - next else { throw MessageError() }
    defer { next += count }
    return String(decoding: bytes[next..<next + count], as: UTF8.self)
  }

  mutating func byteString() throws(MessageError) -> [UInt8] {
    let count = try integer()
    guard count >= 0, count <= bytes.count - next else { throw MessageError() }
    defer { next += count }
    return Array(bytes[next..<next + count])
  }

  mutating func list<Element>(
    _ element: (inout MessageReader) throws(MessageError) -> Element
  ) throws(MessageError) -> [Element] {
    let count = try integer()
    // An element takes at least one number.
    guard count >= 0, count <= (bytes.count - next) / 8 else { throw MessageError() }
    var result: [Element] = []
    result.reserveCapacity(count)
    for _ in 0..<count { result.append(try element(&self)) }
    return result
  }
}
