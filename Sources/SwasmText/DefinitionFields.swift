import SwasmModule

/// The second reading, fields that define, import or export: each method starts after the field's keyword and
/// reads its closing parenthesis.
extension ModuleEncoder {
  /// `(import "module" "name" (func …))` or `(import "name" (instance …))`
  mutating func encodeImport() throws(TextError) {
    if nextIsCompactImport { return try encodeCompactImport() }
    let (module, name) = try importName()
    let space = try importedSpace()
    _ = try cursor.optionalIdentifier()
    try cursor.annotatedName()
    _ = nextHeaderIndex()
    try importItem(space, module, name)
    try cursor.close()
    try cursor.close()
  }

  /// Reads the two names of an import, or the one.
  mutating func importName() throws(TextError) -> (module: [UInt8], name: [UInt8]?) {
    let module = try cursor.name()
    // Linking has no compact imports: what is wrong is told by the reading without it then.
    if linking != .none, cursor.token.kind != .string, !cursor.isOpen(.item) {
      usesLinking = true
      return (module, nil)
    }
    return (module, try cursor.name())
  }

  /// Reads the type of an imported item.
  mutating func importItem(
    _ space: Space, _ module: [UInt8], _ name: [UInt8]?
  ) throws(TextError) {
    var bytes: [UInt8] = []
    bytes.append(importName: module, name)
    bytes += try importedType(space)
    importItems.append(bytes)
  }

  /// Reads the type of an imported item: its kind and the type.
  mutating func importedType(_ space: Space) throws(TextError) -> [UInt8] {
    var bytes = [space.rawValue]
    switch space {
    case .function:
      bytes.appendUnsigned(try typeUse(named: .anywhere))
      locals.removeAll()
    case .tag:
      bytes.append(0x00)
      bytes.appendUnsigned(try typeUse(named: .anywhere))
      locals.removeAll()
    case .module, .instance:
      let token = cursor.token
      bytes.appendUnsigned(try resolve(try linkedTypeUse(space), in: .type, token))
    default: bytes += try plainItemType(space)
    }
    return bytes
  }

  /// Reads what all definitions begin with: an identifier, inline exports and perhaps an inline import, in
  /// which case it reads the whole field.
  ///
  /// - Returns: the item's index, or `nil` when it was an import.
  private mutating func definitionHead(_ space: Space) throws(TextError) -> UInt32? {
    _ = try cursor.optionalIdentifier()
    try cursor.annotatedName()
    let names = try inlineExports()
    let isImport = cursor.isOpen(.import)
    let index = isImport ? nextHeaderIndex() : spaces[space].nextDefinition()
    for name in names { export(name, space, index) }
    if !isImport { return index }
    try inlineImport(space)
    return nil
  }

  /// Reads `(export "name")*`.
  mutating func inlineExports() throws(TextError) -> [[UInt8]] {
    var names: [[UInt8]] = []
    while try cursor.skipOpen(.export) {
      names.append(try cursor.name())
      try cursor.close()
    }
    return names
  }

  /// Reads `(import …)` in a definition, the type and the parenthesis that closes the field.
  mutating func inlineImport(_ space: Space) throws(TextError) {
    try cursor.open(.import)
    let (module, name) = try importName()
    try cursor.close()
    try importItem(space, module, name)
    try cursor.close()
  }

  mutating func export(_ name: [UInt8], _ space: Space, _ index: UInt32) {
    exportSection.count += 1
    exportSection.bytes.appendVector(name)
    exportSection.bytes.append(space.rawValue)
    exportSection.bytes.appendUnsigned(index)
  }

  /// `(export "name" (func $f))`
  mutating func encodeExport() throws(TextError) {
    let name = try cursor.name()
    if linking == .none {
      let space = try importedSpace()
      export(name, space, try index(in: space))
      try cursor.close()
    } else {
      let (space, index) = try itemIndex()
      export(name, space, index)
    }
    try cursor.close()
  }

  /// Reads `(func $f)`, `(module outer $m $x)`, `(table $i "t")` and the like.
  mutating func itemIndex() throws(TextError) -> (space: Space, index: UInt32) {
    guard let space = Space(cursor.ahead.meaning) else {
      throw cursor.unexpected("an item", cursor.ahead)
    }
    if space.rawValue > Space.tag.rawValue { usesLinking = true }
    return (space, try referredIndex(in: space))
  }

