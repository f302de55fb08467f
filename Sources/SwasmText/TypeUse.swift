import SwasmModule

/// The function types of a module: those of type fields, then those that type uses imply.
struct TypeList {
  private(set) var types: [FunctionType] = []
  private(set) var section = SectionWriter()
  /// The first index of each type.
  private var firstIndices: [FunctionType: UInt32] = [:]

  subscript(index: UInt32) -> FunctionType? {
    index < types.count ? types[Int(index)] : nil
  }

  /// Adds a type, equal to another one or not.
  mutating func append(_ type: FunctionType) {
    if firstIndices[type] == nil { firstIndices[type] = UInt32(types.count) }
    types.append(type)
    section.count += 1
    section.bytes.append(0x60)
    section.bytes.appendVector(type.parameters.lazy.map(\.code))
    section.bytes.appendVector(type.results.lazy.map(\.code))
  }

  /// The smallest index of a type, which is added if there is none.
  mutating func index(of type: FunctionType) -> UInt32 {
    if let index = firstIndices[type] { return index }
    append(type)
    return UInt32(types.count - 1)
  }
}

/// Where parameters may have names.
enum ParameterNames {
  /// Names become locals.
  case anywhere
  case nowhere
}

extension ModuleEncoder {
  /// Reads `(param …)* (result …)*` into `parameters` and `results`. Parameters also become `locals`, where
  /// names are allowed.
  mutating func signature(named names: ParameterNames) throws(TextError) {
    parameters.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    while try cursor.skipOpen(.param) {
      let before = parameters.count
      if names == .anywhere, cursor.token.isIdentifier {
        try addNamedLocal()
        parameters.append(try valueType())
      } else {
        while cursor.token.kind != .rightParenthesis { parameters.append(try valueType()) }
        if names == .anywhere { locals.addUnnamed(parameters.count - before) }
      }
      try cursor.close()
    }
    while try cursor.skipOpen(.result) {
      while cursor.token.kind != .rightParenthesis { results.append(try valueType()) }
      try cursor.close()
    }
  }

  /// Reads the name of a parameter or local and binds it to the next local.
  mutating func addNamedLocal() throws(TextError) {
    let token = cursor.token
    if !locals.add(try cursor.identifier()) { throw duplicate("local", token) }
  }

  /// Reads `(type …)? (param …)* (result …)*`: the type's index.
  ///
  /// - Parameter names: `.anywhere` also makes the parameters `locals`, whether they are repeated inline or not.
  mutating func typeUse(named names: ParameterNames) throws(TextError) -> UInt32 {
    let start = cursor.token
    guard let explicit = try explicitType() else {
      try signature(named: names)
      return types.index(of: FunctionType(parameters: parameters, results: results))
    }
    try signature(named: names)
    if parameters.isEmpty && results.isEmpty {
      // A type that doesn't exist is an error of validation, unless something depends on its shape.
      if names == .anywhere, let type = types[explicit] {
        locals.addUnnamed(type.parameters.count)
      }
      return explicit
    }
    guard let type = types[explicit] else {
      throw cursor.failure(.unknown(space: "type", name: "\(explicit)"), at: start)
    }
    guard type.parameters == parameters, type.results == results else {
      throw cursor.failure(.inlineFunctionType, at: start)
    }
    return explicit
  }

  /// Reads `(type x)` if it comes next.
  mutating func explicitType() throws(TextError) -> UInt32? {
    guard try cursor.skipOpen(.type) else { return nil }
    let explicit = try index(in: .type)
    try cursor.close()
    return explicit
  }

  mutating func valueType() throws(TextError) -> ValueType {
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
    cursor.token.meaning == .word(.funcref) || cursor.token.meaning == .word(.externref)
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
    default: return nil
    }
  }
}
