/// Actions, their arguments and what their results must be.
extension ScriptParser {
  /// Reads `(invoke $instance? "name" argument*)` or `(get $instance? "name")`.
  mutating func action() throws(TextError) -> Script.Action {
    try cursor.open()
    let isGet = try skip("get")
    if !isGet {
      guard try skip("invoke") else { throw cursor.unexpected("invoke or get") }
    }
    let instance = try identifier()
    let name = try cursor.name()
    if isGet {
      try cursor.close()
      return .get(instance: instance, global: name)
    }
    var arguments: [Script.Value] = []
    while cursor.token.kind == .leftParenthesis {
      let token = cursor.ahead
      guard case .value(let value) = try pattern() else {
        throw cursor.unexpected("a constant", token)
      }
      arguments.append(value)
    }
    try cursor.close()
    return .invoke(instance: instance, function: name, arguments: arguments)
  }

  mutating func patterns() throws(TextError) -> [Script.Pattern] {
    var patterns: [Script.Pattern] = []
    while cursor.token.kind == .leftParenthesis { patterns.append(try pattern()) }
    return patterns
  }

  /// Reads `(either …)` or a pattern for one value.
  private mutating func pattern() throws(TextError) -> Script.Pattern {
    guard cursor.ahead.kind == .keyword, cursor.text(of: cursor.ahead) == "either" else {
      return try simplePattern()
    }
    try cursor.open()
    try cursor.advance()
    var patterns: [Script.Pattern] = []
    while cursor.token.kind == .leftParenthesis { patterns.append(try simplePattern()) }
    try cursor.close()
    return .either(patterns)
  }

  private mutating func simplePattern() throws(TextError) -> Script.Pattern {
    try cursor.open()
    let head = cursor.token
    let word = cursor.text(of: head)
    try cursor.advance()
    let pattern: Script.Pattern
    switch word {
    case "i32.const":
      pattern = .value(.i32(UInt32(truncatingIfNeeded: try cursor.integer(bits: 32))))
    case "i64.const":
      pattern = .value(.i64(UInt64(bitPattern: try cursor.integer(bits: 64))))
    case "f32.const":
      pattern =
        switch try cursor.lane(.single) {
        case .bits(let bits): .value(.f32(UInt32(bits)))
        case .notANumber(let kind): .f32(kind)
        }
    case "f64.const":
      pattern =
        switch try cursor.lane(.double) {
        case .bits(let bits): .value(.f64(bits))
        case .notANumber(let kind): .f64(kind)
        }
    case "v128.const": pattern = try vector()
    case "ref.null":
      let type = cursor.token
      if type.kind == .keyword {
        pattern = .value(.nullReference(cursor.text(of: type)))
        try cursor.advance()
      } else {
        pattern = .nullReference
      }
    case "ref.extern" where cursor.token.kind == .number:
      pattern = .value(.externReference(try cursor.unsigned32()))
    case "ref.host": pattern = .value(.hostReference(try cursor.unsigned32()))
    case _ where word.hasPrefix("ref."):
      pattern = .reference(String(word.dropFirst(4)))
    default: throw cursor.unexpected("a constant", head)
    }
    try cursor.close()
    return pattern
  }

  private mutating func vector() throws(TextError) -> Script.Pattern {
    let vector = try cursor.vector(allowsClasses: true)
    guard let format = vector.format, vector.bytes.count < 16 else {
      return .value(.v128(vector.bytes))
    }
    return format == .single ? .f32x4(vector.lanes) : .f64x2(vector.lanes)
  }
}
