/// How a module fails: the specification tells malformed bytes from well-formed but invalid modules, and
/// an implementation adds limits and features that it lacks.
public enum Rejection: Hashable, Sendable {
  case malformed
  case invalid
  case unsupported
  /// It needs a feature that was taken away.
  case switchedOff
  case limit

  /// What is said of a component, in either format.
  public static let component = """
    this is a component, and only core modules run here; build the program for wasm32-wasip1, or take its modules out \
    with `wasm-tools component unbundle`
    """
}

/// Why bytes can't be read as numbers, types and instructions. Decoder, validator and translator read
/// with ``InstructionReader`` and so share these causes; the words are the specification's.
public enum BinaryFault: Hashable, Sendable, CustomStringConvertible {
  case unexpectedEnd
  case integerRepresentationTooLong
  case integerTooLarge
  case malformedValueType(UInt8)
  case malformedReferenceType(UInt8)
  case malformedHeapType(UInt8)
  case typeIndexTooLarge(Int64)
  case malformedMemoryFlags(UInt32)
  /// The opcode; for prefixed ones the prefix and the number after it.
  case illegalOpcode(UInt8, sub: UInt32?)
  case misplacedElse
  case endExpected
  case bytesAfterEnd
  case dataCountRequired
  case malformedCatchClause(UInt8)
  case malformedLane(UInt8)
  case zeroByteExpected
  /// The feature that the opcode or type code (`code`) belongs to is not implemented.
  case unsupported(Features, what: String, code: UInt32)
  /// The feature that `what` belongs to is switched off.
  case switchedOff(Features, what: String)

  public var rejection: Rejection {
    switch self {
    case .unsupported: .unsupported
    case .switchedOff: .switchedOff
    case .typeIndexTooLarge, .malformedLane: .invalid
    default: .malformed
    }
  }

  public var description: String {
    switch self {
    case .unexpectedEnd: "unexpected end of section or function"
    case .integerRepresentationTooLong: "integer representation too long"
    case .integerTooLarge: "integer too large"
    case .malformedValueType(let code): "malformed value type \(hexadecimal(UInt32(code)))"
    case .malformedReferenceType(let code): "malformed reference type \(hexadecimal(UInt32(code)))"
    case .malformedHeapType(let code): "malformed heap type \(hexadecimal(UInt32(code)))"
    case .typeIndexTooLarge(let index): "unknown type \(index)"
    case .malformedCatchClause(let kind): "malformed catch clause \(kind)"
    case .malformedLane(let lane): "invalid lane index \(lane)"
    case .zeroByteExpected: "zero byte expected"
    case .malformedMemoryFlags(let flags): "malformed memop flags \(hexadecimal(flags))"
    case .illegalOpcode(let byte, nil): "illegal opcode \(hexadecimal(UInt32(byte)).dropFirst(2))"
    case .illegalOpcode(let byte, let sub?):
      "illegal opcode \(hexadecimal(UInt32(byte)).dropFirst(2)) \(hexadecimal(sub).dropFirst(2))"
    case .misplacedElse: "misplaced ELSE opcode"
    case .endExpected: "END opcode expected"
    case .bytesAfterEnd: "END opcode expected at the end of the code, not before"
    case .dataCountRequired: "data count section required"
    case .unsupported(let feature, let what, let code):
      "needs \(feature), which is not supported yet (\(what) \(hexadecimal(code)))"
    case .switchedOff(let feature, let what):
      "needs \(feature), which is switched off (\(what))"
    }
  }
}

/// `0x` and at least two digits.
private func hexadecimal(_ value: UInt32) -> String {
  let digits = String(value, radix: 16)
  return "0x" + (digits.count < 2 ? "0" : "") + digits
}
