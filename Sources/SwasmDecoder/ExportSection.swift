import SwasmModule

extension ModuleDecoder {
  mutating func decodeExportSection() throws(DecodeError) {
    let count = try reader.count(of: "exports", most: ImplementationLimits.exports)
    module.exports.reserveCapacity(count)
    for _ in 0..<count {
      let start = reader.position
      let name = try reader.name()
      let kind = try decodeExportKind()
      module.exports.append(
        Export(name: name, kind: kind, index: try reader.u32(), offset: start))
    }
  }

  mutating func decodeExportKind() throws(DecodeError) -> ExternalKind {
    let start = reader.position
    let byte = try reader.byte()
    guard let kind = ExternalKind(rawValue: byte) else {
      throw DecodeError(.malformedExportKind(byte), at: start)
    }
    switch kind {
    case .tag: try reader.require(.exceptions, for: "tag", at: start)
    case .module, .instance: try reader.require(.moduleLinking, for: "\(kind)", at: start)
    case .function, .table, .memory, .global: break
    }
    return kind
  }
}
