import SwasmArtifact
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// A guest's modules and what they import from each other and from the host.
struct GuestLink {
  let plan: GuestPlan
  let file: ArtifactFile

  /// By which later modules import earlier ones; the root has none.
  private var names: [String] { modules.dropLast().map { $0.name ?? "" } }

  /// What the runtime calls the root; nil when a preloaded module has the same name.
  var rootName: String? {
    modules.last?.name.flatMap { names.contains($0) ? nil : $0 }
  }

  /// Those that aren't inside others: only they import from the outside.
  private var modules: [ModuleArtifact] {
    file.artifact.roots.map { file.artifact.modules[$0].module }
  }

  /// What the modules' WASI imports may ask for, and what tracing them takes.
  var needs: WASINeeds {
    var needs: WASINeeds = plan.traces ? [.write, .vectors] : []
    for module in modules {
      for item in imports(of: module) {
        needs.formUnion(WASITable.needs(ofImport: item.name, from: item.module))
      }
    }
    return needs
  }

  private struct Wanted {
    var module: String
    var name: String
  }

  /// The items that a module imports, those of instances included.
  private func imports(of module: ModuleArtifact) -> [Wanted] {
    module.initializers.flatMap { initializer -> [Wanted] in
      switch initializer {
      case .importItem(let index):
        let item = module.imports[index]
        return [Wanted(module: item.module, name: item.isSingleLevel ? "" : item.name)]
      case .importValue(let index, let type):
        let item = module.imports[index]
        guard item.item.kind == .instance, item.isSingleLevel else {
          return [Wanted(module: item.module, name: item.isSingleLevel ? "" : item.name)]
        }
        return file.artifact.types[type].exports.map {
          Wanted(module: item.module, name: $0.name.text)
        }
      default: return []
      }
    }
  }

  /// A sentence about the first import that nothing provides, or nil.
  func missingImport() -> String? {
    let names = names
    let hostModules = otherHosts.map(\.name)
    for index in modules.indices {
      let module = modules[index]
      let earlier = names.prefix(index)
      let shown = index < names.count ? names[index] : plan.program
      for item in imports(of: module) {
        let name = item.name.isEmpty ? item.module : "\(item.module).\(item.name)"
        if WASITable.moduleNames.contains(item.module) {
          if WASITable.functions.contains(where: { $0.name == item.name }) { continue }
          return "\(shown): imports \(name), which WASI preview 1 does not have"
        }
        if hostModules.contains(item.module) { continue }
        guard let provider = earlier.lastIndex(of: item.module) else {
          return "\(shown): imports \(name), which nothing provides" + hint(for: item)
        }
        if !item.name.isEmpty,
          !modules[provider].exports.contains(where: { $0.name == item.name })
        {
          return
            "\(shown): imports \(name), which the module preloaded as \(item.module) does not export"
        }
      }
    }
    return nil
  }

  /// What would provide an import, as far as something could.
  private func hint(for item: Wanted) -> String {
    let asksForThreads = modules.contains { module in
      imports(of: module).contains { $0.module == "wasi" && $0.name == "thread-spawn" }
    }
    if asksForThreads { return "; programs that start threads are not supported" }
    if item.module.utf8.starts(with: "wasi:".utf8) {
      return "; only preview 1 of WASI is supported, which compilers call wasm32-wasip1"
    }
    // A name and its file are told apart by the first sign of equality.
    if item.module.isEmpty || item.module.utf8.contains(UInt8(ascii: "=")) { return "" }
    return "; --preload \(ShellWord.quoted(item.module))=FILE supplies it"
  }

  /// A sentence about a root that has nothing to be run, or nil.
  var nothingToRun: String? {
    guard case .command = plan.entry, let root = modules.last, entriesOfCommand.isEmpty,
      !root.initializers.contains(where: {
        if case .start = $0 { true } else { false }
      })
    else { return nil }
    let functions = root.exports.filter { $0.kind == .function }.map(\.name)
    let reason = "nothing was run: it exports no _start"
    if functions.isEmpty { return reason + ", nor any other function" }
    let shown = functions.prefix(Self.shownExports).joined(separator: ", ")
    let rest = functions.count - Self.shownExports
    return
      "\(reason); --invoke NAME calls an export: \(shown)\(rest > 0 ? " and \(rest) more" : "")"
  }

  private static let shownExports = 5

  /// Host instances besides WASI's.
  private var otherHosts: [HostInstance] {
    #if DEBUG
      [TestHooks.instance]
    #else
      []
    #endif
  }

  /// Instantiates all modules in order, the root last, up to the first guest instruction.
  func prepare(host: WASIHost, record: UnsafeMutablePointer<RecordPage>)
    throws(InstantiationError) -> PreparedGuest
  {
    let store = try Store(
      limits: RuntimeLimits(
        memoryBytes: plan.limits.memoryBytes, stackBytes: plan.limits.stackBytes,
        hasGuards: !file.artifact.checksBounds))
    var imports: ImportEnvironment = [:]
    for instance in host.instances + otherHosts { imports[instance.name] = .host(instance) }
    let (entries, arguments): ([String], [Value]) =
      switch plan.entry {
      case .command:
        (entriesOfCommand, [])
      case .function(let name, let arguments):
        // A reactor is to be initialised before anything of it is called.
        (
          exports("_initialize") && name != "_initialize" ? ["_initialize", name] : [name],
          arguments
        )
      }
    return try PreparedGuest(
      file, in: store, names: names, imports: imports, entries: entries,
      arguments: arguments, record: record.pointee)
  }

  /// What is run when nothing is named: a reactor is initialised, a command run, a module that is both both.
  private var entriesOfCommand: [String] { ["_initialize", "_start"].filter(exports) }

  private func exports(_ name: String) -> Bool {
    modules.last?.exports.contains { $0.name == name && $0.kind == .function } ?? false
  }
}
