import SwasmModule

/// Writes the outer module of a set: types and imports of the host's instances, the members as nested modules, then
/// aliases and instances member by member, and at the end what the root exports.
struct LinkedSetEncoder {
  private let members: [Member]
  private let resolution: Resolution
  /// Equal modules are there once, whatever the number of their instances.
  private var modules: [[UInt8]] = []
  private var moduleIndices: [[UInt8]: Int] = [:]
  /// Aliases and instances. Those refer to the modules, which are written before them but known only at the end.
  private var steps: [(section: ModuleWriter.Section, item: [UInt8])] = []
  private var aliases: [Alias: Int] = [:]
  private var counts = ItemCounts()
  /// The host's instances come first.
  private var instanceCount: Int
  /// By member: its instance.
  private var instances: [Int?]

  private struct Alias: Hashable {
    var instance: Int
    var kind: ExternalKind
    var name: [UInt8]
  }

  init(_ members: [Member], _ resolution: Resolution) {
    self.members = members
    self.resolution = resolution
    instanceCount = resolution.hosts.count
    instances = Array(repeating: nil, count: members.count)
  }

  // MARK: Instances

  /// Adds a member's instance, and before it what its imports are put together of. Its providers have theirs.
  mutating func instantiate(_ index: Int) {
    let member = members[index]
    var arguments: [Argument] = []
    for (group, providers) in zip(member.imports, resolution.providers[index]) {
      arguments.append(
        Argument(
          name: group.namespace, kind: InstanceImport.kind, index: instance(of: group, providers)))
    }
    let instance = add(instanceOf: moduleIndex(member.bytes), arguments)
    instances[index] = instance
    if member.name != nil,
      member.exportTypes[GeneratedModules.initializeName] == GeneratedModules.initializeType
    {
      let name = GeneratedModules.initializeName
      let function = alias(Alias(instance: instance, kind: .function, name: name))
      _ = add(
        instanceOf: moduleIndex(GeneratedModules.initializer),
        [Argument(name: name, kind: ExternalKind.function.rawValue, index: function)])
    }
  }

  /// A named argument of an instantiation.
  private struct Argument {
    var name: [UInt8]
    var kind: UInt8
    var index: Int
  }

  /// The instance that has all of a namespace's items: the one they come from, or one that is made of several.
  private mutating func instance(
    of group: Member.ImportGroup, _ providers: [Resolution.Provider]
  ) -> Int {
    let sources = providers.map(instance)
    if let first = sources.first, sources.allSatisfy({ $0 == first }) { return first }
    var arguments: [Argument] = []
    var numbers: [Int: Int] = [:]
    for source in sources where numbers[source] == nil {
      let number = numbers.count
      numbers[source] = number
      arguments.append(
        Argument(
          name: GeneratedModules.partName(number), kind: InstanceImport.kind, index: source))
    }
    let parts = sources.map { numbers[$0]! }
    return add(
      instanceOf: moduleIndex(GeneratedModules.namespace(group.items, from: parts)), arguments)
  }

  private func instance(of provider: Resolution.Provider) -> Int {
    switch provider {
    case .host(let index): index
    case .library(let index): instances[index]!
    }
  }

  private mutating func add(instanceOf module: Int, _ arguments: [Argument]) -> Int {
    var bytes: [UInt8] = [0x00]
    bytes.appendNumber(module)
    bytes.appendNumber(arguments.count)
    for argument in arguments {
      bytes.appendVector(argument.name)
      bytes.append(argument.kind)
      bytes.appendNumber(argument.index)
    }
    steps.append((.instance, bytes))
    instanceCount += 1
    return instanceCount - 1
  }

  /// The index of an instance's export in the outer module.
  private mutating func alias(_ alias: Alias) -> Int {
    if let known = aliases[alias] { return known }
    steps.append(
      (.alias, GeneratedModules.aliasEntry(of: alias.instance, alias.kind, alias.name)))
    let index = counts.next(alias.kind)
    aliases[alias] = index
    return index
  }

  private mutating func moduleIndex(_ bytes: [UInt8]) -> Int {
    if let known = moduleIndices[bytes] { return known }
    moduleIndices[bytes] = modules.count
    modules.append(bytes)
    return modules.count - 1
  }

  // MARK: The whole

  /// The set, when all members are instantiated.
  mutating func finish() -> [UInt8] {
    let root = members.count - 1
    var exports: [[UInt8]] = []
    // By kind and the root's index: a thing that it exports twice is aliased once.
    var known: [[UInt32]: Int] = [:]
    for export in members[root].exports {
      let key = [UInt32(export.kind.rawValue), export.index]
      let index =
        known[key]
        ?? alias(Alias(instance: instances[root]!, kind: export.kind, name: export.name))
      known[key] = index
      exports.append(GeneratedModules.exportEntry(export.name, export.kind, index: index))
    }
    var writer = ModuleWriter()
    writer.addImports(
      resolution.hosts.map { InstanceImport(name: $0.namespace, items: $0.items) })
    for module in modules {
      var item: [UInt8] = []
      item.appendVector(module)
      writer.add(.module, item)
    }
    for step in steps { writer.add(step.section, step.item) }
    for export in exports { writer.add(.export, export) }
    writer.endSection()
    return writer.bytes
  }
}
