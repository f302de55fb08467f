import SwasmModule

/// Validates a set of modules inside one another: resolves types, imports, aliases, modules and instances in their
/// order, then each module's other sections.
///
/// The modules around the one at hand wait in a list; nesting is the guest's to choose.
struct LinkResolver {
  var types = TypeTables()
  private let features: Features
  /// Linking's rules hold; see ``Features/strictLinking``.
  let isStrict: Bool
  private let nested: [Module]
  private var validated: [ValidatedModule?]
  /// The innermost last.
  var scopes: [LinkScope] = []
  private var upvalueCount = 0
  private var use: FeatureUse

  init(_ root: consuming Module, features: Features) {
    isStrict = features.contains(.strictLinking) || root.usesLinking
    self.features = features
    use = root.use
    nested = root.nested
    validated = Array(repeating: nil, count: root.nested.count)
    root.nested = []
    scopes.append(LinkScope(root, position: nil))
  }

  mutating func resolve() throws(ValidationError) -> ValidatedModule {
    while true {
      let top = scopes.count - 1
      let next = scopes[top].nextItem
      if next < scopes[top].module.items.count {
        scopes[top].nextItem += 1
        try resolve(scopes[top].module.items[next])
        continue
      }
      let position = scopes[top].position
      let finished = try finish(scopes.removeLast())
      guard let position, let type = finished.linking.type else {
        var root = finished
        root.use = use
        root.nested = validated.compactMap(\.self)
        return root
      }
      validated[position] = finished
      scopes[top - 1].modules.append(type)
    }
  }

  private mutating func resolve(_ item: ModuleItem) throws(ValidationError) {
    switch item {
    case .types(let range): for index in range { try resolveType(index) }
    case .imports(let range):
      for index in range { try resolveImport(index) }
      scopes[scopes.count - 1].imports.close()
    case .module(let position):
      scopes.append(LinkScope(nested[position], position: position))
    case .alias(let alias): try resolve(alias)
    case .instance(let instantiation): try resolve(instantiation)
    }
  }

  /// Validates the rest of a module, whose items are all resolved.
  private mutating func finish(
    _ scope: consuming LinkScope
  ) throws(ValidationError) -> ValidatedModule {
    let canonicalTypes = scope.canonicalTypes
    var validator = ModuleValidator(
      module: scope.module, features: features, canonicalTypes: canonicalTypes,
      declaredTypeCount: scope.declaredTypeCount, modules: scope.modules.count,
      instances: scope.instances.count)
    try validator.checkAll()
    use.formUnion(validator.module.use)
    var exports: [NamedEntity] = []
    exports.reserveCapacity(scope.module.exports.count)
    for export in scope.module.exports {
      let type = try type(of: export, validator.module, in: scope, canonicalTypes)
      exports.append(NamedEntity(ItemName(export.name), type))
    }
    let end = scope.module.exports.last?.offset ?? scope.module.imports.last?.offset ?? 0
    let imports = scope.imports.entities(&types)
    var type: LinkingTypeIndex?
    if let imports { type = types.intern(LinkingType(imports: imports, exports: exports)) }
    if type == nil, isStrict { throw ValidationError(.linking(.effectiveTypeSize), at: end) }
    return validator.finish(
      linking: ModuleLinking(
        isStrict: isStrict, type: type, importTypes: scope.importTypes, upvalues: scope.upvalues,
        outerModules: scope.outerModules))
  }

  private mutating func type(
    of export: Export, _ module: Module, in scope: LinkScope, _ canonicalTypes: [CanonicalTypeIndex]
  ) throws(ValidationError) -> EntityType {
    let index = Int(export.index)
    switch export.kind {
    case .function:
      return .function(canonicalTypes[module.functions[index].position])
    case .table: return .table(module.tables[index])
    case .memory: return .memory(module.memories[index])
    case .global: return .global(module.globals[index])
    case .tag: return .tag(canonicalTypes[module.tags[index].position])
    case .module: return .module(scope.modules[index])
    case .instance:
      return .instance(try instanceType(scope.instances[index], in: scope, at: export.offset))
    }
  }

  /// The type of an instance, as far as its imports are known.
  mutating func instanceType(
    _ slot: LinkScope.InstanceSlot, in scope: LinkScope, at offset: Int
  ) throws(ValidationError) -> LinkingTypeIndex {
    switch slot {
    case .known(let type): return type
    case .implicit(let number):
      guard
        let type = types.intern(LinkingType(exports: scope.imports.implicit[number].exports))
      else { throw ValidationError(.linking(.effectiveTypeSize), at: offset) }
      return type
    }
  }

  // MARK: Types and imports

