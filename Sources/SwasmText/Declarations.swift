import SwasmModule

/// What the first reading must remember from one field to the next.
struct DeclarationState {
  /// What was defined first: imports must come before, so that indices count in the order of the text.
  var defined: Space?
  var hasStart = false
  /// The first names of imports of two levels.
  var implicitInstances: Set<[UInt8]> = []
}

/// The first reading: every field gets its index, names are bound, types are read.
extension ModuleEncoder {
  /// Reads fields up to the next module among them.
  mutating func declareFields() throws(TextError) -> Stop {
    while cursor.token.kind == .leftParenthesis || cursor.token.kind == .annotation {
      if cursor.token.kind == .annotation {
        guard cursor.annotation == .custom else { throw cursor.unexpected("a module field") }
        try cursor.advance()
        continue
      }
      let before = headers.count
      let module = try declareField()
      // Something that must keep its place: types and imports read so far should have kept theirs.
      if linking == .typesFirst,
        headers[before...].contains(where: { $0 != .type && $0 != .import })
      {
        restartInterleaved()
        continue
      }
      if let module { return module }
    }
    guard cursor.token.kind == .rightParenthesis || cursor.token.kind == .end else {
      throw cursor.unexpected("a module field")
    }
    spaces.settle()
    isDeclared = true
    return .end
  }

  private mutating func restartInterleaved() {
    let place = cursor.bookmark
    cursor.go(to: start)
    let fresh = ModuleEncoder(cursor: cursor, name: moduleName, linking: .interleaved)
    cursor.go(to: place)
    self = fresh
    usesLinking = true
  }

  private mutating func declareField() throws(TextError) -> Stop? {
    let field = cursor.ahead
    guard case .word(let word) = field.meaning else { throw unexpectedField() }
    try cursor.open(word)
    if linking == .none {
      try declare(word, field)
      if word != .type { try cursor.skipRestOfForm() }
      return nil
    }
    if word == .module {
      usesLinking = true
      if let module = try declareModule() { return module }
    }
    // What is referred to in other instances gets its alias before the field.
    let start = cursor.bookmark
    try declareReferences()
    let end = cursor.bookmark
    cursor.go(to: start)
    try declare(word, field)
    cursor.go(to: end)
    return nil
  }

  private mutating func declare(_ word: Word, _ field: Token) throws(TextError) {
    switch word {
    case .type: try declareType()
    case .import: try declareImport(at: field)
    case .func: try declareItem(.function)
    case .table: try declareItem(.table, segment: .elem, in: .element)
    case .memory: try declareItem(.memory, segment: .data, in: .data)
    case .global: try declareItem(.global)
    case .tag: try declareItem(.tag)
    case .elem: try declareName(in: .element)
    case .data: try declareName(in: .data)
    case .export: break
    case .start:
      if declaration.hasStart { throw cursor.failure(.multipleStartSections, at: field) }
      declaration.hasStart = true
    case .instance where linking != .none: try declareInstance()
    case .module where linking != .none: try declareModuleImport()
    case .alias where linking != .none: try declareAlias()
    default: throw cursor.unexpected("a module field", field)
    }
  }

  /// Adds a definition to a space, named if an identifier comes next.
  private mutating func declareName(in space: Space) throws(TextError) {
    let index = spaces[space].addDefinition()
    try bindName(in: space, to: index)
  }

  /// Binds the identifier that comes next, if one does.
  @discardableResult
  mutating func bindName(in space: Space, to index: UInt32) throws(TextError) -> Symbol? {
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    if let symbol, !spaces[space].bind(symbol, to: index) { throw duplicate(space.name, token) }
    if let name = try cursor.annotatedName() { spaces[space].annotate(index, name) }
    return symbol
  }

  /// A function, table, memory or global: a definition or, with an inline import, none.
  ///
  /// - Parameters:
  ///   - segment: the word of the segment that the item may contain.
  ///   - segments: the space of that segment.
  private mutating func declareItem(
    _ space: Space, segment: Word? = nil, in segments: Space = .data
  ) throws(TextError) {
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    let name = try cursor.annotatedName()
    while try cursor.skipOpen(.export) { try cursor.skipRestOfForm() }
    let isImport = cursor.isOpen(.import)
    let index = isImport ? spaces[space].add() : spaces[space].addDefinition()
    if let symbol, !spaces[space].bind(symbol, to: index) { throw duplicate(space.name, token) }
    if let name { spaces[space].annotate(index, name) }
    if isImport {
      if let defined = declaration.defined { throw importAfter(defined, cursor.ahead) }
      try declareInlineImportName()
      return try declareImportedType(space, index)
    }
    declaration.defined = declaration.defined ?? space
    guard let segment else { return }
    // An address type, a page size and an element type may come before the segment.
    while cursor.token.kind == .keyword { try cursor.advance() }
    if cursor.isOpen(.pagesize) || cursor.isOpen(.ref) {
      try cursor.open()
      try cursor.skipRestOfForm()
    }
    if cursor.isOpen(segment) { _ = spaces[segments].addDefinition() }
  }

