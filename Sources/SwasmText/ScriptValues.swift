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
        switch try lane(.single) {
        case .bits(let bits): .value(.f32(UInt32(bits)))
        case .notANumber(let kind): .f32(kind)
        }
    case "f64.const":
      pattern =
        switch try lane(.double) {
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

  /// Reads a floating-point constant or a class of NaNs.
  private mutating func lane(_ format: FloatLiteral.Format) throws(TextError) -> Script.Lane {
    if try skip("nan:canonical") { return .notANumber(.canonical) }
    if try skip("nan:arithmetic") { return .notANumber(.arithmetic) }
    return .bits(try cursor.float(format))
  }

  /// The shapes of a vector of integers: bits of a lane.
  private static let integerShapes: [String: UInt64] = [
    "i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64,
  ]

  /// Reads `shape lane…`.
  private mutating func vector() throws(TextError) -> Script.Pattern {
    let shape = cursor.token
    let word = cursor.text(of: shape)
    try cursor.advance()
    var bytes: [UInt8] = []
    if let bits = Self.integerShapes[word] {
      for _ in 0..<128 / bits {
        let lane = UInt64(bitPattern: try cursor.integer(bits: bits))
        bytes.appendLittleEndian(lane, count: Int(bits / 8))
      }
      return .value(.v128(bytes))
    }
    guard word == "f32x4" || word == "f64x2" else { throw cursor.unexpected("a shape", shape) }
    let format: FloatLiteral.Format = word == "f32x4" ? .single : .double
    let size = format == .single ? 4 : 8
    var lanes: [Script.Lane] = []
    for _ in 0..<16 / size {
      let lane = try lane(format)
      lanes.append(lane)
      if case .bits(let bits) = lane { bytes.appendLittleEndian(bits, count: size) }
    }
    if bytes.count == 16 { return .value(.v128(bytes)) }
    return format == .single ? .f32x4(lanes) : .f64x2(lanes)
  }
}
