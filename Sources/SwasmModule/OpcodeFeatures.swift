extension Opcode {
  /// The feature that an instruction belongs to; empty for those of version 1.0.
  public var feature: Features {
    switch rawValue {
    case 0x06, 0x07, 0x09, 0x18, 0x19: .legacyExceptions
    case 0x08, 0x0a, 0x1f: .exceptions
    case 0x12, 0x13: .tailCalls
    case 0x15: [.tailCalls, .functionReferences]
    case 0x14, 0xd4...0xd6: .functionReferences
    case 0x1c, 0x25, 0x26, 0xd0...0xd2, 0xfc00f...0xfc011: .referenceTypes
    case 0xc0...0xc4: .signExtension
    case 0xfc000...0xfc007: .saturatingConversions
    case 0xfc008...0xfc00e: .bulkMemory
    case 0xfc013...0xfc016: .wideArithmetic
    case 0xfd000...0xfd0ff: .simd
    case 0xfd100...0xfdfff: .relaxedSIMD
    case 0xfe000...0xfefff: .threads
    default: []
    }
  }
}
