public import SwasmModule

/// Why a text is not a module, and where.
public struct TextError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong.
  public var cause: Cause
  /// The line, from 1.
  public var line: Int
  /// The column, from 1, in Unicode scalars.
  public var column: Int
  /// The offset in the text, in bytes.
  public var offset: Int

  public var description: String { "\(line):\(column): \(cause)" }

  public var rejection: Rejection {
    switch cause {
    case .unsupported: .unsupported
    default: .malformed
    }
  }

  init(_ cause: Cause, at location: TextLocation) {
    self.cause = cause
    line = location.line
    column = location.column
    offset = location.offset
  }

  public enum Cause: Hashable, Sendable {
    case textTooLong
    case malformedUTF8
    case illegalCharacter(UInt8)
    case illegalEscape
    case unclosedString
    case unclosedComment
    case unclosedAnnotation
    case emptyAnnotation
    /// What is wrong in one that means something.
    case malformedAnnotation(String, String)
    case misplacedAnnotation(String)
    case emptyIdentifier
    case unexpectedToken(found: String, expected: String)
    case unknownOperator(String)
    case unknown(space: String, name: String)
    case duplicate(space: String, name: String)
    case constantOutOfRange(type: String)
    case alignmentNotPowerOfTwo
    case pageSizeNotPowerOfTwo
    case mismatchingLabel(String)
    case inlineFunctionType
    case importAfterDefinition(kind: String)
    case multipleStartSections
    case tooManyLevels
    /// A word of a feature that is not implemented.
    case unsupported(feature: String, word: String)
    case component
    /// Of a script.
    case unknownCommand(String)
  }
}

extension TextError.Cause: CustomStringConvertible {
  public var description: String {
    switch self {
    case .textTooLong: "text too long"
    case .malformedUTF8: "malformed UTF-8 encoding"
    case .illegalCharacter(let byte): "illegal character 0x" + String(byte, radix: 16)
    case .illegalEscape: "illegal escape in string"
    case .unclosedString: "unclosed string"
    case .unclosedComment: "unclosed comment"
    case .unclosedAnnotation: "unclosed annotation"
    case .emptyAnnotation: "empty annotation id"
    case .malformedAnnotation(let name, let fault): "@\(name) annotation: \(fault)"
    case .misplacedAnnotation(let name): "misplaced @\(name) annotation"
    case .emptyIdentifier: "empty identifier"
    case .unexpectedToken(let found, let expected):
      "unexpected token \(found), expected \(expected)"
    case .unknownOperator(let name): "unknown operator \(name)"
    case .unknown(let space, let name): "unknown \(space) \(name)"
    case .duplicate(let space, let name): "duplicate \(space) \(name)"
    case .constantOutOfRange(let type): "\(type) constant out of range"
    case .alignmentNotPowerOfTwo: "alignment must be a power of two"
    case .pageSizeNotPowerOfTwo: "invalid custom page size: must be a power of two"
    case .mismatchingLabel(let name): "mismatching label \(name)"
    case .inlineFunctionType: "inline function type does not match the explicit type"
    case .importAfterDefinition(let kind): "import after \(kind)"
    case .multipleStartSections: "multiple start sections"
    case .unsupported(let feature, let word):
      "needs \(feature), which is not supported yet ('\(word)')"
    case .component: Rejection.component
    case .unknownCommand(let name): "there is no command '\(name)'"
    case .tooManyLevels: "modules are nested too deep"
    }
  }
}

/// A place in a text, as people and as programs say it.
struct TextLocation {
  var offset: Int
  var line = 1
  var column = 1

  init(offset: Int, in source: [UInt8]) {
    self.offset = offset
    for byte in source.prefix(offset) {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xc0 != 0x80 {  // Not the continuation of a character.
        column += 1
      }
    }
  }
}
