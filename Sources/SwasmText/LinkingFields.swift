/// Fields that only module linking has: modules, instances and aliases.
extension ModuleEncoder {
  // MARK: The first reading

  /// `(module $id? (export "a")* field*)`, after its keyword.
  ///
  /// - Returns: `nil`, nothing being read, when it is an import.
  mutating func declareModule() throws(TextError) -> Stop? {
    let start = cursor.bookmark
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    let name = try cursor.annotatedName() ?? symbol.map { Array(cursor.symbols.bytes(of: $0)) }
    _ = try moduleExports()
    if try nextIsInlineImport() {
      cursor.go(to: start)
      return nil
    }
    let index = spaces[.module].add()
    if let symbol, !spaces[.module].bind(symbol, to: index) { throw duplicate("module", token) }
    headerIndices.append(index)
    addHeader(.module)
    return .module(name)
  }

  /// `(module $id? (export "a")* (import "b") …)`, after its keyword.
  mutating func declareModuleImport() throws(TextError) {
    let index = spaces[.module].add()
    try bindName(in: .module, to: index)
    _ = try moduleExports()
    try declareInlineImportName()
    try declareImportedType(.module, index)
  }

  /// `(instance $id? (export "a")* (instantiate …))` or `(instance $id? (export "a")* (import "b") …)`
  mutating func declareInstance() throws(TextError) {
    usesLinking = true
    let token = cursor.token
    let symbol = try cursor.optionalIdentifier()
    _ = try inlineExports()
    let isImport = cursor.isOpen(.import)
    if isImport { try declareInlineImportName() }
    let index = spaces[.instance].add()
    if let symbol, !spaces[.instance].bind(symbol, to: index) { throw duplicate("instance", token) }
    if isImport { return try declareImportedType(.instance, index) }
    headerIndices.append(index)
    addHeader(.instance)
  }

  /// `(alias $i "name" (func $id?))` or `(alias outer $m $x (type $id?))`
  mutating func declareAlias() throws(TextError) {
    usesLinking = true
    let token = cursor.token
    let source: AliasSource
    if try cursor.skip(.outer) {
      let module = try writtenReference()
      source = .outer(module: module, item: try writtenReference())
    } else if try cursor.skipOpen(.instance) {
      let instance = try references(to: .instance)
      try cursor.close()
      source = .export(of: instance, name: try cursor.name())
    } else {
      let instance = try writtenReference()
      source = .export(of: instance, name: try cursor.name())
    }
    try cursor.open()
    guard let space = Space(cursor.token.meaning) else { throw cursor.unexpected("an item") }
    try cursor.advance()
    let name = cursor.token
    let symbol = try cursor.optionalIdentifier()
    try cursor.close()
    try cursor.close()
    let alias = addAlias(Alias.Key(source: source, space: space), symbol, token)
    guard let symbol else { return }
    if space == .type { types.name(alias.index, symbol) }
    if !spaces[space].bind(symbol, to: alias.index) { throw duplicate(space.name, name) }
  }

  // MARK: The second reading

  /// A module, after its keyword: where its fields begin, or nothing when it is an import.
  mutating func encodeModuleHead() throws(TextError) -> Stop? {
    let symbol = try cursor.optionalIdentifier()
    let name = try cursor.annotatedName() ?? symbol.map { Array(cursor.symbols.bytes(of: $0)) }
    let index = nextHeaderIndex()
    for name in try moduleExports() { export(name, .module, index) }
    if try nextIsInlineImport() {
      try inlineImport(.module)
      return nil
    }
    return .module(name)
  }

  /// An instance, after its keyword.
  mutating func encodeInstance() throws(TextError) {
    _ = try cursor.optionalIdentifier()
    let index = nextHeaderIndex()
    for name in try inlineExports() { export(name, .instance, index) }
    if cursor.isOpen(.import) { return try inlineImport(.instance) }
    try cursor.open(.instantiate)
    var bytes: [UInt8] = [0x00]
    bytes.appendUnsigned(try self.index(in: .module))
    var arguments = SectionWriter()
    while try cursor.skipOpen(.import) {
      arguments.count += 1
      arguments.bytes.appendVector(try cursor.name())
      let (space, index) = try itemIndex()
      arguments.bytes.append(space.rawValue)
      arguments.bytes.appendUnsigned(index)
      try cursor.close()
    }
    try cursor.close()
    try cursor.close()
    bytes.appendCount(arguments.count)
    instanceItems.append(bytes + arguments.bytes)
  }

  // MARK: What can be told only by looking further

  /// Reads the `(export "name")` that export a module from the one around it. `(export "name" (func $f))` is
  /// a field of the inner module.
  private mutating func moduleExports() throws(TextError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    while cursor.isOpen(.export) {
      let start = cursor.bookmark
      try cursor.open(.export)
      let name = try cursor.name()
      guard cursor.token.kind == .rightParenthesis else {
        cursor.go(to: start)
        break
      }
      try cursor.close()
      names.append(name)
    }
    return names
  }

  /// Does `(import "a")` or `(import "a" "b")` come next? With more in it, it is a field.
  private mutating func nextIsInlineImport() throws(TextError) -> Bool {
    guard cursor.isOpen(.import) else { return false }
    let start = cursor.bookmark
    defer { cursor.go(to: start) }
    try cursor.open(.import)
    while cursor.token.kind == .string { try cursor.advance() }
    return cursor.token.kind == .rightParenthesis
  }
}
