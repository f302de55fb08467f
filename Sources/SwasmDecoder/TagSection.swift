import SwasmModule

extension ModuleDecoder {
  mutating func decodeTagSection() throws(DecodeError) {
    let count = try reader.count(of: "tags", most: ImplementationLimits.tags)
    for _ in 0..<count {
      module.offsets.tags.append(reader.position)
      module.tags.append(try decodeTagType())
    }
  }

  /// A byte that says exception, the only kind that there is, and its type.
  mutating func decodeTagType() throws(DecodeError) -> TypeIndex {
    let start = reader.position
    try reader.require(.exceptions, for: "tag", at: start)
    let attribute = try reader.byte()
    guard attribute == 0 else { throw DecodeError(.malformedTag(attribute), at: start) }
    return try reader.index()
  }
}
