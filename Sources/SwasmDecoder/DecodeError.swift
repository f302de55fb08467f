public import SwasmModule

/// Why bytes are not a module, and where.
public struct DecodeError: Error, Hashable, Sendable, CustomStringConvertible {
  public var cause: Cause
  /// In the module's bytes.
  public var offset: Int

  public init(_ cause: Cause, at offset: Int) {
    self.cause = cause
    self.offset = offset
  }

  public var rejection: Rejection { cause.rejection }

  public var description: String {
    // Which byte says so is of no use to anybody.
    if case .component = cause { return "\(cause)" }
    return "\(cause) (at byte 0x\(String(offset, radix: 16)))"
  }

  /// One case per cause; the descriptions begin with the specification's words.
  public enum Cause: Hashable, Sendable {
    case fault(BinaryFault)
    case magicHeaderNotDetected
    case component
    case unknownBinaryVersion(UInt32)
    case malformedSectionID(UInt8)
    case sectionOutOfOrder(UInt8)
    case lengthOutOfBounds(Int)
    case sectionSizeMismatch
    case malformedUTF8
    case malformedTypeForm(UInt8)
    case malformedImportKind(UInt8)
    case malformedExportKind(UInt8)
    case malformedMutability(UInt8)
    case malformedLimitsFlags(UInt8)
    case malformedElementSegmentKind(UInt32)
    case malformedElementKind(UInt8)
    case malformedDataSegmentKind(UInt32)
    case malformedTable(UInt8)
    case malformedTag(UInt8)
    case malformedPageSize(UInt32)
    case malformedInstanceForm(UInt8)
    case malformedAliasForm(UInt8)
    case malformedAliasKind(UInt8)
    case functionAndCodeCounts(functions: Int, bodies: Int)
    case dataCounts(declared: Int, segments: Int)
    case tooManyLocals(UInt64)
    case constantExpressionRequired(Opcode)
    case limitExceeded(String, count: Int, most: Int)
  }
}

extension DecodeError.Cause: CustomStringConvertible {
  public var rejection: Rejection {
    switch self {
    case .fault(let fault): fault.rejection
    case .constantExpressionRequired: .invalid
    case .malformedPageSize(let log2): log2 < 64 ? .invalid : .malformed
    case .limitExceeded: .limit
    default: .malformed
    }
  }

  public var description: String {
    switch self {
    case .fault(let fault): fault.description
    case .magicHeaderNotDetected: "magic header not detected"
    case .component: Rejection.component
    case .unknownBinaryVersion(let version): "unknown binary version \(version)"
    case .malformedSectionID(let id): "malformed section id \(id)"
    case .sectionOutOfOrder(let id):
      "unexpected content after last section: section \(id) comes twice or too late"
    case .lengthOutOfBounds(let length): "length out of bounds: \(length) bytes"
    case .sectionSizeMismatch: "section size mismatch"
    case .malformedUTF8: "malformed UTF-8 encoding"
    case .malformedTypeForm(let byte): "malformed type form \(byte)"
    case .malformedImportKind(let byte): "malformed import kind \(byte)"
    case .malformedExportKind(let byte): "malformed export kind \(byte)"
    case .malformedMutability(let byte): "malformed mutability \(byte)"
    case .malformedLimitsFlags(let byte): "malformed limits flags \(byte)"
    case .malformedElementSegmentKind(let kind): "malformed elements segment kind \(kind)"
    case .malformedElementKind(let kind): "malformed element kind \(kind)"
    case .malformedDataSegmentKind(let kind): "malformed data segment kind \(kind)"
    case .malformedInstanceForm(let byte): "malformed instance form \(byte)"
    case .malformedAliasForm(let byte): "malformed alias form \(byte)"
    case .malformedAliasKind(let byte): "invalid external kind in alias: \(byte)"
    case .malformedTag(let byte): "malformed tag attribute \(byte)"
    case .malformedPageSize(let log2): "invalid custom page size: 2^\(log2) bytes"
    case .malformedTable(let byte): "malformed table: byte \(byte) after its form"
    case .functionAndCodeCounts(let functions, let bodies):
      "function and code section have inconsistent lengths: \(functions) and \(bodies)"
    case .dataCounts(let declared, let segments):
      "data count and data section have inconsistent lengths: \(declared) and \(segments)"
    case .tooManyLocals(let count): "too many locals: \(count)"
    case .constantExpressionRequired(let opcode):
      "constant expression required: \(opcode.name) is not constant"
    case .limitExceeded(let what, let count, let most):
      "too many \(what): \(count), the limit is \(most)"
    }
  }
}
