import SwasmModule

extension ModuleDecoder {
  /// Only the name must be right; the contents of the name section are read when they are.
  mutating func decodeCustomSection() throws(DecodeError) {
    let name = try reader.name()
    let contents = reader.skipRest()
    if name == "name", let names = NameSection(module.source, in: contents) {
      module.names = names
    }
  }
}

extension NameSection {
  /// The module's and the functions' names; `nil` when the section is malformed anywhere in them.
  fileprivate init?(_ source: [UInt8], in range: Range<Int>) {
    self.init()
    var reader = InstructionReader(source, in: range)
    while !reader.isAtEnd {
      let id = reader.readByte()
      let contents = reader.skip(Int(reader.readU32()))
      if reader.hasFailed { return nil }
      var subsection = InstructionReader(source, in: contents)
      switch id {
      case 0:
        guard let name = subsection.readName() else { return nil }
        module = name
      case 1:
        guard readFunctionNames(&subsection) else { return nil }
      default: continue
      }
      guard !subsection.hasFailed, subsection.isAtEnd else { return nil }
    }
  }

  private mutating func readFunctionNames(_ reader: inout InstructionReader) -> Bool {
    let count = Int(reader.readU32())
    guard count <= reader.remaining else { return false }
    // Each entry takes at least two bytes.
    functions.reserveCapacity(min(count, reader.remaining / 2))
    for _ in 0..<count {
      let index = FunctionIndex(reader.readU32())
      guard let name = reader.readName() else { return false }
      functions[index] = name
    }
    return true
  }
}

extension InstructionReader {
  fileprivate mutating func readName() -> String? {
    let range = skip(Int(readU32()))
    guard !hasFailed else { return nil }
    return String(validating: slice(range), as: UTF8.self)
  }
}
