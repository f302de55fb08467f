/// Encodes a WebAssembly text module (`.wat`) into the binary format.
///
/// The text is one `(module …)`, `(module binary …)` or `(module quote …)`, or the fields of a module
/// without the parentheses around them. Only what the text format itself forbids is refused here; types
/// and numeric indices are the validator's business. Identifiers go into a custom name section.
///
/// - Parameter text: the source, UTF-8.
/// - Throws: the first error, with its position in `text`.
public func encode(text: [UInt8]) throws(TextError) -> [UInt8] {
  // `(module quote "(module quote …")`: each turn of the loop peels off one layer.
  var source = text
  var quotedAt: TextLocation?
  while true {
    do throws(TextError) {
      switch try encodeLayer(source) {
      case .binary(let bytes): return bytes
      case .quoted(let inner, let offset):
        if quotedAt == nil { quotedAt = TextLocation(offset: offset, in: source) }
        source = inner
      }
    } catch {
      guard let quotedAt else { throw error }
      throw TextError(error.cause, at: quotedAt)
    }
  }
}

/// What one reading of a text gives: a module's bytes, or a text to read in its turn.
private enum Layer {
  case binary([UInt8])
  /// The text and where its first string begins.
  case quoted([UInt8], offset: Int)
}

private func encodeLayer(_ source: [UInt8]) throws(TextError) -> Layer {
  var cursor = try Cursor(source)
  if cursor.token.kind == .leftParenthesis, cursor.text(of: cursor.ahead) == "component" {
    throw cursor.failure(.component, at: cursor.token)
  }
  guard cursor.isOpen(.module) else {
    let bytes = try ModuleTree.encode(&cursor, name: nil)
    try cursor.expectEnd()
    return .binary(bytes)
  }
  try cursor.open(.module)
  let symbol = try cursor.optionalIdentifier()
  let name = try cursor.annotatedName() ?? symbol.map { Array(cursor.symbols.bytes(of: $0)) }
  let layer: Layer
  if try cursor.skip(.binary) {
    layer = .binary(try cursor.strings())
  } else if try cursor.skip(.quote) {
    let offset = cursor.token.offset
    layer = .quoted(try cursor.strings(), offset: offset)
  } else {
    layer = .binary(try ModuleTree.encode(&cursor, name: name))
  }
  try cursor.close()
  try cursor.expectEnd()
  return layer
}
