import SwasmArtifact
import SwasmModule

/// The instances that a set will make, as far as its initializers tell.
extension LinkedInspection {
  struct ShownInstance {
    var depth: Int
    var label: String
  }

  /// A module of the artifact with what it has captured; nil: the importer gives it.
  private final class KnownModule {
    let position: Int
    let upvalues: [KnownModule?]

    init(position: Int, upvalues: [KnownModule?]) {
      self.position = position
      self.upvalues = upvalues
    }
  }

  /// An instance that is being made or is made; nil in lists: the importer gives it.
  private final class KnownInstance {
    let module: KnownModule
    /// By name: what was given for it.
    let arguments: [ItemName: Item]
    var next = 0
    var modules: [KnownModule?] = []
    var instances: [KnownInstance?] = []

    init(_ module: KnownModule, arguments: [ItemName: Item]) {
      self.module = module
      self.arguments = arguments
    }
  }

  private enum Item {
    case module(KnownModule?)
    case instance(KnownInstance?)
    case other
  }

  /// In the order in which they are begun, each with those inside it behind it.
  static func instances(of artifact: Artifact, root: Int, most: Int) -> (
    list: [ShownInstance], isCut: Bool
  ) {
    var walk = Walk(artifact: artifact)
    walk.begin(KnownInstance(KnownModule(position: root, upvalues: []), arguments: [:]))
    while !walk.open.isEmpty {
      if walk.shown.count >= most { return (walk.shown, true) }
      walk.step()
    }
    return (walk.shown, false)
  }

  /// Runs initializers for nothing but their modules and instances.
  private struct Walk {
    let artifact: Artifact
    /// Each inside the one before.
    var open: [KnownInstance] = []
    var shown: [ShownInstance] = []

    mutating func begin(_ instance: KnownInstance) {
      let position = instance.module.position
      let name = artifact.modules[position].name.map { " \($0)" } ?? ""
      shown.append(ShownInstance(depth: open.count, label: "module \(position)\(name)"))
      open.append(instance)
    }

    mutating func step() {
      let instance = open[open.count - 1]
      let module = artifact.modules[instance.module.position]
      guard instance.next < module.initializers.count else {
        open.removeLast()
        open.last?.instances.append(instance)
        return
      }
      let initializer = module.initializers[instance.next]
      instance.next += 1
      switch initializer {
      case .importValue(let index, _):
        let item = module.imports[index]
        let given = instance.arguments[ItemName(item.module)]
        append(
          item.isSingleLevel ? given : member(item.name, of: given), item.item.kind, to: instance)
      case .importImplicitInstance(let index):
        append(
          instance.arguments[ItemName(module.imports[index].module)], .instance, to: instance)
      case .aliasExport(let index, let kind, let name):
        let owner: Item = .instance(Self.element(index.position, of: instance.instances))
        append(member(name, of: owner), kind, to: instance)
      case .aliasUpvalue(let number):
        instance.modules.append(Self.element(number, of: instance.module.upvalues))
      case .defineModule(let position, let upvalues):
        instance.modules.append(
          KnownModule(
            position: position,
            upvalues: upvalues.map { upvalue in
              switch upvalue {
              case .module(let index): Self.element(index.position, of: instance.modules)
              case .outer(let number): Self.element(number, of: instance.module.upvalues)
              }
            }))
      case .instantiate(let item): instantiate(item, within: instance)
      default: break
      }
    }

    private mutating func instantiate(_ item: Instantiation, within instance: KnownInstance) {
      guard let module = Self.element(item.module.position, of: instance.modules) else {
        shown.append(
          ShownInstance(depth: open.count, label: "a module that is imported"))
        instance.instances.append(nil)
        return
      }
      var arguments: [ItemName: Item] = [:]
      for argument in item.arguments {
        let index = Int(argument.index)
        arguments[ItemName(argument.name)] =
          switch argument.kind {
          case .module: .module(Self.element(index, of: instance.modules))
          case .instance: .instance(Self.element(index, of: instance.instances))
          default: .other
          }
      }
      begin(KnownInstance(module, arguments: arguments))
    }

    private func append(_ item: Item?, _ kind: ExternalKind, to instance: KnownInstance) {
      switch kind {
      case .module:
        if case .module(let module)? = item { return instance.modules.append(module) }
        instance.modules.append(nil)
      case .instance:
        if case .instance(let value)? = item { return instance.instances.append(value) }
        instance.instances.append(nil)
      default: break
      }
    }

    /// An export of an instance that is known.
    private func member(_ name: String, of item: Item?) -> Item? {
      guard case .instance(let instance?)? = item else { return nil }
      let module = artifact.modules[instance.module.position]
      guard let export = module.exports.first(where: { ItemName($0.name) == ItemName(name) })
      else { return nil }
      let index = Int(export.index)
      return switch export.kind {
      case .module: .module(Self.element(index, of: instance.modules))
      case .instance: .instance(Self.element(index, of: instance.instances))
      default: .other
      }
    }

    private static func element<Value>(_ index: Int, of list: [Value?]) -> Value? {
      list.indices.contains(index) ? list[index] : nil
    }
  }
}