  private mutating func declareImport(at field: Token) throws(TextError) {
    if let defined = declaration.defined { throw importAfter(defined, field) }
    if nextIsCompactImport { return try declareCompactImport() }
    try declareImportName()
    let space = try importedSpace()
    let index = spaces[space].add()
    try bindName(in: space, to: index)
    try declareImportedType(space, index)
    if linking == .none { try cursor.skipRestOfForm() }
  }

  /// `(import …)` in an item.
  mutating func declareInlineImportName() throws(TextError) {
    try cursor.open(.import)
    try declareImportName()
    try cursor.close()
  }

  /// Imports of two levels come out of an instance that has an index of its own, once for each first name.
  private mutating func declareImportName() throws(TextError) {
    let (module, name) = try importName()
    guard linking != .none, name != nil else { return }
    if declaration.implicitInstances.insert(module).inserted { _ = spaces[.instance].add() }
  }

  /// Where imports keep their place in the order of the text, so do the types that they imply.
  mutating func declareImportedType(_ space: Space, _ index: UInt32) throws(TextError) {
    if linking == .interleaved {
      switch space {
      case .function: _ = try functionTypeReference()
      case .module, .instance: _ = try linkedTypeUse(space)
      default: break
      }
    }
    headerIndices.append(index)
    addHeader(.import)
  }

  private func importAfter(_ space: Space, _ token: Token) -> TextError {
    let kind = space == .function ? "function" : space.name
    return cursor.failure(.importAfterDefinition(kind: kind), at: token)
  }

  /// Reads `(func` and the like.
  mutating func importedSpace() throws(TextError) -> Space {
    try cursor.open()
    guard let space = Space(cursor.token.meaning), space != .type,
      linking != .none || space.rawValue <= Space.tag.rawValue
    else { throw cursor.unexpected("func, table, memory, global or tag") }
    if space.rawValue > Space.tag.rawValue { usesLinking = true }
    try cursor.advance()
    return space
  }

  /// `(type $id? (func …))`, after its keyword.
  private mutating func declareType() throws(TextError) {
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    let name = try cursor.annotatedName()
    let entry: TypeList.Entry
    if linking != .none, cursor.isOpen(.module) || cursor.isOpen(.instance) {
      usesLinking = true
      entry = .linked(try linkedType(try importedSpace()))
    } else {
      try cursor.open(.func)
      // The type may refer to itself.
      if let symbol, !spaces[.type].bind(symbol, to: types.count) { throw duplicate("type", token) }
      try signature(named: .anywhere)
      locals.removeAll()
      entry = .function(FunctionType(parameters: parameters, results: results))
    }
    try cursor.close()
    try cursor.close()
    let isBound = if case .function = entry { true } else { false }
    let index = types.append(entry)
    if let name { spaces[.type].annotate(index, name) }
    guard let symbol else { return }
    types.name(index, symbol)
    if !isBound, !spaces[.type].bind(symbol, to: index) { throw duplicate("type", token) }
  }

  /// The index that a type field further on will have, by its name. Only types of functions may be named early, and what
  /// names them is not valid: but it is well-formed.
  mutating func laterType(_ symbol: Symbol) throws(TextError) -> UInt32? {
    guard linking == .none, !isDeclared else { return nil }
    if laterTypes == nil { laterTypes = try typeNames() }
    return laterTypes?[symbol]
  }

  private mutating func typeNames() throws(TextError) -> [Symbol: UInt32] {
    let place = cursor.bookmark
    defer { cursor.go(to: place) }
    cursor.go(to: start)
    var names: [Symbol: UInt32] = [:]
    var index: UInt32 = 0
    while cursor.token.kind == .leftParenthesis || cursor.token.kind == .annotation {
      if cursor.token.kind == .annotation {
        try cursor.advance()
        continue
      }
      let isType = cursor.isOpen(.type)
      try cursor.open()
      if isType {
        try cursor.advance()
        if let symbol = try cursor.optionalIdentifier(), names[symbol] == nil {
          names[symbol] = index
        }
        index += 1
      }
      try cursor.skipRestOfForm()
    }
    return names
  }
}
