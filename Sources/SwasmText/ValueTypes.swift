import SwasmModule

/// Value types: a word, or `(ref null? heaptype)`.
extension ModuleEncoder {
  mutating func valueType() throws(TextError) -> ValueType {
    if try cursor.skipOpen(.ref) {
      let isNullable = try cursor.skip(.null)
      let type = try heapType()
      try cursor.close()
      return isNullable ? type : type.nonNull
    }
    guard case .word(let word) = cursor.token.meaning, let type = ValueType(word) else {
      throw cursor.unexpected("a value type")
    }
    try cursor.advance()
    return type
  }

  mutating func referenceType() throws(TextError) -> ValueType {
    guard nextIsReferenceType else { throw cursor.unexpected("a reference type") }
    return try valueType()
  }

  var nextIsReferenceType: Bool {
    if cursor.isOpen(.ref) { return true }
    guard case .word(let word) = cursor.token.meaning else { return false }
    return ValueType(word)?.isReference == true
  }

  /// Reads a heap type: the nullable reference to it.
  mutating func heapType() throws(TextError) -> ValueType {
    let token = cursor.token
    if token.isIndex {
      let index = try typeIndex()
      guard index < ValueType.indexLimit else {
        throw cursor.failure(.constantOutOfRange(type: "type index"), at: token)
      }
      return ValueType(index: index, isNullable: true)
    }
    guard case .word(let word) = token.meaning, let type = ValueType(heap: word) else {
      throw cursor.unexpected("a heap type")
    }
    try cursor.advance()
    return type
  }

  /// Reads the index of a type, which may come later in the text.
  private mutating func typeIndex() throws(TextError) -> UInt32 {
    let token = cursor.token
    guard token.isIdentifier, !isDeclared else { return try index(in: .type) }
    let place = cursor.bookmark
    let symbol = try cursor.identifier()
    if let index = spaces[.type].index(of: symbol) { return index }
    if let index = try laterType(symbol) { return index }
    cursor.go(to: place)
    throw unknown("type", token)
  }
}

extension ValueType {
  /// The type of that name.
  fileprivate init?(_ word: Word) {
    switch word {
    case .i32: self = .i32
    case .i64: self = .i64
    case .f32: self = .f32
    case .f64: self = .f64
    case .v128: self = .v128
    case .funcref: self = .funcref
    case .externref: self = .externref
    case .exnref: self = .exnref
    case .nullfuncref: self = .nullfuncref
    case .nullexternref: self = .nullexternref
    case .nullexnref: self = .nullexnref
    default: return nil
    }
  }

  /// The nullable reference to the abstract heap type of that name.
  fileprivate init?(heap word: Word) {
    switch word {
    case .func: self = .funcref
    case .extern: self = .externref
    case .exn: self = .exnref
    case .nofunc: self = .nullfuncref
    case .noextern: self = .nullexternref
    case .noexn: self = .nullexnref
    default: return nil
    }
  }
}
