import CSwasm
import SwasmArtifact
public import SwasmModule

extension Store {
  /// Instantiates the root module of an artifact, in this process, and runs its start function.
  public func instantiate(
    _ file: ArtifactFile, imports: ImportEnvironment = [:]
  ) throws(InstantiationError) -> Instance {
    try instantiate(file, imports: imports, defersCode: false).instance
  }

  /// Instantiates a module of an artifact that isn't inside another.
  ///
  /// - Parameter module: position in the artifact.
  public func instantiate(
    _ file: ArtifactFile, module: Int, imports: ImportEnvironment
  ) throws(InstantiationError) -> Instance {
    try instantiate(file, module: module, imports: imports, defersCode: false).instance
  }

  /// - Parameters:
  ///   - module: position in the artifact; nil: the last, the root.
  ///   - steps: deferred by earlier instantiations; what this one defers is added.
  func instantiate(
    _ file: ArtifactFile, module: Int? = nil, imports: ImportEnvironment, defersCode: Bool,
    after steps: [swasm_guest_step] = []
  ) throws(InstantiationError) -> (instance: Instance, steps: [swasm_guest_step]) {
    let root = module ?? file.artifact.modules.count - 1
    let record: InstanceRecord
    do throws(InstantiationFailure) {
      record = try map(root, of: try load(file))
    } catch {
      let name = file.artifact.modules[root].module.name ?? "module \(root)"
      throw InstantiationError(module: name, item: "", failure: error)
    }
    var interpreter = InitializerInterpreter(
      store: self, instance: record, imports: imports, defersCode: defersCode, after: steps)
    try interpreter.run()
    return (Instance(store: self, record: record), interpreter.steps)
  }

  /// A module of an artifact that isn't inside another, as a value for others to import.
  func moduleValue(
    _ module: Int, of file: ArtifactFile
  ) throws(InstantiationError) -> External {
    do throws(InstantiationFailure) {
      let value = ModuleValue(code: try load(file), module: module, upvalues: [])
      return External(store: self, value: .module(value))
    } catch {
      let name = file.artifact.modules[module].module.name ?? "module \(module)"
      throw InstantiationError(module: name, item: "", failure: error)
    }
  }

  /// An artifact's root module as a value for others to import.
  public func makeModule(_ file: ArtifactFile) throws(InstantiationError) -> External {
    try moduleValue(file.artifact.modules.count - 1, of: file)
  }

  // MARK: Items of the host's

  /// A memory for modules to import.
  public func makeMemory(_ type: MemoryType) throws(InstantiationFailure) -> External {
    let memory = try addMemory(type)
    return External(store: self, value: .memory(memory))
  }

  /// A function for modules to import.
  public func makeFunction(_ function: HostFunction) -> External {
    External(store: self, value: .hostFunction(function))
  }

  /// A table of nulls for modules to import.
  public func makeTable(_ type: TableType) throws(InstantiationFailure) -> External {
    let table = try addTable(type)
    return External(store: self, value: .table(table))
  }

  /// A global for modules to import.
  public func makeGlobal(_ value: Value, isMutable: Bool = false) -> External {
    let type = GlobalType(value: value.type, isMutable: isMutable)
    let global = GlobalInstance(type, value: value.slot)
    keepAlive(global)
    return External(store: self, value: .global(global))
  }
}
