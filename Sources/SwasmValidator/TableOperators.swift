import SwasmModule

extension FunctionValidator {
  mutating func readTable(in module: ValidatedModule) throws(ValidationError) -> TableType {
    let index = reader.readU32()
    try require(index, below: module.module.tables.count, in: .table)
    return module.module.tables[Int(index)]
  }

  /// The segment's element type.
  mutating func readElementSegment(
    in module: ValidatedModule
  ) throws(ValidationError) -> ValueType {
    let index = reader.readU32()
    try require(index, below: module.module.elements.count, in: .elementSegment)
    return module.module.elements[Int(index)].type
  }

  mutating func checkTableGet(in module: ValidatedModule) throws(ValidationError) {
    let table = try readTable(in: module)
    try pop(.i32)
    push(table.element)
  }

  mutating func checkTableSet(in module: ValidatedModule) throws(ValidationError) {
    try pop(try readTable(in: module).element)
    try pop(.i32)
  }

  mutating func checkTableSize(in module: ValidatedModule) throws(ValidationError) {
    _ = try readTable(in: module)
    push(.i32)
  }

  mutating func checkTableGrow(in module: ValidatedModule) throws(ValidationError) {
    let table = try readTable(in: module)
    try pop(.i32)
    try pop(table.element)
    push(.i32)
  }

  mutating func checkTableFill(in module: ValidatedModule) throws(ValidationError) {
    let table = try readTable(in: module)
    try pop(.i32)
    try pop(table.element)
    try pop(.i32)
  }

  mutating func checkTableCopy(in module: ValidatedModule) throws(ValidationError) {
    let destination = try readTable(in: module).element
    let source = try readTable(in: module).element
    try requireSame(destination, source)
    try popThreeIntegers()
  }

  mutating func checkTableInit(in module: ValidatedModule) throws(ValidationError) {
    let segment = reader.readU32()
    let table = try readTable(in: module).element
    try require(segment, below: module.module.elements.count, in: .elementSegment)
    try requireSame(table, module.module.elements[Int(segment)].type)
    try popThreeIntegers()
  }

  private func requireSame(
    _ expected: ValueType, _ found: ValueType
  ) throws(ValidationError) {
    guard expected == found else {
      throw error(.typeMismatch(expected: expected, found: found))
    }
  }

  /// The operands of bulk instructions.
  mutating func popThreeIntegers() throws(ValidationError) {
    try pop(.i32)
    try pop(.i32)
    try pop(.i32)
  }
}
