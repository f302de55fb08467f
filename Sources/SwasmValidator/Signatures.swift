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
  /// First one of each value type without an index, then the sections' types, then two references to each of them.
  public let values: [ValueType]
  /// By type index.
  @usableFromInline let byType: [Signature]
  /// Where in `values` the references to types begin.
  @usableFromInline let references: Int

  /// The first so many can be named by the module's code.
  @usableFromInline let declared: Int

  /// - Parameters:
  ///   - types: with canonical indices in them.
  ///   - canonical: by type index.
  init(_ types: [DefinedType], declared: Int, canonical: [CanonicalTypeIndex]) {
    var values = Self.plain
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
    references = values.count
    for index in canonical {
      let type = ValueType(index: index.rawValue, isNullable: true)
      values += [type, type.nonNull]
    }
    self.values = values
    self.byType = byType
    self.declared = declared
  }

  /// The types without an index, each reference followed by the one that is not null.
  private static let plain: [ValueType] =
    [.i32, .i64, .f32, .f64, .v128]
    + [.funcref, .externref, .exnref, .nullfuncref, .nullexternref, .nullexnref]
    .flatMap { [$0, $0.nonNull] }

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
      Signature(start: position(of: type), parameterCount: 0, resultCount: 1)
    case .function(let type): byType[type.position]
    }
  }

  /// Where a type of the module's code is in `values`.
  @inlinable
  func position(of type: ValueType) -> Int {
    if type.code >= 0x7b { return 0x7f - Int(type.code) }
    let offset = type.isNullable ? 0 : 1
    return switch type.code {
    case 0x70: 5 + offset
    case 0x6f: 7 + offset
    case 0x69: 9 + offset
    case 0x73: 11 + offset
    case 0x72: 13 + offset
    case 0x74: 15 + offset
    default: references + 2 * Int(type.rawValue >> 9) + offset
    }
  }
}

extension Signature {
  static let empty = Signature(start: 0, parameterCount: 0, resultCount: 0)
  /// Of a type that is no function's.
  static let none = Signature(start: Int(UInt32.max), parameterCount: 0, resultCount: 0)
}
