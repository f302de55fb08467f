import SwasmModule

// Instances made of modules of the set, with named arguments.
extension LinkResolver {
  mutating func resolve(_ item: Instantiation) throws(ValidationError) {
    let top = scopes.count - 1
    guard item.module.position < scopes[top].modules.count else {
      throw ValidationError(.unknown(.module, index: item.module.rawValue), at: item.offset)
    }
    let type = scopes[top].modules[item.module.position]
    var arguments: [ItemName: EntityType] = [:]
    for argument in item.arguments {
      let given = try self.type(of: argument, at: item.offset)
      guard arguments.updateValue(given, forKey: ItemName(argument.name)) == nil else {
        throw ValidationError(.linking(.duplicateArgument(argument.name)), at: item.offset)
      }
    }
    for wanted in types[type].imports {
      guard let given = arguments[wanted.name] else {
        throw ValidationError(.linking(.missingArgument(wanted.name.text)), at: item.offset)
      }
      guard types.isSubtype(given, of: wanted.type, in: types, areSame: true) else {
        throw ValidationError(.linking(.incompatibleArgument(wanted.name.text)), at: item.offset)
      }
    }
    let made = try intern(LinkingType(exports: types[type].exports), at: item.offset)
    scopes[top].instances.append(.known(made))
  }

  private mutating func type(
    of argument: Instantiation.Argument, at offset: Int
  ) throws(ValidationError) -> EntityType {
    let scope = scopes[scopes.count - 1]
    let index = Int(argument.index)
    let (count, space): (Int, ValidationError.IndexSpace) =
      switch argument.kind {
      case .function: (scope.functionCount, .function)
      case .table: (scope.tableCount, .table)
      case .memory: (scope.memoryCount, .memory)
      case .global: (scope.globalCount, .global)
      case .tag: (scope.tagCount, .tag)
      case .module: (scope.modules.count, .module)
      case .instance: (scope.instances.count, .instance)
      }
    guard index < count else {
      throw ValidationError(.unknown(space, index: argument.index), at: offset)
    }
    return switch argument.kind {
    case .function: scope.functionType(index)
    case .table: .table(scope.module.tables[index])
    case .memory: .memory(scope.module.memories[index])
    case .global: .global(scope.module.globals[index])
    case .tag: scope.tagType(index)
    case .module: .module(scope.modules[index])
    case .instance: .instance(try instanceType(scope.instances[index], in: scope, at: offset))
    }
  }
}
