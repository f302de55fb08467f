import CSwasm

/// A SHA-256 under way.
struct SHA256 {
  /// 32 bytes.
  typealias Digest = [UInt8]

  private var state = swasm_sha256()

  /// - Parameter portable: without the processor's instructions; for tests.
  init(portable: Bool = false) {
    swasm_sha256_begin(&state)
    if portable { state.portable = 1 }
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    if let start = bytes.baseAddress { swasm_sha256_add(&state, start, bytes.count) }
  }

  mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  /// A number as eight bytes, the least significant first.
  mutating func add(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { add($0) }
  }

  /// Text with its length before it, so that two of them can't pass for one.
  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    add(Array(text.utf8))
  }

  /// The hash of everything added; nothing can be added any more.
  mutating func finish() -> Digest {
    var digest = Digest(repeating: 0, count: Int(SWASM_SHA256_DIGEST))
    swasm_sha256_end(&state, &digest)
    return digest
  }

  static func hash(_ bytes: [UInt8]) -> Digest {
    var hash = SHA256()
    hash.add(bytes)
    return hash.finish()
  }

  static func hexadecimal(_ bytes: [UInt8]) -> String { text(hash(bytes)) }

  /// A digest in 64 hexadecimal digits.
  static func text(_ digest: Digest) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

/// HMAC-SHA256 (RFC 2104) under way.
struct MessageCode {
  private var inner = SHA256()
  private var outer = SHA256()

  /// - Parameter key: at most 64 bytes.
  init(key: [UInt8]) {
    let block = key + Array(repeating: 0, count: Int(SWASM_SHA256_BLOCK) - key.count)
    inner.add(block.map { $0 ^ 0x36 })
    outer.add(block.map { $0 ^ 0x5c })
  }

  mutating func add(_ bytes: UnsafeRawBufferPointer) { inner.add(bytes) }
  mutating func add(_ bytes: [UInt8]) { inner.add(bytes) }
  mutating func add(_ number: UInt64) { inner.add(number) }

  mutating func finish() -> SHA256.Digest {
    outer.add(inner.finish())
    return outer.finish()
  }

  /// Takes the same time wherever two codes differ.
  static func areEqual(_ a: SHA256.Digest, _ b: SHA256.Digest) -> Bool {
    a.count == b.count && a.count == Int(SWASM_SHA256_DIGEST)
      && swasm_equal_digests(a, b) != 0
  }
}
