import SwasmModule

/// What a module has of module linking, which decides where its types and imports go.
enum Linking {
  /// Nothing: references to other modules and instances are not even looked for.
  case none
  /// Perhaps a module or instance that is imported, but nothing that must come between imports.
  case typesFirst
  /// Modules, instances or aliases: everything that comes before the definitions keeps the order of the text.
  case interleaved
}

/// The sections that come before the definitions.
enum HeaderSection: UInt8 {
  case type = 1
  case `import` = 2
  case module = 14
  case instance = 15
  case alias = 16
}

/// Encodes the fields of one module. It has name spaces of its own; `ModuleTree` gives each module its encoder.
///
/// Two readings: the first gives every field its index and binds names, because a name may be used before
/// its definition; it also reads types. The second encodes the other fields in the order of the text.
struct ModuleEncoder {
  var cursor: Cursor
  /// Where the fields begin.
  let start: Cursor.Bookmark
  /// The module's identifier, without its `$`.
  let moduleName: [UInt8]?

  var linking: Linking
  /// Has anything of module linking been met?
  var usesLinking = false
  /// The first reading is over.
  var isDeclared = false
  /// What the first reading must remember from one field to the next.
  var declaration = DeclarationState()

  var spaces = IndexSpaces()
  var types = TypeList()
  var aliases = AliasTable()
  var locals = LocalScope()
  var labels = LabelScope()

  /// The items before the definitions, in the order of the text.
  private(set) var headers: [HeaderSection] = []
  /// The index of each field that is one of them, in the order of the text, and how many have been encoded.
  var headerIndices: [UInt32] = []
  private var encodedHeaders = 0
  private var orderedTypes = 0

  var importItems = ItemList()
  var moduleItems = ItemList()
  var instanceItems = ItemList()
  var aliasItems = ItemList()
  var functionSection = SectionWriter()
  var tableSection = SectionWriter()
  var memorySection = SectionWriter()
  var tagSection = SectionWriter()
  var globalSection = SectionWriter()
  var exportSection = SectionWriter()
  var elementSection = SectionWriter()
  var codeSection = SectionWriter()
  var dataSection = SectionWriter()
  var startFunction: UInt32?
  var usesDataIndices = false
  /// Names of types that come later in the text, when one has been looked for.
  var laterTypes: [Symbol: UInt32]?

  /// The expression or body that is being encoded.
  var code: [UInt8] = []
  /// Of the function that is being encoded: offsets and hints; of the instruction that comes next.
  var hints = SectionWriter()
  var pendingHint: UInt8?
  var isInFunction = false
  /// By function: its hints.
  var hintSection = SectionWriter()
  /// Spelt out by annotations.
  var customSections: [CustomSection] = []
  /// Instructions that wait for their folded operands.
  var waiting: [UInt8] = []
  /// What is open around the instruction that is being read.
  var frames: [InstructionFrame] = []
  /// Inline parameters and results of the type use that is being read.
  var parameters: [ValueType] = []
  var results: [ValueType] = []

  var localNames = SectionWriter()
  var labelNames = SectionWriter()

  init(cursor: Cursor, name: [UInt8]?, linking: Linking) {
    self.cursor = cursor.withoutSymbols()
    start = cursor.bookmark
    moduleName = name
    self.linking = linking
  }

  /// Where a reading of fields stopped.
  enum Stop {
    /// At the fields of a module in this one, with its name.
    case module([UInt8]?)
    /// At the closing parenthesis, or the end of the text.
    case end
  }

  /// Reads fields up to the next module among them.
  mutating func encodeFields() throws(TextError) -> Stop {
    while cursor.token.kind == .leftParenthesis || cursor.token.kind == .annotation {
      if cursor.token.kind == .annotation {
        customSections.append(try cursor.customSection())
        continue
      }
      if let module = try encodeField() { return module }
    }
    return .end
  }

  private mutating func encodeField() throws(TextError) -> Stop? {
    guard case .word(let word) = cursor.ahead.meaning else { throw unexpectedField() }
    try cursor.open(word)
    switch word {
    case .type, .alias: try cursor.skipRestOfForm()
    case .import: try encodeImport()
    case .func: try encodeFunction()
    case .table: try encodeTable()
    case .memory: try encodeMemory()
    case .global: try encodeGlobal()
    case .tag: try encodeTag()
    case .export: try encodeExport()
    case .start: try encodeStart()
    case .elem: try encodeElementSegment()
    case .data: try encodeDataSegment()
    case .instance: try encodeInstance()
    case .module: return try encodeModuleHead()
    default: throw unexpectedField()
    }
    return nil
  }

  /// The error for a `(` that opens no field.
  func unexpectedField() -> TextError { cursor.unexpected("a module field", cursor.ahead) }

  // MARK: The order before the definitions

  /// Notes that an item comes next, after the types that it brought along.
  mutating func addHeader(_ section: HeaderSection) {
    orderTypes()
    headers.append(section)
  }

