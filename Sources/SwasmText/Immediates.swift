import SwasmModule

/// One instruction and what follows it.
extension ModuleEncoder {
  @inline(__always)
  mutating func append(_ opcode: Opcode) {
    guard let prefix = opcode.prefix else { return code.append(UInt8(opcode.rawValue)) }
    code.append(prefix)
    code.appendUnsigned(opcode.number)
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
    case .memory, .atomicMemory: try memoryArgument(opcode)
    case .memoryLane:
      try memoryLaneArgument(opcode)
      code.append(try lane())
    case .lane: code.append(try lane())
    case .shuffle: for _ in 0..<16 { code.append(try lane()) }
    case .v128: code += try cursor.vector().bytes
    case .fence: code.append(0x00)
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
    case .heapType: code.appendHeapType(try heapType())
    case .type: code.appendUnsigned(try index(in: .type))
    case .tag: code.appendUnsigned(try index(in: .tag))
    case .blockType: try blockType()
    case .tryTable:
      try blockType()
      try catchClauses()
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
      if let result = results.first { code.append(result) } else { code.append(0x40) }
    } else {
      let type = FunctionType(parameters: parameters, results: results)
      code.appendSigned(Int64(types.index(of: type)))
    }
  }

  // MARK: Indices

  /// `(catch $tag $label)*` and its kin: labels are those around the block.
  mutating func catchClauses() throws(TextError) {
    var clauses = SectionWriter()
    while let kind = catchKind {
      try cursor.advance()
      try cursor.advance()
      clauses.count += 1
      clauses.bytes.append(kind.rawValue)
      if kind.hasTag { clauses.bytes.appendUnsigned(try index(in: .tag)) }
      clauses.bytes.appendUnsigned(try label())
      try cursor.close()
    }
    code.appendCount(clauses.count)
    code += clauses.bytes
  }

  private var catchKind: CatchKind? {
    guard cursor.token.kind == .leftParenthesis else { return nil }
    return switch cursor.ahead.meaning {
    case .instruction(.catchLegacy): .tag
    case .word(.catchReference): .tagReference
    case .instruction(.catchAll): .all
    case .word(.catchAllReference): .allReference
    default: nil
    }
  }

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

  /// `select` has another opcode when it says its type.
  private mutating func select() throws(TextError) {
    guard cursor.isOpen(.result) else { return append(.select) }
    append(.selectTyped)
    try selectTypes()
  }

  private mutating func selectTypes() throws(TextError) {
    try signature(named: .nowhere)
    code.append(results)
  }

  // MARK: Memory arguments

  /// `memory? offset=…? align=…?`
  private mutating func memoryArgument(
    _ opcode: Opcode, hasMemory: Bool = true
  ) throws(TextError) {
    let memory = hasMemory ? try optionalIndex(in: .memory) : 0
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

  /// A lone number is the lane, of two the first is the memory.
  private mutating func memoryLaneArgument(_ opcode: Opcode) throws(TextError) {
    let isLane = cursor.token.kind == .number && cursor.ahead.kind != .number
    let isAssigned = cursor.ahead.kind == .keyword && cursor.ahead.meaning == .none
    try memoryArgument(opcode, hasMemory: !isLane || isAssigned)
  }

  private mutating func lane() throws(TextError) -> UInt8 {
    let token = cursor.token
    let lane = try cursor.unsigned32()
    guard lane < 0x100 else { throw cursor.failure(.constantOutOfRange(type: "lane"), at: token) }
    return UInt8(lane)
  }

  private static let offsetPrefix = Array("offset=".utf8)
  private static let alignPrefix = Array("align=".utf8)

  /// Reads the number after `prefix`, if that comes next.
  private mutating func assignment(_ prefix: [UInt8]) throws(TextError) -> UInt64? {
    let token = cursor.token
    guard token.kind == .keyword, token.meaning == .none,
      cursor.source[token.range].starts(with: prefix)
    else { return nil }
    let value = try cursor.unsigned64(token.offset + prefix.count..<Int(token.stop), of: token)
    try cursor.advance()
    return value
  }
}
