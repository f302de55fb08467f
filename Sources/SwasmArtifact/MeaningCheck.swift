import SwasmModule

// Every index of a decoded artifact is in range. That its items also fit each other is checked here, by the rules
// that validation has for modules: what runs the initializers relies on types, and it does so before lockdown.

extension LoadedArtifact {
  /// - Throws: ``ArtifactError/contradiction(_:module:)`` for what no compiler writes.
  func checkMeaning() throws(ArtifactError) {
    let kinds = TypeRange(count: types.count)
    for type in types.linkingTypes {
      for item in type.imports + type.exports where !kinds.contains(item.type) {
        throw .contradiction("type of \"\(item.name)\"", module: nil)
      }
    }
    for position in modules.indices {
      var check = ModuleCheck(modules[position].module, at: position, in: self)
      try check.run()
    }
  }
}

/// Which defined types there are.
private struct TypeRange {
  let count: Int

  func contains(_ type: ValueType) -> Bool { type.definedIndex.map { Int($0) < count } ?? true }

  func contains(_ type: EntityType) -> Bool {
    switch type {
    case .table(let type): contains(type)
    case .memory(let type): Self.isPossible(type)
    case .global(let type): contains(type.value)
    case .function, .tag, .module, .instance: true
    }
  }

  func contains(_ type: TableType) -> Bool {
    type.element.isReference && contains(type.element)
      && Self.areOrdered(type.limits, most: type.is64 ? .max : UInt64(UInt32.max))
  }

  static func isPossible(_ type: MemoryType) -> Bool {
    let bits = (type.is64 ? 64 : 32) - UInt64(type.pageSizeLog2)
    return areOrdered(type.limits, most: bits >= 64 ? .max : 1 << bits)
  }

  private static func areOrdered(_ limits: Limits, most: UInt64) -> Bool {
    limits.minimum <= most && limits.maximum.map { limits.minimum <= $0 && $0 <= most } ?? true
  }
}

/// Goes through the initializers of one module and keeps count of what they have made.
private struct ModuleCheck {
  let module: ModuleArtifact
  let position: Int
  let artifact: LoadedArtifact
  private var types: TypeRange { TypeRange(count: artifact.types.count) }
  /// By kind.
  private var made = Array(repeating: 0, count: ExternalKind.allCases.count)
  private var hasDefinedFunctions = false

  init(_ module: ModuleArtifact, at position: Int, in artifact: LoadedArtifact) {
    self.module = module
    self.position = position
    self.artifact = artifact
  }

  private func require(_ condition: Bool, _ what: @autoclosure () -> String) throws(ArtifactError) {
    guard condition else { throw .contradiction(what(), module: position) }
  }

  mutating func run() throws(ArtifactError) {
    try checkDeclarations()
    for segment in module.elements { try check(segment) }
    for initializer in module.initializers { try step(initializer) }
    try require(
      made[.function] == module.functionTypes.count && made[.table] == module.tables.count
        && made[.memory] == module.memories.count && made[.global] == module.globals.count
        && made[.tag] == module.tags.count, "items that are never made")
    for export in module.exports {
      try require(Int(export.index) < made[export.kind], "export \"\(export.name)\"")
    }
  }

  private func checkDeclarations() throws(ArtifactError) {
    for type in module.functionTypes {
      try require(type.position > 0, "function without a type")
    }
    for type in module.tables { try require(types.contains(type), "type of a table") }
    for type in module.memories { try require(TypeRange.isPossible(type), "type of a memory") }
    for type in module.globals { try require(types.contains(type.value), "type of a global") }
    for type in module.tags {
      try require(
        type.position > 0 && artifact.types[type].results.isEmpty, "type of a tag")
    }
  }

  // MARK: Initializers

  private mutating func step(_ initializer: Initializer) throws(ArtifactError) {
    switch initializer {
    case .importItem(let index): try makeImport(module.imports[index])
    case .importValue(let index, _):
      let kind = module.imports[index].item.kind
      try require(kind == .module || kind == .instance, "import as a value")
      try make(kind)
    case .importImplicitInstance: try make(.instance)
    case .aliasUpvalue: try make(.module)
    case .aliasExport(let instance, let kind, let name):
      try require(instance.position < made[.instance], "alias of \"\(name)\"")
      try makeForeign(kind)
    case .defineModule(let inner, let upvalues):
      // Modules within others come first: none can be inside itself.
      try require(inner < position && artifact.modules[inner].module.isNested, "nested module")
      try require(
        upvalues.count == artifact.modules[inner].module.upvalueCount, "captured modules")
      try make(.module)
    case .instantiate(let item):
      try require(item.module.position < made[.module], "instantiated module")
      for argument in item.arguments {
        try require(Int(argument.index) < made[argument.kind], "argument \"\(argument.name)\"")
      }
      try make(.instance)
    case .defineFunctions: try makeFunctions()
    case .defineTable, .defineMemory, .defineGlobal: try makeItem(initializer)
    case .applyElement, .applyData, .start: try apply(initializer)
    }
  }

  private mutating func make(_ kind: ExternalKind) throws(ArtifactError) { made[kind] += 1 }

  /// An item that is imported or an alias: the places of its kind that are not this module's own.
  private mutating func makeForeign(_ kind: ExternalKind) throws(ArtifactError) {
    let layout = module.layout
    let room: Int =
      switch kind {
      case .function: hasDefinedFunctions ? 0 : layout.importedFunctions
      case .table: layout.tables
      case .memory: layout.memories
      case .global: layout.importedGlobals
      case .tag: hasDefinedFunctions ? 0 : layout.tags
      case .module, .instance: .max
      }
    try require(made[kind] < room, "too many \(kind) imports")
    try make(kind)
  }

