import SwasmModule

extension ModuleDecoder {
  mutating func decodeElementSection() throws(DecodeError) {
    let count = try reader.count(
      of: "element segments", most: ImplementationLimits.elementSegments)
    for _ in 0..<count { module.elements.append(try decodeElementSegment()) }
  }

  /// The kind is three bits: 0 not active; 1 explicit table, or declarative when not active; 2 items
  /// are expressions.
  private mutating func decodeElementSegment() throws(DecodeError) -> ElementSegment {
    let start = reader.position
    let kind = try reader.u32()
    guard kind < 8 else { throw DecodeError(.malformedElementSegmentKind(kind), at: start) }
    if kind != 0 { try reader.require(.bulkMemory, for: "segment kind \(kind)", at: start) }
    let isActive = kind & 1 == 0
    let hasIndex = kind & 2 != 0
    let hasExpressions = kind & 4 != 0

    let mode: ElementMode
    if isActive {
      let table: TableIndex = hasIndex ? try reader.index() : TableIndex(0 as UInt32)
      mode = .active(table, offset: try decodeConstantExpression())
    } else {
      mode = hasIndex ? .declarative : .passive
    }
    let type =
      kind & 3 == 0 ? ValueType.funcref : try decodeElementType(isReferenceType: hasExpressions)
    let items: ElementSegment.Items =
      hasExpressions
      ? .expressions(try decodeElementExpressions()) : .functions(try decodeElementFunctions())
    return ElementSegment(type: type, mode: mode, items: items, offset: start)
  }

  /// Beside function indices stands an element kind, beside expressions a reference type.
  private mutating func decodeElementType(
    isReferenceType: Bool
  ) throws(DecodeError) -> ValueType {
    if isReferenceType { return try reader.referenceType() }
    let start = reader.position
    let kind = try reader.byte()
    guard kind == 0 else { throw DecodeError(.malformedElementKind(kind), at: start) }
    return .funcref
  }

  private mutating func elementCount() throws(DecodeError) -> Int {
    try reader.count(
      of: "elements in a segment", most: ImplementationLimits.segmentElements)
  }

  private mutating func decodeElementFunctions() throws(DecodeError) -> [FunctionIndex] {
    let count = try elementCount()
    var functions: [FunctionIndex] = []
    functions.reserveCapacity(count)
    for _ in 0..<count { functions.append(try reader.index()) }
    return functions
  }

  private mutating func decodeElementExpressions() throws(DecodeError) -> [ConstantExpression] {
    let count = try elementCount()
    var expressions: [ConstantExpression] = []
    for _ in 0..<count { expressions.append(try decodeConstantExpression()) }
    return expressions
  }
}
