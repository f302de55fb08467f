import SwasmModule

/// The first reading: every field gets its index, names are bound, types are read.
extension ModuleEncoder {
  mutating func declareFields() throws(TextError) {
    /// What was defined before: imports must come first, so that indices count in the order of the text.
    var defined: Space?
    var hasStart = false
    while cursor.token.kind == .leftParenthesis {
      let field = cursor.ahead
      guard case .word(let word) = field.meaning else { throw unexpectedField() }
      try cursor.open(word)
      switch word {
      case .type: try declareType()
      case .import: try declareImport(after: defined, at: field)
      case .func: try declareItem(.function, &defined)
      case .table: try declareItem(.table, &defined, segment: .elem, in: .element)
      case .memory: try declareItem(.memory, &defined, segment: .data, in: .data)
      case .global: try declareItem(.global, &defined)
      case .elem: try declareName(in: .element)
      case .data: try declareName(in: .data)
      case .export: break
      case .start:
        if hasStart { throw cursor.failure(.multipleStartSections, at: field) }
        hasStart = true
      default: throw cursor.unexpected("a module field", field)
      }
      if word != .type { try cursor.skipRestOfForm() }
    }
    guard cursor.token.kind == .rightParenthesis || cursor.token.kind == .end else {
      throw cursor.unexpected("a module field")
    }
  }

  /// Adds an item to a space, named if an identifier comes next.
  private mutating func declareName(in space: Space) throws(TextError) {
    let token = cursor.token
    let index = spaces[space].add()
    guard let symbol = try cursor.optionalIdentifier() else { return }
    if !spaces[space].bind(symbol, to: index) { throw duplicate(space.name, token) }
    if space == .function { functionNames.append((index, symbol)) }
  }

  /// A function, table, memory or global: a definition or, with an inline import, none.
  ///
  /// - Parameters:
  ///   - segment: the word of the segment that the item may contain.
  ///   - segments: the space of that segment.
  private mutating func declareItem(
    _ space: Space, _ defined: inout Space?, segment: Word? = nil, in segments: Space = .data
  ) throws(TextError) {
    try declareName(in: space)
    while try cursor.skipOpen(.export) { try cursor.skipRestOfForm() }
    if cursor.isOpen(.import) {
      if let defined { throw importAfter(defined, cursor.ahead) }
      return
    }
    defined = defined ?? space
    guard let segment else { return }
    // What may come before the segment is an element type.
    if cursor.token.kind == .keyword { try cursor.advance() }
    if cursor.isOpen(segment) { _ = spaces[segments].add() }
  }

  private mutating func declareImport(after defined: Space?, at field: Token) throws(TextError) {
    if let defined { throw importAfter(defined, field) }
    _ = try cursor.name()
    _ = try cursor.name()
    let space = try importedSpace()
    try declareName(in: space)
    try cursor.skipRestOfForm()
  }

  private func importAfter(_ space: Space, _ token: Token) -> TextError {
    let kind = space == .function ? "function" : space.name
    return cursor.failure(.importAfterDefinition(kind: kind), at: token)
  }

  /// Reads `(func` and the like.
  mutating func importedSpace() throws(TextError) -> Space {
    try cursor.open()
    let space: Space
    switch cursor.token.meaning {
    case .word(.func): space = .function
    case .word(.table): space = .table
    case .word(.memory): space = .memory
    case .word(.global): space = .global
    default: throw cursor.unexpected("func, table, memory or global")
    }
    try cursor.advance()
    return space
  }

  /// `(type $id? (func …))`, after its keyword.
  private mutating func declareType() throws(TextError) {
    try declareName(in: .type)
    try cursor.open(.func)
    try signature(named: .anywhere)
    locals.removeAll()
    try cursor.close()
    try cursor.close()
    types.append(FunctionType(parameters: parameters, results: results))
  }
}
