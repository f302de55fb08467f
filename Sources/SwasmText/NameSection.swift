/// The custom section `name`: what identifiers say of the module, its functions and their locals and, where
/// there is module linking, of other items too.
extension ModuleEncoder {
  /// The spaces that have names in the section, with the number of their part of it.
  private static let linkedSpaces: [(id: UInt8, space: Space)] = [
    (4, .type), (5, .table), (6, .memory), (7, .global), (8, .element), (9, .data),
  ]

  /// Notes the names in the function that has just been read.
  mutating func addNames(of function: UInt32) {
    add(locals.named, of: function, to: \.localNames)
    add(labels.named, of: function, to: \.labelNames)
  }

  private mutating func add(
    _ names: [(index: UInt32, symbol: Symbol)], of function: UInt32,
    to part: WritableKeyPath<ModuleEncoder, SectionWriter>
  ) {
    guard !names.isEmpty else { return }
    self[keyPath: part].count += 1
    self[keyPath: part].bytes.appendUnsigned(function)
    self[keyPath: part].bytes += nameMap(
      names.map { ($0.index, Array(cursor.symbols.bytes(of: $0.symbol))) })
  }

  /// Pairs of index and name, in index order.
  private func nameMap(_ names: [(index: UInt32, name: [UInt8])]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendCount(names.count)
    for (index, name) in names {
      bytes.appendUnsigned(index)
      bytes.appendVector(name)
    }
    return bytes
  }

  /// Appends the section, unless nothing has a name.
  func appendNameSection(to module: inout [UInt8]) {
    var section: [UInt8] = []
    if let moduleName {
      var name: [UInt8] = []
      name.appendVector(moduleName)
      section.append(0)
      section.appendVector(name)
    }
    append(1, spaces[.function].names(cursor.symbols), to: &section)
    localNames.write(id: 2, to: &section)
    if linking != .none {
      labelNames.write(id: 3, to: &section)
      for (id, space) in Self.linkedSpaces {
        append(id, spaces[space].names(cursor.symbols), to: &section)
      }
    }
    if section.isEmpty { return }
    var contents: [UInt8] = []
    contents.appendVector(Array("name".utf8))
    contents += section
    module.append(0)
    module.appendVector(contents)
  }

  private func append(
    _ id: UInt8, _ names: [(index: UInt32, name: [UInt8])], to section: inout [UInt8]
  ) {
    guard !names.isEmpty else { return }
    section.append(id)
    section.appendVector(nameMap(names))
  }
}
