/// Imports that share the name of their module, and perhaps their type:
///
///     (import "m" (item "a" (func $f)) (item "b" (memory 1)))
///     (import "m" (item "a") (item "b") (func (param i32)))
extension ModuleEncoder {
  /// Does something else than a second name follow the module's?
  var nextIsCompactImport: Bool {
    linking == .none && cursor.token.kind == .string && cursor.ahead.kind == .leftParenthesis
  }

  /// The first reading, after `(import`.
  mutating func declareCompactImport() throws(TextError) {
    _ = try cursor.name()
    guard cursor.isOpen(.item) else { throw cursor.unexpected("a string") }
    var (typed, untyped) = (0, 0)
    while cursor.isOpen(.item) {
      _ = try compactItemName()
      if cursor.token.kind == .rightParenthesis {
        untyped += 1
      } else {
        typed += 1
        let space = try importedSpace()
        let index = spaces[space].add()
        try bindName(in: space, to: index)
        try declareImportedType(space, index)
        try cursor.skipRestOfForm()
      }
      // All have a type of their own, or all share one.
      guard typed == 0 || untyped == 0 else { throw cursor.unexpected("items of one kind") }
      try cursor.close()
    }
    if untyped == 0 { return }
    let space = try importedSpace()
    for _ in 0..<untyped { try declareImportedType(space, spaces[space].add()) }
    try cursor.skipRestOfForm()
  }

  /// The second reading, after `(import`.
  mutating func encodeCompactImport() throws(TextError) {
    var bytes: [UInt8] = []
    bytes.append(importName: try cursor.name(), [])
    var items = SectionWriter()
    var isTyped = false
    while cursor.isOpen(.item) {
      items.count += 1
      items.bytes.appendVector(try compactItemName())
      _ = nextHeaderIndex()
      isTyped = cursor.token.kind != .rightParenthesis
      if isTyped {
        let space = try importedSpace()
        _ = try cursor.optionalIdentifier()
        try cursor.annotatedName()
        items.bytes += try importedType(space)
        try cursor.close()
      }
      try cursor.close()
    }
    bytes.append(isTyped ? 0x7f : 0x7e)
    if !isTyped {
      bytes += try importedType(try importedSpace())
      try cursor.close()
    }
    bytes.appendCount(items.count)
    importItems.append(bytes + items.bytes)
    try cursor.close()
  }

  /// Reads `(item "name"`.
  private mutating func compactItemName() throws(TextError) -> [UInt8] {
    try cursor.open(.item)
    return try cursor.name()
  }
}