  private mutating func resolveType(_ index: Int) throws(ValidationError) {
    let top = scopes.count - 1
    let offset = scopes[top].module.offsets.types[index]
    switch scopes[top].module.types[index] {
    case .function(let type): try resolveFunctionType(index, type, at: offset)
    case .module(let imports, let exports):
      var names = ImportNames()
      for item in imports {
        let entity = try entity(item.item, at: offset, checksLimits: true)
        do throws(LinkingFault) {
          _ = try names.add(item.module, item.name, entity, isStrict: true)
        } catch {
          throw ValidationError(.linking(error), at: offset)
        }
      }
      guard let imported = names.entities(&types) else {
        throw ValidationError(.linking(.effectiveTypeSize), at: offset)
      }
      let type = LinkingType(imports: imported, exports: try entities(exports, at: offset))
      scopes[top].types.append(.module(try intern(type, at: offset)))
    case .instance(let exports):
      let type = LinkingType(exports: try entities(exports, at: offset))
      scopes[top].types.append(.instance(try intern(type, at: offset)))
    case .outer: break
    }
  }

  private mutating func resolveFunctionType(
    _ index: Int, _ type: FunctionType, at offset: Int
  ) throws(ValidationError) {
    let top = scopes.count - 1
    guard types.count < ImplementationLimits.canonicalTypes else {
      throw ValidationError(
        .limitExceeded(
          "types", count: types.count, most: ImplementationLimits.canonicalTypes), at: offset)
    }
    var resolved = type
    try resolved.replaceIndices { (other) throws(ValidationError) in
      other == index ? TypeTables.recursive : try functionType(other, at: offset)
    }
    let canonical = types.intern(resolved)
    scopes[top].module.types[index] = .function(types[canonical])
    scopes[top].types.append(.function(canonical))
  }

  /// The canonical index of a function type that the innermost module has so far.
  private func functionType(_ index: UInt32, at offset: Int) throws(ValidationError) -> UInt32 {
    let known = scopes[scopes.count - 1].types
    guard Int(index) < known.count else {
      throw ValidationError(.unknown(.type, index: index), at: offset)
    }
    guard case .function(let canonical) = known[Int(index)] else {
      throw ValidationError(
        .linking(.typeOfOtherKind(TypeIndex(index), expected: .function)), at: offset)
    }
    return canonical.rawValue
  }

  private func canonical(
    _ type: ValueType, at offset: Int
  ) throws(ValidationError) -> ValueType {
    try type.replacingIndex { (index) throws(ValidationError) in
      try functionType(index, at: offset)
    }
  }

  mutating func intern(
    _ type: LinkingType, at offset: Int
  ) throws(ValidationError) -> LinkingTypeIndex {
    guard let index = types.intern(type) else {
      throw ValidationError(.linking(.effectiveTypeSize), at: offset)
    }
    return index
  }

  private func entities(
    _ exports: [TypedExport], at offset: Int
  ) throws(ValidationError) -> [NamedEntity] {
    var names: Set<ItemName> = []
    var list: [NamedEntity] = []
    for export in exports {
      let name = ItemName(export.name)
      guard names.insert(name).inserted else {
        throw ValidationError(.linking(.duplicateName(export.name)), at: offset)
      }
      list.append(NamedEntity(name, try entity(export.item, at: offset, checksLimits: true)))
    }
    return list
  }

  /// An item's type in terms of the set; the type that it names has to be there already and of its kind.
  private func entity(
    _ item: ImportItem, at offset: Int, checksLimits: Bool
  ) throws(ValidationError) -> EntityType {
    let index: TypeIndex
    switch item {
    case .table(var type):
      type.element = try canonical(type.element, at: offset)
      if checksLimits { try ModuleValidator.check(type, at: offset) }
      return .table(type)
    case .memory(let type):
      if checksLimits { try ModuleValidator.check(type, at: offset) }
      return .memory(type)
    case .global(var type):
      type.value = try canonical(type.value, at: offset)
      return .global(type)
    case .tag(let type):
      return .tag(CanonicalTypeIndex(try functionType(type.rawValue, at: offset)))
    case .function(let type), .module(let type), .instance(let type): index = type
    }
    let known = scopes[scopes.count - 1].types
    guard index.position < known.count else {
      throw ValidationError(.unknown(.type, index: index.rawValue), at: offset)
    }
    guard known[index.position].kind == item.kind else {
      throw ValidationError(.linking(.typeOfOtherKind(index, expected: item.kind)), at: offset)
    }
    return known[index.position]
  }

