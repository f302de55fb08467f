/// A reference as it is written. Which name stands for which index is known when the whole module has been read.
enum ItemReference: Hashable {
  case number(UInt32)
  case symbol(Symbol)
  /// An item without a name, by its index.
  case item(UInt32)
}

/// Where an alias finds its item.
enum AliasSource: Hashable {
  case export(of: ItemReference, name: [UInt8])
  /// An item of an enclosing module. `module` counts outwards or names it.
  case outer(module: ItemReference, item: ItemReference)
}

/// An item of another instance or of an enclosing module, given an index here.
struct Alias {
  struct Key: Hashable {
    var source: AliasSource
    var space: Space
  }

  var key: Key
  var index: UInt32
  var symbol: Symbol?
  /// Where it is written.
  var token: Token

  var reference: ItemReference { symbol.map { .symbol($0) } ?? .item(index) }
}

/// The aliases of a module, in the order of the binary format. One that is only implied, by
/// `(func $i "f")` in the place of an index, is made where it is met first and used again after that.
struct AliasTable {
  private(set) var all: [Alias] = []
  private var positions: [Alias.Key: Int] = [:]

  mutating func append(_ alias: Alias) {
    positions[alias.key] = all.count
    all.append(alias)
  }

  subscript(key: Alias.Key) -> Alias? { positions[key].map { all[$0] } }
}

extension ModuleEncoder {
  /// Does a reference to an item of a space come next, in parentheses?
  @inline(__always)
  func nextIsReference(to space: Space) -> Bool {
    cursor.token.kind == .leftParenthesis && linking != .none
      && Space(cursor.ahead.meaning) == space
  }

  /// Reads an index or a name, not looking it up.
  mutating func writtenReference() throws(TextError) -> ItemReference {
    if cursor.token.kind == .number { return .number(try cursor.unsigned32()) }
    guard cursor.token.isIdentifier else { throw cursor.unexpected("an index") }
    return .symbol(try cursor.identifier())
  }

  /// Reads the strings of `(space $i "a" "b")` or the names of `(space outer $m $x)`, up to the closing
  /// parenthesis, and makes those aliases that there aren't yet. Each string but the last names an instance.
  mutating func references(to space: Space) throws(TextError) -> ItemReference {
    let token = cursor.token
    if try cursor.skip(.outer) {
      let module = try writtenReference()
      let source = AliasSource.outer(module: module, item: try writtenReference())
      return try alias(Alias.Key(source: source, space: space), token)
    }
    var current = try writtenReference()
    while cursor.token.kind == .string {
      let name = try cursor.name()
      let isLast = cursor.token.kind != .string
      let source = AliasSource.export(of: current, name: name)
      current = try alias(Alias.Key(source: source, space: isLast ? space : .instance), token)
    }
    return current
  }

  private mutating func alias(_ key: Alias.Key, _ token: Token) throws(TextError) -> ItemReference {
    usesLinking = true
    if let known = aliases[key] { return known.reference }
    guard !isDeclared else { throw cursor.unexpected("an index", token) }
    return addAlias(key, nil, token).reference
  }

  /// - Returns: the alias with its index.
  @discardableResult
  mutating func addAlias(_ key: Alias.Key, _ symbol: Symbol?, _ token: Token) -> Alias {
    addHeader(.alias)
    let index = key.space == .type ? types.append(.alias(nil)) : spaces[key.space].add()
    let alias = Alias(key: key, index: index, symbol: symbol, token: token)
    aliases.append(alias)
    return alias
  }

  /// The index that a reference means, when all names are known.
  func resolve(
    _ reference: ItemReference, in space: Space, _ token: Token
  ) throws(TextError) -> UInt32 {
    switch reference {
    case .number(let index), .item(let index): return index
    case .symbol(let symbol):
      guard let index = spaces[space].index(of: symbol) else {
        throw unknown(space, symbol, token)
      }
      return index
    }
  }

  func unknown(_ space: Space, _ symbol: Symbol, _ token: Token) -> TextError {
    let name = "$" + String(decoding: cursor.symbols.bytes(of: symbol), as: UTF8.self)
    return cursor.failure(.unknown(space: space.name, name: name), at: token)
  }

  /// Reads `(space …)` in the place of an index.
  mutating func referredIndex(in space: Space) throws(TextError) -> UInt32 {
    try cursor.open()
    guard Space(cursor.token.meaning) == space else { throw cursor.unexpected("an index") }
    try cursor.advance()
    let token = cursor.token
    let reference = try references(to: space)
    try cursor.close()
    return try resolve(reference, in: space, token)
  }

  /// Writes the aliases, whose names can now be looked up, and finds the types that they stand for.
  ///
  /// - Parameter ancestors: the enclosing modules, the outermost first.
  mutating func encodeAliases(in ancestors: [ModuleEncoder]) throws(TextError) {
    for alias in aliases.all {
      var bytes: [UInt8] = []
      switch alias.key.source {
      case .export(let instance, let name):
        bytes.append(0x00)
        bytes.appendUnsigned(try resolve(instance, in: .instance, alias.token))
        bytes.append(alias.key.space.rawValue)
        bytes.appendVector(name)
      case .outer(let module, let item):
        let depth = try self.depth(of: module, in: ancestors, alias.token)
        let ancestor = Int(depth) < ancestors.count ? ancestors.count - 1 - Int(depth) : nil
        let index = try outerIndex(item, alias.key.space, alias.token, ancestor, ancestors)
        if alias.key.space == .type, let ancestor {
          types.setAlias(alias.index, to: ancestors[ancestor].types[index])
        }
        bytes.append(0x01)
        bytes.appendUnsigned(depth)
        bytes.append(alias.key.space.rawValue)
        bytes.appendUnsigned(index)
      }
      aliasItems.append(bytes)
    }
  }

  /// How many modules are between here and an enclosing one.
  private func depth(
    of module: ItemReference, in ancestors: [ModuleEncoder], _ token: Token
  ) throws(TextError) -> UInt32 {
    guard case .symbol(let symbol) = module else {
      return try resolve(module, in: .module, token)
    }
    let name = cursor.symbols.bytes(of: symbol)
    guard let found = ancestors.lastIndex(where: { $0.moduleName.map { $0[...] } == name }) else {
      throw unknown(.module, symbol, token)
    }
    return UInt32(ancestors.count - 1 - found)
  }

  private func outerIndex(
    _ item: ItemReference, _ space: Space, _ token: Token, _ ancestor: Int?,
    _ ancestors: [ModuleEncoder]
  ) throws(TextError) -> UInt32 {
    guard case .symbol(let symbol) = item else { return try resolve(item, in: space, token) }
    let name = cursor.symbols.bytes(of: symbol)
    guard let ancestor, let there = ancestors[ancestor].cursor.symbols.find(name),
      let index = ancestors[ancestor].spaces[space].index(of: there)
    else { throw unknown(space, symbol, token) }
    return index
  }
}
