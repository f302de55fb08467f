import SwasmModule

extension Initializer {
  /// The initializer in words, for messages and `inspect`.
  public func description(in module: ModuleArtifact) -> String {
    func name(_ index: Int) -> String {
      let item = module.imports[index]
      return item.isSingleLevel ? item.module : "\(item.module).\(item.name)"
    }
    switch self {
    case .importItem(let index): return "import \(name(index))"
    case .importValue(let index, _):
      return "import \(name(index))"
    case .importImplicitInstance(let index):
      return "import \(module.imports[index].module)"
    case .aliasExport(let instance, let kind, let name):
      return "alias \(kind) \(name) of instance \(instance)"
    case .aliasUpvalue(let number): return "alias outer module (upvalue \(number))"
    case .defineModule(let module, let upvalues):
      let captured = upvalues.map(\.description).joined(separator: ", ")
      return "module \(module)" + (upvalues.isEmpty ? "" : " closing over \(captured)")
    case .instantiate(let item):
      let arguments = item.arguments.map { "\($0.name)=\($0.kind) \($0.index)" }
      return "instantiate module \(item.module) (\(arguments.joined(separator: ", ")))"
    case .defineFunctions: return "functions"
    case .defineTable(let index, _): return "table \(index)"
    case .defineMemory(let index): return "memory \(index)"
    case .defineGlobal(let index, _): return "global \(index)"
    case .applyElement(let index): return "element segment \(index)"
    case .applyData(let index): return "data segment \(index)"
    case .start(let index): return "start function \(index)"
    }
  }
}
