/// A cursor over the bytes of instructions (or of a section).
///
/// Reads never trap and never throw: the first fault is recorded, the cursor jumps to the end, and
/// everything read from then on is zero. The owner asks ``hasFailed`` once per instruction.
@frozen
public struct InstructionReader: Sendable {
  @usableFromInline let bytes: [UInt8]
  @usableFromInline var next: Int
  /// The offset behind the last byte.
  public private(set) var end: Int
  public private(set) var hasFailed = false
  public private(set) var fault: Located<BinaryFault>?
  /// What may be read, and what of it has been.
  @usableFromInline let allowed: Features
  public var use = FeatureUse()

  /// Reads `bytes[range]`, clamped to the bytes that exist.
  public init(_ bytes: [UInt8], in range: Range<Int>, allowed: Features = .all) {
    self.bytes = bytes
    self.allowed = allowed
    next = min(max(range.lowerBound, 0), bytes.count)
    end = min(max(range.upperBound, next), bytes.count)
  }

  /// Reads a function body's instructions.
  public init(_ body: FunctionBody, of module: Module, allowed: Features = .all) {
    self.init(module.source, in: body.code, allowed: allowed)
  }

  /// Notes that something of a feature was read, or fails when the feature is switched off.
  @inlinable
  public mutating func require(
    _ feature: Features, for what: @autoclosure () -> String, at offset: Int
  ) {
    if use.features.isSuperset(of: feature) { return }
    note(feature, for: what(), at: offset)
  }

  public func allows(_ feature: Features) -> Bool { allowed.isSuperset(of: feature) }

  @usableFromInline
  mutating func note(_ feature: Features, for what: String, at offset: Int) {
    let missing = feature.subtracting(allowed)
    if missing.isEmpty {
      if !hasFailed { use.insert(feature, at: offset) }
    } else {
      fail(.switchedOff(missing, what: what), at: offset)
    }
  }

  /// The next byte's offset in the module.
  @inlinable public var position: Int { next }
  @inlinable public var isAtEnd: Bool { position >= end }
  @inlinable public var remaining: Int { end - position }

  /// Records the first fault and ends reading.
  @inline(never)
  public mutating func fail(_ cause: BinaryFault, at offset: Int) {
    if !hasFailed { fault = Located(cause, at: offset) }
    hasFailed = true
    next = end
  }

  /// Ends reading earlier, at an offset between the position and the present end.
  public mutating func shorten(to newEnd: Int) { end = min(max(newEnd, position), end) }

  /// Goes on after the present end, up to `newEnd`.
  public mutating func extend(to newEnd: Int) { end = min(max(newEnd, end), bytes.count) }

  @inlinable
  public mutating func readByte() -> UInt8 {
    guard position < end else {
      fail(.unexpectedEnd, at: position)
      return 0
    }
    let byte = bytes[position]
    next += 1
    return byte
  }

  /// The next byte, left where it is.
  @inlinable public func peekByte() -> UInt8? { position < end ? bytes[position] : nil }

  /// Skips bytes; returns their range, empty when there are not enough.
  public mutating func skip(_ count: Int) -> Range<Int> {
    let start = position
    guard count >= 0, count <= remaining else {
      fail(.unexpectedEnd, at: start)
      return start..<start
    }
    next += count
    return start..<position
  }

  /// Some of the bytes that were read.
  public func slice(_ range: Range<Int>) -> ArraySlice<UInt8> { bytes[range] }

  @inlinable
  public mutating func readU32() -> UInt32 {
    if position < end {
      let byte = bytes[position]
      if byte < 0x80 {
        next += 1
        return UInt32(byte)
      }
    }
    return UInt32(truncatingIfNeeded: readLongUnsigned(bits: 32))
  }

  @inlinable
  public mutating func readU64() -> UInt64 {
    if position < end {
      let byte = bytes[position]
      if byte < 0x80 {
        next += 1
        return UInt64(byte)
      }
    }
    return readLongUnsigned(bits: 64)
  }

  @inlinable
  public mutating func readI32() -> Int32 {
    if position < end {
      let byte = bytes[position]
      if byte < 0x80 {
        next += 1
        return Int32(Int8(bitPattern: byte << 1) >> 1)
      }
    }
    return Int32(truncatingIfNeeded: readLongSigned(bits: 32))
  }

  @inlinable
  public mutating func readI64() -> Int64 {
    if position < end {
      let byte = bytes[position]
      if byte < 0x80 {
        next += 1
        return Int64(Int8(bitPattern: byte << 1) >> 1)
      }
    }
    return readLongSigned(bits: 64)
  }

  /// The 33-bit signed number of block types and heap types.
  @inlinable public mutating func readI33() -> Int64 { readLongSigned(bits: 33) }

  /// Four bytes, little-endian: a bit pattern.
  public mutating func readFixed32() -> UInt32 {
    var value: UInt32 = 0
    for offset in skip(4).reversed() { value = value << 8 | UInt32(bytes[offset]) }
    return value
  }

  /// Eight bytes, little-endian: a bit pattern.
  public mutating func readFixed64() -> UInt64 {
    var value: UInt64 = 0
    for offset in skip(8).reversed() { value = value << 8 | UInt64(bytes[offset]) }
    return value
  }

  @usableFromInline
  mutating func readLongUnsigned(bits: Int) -> UInt64 {
    var value: UInt64 = 0
    var shift = 0
    while true {
      let offset = position
      let byte = readByte()
      value |= UInt64(byte & 0x7f) << UInt64(shift)
      let left = bits - shift
      if left < 7, (byte & 0x7f) >> left != 0 || byte >= 0x80 {
        fail(byte >= 0x80 ? .integerRepresentationTooLong : .integerTooLarge, at: offset)
        return 0
      }
      if byte < 0x80 { return hasFailed ? 0 : value }
      shift += 7
    }
  }

  @usableFromInline
  mutating func readLongSigned(bits: Int) -> Int64 {
    var value: UInt64 = 0
    var shift = 0
    while true {
      let offset = position
      let byte = readByte()
      value |= UInt64(byte & 0x7f) << UInt64(shift)
      let left = bits - shift
      if left < 7 {
        // The bits beyond the number must repeat its sign bit.
        let sign = (Int8(bitPattern: byte << 1) >> 1) >> Int8(left - 1)
        if byte >= 0x80 || (sign != 0 && sign != -1) {
          fail(byte >= 0x80 ? .integerRepresentationTooLong : .integerTooLarge, at: offset)
          return 0
        }
      }
      shift += 7
      if byte < 0x80 {
        if hasFailed { return 0 }
        if shift < 64, byte & 0x40 != 0 { value |= UInt64.max << UInt64(shift) }
        return Int64(bitPattern: value)
      }
    }
  }
}
