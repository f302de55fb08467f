import SwasmArtifact
import SwasmModule

/// One change of an artifact's meaning: every index stays one that there is.
struct ArtifactMutation: CustomStringConvertible {
  var description: String
  var apply: (inout Artifact) -> Void
}

/// Everything that can be changed in an artifact without making it unreadable.
struct ArtifactMutations {
  private(set) var list: [ArtifactMutation] = []
  private let artifact: Artifact
  private static let wild: UInt64 = 0x4141_4141_4141

  init(of artifact: Artifact) {
    self.artifact = artifact
    for position in artifact.modules.indices {
      addDeclarations(position)
      addSegments(position)
      addInitializers(position)
      addImportsAndExports(position)
    }
    for type in 1..<artifact.types.count {
      add("no trampolines of type \(type)") { artifact in
        artifact.trampolines.entries[type] = .max
        artifact.trampolines.hosts[type] = .max
      }
    }
  }

  private mutating func add(_ description: String, _ apply: @escaping (inout Artifact) -> Void) {
    list.append(ArtifactMutation(description: description, apply: apply))
  }

  private mutating func add(
    _ module: Int, _ description: String, _ apply: @escaping (inout ModuleArtifact) -> Void
  ) { add("module \(module): \(description)") { apply(&$0.modules[module]) } }

  private var valueTypes: [ValueType] {
    let plain: [ValueType] = [
      .i32, .i64, .f64, .v128, .funcref, .externref, .exnref, .nullfuncref, .nullexternref,
      .funcref.nonNull, .externref.nonNull,
    ]
    let defined = (1..<artifact.types.count + 3).map {
      ValueType(index: UInt32($0), isNullable: true)
    }
    return plain + defined
  }

  /// Expressions of every type, with a number that no index is equal to.
  private func constants(_ module: ModuleArtifact) -> [ConstantExpression] {
    var lists: [[ConstantInstruction]] = [
      [], [.i32Const(-1)], [.i64Const(Int64(Self.wild))], [.f64Const(Self.wild)],
      [.v128Const(Self.wild, Self.wild)], [.refNull(.funcref)], [.refNull(.externref)],
      [.refNull(.exnref)], [.i32Const(1), .i64Const(1)], [.i64Const(1), .i32Const(1), .i32Add],
      [.i32Mul], [.i64Const(1), .i64Const(Int64(Self.wild)), .i64Add],
    ]
    lists += module.functionTypes.indices.map { [.refFunc(FunctionIndex($0))] }
    lists += module.globals.indices.map { [.globalGet(GlobalIndex($0))] }
    return lists.map { ConstantExpression($0, offset: 0) }
  }

  private static let limits = [
    Limits(minimum: 0), Limits(minimum: 7, maximum: 2), Limits(minimum: 1 << 20),
    Limits(minimum: 1 << 48, maximum: .max), Limits(minimum: 1 << 63), Limits(minimum: .max),
  ]

  private mutating func addDeclarations(_ position: Int) {
    let module = artifact.modules[position]
    for index in module.tables.indices {
      for type in valueTypes {
        add(position, "table \(index) of \(type)") { $0.tables[index].element = type }
      }
      for limits in Self.limits {
        add(position, "table \(index): \(limits)") { $0.tables[index].limits = limits }
      }
      add(position, "table \(index): width") { $0.tables[index].is64.toggle() }
    }
    for index in module.memories.indices {
      for limits in Self.limits {
        add(position, "memory \(index): \(limits)") { $0.memories[index].limits = limits }
      }
      add(position, "memory \(index): width") { $0.memories[index].is64.toggle() }
      add(position, "memory \(index): shared") { $0.memories[index].isShared.toggle() }
      add(position, "memory \(index): pages") { $0.memories[index].pageSizeLog2 ^= 16 }
    }
    for index in module.globals.indices {
      for type in valueTypes {
        add(position, "global \(index): \(type)") { $0.globals[index].value = type }
      }
      add(position, "global \(index): mutability") { $0.globals[index].isMutable.toggle() }
    }
    for type in 0..<artifact.types.count {
      let type = CanonicalTypeIndex(type)
      for index in module.functionTypes.indices {
        add(position, "function \(index): type \(type)") { $0.functionTypes[index] = type }
      }
      for index in module.typeIndices.indices {
        add(position, "type \(index) is \(type)") { $0.typeIndices[index] = type }
      }
      for index in module.tags.indices {
        add(position, "tag \(index): type \(type)") { $0.tags[index] = type }
      }
    }
    add(position, "uses GS") { $0.usesGS.toggle() }
    add(position, "exceptions") { $0.usesExceptions.toggle() }
    add(position, "nested") { $0.isNested.toggle() }
    add(position, "no type") { $0.type = nil }
    for type in artifact.types.linkingTypes.indices {
      add(position, "linking type \(type)") { $0.type = LinkingTypeIndex(type) }
    }
    for count in [0, 1, 5] where count != module.upvalueCount {
      add(position, "\(count) upvalues") { $0.upvalueCount = count }
    }
  }

