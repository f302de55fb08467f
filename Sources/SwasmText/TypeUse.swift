import SwasmModule

/// The types of a module: those of type fields and aliases, and those that type uses imply.
struct TypeList {
  enum Entry {
    case function(FunctionType)
    case linked(LinkedType)
    /// A type of another module: what it is, if it is known to be a function type.
    case alias(FunctionType?)
  }

  private(set) var entries: [Entry] = []
  /// How many of them are not aliases.
  private(set) var defined = 0
  private var symbols: [UInt32: Symbol] = [:]
  /// The first index of each type.
  private var functions: [FunctionType: UInt32] = [:]
  private var linked: [LinkedType: UInt32] = [:]

  var count: UInt32 { UInt32(entries.count) }

  subscript(index: UInt32) -> FunctionType? {
    guard index < entries.count else { return nil }
    switch entries[Int(index)] {
    case .function(let type): return type
    case .alias(let type): return type
    case .linked: return nil
    }
  }

  /// Adds a type, equal to another one or not: its index.
  @discardableResult
  mutating func append(_ entry: Entry) -> UInt32 {
    let index = count
    entries.append(entry)
    switch entry {
    case .function(let type): if functions[type] == nil { functions[type] = index }
    case .linked(let type): if linked[type] == nil { linked[type] = index }
    case .alias: return index
    }
    defined += 1
    return index
  }

  mutating func name(_ index: UInt32, _ symbol: Symbol) { symbols[index] = symbol }

  mutating func setAlias(_ index: UInt32, to type: FunctionType?) {
    entries[Int(index)] = .alias(type)
  }

  /// The smallest index of a type, which is added if there is none.
  mutating func index(of type: FunctionType) -> UInt32 {
    functions[type] ?? append(.function(type))
  }

  /// A reference to the type at an index, by its name if it has one.
  func reference(to index: UInt32) -> ItemReference {
    symbols[index].map { .symbol($0) } ?? .item(index)
  }

  /// A reference to the first of those types, which is added if there is none.
  mutating func reference(to type: LinkedType) -> ItemReference {
    reference(to: linked[type] ?? append(.linked(type)))
  }
}

extension ModuleEncoder {
  /// The items of the type section, with all names looked up.
  func encodedTypes() throws(TextError) -> ItemList {
    var items = ItemList()
    for entry in types.entries {
      switch entry {
      case .function(let type):
        var bytes: [UInt8] = [0x60]
        bytes.append(type.parameters)
        bytes.append(type.results)
        items.append(bytes)
      case .linked(let type): items.append(try encoded(type))
      case .alias: break
      }
    }
    return items
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
      if names == .anywhere, nextIsLocalName {
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

  /// Does an identifier or a name by annotation come next?
  var nextIsLocalName: Bool { cursor.token.isIdentifier || cursor.annotation == .name }

  /// Reads the name of a parameter or local, which is the next local then.
  mutating func addNamedLocal() throws(TextError) {
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    let annotated = try cursor.annotatedSymbol()
    if !locals.add(symbol, annotated: annotated) { throw duplicate("local", token) }
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
      if explicit < types.count { return explicit }  // What another instance calls a type.
      throw cursor.failure(.unknown(space: "type", name: "\(explicit)"), at: start)
    }
    guard type.parameters == parameters, type.results == results else {
      throw cursor.failure(.inlineFunctionType, at: start)
    }
    return explicit
  }

  /// Reads `(type x)` if it comes next.
  mutating func explicitType() throws(TextError) -> UInt32? {
    guard cursor.isOpen(.type) else { return nil }
    if linking != .none { return try referredIndex(in: .type) }
    try cursor.open(.type)
    let explicit = try index(in: .type)
    try cursor.close()
    return explicit
  }
}
