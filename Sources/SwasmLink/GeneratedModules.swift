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

  /// Imports instances, named by numbers, and exports items of them: an instance put together of parts of others.
  /// Calls don't go through it, since an exported alias is the thing itself. That the parts are aliased here and
  /// not in the outer module leaves that with no more memories than the root has.
  ///
  /// - Parameter parts: by item, the number of the instance that it comes from.
  static func namespace(_ items: [NamedItem], from parts: [Int]) -> [UInt8] {
    var instances = (0...(parts.max() ?? 0)).map { InstanceImport(name: partName($0), items: []) }
    for (item, part) in zip(items, parts) { instances[part].items.append(item) }
    var writer = ModuleWriter()
    writer.addImports(instances)
    for (item, part) in zip(items, parts) {
      writer.add(.alias, aliasEntry(of: part, item.type.kind, item.name))
    }
    var indices = ItemCounts()
    for item in items {
      let kind = item.type.kind
      writer.add(.export, exportEntry(item.name, kind, index: indices.next(kind)))
    }
    writer.endSection()
    return writer.bytes
  }

  static func partName(_ number: Int) -> [UInt8] { Array("\(number)".utf8) }

  static func aliasEntry(of instance: Int, _ kind: ExternalKind, _ name: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = [0x00]
    bytes.appendNumber(instance)
    bytes.append(kind.rawValue)
    bytes.appendVector(name)
    return bytes
  }

  static func exportEntry(_ name: [UInt8], _ kind: ExternalKind, index: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.appendVector(name)
    bytes.append(kind.rawValue)
    bytes.appendNumber(index)
    return bytes
  }
}

/// An import of an instance.
struct InstanceImport {
  /// What a kind byte says of instances.
  static let kind: UInt8 = 6

  var name: [UInt8]
  var items: [NamedItem]
}

extension ModuleWriter {
  /// The types of instances, and their imports: single-level ones, so that they can be passed on and aliased.
  mutating func addImports(_ instances: [InstanceImport]) {
    var types = FunctionTypeList()
    var instanceTypes: [[UInt8]] = []
    for instance in instances {
      var bytes: [UInt8] = [0x62]
      bytes.appendNumber(instance.items.count)
      for item in instance.items {
        bytes.appendVector(item.name)
        bytes.appendItemType(item.type, &types)
      }
      instanceTypes.append(bytes)
    }
    addTypes(types)
    for type in instanceTypes { add(.type, type) }
    for (index, instance) in instances.enumerated() {
      var item = [UInt8].singleImport(instance.name)
      item.append(InstanceImport.kind)
      item.appendNumber(types.types.count + index)
      add(.import, item)
    }
  }

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
  private var counts = [Int](repeating: 0, count: Int(ExternalKind.tag.rawValue) + 1)

  /// The index of one more item of an ordinary module's kind.
  mutating func next(_ kind: ExternalKind) -> Int {
    defer { counts[Int(kind.rawValue)] += 1 }
    return counts[Int(kind.rawValue)]
  }
}
