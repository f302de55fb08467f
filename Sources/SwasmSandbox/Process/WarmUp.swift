import CSwasm
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// What every guest would do for itself, done once by the zygote while the launcher reads its arguments: types that the
/// Swift runtime makes when they are first used, tables that are filled then. Guests inherit it.
enum WarmUp {
  static func run() {
    var types = TypeTables()
    _ = types.intern(FunctionType(parameters: [.i32], results: [.i32]))
    _ = WASITable.needs(ofImport: "fd_write")
    let imports: ImportEnvironment = ["none": .host(HostInstance(name: "none", functions: []))]
    _ = imports["none"]
    _ = swasm_clocks_need_call()
  }
}
