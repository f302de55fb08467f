import SwasmModule

/// One instruction and what follows it.
extension ModuleEncoder {
  @inline(__always)
  mutating func append(_ opcode: Opcode) {
    let value = opcode.rawValue
    if value > 0xff {
      code.append(UInt8(value >> 8))
      code.appendUnsigned(UInt32(value & 0xff))
    } else {
      code.append(UInt8(value))
    }
  }

  /// Reads the immediates of an instruction other than a block's, after its name, and writes it.
  mutating func operation(_ opcode: Opcode) throws(TextError) {
    if opcode == .select { return try select() }
    append(opcode)
    switch opcode.immediate {
    case .none: break
    case .local: code.appendUnsigned(try local())
    case .i32: code.appendSigned(try cursor.integer(bits: 32))
    case .i64: code.appendSigned(try cursor.integer(bits: 64))
    case .f32: code.appendLittleEndian(try cursor.float(.single), count: 4)
    case .f64: code.appendLittleEndian(try cursor.float(.double), count: 8)
    case .memory: try memoryArgument(opcode)
    case .label: code.appendUnsigned(try label())
    case .function: code.appendUnsigned(try index(in: .function))
    case .global: code.appendUnsigned(try index(in: .global))
    case .table: code.appendUnsigned(try optionalIndex(in: .table))
    case .element: code.appendUnsigned(try index(in: .element))
    case .data:
      usesDataIndices = true
      code.appendUnsigned(try index(in: .data))
    case .memoryIndex: code.appendUnsigned(try optionalIndex(in: .memory))
    case .memoryInit:
      usesDataIndices = true
      try segment(in: .data, of: .memory)
    case .tableInit: try segment(in: .element, of: .table)
    case .memoryCopy: try destinationAndSource(in: .memory)
    case .tableCopy: try destinationAndSource(in: .table)
    case .branchTable: try branchTable()
    case .callIndirect: try callIndirect()
    case .referenceType: try heapType()
    case .blockType: try blockType()
    case .valueTypes: try selectTypes()
    }
  }

  /// A block's type: nothing, one result, or the index of a function type.
  mutating func blockType() throws(TextError) {
    guard cursor.token.kind == .leftParenthesis else { return code.append(0x40) }
    if cursor.isOpen(.type) {
      return code.appendSigned(Int64(try typeUse(named: .nowhere)))
    }
    try signature(named: .nowhere)
    if parameters.isEmpty && results.count <= 1 {
      code.append(results.first?.code ?? 0x40)
    } else {
      let type = FunctionType(parameters: parameters, results: results)
      code.appendSigned(Int64(types.index(of: type)))
    }
  }

  // MARK: Indices

  private mutating func local() throws(TextError) -> UInt32 {
    let token = cursor.token
    if token.kind == .number { return try cursor.unsigned32() }
    guard token.isIdentifier else { throw cursor.unexpected("an index") }
    guard let index = locals.index(of: try cursor.identifier()) else {
      throw unknown("local", token)
    }
    return index
  }

  private mutating func label() throws(TextError) -> UInt32 {
    let token = cursor.token
    if token.kind == .number { return try cursor.unsigned32() }
    guard token.isIdentifier else { throw cursor.unexpected("a label") }
    guard let depth = labels.depth(of: try cursor.identifier()) else {
      throw unknown("label", token)
    }
    return depth
  }

  /// `label* default`
  private mutating func branchTable() throws(TextError) {
    var targets = [try label()]
    while cursor.token.isIndex { targets.append(try label()) }
    code.appendCount(targets.count - 1)
    for target in targets { code.appendUnsigned(target) }
  }

  /// `item? segment`, written the other way round.
  private mutating func segment(in segments: Space, of items: Space) throws(TextError) {
    var item: UInt32 = 0
    if cursor.token.isIndex && cursor.ahead.isIndex || nextIsReference(to: items) {
      item = try index(in: items)
    }
    code.appendUnsigned(try index(in: segments))
    // `memory.init $data (memory $i "m")`, as it was written when there was module linking.
    if nextIsReference(to: items) { item = try index(in: items) }
    code.appendUnsigned(item)
  }

  /// Two indices or none.
  private mutating func destinationAndSource(in space: Space) throws(TextError) {
    guard cursor.token.isIndex || nextIsReference(to: space) else {
      return code.append(contentsOf: [0, 0])
    }
    code.appendUnsigned(try index(in: space))
    code.appendUnsigned(try index(in: space))
  }

  // MARK: Types

  /// `table? typeuse`, written the other way round.
  private mutating func callIndirect() throws(TextError) {
    let table = try optionalIndex(in: .table)
    code.appendUnsigned(try typeUse(named: .nowhere))
    code.appendUnsigned(table)
  }

  private mutating func heapType() throws(TextError) {
    switch cursor.token.meaning {
    case .word(.func): code.append(ValueType.funcref.code)
    case .word(.extern): code.append(ValueType.externref.code)
    default: throw cursor.unexpected("func or extern")
    }
    try cursor.advance()
  }

  /// `select` has another opcode when it says its type.
  private mutating func select() throws(TextError) {
    guard cursor.isOpen(.result) else { return append(.select) }
    append(.selectTyped)
    try selectTypes()
  }

  private mutating func selectTypes() throws(TextError) {
    try signature(named: .nowhere)
    code.appendVector(results.lazy.map(\.code))
  }

  // MARK: Memory arguments

  /// `memory? offset=…? align=…?`
  private mutating func memoryArgument(_ opcode: Opcode) throws(TextError) {
    let memory = try optionalIndex(in: .memory)
    let offset = try assignment(Self.offsetPrefix) ?? 0
    let token = cursor.token
    var alignment = opcode.accessSizeLog2 ?? 0
    if let bytes = try assignment(Self.alignPrefix) {
      guard bytes.nonzeroBitCount == 1 else {
        throw cursor.failure(.alignmentNotPowerOfTwo, at: token)
      }
      alignment = UInt32(bytes.trailingZeroBitCount)
    }
    // A memory other than 0 is announced by a bit of the alignment.
    code.appendUnsigned(memory == 0 ? alignment : alignment | 0x40)
    if memory != 0 { code.appendUnsigned(memory) }
    code.appendUnsigned(offset)
  }

  private static let offsetPrefix = Array("offset=".utf8)
  private static let alignPrefix = Array("align=".utf8)

  /// Reads the number after `prefix`, if that comes next.
  private mutating func assignment(_ prefix: [UInt8]) throws(TextError) -> UInt32? {
    let token = cursor.token
    guard token.kind == .keyword, token.meaning == .none,
      cursor.source[token.range].starts(with: prefix)
    else { return nil }
    let value = try cursor.unsigned32(token.offset + prefix.count..<Int(token.stop), of: token)
    try cursor.advance()
    return value
  }
}