  private mutating func resolveImport(_ position: Int) throws(ValidationError) {
    let top = scopes.count - 1
    let item = scopes[top].module.imports[position]
    let type = try entity(item.item, at: item.offset, checksLimits: false)
    do throws(LinkingFault) {
      let name = item.isSingleLevel ? nil : item.name
      let begun = try scopes[top].imports.add(item.module, name, type, isStrict: isStrict)
      if let begun, isStrict { scopes[top].instances.append(.implicit(begun)) }
    } catch {
      throw ValidationError(.linking(error), at: item.offset)
    }
    scopes[top].importTypes.append(type)
    switch type {
    case .function: scopes[top].functionCount += 1
    case .table(let table):
      scopes[top].module.tables[scopes[top].tableCount] = table
      scopes[top].module.imports[position].item = .table(table)
      scopes[top].tableCount += 1
    case .memory: scopes[top].memoryCount += 1
    case .global(let global):
      scopes[top].module.globals[scopes[top].globalCount] = global
      scopes[top].module.imports[position].item = .global(global)
      scopes[top].globalCount += 1
    case .tag: scopes[top].tagCount += 1
    case .module(let type): scopes[top].modules.append(type)
    case .instance(let type): scopes[top].instances.append(.known(type))
    }
  }

  // MARK: Aliases

  private mutating func resolve(_ alias: Alias) throws(ValidationError) {
    let top = scopes.count - 1
    switch alias.target {
    case .export(let instance, let kind, let name, let index):
      let type = try export(ItemName(name), of: instance, at: alias.offset)
      guard type.kind == kind else {
        throw ValidationError(
          .linking(.aliasKind(name, expected: kind, found: type.kind)), at: alias.offset)
      }
      enter(type, at: Int(index))
    case .outerType(let own):
      guard case .outer(let depth, let index) = scopes[top].module.types[own.position] else {
        return
      }
      let outer = try scope(at: depth, offset: alias.offset)
      guard index.position < scopes[outer].types.count else {
        throw ValidationError(.unknown(.type, index: index.rawValue), at: alias.offset)
      }
      let type = scopes[outer].types[index.position]
      if case .function(let function) = type {
        scopes[top].module.types[own.position] = .function(types[function])
      }
      scopes[top].types.append(type)
    case .outerModule(let depth, let index):
      let outer = try scope(at: depth, offset: alias.offset)
      guard index.position < scopes[outer].modules.count else {
        throw ValidationError(.unknown(.module, index: index.rawValue), at: alias.offset)
      }
      scopes[top].modules.append(scopes[outer].modules[index.position])
      try capture(index, of: outer, at: alias.offset)
    }
  }

  /// The position of an enclosing module's scope.
  private func scope(at depth: UInt32, offset: Int) throws(ValidationError) -> Int {
    let enclosing = scopes.count - 1
    guard Int(depth) < enclosing else {
      throw ValidationError(
        .linking(.outerDepth(depth, enclosing: enclosing)), at: offset)
    }
    return enclosing - 1 - Int(depth)
  }

  /// Every module between the outer one and the innermost hands the module on.
  private mutating func capture(
    _ index: ModuleIndex, of outer: Int, at offset: Int
  ) throws(ValidationError) {
    var upvalue = Upvalue.module(index)
    for level in outer + 1..<scopes.count {
      let (number, isNew) = scopes[level].capture(upvalue)
      upvalue = .outer(number)
      if isNew { upvalueCount += 1 }
      if level == scopes.count - 1 { scopes[level].outerModules.append(number) }
    }
    guard upvalueCount <= ImplementationLimits.upvalues else {
      throw ValidationError(
        .limitExceeded("upvalues", count: upvalueCount, most: ImplementationLimits.upvalues),
        at: offset)
    }
  }

  private func export(
    _ name: ItemName, of instance: InstanceIndex, at offset: Int
  ) throws(ValidationError) -> EntityType {
    let scope = scopes[scopes.count - 1]
    guard instance.position < scope.instances.count else {
      throw ValidationError(.unknown(.instance, index: instance.rawValue), at: offset)
    }
    let found: EntityType? =
      switch scope.instances[instance.position] {
      case .known(let type): types.export(name, of: type)
      case .implicit(let number):
        scope.imports.implicit[number].positions[name].map {
          scope.imports.implicit[number].exports[$0].type
        }
      }
    guard let found else {
      throw ValidationError(.linking(.unknownExport(name.text)), at: offset)
    }
    return found
  }

  /// Puts an aliased item in its place, which the decoder has kept for it.
  private mutating func enter(_ type: EntityType, at index: Int) {
    let top = scopes.count - 1
    switch type {
    case .function(let function):
      scopes[top].setType(ofFunction: index, function, types[function])
      scopes[top].functionCount += 1
    case .table(let table):
      scopes[top].module.tables[index] = table
      scopes[top].tableCount += 1
    case .memory(let memory):
      scopes[top].module.memories[index] = memory
      scopes[top].memoryCount += 1
    case .global(let global):
      scopes[top].module.globals[index] = global
      scopes[top].globalCount += 1
    case .tag(let tag):
      scopes[top].module.tags[index] = scopes[top].addType(tag, types[tag])
      scopes[top].tagCount += 1
    case .module(let module): scopes[top].modules.append(module)
    case .instance(let instance): scopes[top].instances.append(.known(instance))
    }
  }
}
