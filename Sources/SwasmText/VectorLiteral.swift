/// A vector as it is written: a shape and as many lanes.
struct VectorLiteral {
  /// 16, the lowest first; those of lanes that are only a class of numbers are missing.
  var bytes: [UInt8] = []
  /// Of a shape of floating-point numbers.
  var lanes: [Script.Lane] = []
  var format: FloatLiteral.Format?

  /// The shapes of vectors of integers: bits of a lane.
  fileprivate static let integerShapes: [String: UInt64] = [
    "i8x16": 8, "i16x8": 16, "i32x4": 32, "i64x2": 64,
  ]
}

extension Cursor {
  /// Reads `shape lane…`.
  ///
  /// - Parameter allowsClasses: whether `nan:canonical` and `nan:arithmetic` may be lanes.
  mutating func vector(allowsClasses: Bool = false) throws(TextError) -> VectorLiteral {
    let shape = token
    let word = text(of: shape)
    var vector = VectorLiteral()
    if let bits = VectorLiteral.integerShapes[word] {
      try advance()
      for _ in 0..<128 / bits {
        let lane = UInt64(bitPattern: try integer(bits: bits))
        vector.bytes.appendLittleEndian(lane, count: Int(bits / 8))
      }
      return vector
    }
    guard word == "f32x4" || word == "f64x2" else { throw unexpected("a shape", shape) }
    try advance()
    let format: FloatLiteral.Format = word == "f32x4" ? .single : .double
    let size = format == .single ? 4 : 8
    vector.format = format
    for _ in 0..<16 / size {
      let lane = allowsClasses ? try lane(format) : .bits(try float(format))
      vector.lanes.append(lane)
      if case .bits(let bits) = lane { vector.bytes.appendLittleEndian(bits, count: size) }
    }
    return vector
  }

  /// Reads a floating-point constant or a class of NaNs.
  mutating func lane(_ format: FloatLiteral.Format) throws(TextError) -> Script.Lane {
    let classes: [(String, Script.NotANumber)] = [
      ("nan:canonical", .canonical), ("nan:arithmetic", .arithmetic),
    ]
    if token.kind == .keyword {
      let word = text(of: token)
      for (name, kind) in classes where name == word {
        try advance()
        return .notANumber(kind)
      }
    }
    return .bits(try float(format))
  }
}
