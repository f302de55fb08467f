import SwasmModule

/// The small modules that the linker itself adds to a set.
enum GeneratedModules {
  static let initializeName = Array("_initialize".utf8)
  static let initializeType = ItemType.function(FunctionType(parameters: [], results: []))

  /// Imports `_initialize` and has it as its start function: to instantiate it is to call it.
  static let initializer: [UInt8] = {
    var writer = ModuleWriter()
    var types = FunctionTypeList()
    var item = [UInt8].singleImport(initializeName)
    item.appendItemType(initializeType, &types)
    writer.addTypes(types)
    writer.add(.import, item)
    writer.addStart(function: 0)
    return writer.bytes
  }()

  /// Imports items one by one and exports them all: an instance put together of parts of others. Calls don't go
  /// through it, since an exported import is the imported thing itself.
  static func namespace(_ items: [NamedItem]) -> [UInt8] {
    var types = FunctionTypeList()
    var imports: [[UInt8]] = []
    var exports: [[UInt8]] = []
    var indices = ItemCounts()
    for item in items {
      var entry = [UInt8].singleImport(item.name)
      entry.appendItemType(item.type, &types)
      imports.append(entry)
      exports.append(
        exportEntry(item.name, item.type.kind, index: indices.next(item.type.kind)))
    }
    var writer = ModuleWriter()
    writer.addTypes(types)
    for entry in imports { writer.add(.import, entry) }
    for entry in exports { writer.add(.export, entry) }
    writer.endSection()
    return writer.bytes
  }

  static func exportEntry(_ name: [UInt8], _ kind: ExternalKind, index: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVector(name)
    bytes.append(kind.rawValue)
    bytes.appendNumber(index)
    return bytes
  }
}

extension ModuleWriter {
  mutating func addTypes(_ list: FunctionTypeList) {
    for type in list.types {
      var bytes: [UInt8] = []
      bytes.appendFunctionType(type)
      add(.type, bytes)
    }
  }
}

/// How many items there are in each index space.
struct ItemCounts {
  private var counts = [Int](repeating: 0, count: Int(ExternalKind.global.rawValue) + 1)

  /// The index of one more item of an ordinary module's kind.
  mutating func next(_ kind: ExternalKind) -> Int {
    defer { counts[Int(kind.rawValue)] += 1 }
    return counts[Int(kind.rawValue)]
  }
}