  /// `(start $f)`
  mutating func encodeStart() throws(TextError) {
    startFunction = try index(in: .function)
    try cursor.close()
  }

  /// `(func $id? (type …)? (param …)* (result …)* (local …)* instruction*)`
  mutating func encodeFunction() throws(TextError) {
    defer {
      locals.removeAll()
      labels.removeNames()
    }
    guard let index = try definitionHead(.function) else { return }
    functionSection.count += 1
    functionSection.bytes.appendUnsigned(try typeUse(named: .anywhere))
    code.removeAll(keepingCapacity: true)
    try encodeLocals()
    isInFunction = true
    try instructions()
    isInFunction = false
    append(.end)
    try cursor.close()
    codeSection.count += 1
    codeSection.bytes.appendVector(code)
    if hints.count > 0 {
      hintSection.count += 1
      hintSection.bytes.appendUnsigned(index)
      hintSection.bytes.appendCount(hints.count)
      hintSection.bytes += hints.bytes
      hints = SectionWriter()
    }
    addNames(of: index)
  }

  /// Reads `(local …)*`, and writes runs of equal types.
  private mutating func encodeLocals() throws(TextError) {
    var runs: [LocalRun] = []
    while try cursor.skipOpen(.local) {
      let isNamed = nextIsLocalName
      if isNamed { try addNamedLocal() }
      while isNamed || cursor.token.kind != .rightParenthesis {
        let type = try valueType()
        if !isNamed { locals.addUnnamed(1) }
        if let last = runs.indices.last, runs[last].type == type {
          runs[last].count += 1
        } else {
          runs.append(LocalRun(count: 1, type: type))
        }
        if isNamed { break }
      }
      try cursor.close()
    }
    code.appendCount(runs.count)
    for run in runs {
      code.appendUnsigned(run.count)
      code.append(run.type)
    }
  }

  /// `(global $id? type expression)`
  mutating func encodeGlobal() throws(TextError) {
    guard try definitionHead(.global) != nil else { return }
    globalSection.count += 1
    globalSection.bytes += try globalType()
    globalSection.bytes += try expression()
    try cursor.close()
  }

  /// `(tag $id? typeuse)`
  mutating func encodeTag() throws(TextError) {
    guard try definitionHead(.tag) != nil else { return }
    tagSection.count += 1
    tagSection.bytes.append(0x00)
    tagSection.bytes.appendUnsigned(try typeUse(named: .anywhere))
    locals.removeAll()
    try cursor.close()
  }

  /// `(memory $id? type)` or `(memory $id? i64? (pagesize …)? (data …))`
  mutating func encodeMemory() throws(TextError) {
    guard let index = try definitionHead(.memory) else { return }
    memorySection.count += 1
    var type = try memoryLimits()
    guard try cursor.skipOpen(.data) else {
      memorySection.bytes += try memoryType(type)
      return try cursor.close()
    }
    let bytes = try cursor.strings()
    try cursor.close()
    try cursor.close()
    let pageSize = UInt64(1) << UInt64(type.pageSizeLog2 ?? 16)
    type.minimum = (UInt64(bytes.count) + pageSize - 1) / pageSize
    type.maximum = type.minimum
    memorySection.bytes += type.bytes
    appendDataSegment(bytes, memory: index, offset: zeroOffset(is64: type.is64))
  }

  /// `(table $id? i64? minimum maximum? type expression?)` or `(table $id? i64? type (elem …))`
  mutating func encodeTable() throws(TextError) {
    guard let index = try definitionHead(.table) else { return }
    tableSection.count += 1
    let is64 = try addressType()
    guard nextIsReferenceType else {
      let type = try tableType(is64: is64)
      if cursor.token.kind != .rightParenthesis {
        tableSection.bytes += [0x40, 0x00] + type
        tableSection.bytes += try expression()
      } else {
        tableSection.bytes += type
      }
      return try cursor.close()
    }
    let type = try referenceType()
    try cursor.open(.elem)
    let items =
      try cursor.token.isIndex || nextIsReference(to: .function)
      ? functionItems(type) : expressionItems(type)
    try cursor.close()
    try cursor.close()
    tableSection.bytes.append(type)
    let count = UInt64(items.count)
    tableSection.bytes += WrittenLimits(is64: is64, minimum: count, maximum: count).bytes
    appendElementSegment(
      items, isDeclarative: false, table: index == 0 ? nil : index,
      offset: zeroOffset(is64: is64))
  }
}