  private mutating func makeImport(_ item: Import) throws(ArtifactError) {
    let index = made[item.item.kind]
    try makeForeign(item.item.kind)
    let isSame =
      switch item.item {
      case .function(let type):
        module.typeIndices[type.position] == module.functionTypes[index]
      case .table(let type): type == module.tables[index]
      case .memory(let type): type == module.memories[index]
      case .global(let type): type == module.globals[index]
      case .tag(let type): module.typeIndices[type.position] == module.tags[index]
      case .module, .instance: false
      }
    try require(isSame, "type of import \"\(item.module)\" \"\(item.name)\"")
  }

  private mutating func makeFunctions() throws(ArtifactError) {
    try require(
      !hasDefinedFunctions && made[.function] == module.layout.importedFunctions,
      "order of functions")
    hasDefinedFunctions = true
    made[.function] = module.functionTypes.count
    made[.tag] = module.tags.count
  }

  private mutating func makeItem(_ initializer: Initializer) throws(ArtifactError) {
    switch initializer {
    case .defineTable(let index, let initial):
      try require(index.position == made[.table], "order of tables")
      let element = module.tables[index.position].element
      if let initial {
        try require(try type(of: initial).matches(element), "initial value of a table")
      } else {
        try require(element.isDefaultable, "table without an initial value")
      }
      try make(.table)
    case .defineMemory(let index):
      try require(index.position == made[.memory], "order of memories")
      try make(.memory)
    case .defineGlobal(let index, let initial):
      try require(
        index.position == made[.global] && index.position >= module.layout.importedGlobals,
        "order of globals")
      let value = module.globals[index.position].value
      try require(try type(of: initial).matches(value), "initial value of a global")
      try make(.global)
    default: break
    }
  }

  private func apply(_ initializer: Initializer) throws(ArtifactError) {
    switch initializer {
    case .applyElement(let index):
      switch module.elements[index.position].mode {
      case .passive: try require(false, "passive element segment that is applied")
      case .declarative: break
      case .active(let table, _):
        try require(table.position < made[.table], "order of tables and segments")
      }
    case .applyData(let index):
      guard case .active(let memory, let offset) = module.data[index.position].mode else {
        throw .contradiction("passive data segment that is applied", module: position)
      }
      try require(memory.position < made[.memory], "order of memories and segments")
      try require(
        try type(of: offset) == module.memories[memory.position].address,
        "offset of a data segment")
    case .start(let index):
      try require(hasDefinedFunctions, "order of the start function")
      let type = artifact.types[module.functionTypes[index.position]]
      try require(type.parameters.isEmpty && type.results.isEmpty, "type of the start function")
    default: break
    }
  }

  // MARK: Segments and expressions

  private func check(_ segment: ElementSegment) throws(ArtifactError) {
    try require(
      segment.type.isReference && types.contains(segment.type), "type of an element segment")
    if case .active(let table, let offset) = segment.mode {
      let table = module.tables[table.position]
      try require(
        segment.elementType.matches(table.element), "element segment of another type than its table"
      )
      try require(try type(of: offset) == table.address, "offset of an element segment")
    }
    switch segment.items {
    case .functions(let functions):
      try require(segment.type.isFunction, "functions in a segment of another type")
      if segment.type.nullable == .funcref { return }
      for function in functions {
        try require(reference(to: function).matches(segment.type), "element of another type")
      }
    case .expressions(let expressions):
      for expression in expressions {
        try require(try type(of: expression).matches(segment.type), "element of another type")
      }
    }
  }

  private func reference(to function: FunctionIndex) -> ValueType {
    ValueType(index: module.functionTypes[function.position].rawValue, isNullable: false)
  }

  /// The type of a constant expression's one result.
  private func type(of expression: ConstantExpression) throws(ArtifactError) -> ValueType {
    var stack: [ValueType] = []
    for instruction in expression.instructions {
      switch instruction {
      case .i32Const: stack.append(.i32)
      case .i64Const: stack.append(.i64)
      case .f32Const: stack.append(.f32)
      case .f64Const: stack.append(.f64)
      case .v128Const: stack.append(.v128)
      case .refNull(let type): stack.append(Self.null(of: type))
      case .refFunc(let index): stack.append(reference(to: index))
      case .globalGet(let index):
        let global = module.globals[index.position]
        try require(!global.isMutable, "constant that is a mutable global")
        stack.append(global.value)
      case .i32Add, .i32Sub, .i32Mul: try reduce(&stack, .i32)
      case .i64Add, .i64Sub, .i64Mul: try reduce(&stack, .i64)
      }
    }
    try require(stack.count == 1, "constant expression")
    return stack[0]
  }

  private func reduce(_ stack: inout [ValueType], _ type: ValueType) throws(ArtifactError) {
    try require(
      stack.count >= 2 && stack.removeLast() == type && stack[stack.count - 1] == type,
      "constant expression")
  }

  /// A null is one whatever type of its kind it is written with.
  private static func null(of type: ValueType) -> ValueType {
    if type.isFunction { return .nullfuncref }
    return type.isException ? .nullexnref : .nullexternref
  }
}

extension [Int] {
  fileprivate subscript(kind: ExternalKind) -> Int {
    get { self[Int(kind.rawValue)] }
    set { self[Int(kind.rawValue)] = newValue }
  }
}
