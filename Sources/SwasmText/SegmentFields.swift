import SwasmModule

/// The items of an element segment.
struct ElementItems {
  var count = 0
  var bytes: [UInt8] = []
  /// The type that the segment names, or `nil` for plain function indices.
  var type: ValueType?
}

/// The second reading: element and data segments.
extension ModuleEncoder {
  /// `(elem $id? …)`, in all its forms:
  ///
  ///     (elem func $f …)  (elem funcref (item …) …)                          passive
  ///     (elem declare func $f …)                                              declarative
  ///     (elem (table $t)? (offset …) func $f …)  (elem (offset …) $f …)       active
  ///     (elem 0 (offset …) $f …)                                              active, as in version 1.0
  mutating func encodeElementSegment() throws(TextError) {
    _ = try cursor.optionalIdentifier()
    try cursor.annotatedName()
    let isDeclarative = try cursor.skip(.declare)
    var table: UInt32?
    var offset: [UInt8]?
    // The table could be said without the word when there was module linking.
    var mayOmitFunc = false
    if !isDeclarative, nextIsBareIndex {
      table = try index(in: .table)
      mayOmitFunc = true
      offset = try offsetExpression()
    } else if !isDeclarative, cursor.token.kind == .leftParenthesis, !nextIsReferenceType {
      if cursor.isOpen(.table) {
        table = try parenthesizedIndex(in: .table)
        // Said or not, table 0 was encoded the same when there was module linking.
        if linking != .none, table == 0 { table = nil }
        mayOmitFunc = linking != .none
      } else {
        mayOmitFunc = true
      }
      offset = try offsetExpression()
    }
    let items: ElementItems
    if nextIsReferenceType {
      items = try expressionItems(try referenceType())
    } else if try cursor.skip(.func) || mayOmitFunc {
      items = try functionItems()
    } else {
      throw cursor.unexpected("func or a reference type")
    }
    try cursor.close()
    appendElementSegment(items, isDeclarative: isDeclarative, table: table, offset: offset)
  }

  /// In version 1.0 the table or memory of a segment was a number without more. Its identifier would be taken for the
  /// segment's own now.
  private var nextIsBareIndex: Bool {
    cursor.token.kind == .number && cursor.ahead.kind == .leftParenthesis
  }

  /// Writes a segment in the one of the eight encodings that says what the text says.
  ///
  /// - Parameter table: `nil` is table 0 without saying so.
  mutating func appendElementSegment(
    _ items: ElementItems, isDeclarative: Bool, table: UInt32?, offset: [UInt8]?
  ) {
    elementSection.count += 1
    // The encodings without a table are of type funcref.
    let isExplicit = table != nil || (items.type ?? .funcref) != .funcref
    var flags: UInt32 = offset == nil ? 1 : 0
    if isDeclarative || offset != nil && isExplicit { flags |= 2 }
    if items.type != nil { flags |= 4 }
    elementSection.bytes.appendUnsigned(flags)
    if let offset {
      if isExplicit { elementSection.bytes.appendUnsigned(table ?? 0) }
      elementSection.bytes += offset
    }
    if flags & 3 != 0 {
      if let type = items.type {
        elementSection.bytes.append(type)
      } else {
        elementSection.bytes.append(0x00)
      }
    }
    elementSection.bytes.appendCount(items.count)
    elementSection.bytes += items.bytes
  }

  /// Reads `(table $t)`, `(memory $m)` or a reference to one of another instance.
  private mutating func parenthesizedIndex(in space: Space) throws(TextError) -> UInt32 {
    if nextIsReference(to: space) { return try referredIndex(in: space) }
    try cursor.advance()
    try cursor.advance()
    let index = try index(in: space)
    try cursor.close()
    return index
  }

  /// Reads function indices.
  ///
  /// - Parameter type: of the elements. Plain indices are funcref: for another type they become expressions.
  mutating func functionItems(_ type: ValueType = .funcref) throws(TextError) -> ElementItems {
    let isPlain = type == .funcref
    var items = ElementItems(type: isPlain ? nil : type)
    while cursor.token.isIndex || nextIsReference(to: .function) {
      if !isPlain { items.bytes += Opcode.refFunc.bytes }
      items.bytes.appendUnsigned(try index(in: .function))
      if !isPlain { items.bytes += Opcode.end.bytes }
      items.count += 1
    }
    return items
  }

  /// Reads `(item …)` and folded instructions.
  mutating func expressionItems(_ type: ValueType) throws(TextError) -> ElementItems {
    var items = ElementItems(type: type)
    while cursor.token.kind == .leftParenthesis {
      items.bytes += try expression(orIn: .item)
      items.count += 1
    }
    return items
  }

  /// `(data $id? (memory $m)? (offset …)? "…"*)`, or `(data 0 (offset …) "…"*)` as in version 1.0
  mutating func encodeDataSegment() throws(TextError) {
    _ = try cursor.optionalIdentifier()
    try cursor.annotatedName()
    var memory: UInt32 = 0
    var offset: [UInt8]?
    if cursor.isOpen(.memory) {
      memory = try parenthesizedIndex(in: .memory)
      offset = try offsetExpression()
    } else if nextIsBareIndex {
      memory = try index(in: .memory)
      offset = try offsetExpression()
    } else if cursor.token.kind == .leftParenthesis {
      offset = try offsetExpression()
    }
    appendDataSegment(try cursor.strings(), memory: memory, offset: offset)
    try cursor.close()
  }

  mutating func appendDataSegment(_ bytes: [UInt8], memory: UInt32, offset: [UInt8]?) {
    dataSection.count += 1
    dataSection.bytes.appendUnsigned(UInt32(offset == nil ? 1 : memory == 0 ? 0 : 2))
    if let offset {
      if memory != 0 { dataSection.bytes.appendUnsigned(memory) }
      dataSection.bytes += offset
    }
    dataSection.bytes.appendVector(bytes)
  }

  /// The offset of segments written inside a memory or table.
  func zeroOffset(is64: Bool) -> [UInt8] {
    (is64 ? Opcode.i64Const : .i32Const).bytes + [0] + Opcode.end.bytes
  }

  /// Reads `(offset …)` or one folded instruction.
  private mutating func offsetExpression() throws(TextError) -> [UInt8] {
    try expression(orIn: .offset)
  }

  // MARK: Expressions

  /// Reads `(word instruction*)` or one folded instruction: the expression with its `end`.
  private mutating func expression(orIn word: Word) throws(TextError) -> [UInt8] {
    code.removeAll(keepingCapacity: true)
    if try cursor.skipOpen(word) {
      try instructions()
      try cursor.close()
    } else {
      guard cursor.token.kind == .leftParenthesis else {
        throw cursor.unexpected("'(\(word.rawValue)'")
      }
      try foldedInstruction()
    }
    return finishedExpression()
  }

  /// Reads instructions up to a closing parenthesis: the expression with its `end`.
  mutating func expression() throws(TextError) -> [UInt8] {
    code.removeAll(keepingCapacity: true)
    try instructions()
    return finishedExpression()
  }

  /// A copy of `code`, ended: giving `code` itself away would cost its whole capacity each time.
  private mutating func finishedExpression() -> [UInt8] {
    append(.end)
    var expression: [UInt8] = []
    expression.append(contentsOf: code)
    return expression
  }
}