  private mutating func orderTypes() {
    headers += repeatElement(.type, count: types.defined - orderedTypes)
    orderedTypes = types.defined
  }

  /// The index of the field that is encoded next, which is one of those that come before definitions.
  mutating func nextHeaderIndex() -> UInt32 {
    defer { encodedHeaders += 1 }
    return headerIndices[encodedHeaders]
  }

  // MARK: The module's bytes

  /// The sections in their order.
  mutating func assemble() throws(TextError) -> [UInt8] {
    var module: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
    writeCustom(CustomSection.first, to: &module)
    try appendHeaders(to: &module)
    write(functionSection, id: 3, to: &module)
    write(tableSection, id: 4, to: &module)
    write(memorySection, id: 5, to: &module)
    write(tagSection, id: 13, to: &module)
    write(globalSection, id: 6, to: &module)
    write(exportSection, id: 7, to: &module)
    beside(8, in: &module) { module in
      guard let startFunction else { return }
      var bytes: [UInt8] = []
      bytes.appendUnsigned(startFunction)
      module.append(8)
      module.appendVector(bytes)
    }
    write(elementSection, id: 9, to: &module)
    beside(12, in: &module) { module in
      guard usesDataIndices else { return }
      var bytes: [UInt8] = []
      bytes.appendCount(dataSection.count)
      module.append(12)
      module.appendVector(bytes)
    }
    if hintSection.count > 0 {
      var bytes: [UInt8] = []
      bytes.appendCount(hintSection.count)
      let name = Array(AnnotationName.branchHint.rawValue.utf8)
      CustomSection(name: name, place: CustomSection.last, bytes: bytes + hintSection.bytes)
        .write(to: &module)
    }
    write(codeSection, id: 10, to: &module)
    write(dataSection, id: 11, to: &module)
    writeCustom(CustomSection.last, to: &module)
    appendNameSection(to: &module)
    return module
  }

  private func write(_ section: SectionWriter, id: UInt8, to module: inout [UInt8]) {
    beside(id, in: &module) { section.write(id: id, to: &$0) }
  }

  /// Writes a section with the custom ones that are to be before and after it.
  private func beside(_ id: UInt8, in module: inout [UInt8], _ write: (inout [UInt8]) -> Void) {
    writeCustom(CustomSection.Place(isBefore: true, id: id), to: &module)
    write(&module)
    writeCustom(CustomSection.Place(isBefore: false, id: id), to: &module)
  }

  private func writeCustom(_ place: CustomSection.Place, to module: inout [UInt8]) {
    for section in customSections where section.place == place { section.write(to: &module) }
  }

  private mutating func appendHeaders(to module: inout [UInt8]) throws(TextError) {
    let typeItems = try encodedTypes()
    guard linking == .interleaved else {
      beside(1, in: &module) { typeItems.write(0..<typeItems.count, id: 1, to: &$0) }
      return beside(2, in: &module) { importItems.write(0..<importItems.count, id: 2, to: &$0) }
    }
    orderTypes()
    // Sections of one kind may be in several places here: beside them is around all of them.
    for id: UInt8 in [1, 2] {
      writeCustom(CustomSection.Place(isBefore: true, id: id), to: &module)
    }
    defer {
      for id: UInt8 in [1, 2] {
        writeCustom(CustomSection.Place(isBefore: false, id: id), to: &module)
      }
    }
    var written: [HeaderSection: Int] = [:]
    var position = 0
    while position < headers.count {
      let section = headers[position]
      // Neighbours of one kind share a section.
      let end = headers[position...].firstIndex { $0 != section } ?? headers.count
      let first = written[section, default: 0]
      let range = first..<first + (end - position)
      let items =
        switch section {
        case .type: typeItems
        case .import: importItems
        case .module: moduleItems
        case .instance: instanceItems
        case .alias: aliasItems
        }
      items.write(range, id: section.rawValue, to: &module)
      written[section] = range.upperBound
      position = end
    }
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
    if nextIsReference(to: space) { return try referredIndex(in: space) }
    guard token.isIdentifier else { throw cursor.unexpected("an index") }
    let symbol = try cursor.identifier()
    guard let index = spaces[space].index(of: symbol) else { throw unknown(space.name, token) }
    return index
  }

  /// Reads an index if one comes next; 0 otherwise.
  mutating func optionalIndex(in space: Space) throws(TextError) -> UInt32 {
    cursor.token.isIndex || nextIsReference(to: space) ? try index(in: space) : 0
  }

  func unknown(_ space: String, _ token: Token) -> TextError {
    cursor.failure(.unknown(space: space, name: cursor.text(of: token)), at: token)
  }

  func duplicate(_ space: String, _ token: Token) -> TextError {
    cursor.failure(.duplicate(space: space, name: cursor.text(of: token)), at: token)
  }
}
