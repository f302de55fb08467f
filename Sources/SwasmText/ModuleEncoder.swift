import SwasmModule

/// Encodes the fields of one module. It has name spaces of its own, so that a module in a module or in a
/// script needs only another encoder over the same cursor.
///
/// Two readings: the first gives every field its index and binds names, because a name may be used before
/// its definition; it also reads types. The second encodes the other fields in the order of the text.
struct ModuleEncoder {
  var cursor: Cursor
  let moduleName: Symbol?

  var spaces = IndexSpaces()
  var types = TypeList()
  var locals = LocalScope()
  var labels = LabelScope()

  var importSection = SectionWriter()
  var functionSection = SectionWriter()
  var tableSection = SectionWriter()
  var memorySection = SectionWriter()
  var globalSection = SectionWriter()
  var exportSection = SectionWriter()
  var elementSection = SectionWriter()
  var codeSection = SectionWriter()
  var dataSection = SectionWriter()
  var startFunction: UInt32?
  var usesDataIndices = false

  /// The expression or body that is being encoded.
  var code: [UInt8] = []
  /// Instructions that wait for their folded operands.
  var waiting: [UInt8] = []
  /// What is open around the instruction that is being read.
  var frames: [InstructionFrame] = []
  /// Inline parameters and results of the type use that is being read.
  var parameters: [ValueType] = []
  var results: [ValueType] = []

  var functionNames: [(index: UInt32, symbol: Symbol)] = []
  var localNames = SectionWriter()

  init(cursor: Cursor, name: Symbol?) {
    self.cursor = cursor
    moduleName = name
  }

  /// Reads fields up to the parenthesis that closes the module, or to the end of the text.
  mutating func encodeFields() throws(TextError) -> [UInt8] {
    let start = cursor.bookmark
    try declareFields()
    cursor.go(to: start)
    while cursor.token.kind == .leftParenthesis {
      try encodeField()
    }
    return assemble()
  }

  private mutating func encodeField() throws(TextError) {
    guard case .word(let word) = cursor.ahead.meaning else { throw unexpectedField() }
    try cursor.open(word)
    switch word {
    case .type: try cursor.skipRestOfForm()
    case .import: try encodeImport()
    case .func: try encodeFunction()
    case .table: try encodeTable()
    case .memory: try encodeMemory()
    case .global: try encodeGlobal()
    case .export: try encodeExport()
    case .start: try encodeStart()
    case .elem: try encodeElementSegment()
    case .data: try encodeDataSegment()
    default: throw unexpectedField()
    }
  }

  /// The error for a `(` that opens no field.
  func unexpectedField() -> TextError { cursor.unexpected("a module field", cursor.ahead) }

  /// The module's bytes: the sections in their order.
  private func assemble() -> [UInt8] {
    var module: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
    types.section.write(id: 1, to: &module)
    importSection.write(id: 2, to: &module)
    functionSection.write(id: 3, to: &module)
    tableSection.write(id: 4, to: &module)
    memorySection.write(id: 5, to: &module)
    globalSection.write(id: 6, to: &module)
    exportSection.write(id: 7, to: &module)
    if let startFunction {
      var bytes: [UInt8] = []
      bytes.appendUnsigned(startFunction)
      module.append(8)
      module.appendVector(bytes)
    }
    elementSection.write(id: 9, to: &module)
    if usesDataIndices {
      var bytes: [UInt8] = []
      bytes.appendCount(dataSection.count)
      module.append(12)
      module.appendVector(bytes)
    }
    codeSection.write(id: 10, to: &module)
    dataSection.write(id: 11, to: &module)
    appendNameSection(to: &module)
    return module
  }
}

extension ModuleEncoder {
  /// Reads an index: a number, or a name of the space.
  @inline(__always)
  mutating func index(in space: Space) throws(TextError) -> UInt32 {
    if cursor.token.kind == .number { return try cursor.unsigned32() }
    return try namedIndex(in: space)
  }

  private mutating func namedIndex(in space: Space) throws(TextError) -> UInt32 {
    let token = cursor.token
    guard token.isIdentifier else { throw cursor.unexpected("an index") }
    let symbol = try cursor.identifier()
    guard let index = spaces[space].index(of: symbol) else { throw unknown(space.name, token) }
    return index
  }

  /// Reads an index if one comes next; 0 otherwise.
  mutating func optionalIndex(in space: Space) throws(TextError) -> UInt32 {
    cursor.token.isIndex ? try index(in: space) : 0
  }

  func unknown(_ space: String, _ token: Token) -> TextError {
    cursor.failure(.unknown(space: space, name: cursor.text(of: token)), at: token)
  }

  func duplicate(_ space: String, _ token: Token) -> TextError {
    cursor.failure(.duplicate(space: space, name: cursor.text(of: token)), at: token)
  }
}
