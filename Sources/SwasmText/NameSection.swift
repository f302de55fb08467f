/// The custom section `name`: what identifiers say of the module, its functions and their locals.
extension ModuleEncoder {
  /// Notes the names of the function that has just been read.
  mutating func addLocalNames(of function: UInt32) {
    guard !locals.named.isEmpty else { return }
    localNames.count += 1
    localNames.bytes.appendUnsigned(function)
    localNames.bytes += nameMap(locals.named)
  }

  /// Pairs of index and name, in index order.
  private func nameMap(_ names: [(index: UInt32, symbol: Symbol)]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendCount(names.count)
    for (index, symbol) in names {
      bytes.appendUnsigned(index)
      bytes.appendVector(cursor.symbols.bytes(of: symbol))
    }
    return bytes
  }

  /// Appends the section, unless nothing has a name.
  func appendNameSection(to module: inout [UInt8]) {
    var section: [UInt8] = []
    if let moduleName {
      var name: [UInt8] = []
      name.appendVector(cursor.symbols.bytes(of: moduleName))
      section.append(0)
      section.appendVector(name)
    }
    if !functionNames.isEmpty {
      section.append(1)
      section.appendVector(nameMap(functionNames))
    }
    localNames.write(id: 2, to: &section)
    if section.isEmpty { return }
    var contents: [UInt8] = []
    contents.appendVector(Array("name".utf8))
    contents += section
    module.append(0)
    module.appendVector(contents)
  }
}
