import SwasmModule

extension ModuleDecoder {
  /// Only the name must be right; the contents of the name section are read when they are.
  mutating func decodeCustomSection() throws(DecodeError) {
    let name = try reader.name()
    let contents = reader.skipRest()
    if name == "name", let names = NameSection(module.source, in: contents) {
      module.names = names
    }
    if name == "metadata.code.branch_hint", branchHints == nil, reader.allows(.branchHints) {
      branchHints = RelativeHints(module.source, in: contents)
      if branchHints != nil {
        try reader.require(.branchHints, for: "branch hints", at: contents.lowerBound)
      }
    }
  }

  /// Relates the hints to the bodies, which come after their section.
  mutating func placeBranchHints() {
    guard let hints = branchHints else { return }
    branchHints = nil
    for function in hints.functions {
      let defined = function.index.position - module.importedFunctionCount
      guard module.bodies.indices.contains(defined) else { continue }
      let start = module.bodies[defined].start
      let end = module.bodies[defined].code.upperBound
      module.branchHints[function.index] = function.hints.compactMap { hint in
        start + hint.offset < end
          ? BranchHint(offset: start + hint.offset, isLikely: hint.isLikely) : nil
      }
    }
  }
}

/// A section of branch hints. Offsets are those from the beginnings of the bodies, with their locals.
struct RelativeHints {
  var functions: [(index: FunctionIndex, hints: [BranchHint])] = []

  /// `nil` when the section is malformed anywhere: then it says nothing.
  init?(_ source: [UInt8], in range: Range<Int>) {
    var reader = InstructionReader(source, in: range)
    var last = -1
    for _ in 0..<reader.readU32() {
      let function = FunctionIndex(reader.readU32())
      guard !reader.hasFailed, function.position > last else { return nil }
      last = function.position
      guard let hints = Self.hints(&reader) else { return nil }
      functions.append((function, hints))
    }
    guard !reader.hasFailed, reader.isAtEnd else { return nil }
  }

  private static func hints(_ reader: inout InstructionReader) -> [BranchHint]? {
    var hints: [BranchHint] = []
    for _ in 0..<reader.readU32() {
      let offset = Int(reader.readU32())
      let size = reader.readU32()
      let value = reader.readByte()
      guard !reader.hasFailed, size == 1, value <= 1, offset > hints.last?.offset ?? -1 else {
        return nil
      }
      hints.append(BranchHint(offset: offset, isLikely: value == 1))
    }
    return hints
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
