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
    try pop(table.address)
    push(table.element)
  }

  mutating func checkTableSet(in module: ValidatedModule) throws(ValidationError) {
    let table = try readTable(in: module)
    try pop(table.element)
    try pop(table.address)
  }

  mutating func checkTableSize(in module: ValidatedModule) throws(ValidationError) {
    push(try readTable(in: module).address)
  }

  mutating func checkTableGrow(in module: ValidatedModule) throws(ValidationError) {
    let table = try readTable(in: module)
    try pop(table.address)
    try pop(table.element)
    push(table.address)
  }

  mutating func checkTableFill(in module: ValidatedModule) throws(ValidationError) {
    let table = try readTable(in: module)
    try pop(table.address)
    try pop(table.element)
    try pop(table.address)
  }

  mutating func checkTableCopy(in module: ValidatedModule) throws(ValidationError) {
    let destination = try readTable(in: module)
    let source = try readTable(in: module)
    try requireMatch(source.element, destination.element)
    try popRange(to: destination.address, from: source.address)
  }

  mutating func checkTableInit(in module: ValidatedModule) throws(ValidationError) {
    let segment = reader.readU32()
    let table = try readTable(in: module)
    try require(segment, below: module.module.elements.count, in: .elementSegment)
    try requireMatch(module.module.elements[Int(segment)].elementType, table.element)
    try popRange(to: table.address, from: .i32)
  }

  private func requireMatch(
    _ found: ValueType, _ expected: ValueType
  ) throws(ValidationError) {
    guard found.matches(expected) else {
      throw error(.typeMismatch(expected: expected, found: found))
    }
  }
}
