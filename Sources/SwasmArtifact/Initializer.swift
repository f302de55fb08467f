public import SwasmModule

/// One step of a module's instantiation, in the order in which the sections say it. The interpreter runs the list.
public enum Initializer: Sendable {
  /// Take import i of ``ModuleArtifact/imports`` from the given imports and append it to its index space.
  case importItem(Int)
  /// As ``importItem(_:)``, for a module or instance and its type.
  case importValue(Int, LinkingTypeIndex)
  /// Append the instance behind two-level import i to the instance index space.
  case importImplicitInstance(Int)
  /// Append an instance's export to its index space.
  case aliasExport(InstanceIndex, ExternalKind, name: String)
  /// Append a captured module to the module index space.
  case aliasUpvalue(Int)
  /// Append a module of the artifact, closing over modules of the one around it.
  case defineModule(Int, upvalues: [Upvalue])
  /// Instantiate a module and append the instance.
  case instantiate(Instantiation)
  /// Make all functions and tags, and the given defined table, memory or global.
  case defineFunctions
  case defineTable(TableIndex, initial: ConstantExpression?)
  case defineMemory(MemoryIndex)
  case defineGlobal(GlobalIndex, initial: ConstantExpression)
  /// Copy an active segment into place, then drop it; drop a declarative one.
  case applyElement(ElementIndex)
  case applyData(DataIndex)
  case start(FunctionIndex)
}
