import SwasmArtifact
import SwasmLockdown
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// What every guest would do for itself, done once by the zygote while the launcher reads its arguments: types that the
/// Swift runtime makes when they are first used, tables that are filled then. Guests inherit it.
enum WarmUp {
  static func run() {
    _ = CPUFeatures.host
    var types = TypeTables()
    let function = types.intern(FunctionType(parameters: [.i32], results: [.i32]))
    let item = NamedEntity(ItemName("none"), .function(function))
    _ = types.intern(LinkingType(imports: [item], exports: [item]))
    _ = WASITable.needs(ofImports: ["fd_write"])
    var imports: ImportEnvironment = [:]
    imports["none"] = .host(HostInstance(name: "none", functions: []))
    let bindings = FilterBindings(memories: [MemoryReservation(base: 0)], channels: [3])
    // A filter that can't be made shows where it is needed.
    if let policy = try? FilterPolicy(
      role: .guest(.standard), capabilities: [.write, .growMemory], bindings: bindings)
    {
      _ = try? FilterProgram(policy)
    }
    if let policy = try? FilterPolicy(
      role: .compiler, bindings: FilterBindings(statusDescriptor: 2))
    {
      _ = try? FilterProgram(policy)
    }
  }
}