  private mutating func addSegments(_ position: Int) {
    let module = artifact.modules[position]
    let constants = constants(module)
    for index in module.elements.indices {
      for type in valueTypes {
        add(position, "elements \(index) of \(type)") { $0.elements[index].type = type }
      }
      add(position, "elements \(index): passive") { $0.elements[index].mode = .passive }
      add(position, "elements \(index): declarative") { $0.elements[index].mode = .declarative }
      for table in module.tables.indices {
        for constant in constants {
          add(position, "elements \(index) to table \(table) at \(constant.instructions)") {
            $0.elements[index].mode = .active(TableIndex(table), offset: constant)
          }
        }
      }
      add(position, "elements \(index): every function") {
        $0.elements[index].items = .functions($0.functionTypes.indices.map { FunctionIndex($0) })
      }
      for constant in constants {
        add(position, "elements \(index): \(constant.instructions)") {
          $0.elements[index].items = .expressions([constant, constant])
        }
        // The same, and the segment says that it is as it should be.
        for type in [ValueType.externref, .funcref, .i64] {
          add(position, "elements \(index) of \(type): \(constant.instructions)") {
            $0.elements[index].items = .expressions([constant])
            $0.elements[index].type = type
          }
        }
      }
      for other in module.elements.indices where other > index {
        add(position, "elements \(index) and \(other)") { $0.elements.swapAt(index, other) }
      }
    }
    for index in module.data.indices {
      add(position, "data \(index): passive") { $0.data[index].mode = .passive }
      for memory in module.memories.indices {
        for constant in constants {
          add(position, "data \(index) to memory \(memory) at \(constant.instructions)") {
            $0.data[index].mode = .active(MemoryIndex(memory), offset: constant)
          }
        }
      }
    }
  }

  private mutating func addInitializers(_ position: Int) {
    let module = artifact.modules[position]
    for index in module.initializers.indices {
      add(position, "without step \(index)") { $0.initializers.remove(at: index) }
      add(position, "step \(index) twice") {
        $0.initializers.insert($0.initializers[index], at: index)
      }
      for other in module.initializers.indices where other > index {
        add(position, "steps \(index) and \(other)") { $0.initializers.swapAt(index, other) }
      }
      for replacement in replacements(of: module.initializers[index], in: module) {
        add(position, "step \(index) is \(replacement)") { $0.initializers[index] = replacement }
      }
    }
    for extra in extraSteps(of: module) {
      for index in [0, module.initializers.count] {
        add(position, "more at \(index): \(extra)") { $0.initializers.insert(extra, at: index) }
      }
    }
  }

  private func replacements(
    of initializer: Initializer, in module: ModuleArtifact
  ) -> [Initializer] {
    switch initializer {
    case .defineTable(let index, _):
      return [.defineTable(index, initial: nil)]
        + constants(module).map { .defineTable(index, initial: $0) }
    case .defineGlobal(let index, _):
      return constants(module).map { .defineGlobal(index, initial: $0) }
    case .aliasExport(let instance, _, let name):
      let names = [name, "t", "m", "g", "f", "e", "?"]
      return ExternalKind.allCases.flatMap { kind in
        names.map { .aliasExport(instance, kind, name: $0) }
      }
    case .instantiate(let item):
      var less = item
      less.arguments = Array(item.arguments.dropLast())
      let kinds = ExternalKind.allCases.map { kind in
        var other = item
        for argument in other.arguments.indices { other.arguments[argument].kind = kind }
        return Initializer.instantiate(other)
      }
      return [.instantiate(less)] + kinds
    case .defineModule(let inner, let upvalues):
      return artifact.modules.indices.map { .defineModule($0, upvalues: upvalues) }
        + [
          .defineModule(inner, upvalues: upvalues + [.outer(0)]),
          .defineModule(inner, upvalues: []),
        ]
    default: return []
    }
  }

  private func extraSteps(of module: ModuleArtifact) -> [Initializer] {
    module.elements.indices.map { .applyElement(ElementIndex($0)) }
      + module.data.indices.map { .applyData(DataIndex($0)) }
      + module.functionTypes.indices.map { .start(FunctionIndex($0)) }
      + artifact.modules.indices.map { .defineModule($0, upvalues: []) }
      + module.imports.indices.map { .importItem($0) }
      + [
        .defineFunctions, .aliasUpvalue(0),
        .instantiate(Instantiation(module: ModuleIndex(0), arguments: [], offset: 0)),
      ]
  }

  private mutating func addImportsAndExports(_ position: Int) {
    let module = artifact.modules[position]
    let items: [ImportItem] =
      [
        .table(TableType(element: .externref, limits: Limits(minimum: 1))),
        .memory(MemoryType(limits: Limits(minimum: 1), is64: true)),
        .global(GlobalType(value: .externref, isMutable: true)),
        .global(GlobalType(value: .funcref, isMutable: false)),
      ]
      + module.typeIndices.indices.flatMap { type -> [ImportItem] in
        [.function(TypeIndex(type)), .tag(TypeIndex(type)), .instance(TypeIndex(type))]
      }
    for index in module.imports.indices {
      for item in items {
        add(position, "import \(index): \(item)") { $0.imports[index].item = item }
      }
      add(position, "import \(index): levels") { $0.imports[index].isSingleLevel.toggle() }
    }
    for index in module.exports.indices {
      for kind in ExternalKind.allCases {
        for target in 0..<3 {
          add(position, "export \(index): \(kind) \(target)") {
            $0.exports[index].kind = kind
            $0.exports[index].index = UInt32(target)
          }
        }
      }
    }
  }
}
