public import SwasmModule

/// Parameter and result types, as stretches of ``SignatureTable/values``.
@frozen
public struct Signature: Hashable, Sendable {
  @usableFromInline let start: UInt32
  @usableFromInline let parameterEnd: UInt32
  @usableFromInline let resultEnd: UInt32

  @inlinable
  init(start: Int, parameterCount: Int, resultCount: Int) {
    self.start = UInt32(start)
    parameterEnd = UInt32(start + parameterCount)
    resultEnd = UInt32(start + parameterCount + resultCount)
  }

  /// Positions in ``SignatureTable/values``.
  @inlinable public var parameters: Range<Int> { Int(start)..<Int(parameterEnd) }
  @inlinable public var results: Range<Int> { Int(parameterEnd)..<Int(resultEnd) }

  /// The type of a function's body as a block: the same results, no parameters.
  @inlinable
  public var withoutParameters: Signature {
    Signature(start: Int(parameterEnd), parameterCount: 0, resultCount: results.count)
  }
}

/// The types of a module's type section, flat, so that a body can be walked without touching an array
/// of arrays. Block types that are a value type or nothing are signatures too.
@frozen
public struct SignatureTable: Sendable {
  /// First one of each value type, in descending order of their codes, then the sections' types.
  public let values: [ValueType]
  /// By type index.
  @usableFromInline let byType: [Signature]

  /// The first so many can be named by the module's code.
  @usableFromInline let declared: Int

  init(_ types: [DefinedType], declared: Int) {
    var values: [ValueType] = [.i32, .i64, .f32, .f64, .v128, .funcref, .externref]
    var byType: [Signature] = []
    byType.reserveCapacity(types.count)
    for defined in types {
      switch defined {
      case .function(let type):
        byType.append(
          Signature(
            start: values.count, parameterCount: type.parameters.count,
            resultCount: type.results.count))
        values += type.parameters
        values += type.results
      case .module, .instance, .outer: byType.append(.none)
      }
    }
    self.values = values
    self.byType = byType
    self.declared = declared
  }

  /// The number of types that the module declares.
  @inlinable public var count: Int { declared }

  /// Whether a type in range is a function's.
  func isFunction(_ type: TypeIndex) -> Bool { byType[type.position] != .none }

  /// - Precondition: the index is in range, which validation has made sure of.
  @inlinable public subscript(type: TypeIndex) -> Signature { byType[type.position] }

  /// - Precondition: a type index is in range.
  @inlinable
  public subscript(block: BlockType) -> Signature {
    switch block {
    case .empty: Signature(start: 0, parameterCount: 0, resultCount: 0)
    case .value(let type):
      Signature(start: Self.position(of: type), parameterCount: 0, resultCount: 1)
    case .function(let type): byType[type.position]
    }
  }

  @inlinable
  static func position(of type: ValueType) -> Int {
    type.code >= 0x7b ? 0x7f - Int(type.code) : 0x75 - Int(type.code)
  }
}

extension Signature {
  static let empty = Signature(start: 0, parameterCount: 0, resultCount: 0)
  /// Of a type that is no function's.
  static let none = Signature(start: Int(UInt32.max), parameterCount: 0, resultCount: 0)
}
