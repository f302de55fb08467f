import SwasmLockdown
import SwasmModule
import SwasmValidator
import SwasmWASI

/// What `inspect` tells of a module.
struct Inspection {
  private struct Item {
    var name: String
    var kind: String
    var type: String
  }

  private var name: String?
  private var imports: [Item] = []
  private var exports: [Item] = []
  private var memories: [String] = []
  private var features: [String] = []
  /// The lowest level that grants what the WASI imports may ask for.
  private var level: Level

  init(_ validated: ValidatedModule) {
    let module = validated.module
    name = module.names.module
    for item in module.imports {
      imports.append(
        Item(
          name: item.isSingleLevel ? item.module : "\(item.module).\(item.name)",
          kind: item.item.kind.description,
          type: Self.text(item.item, in: module)))
    }
    for export in module.exports {
      exports.append(
        Item(name: export.name, kind: export.kind.description, type: Self.text(export, in: module)))
    }
    memories = module.memories.map { Self.text($0) }
    features = validated.use.features.names
    level = GuestCapabilities.lowestLevel(
      for: module.imports.reduce(into: []) { needs, item in
        needs.formUnion(WASITable.needs(ofImport: item.name, from: item.module))
      })
  }

  // MARK: Words

  var text: String {
    var lines: [String] = []
    if let name { lines.append("module \(name)") }
    lines += Self.section("imports", imports)
    lines += Self.section("exports", exports)
    lines.append("memory (\(memories.count))")
    lines += memories.map { "  \($0)" }
    lines.append(
      "features  \(features.isEmpty ? "none beyond Wasm 1.0" : features.joined(separator: ", "))")
    lines.append("policy    \(level.name) or wider grants all that its WASI imports may ask for")
    return lines.map { Printable.line($0) + "\n" }.joined()
  }

  private static func section(_ title: String, _ items: [Item]) -> [String] {
    ["\(title) (\(items.count))"] + items.map { "  \($0.kind) \($0.name) \($0.type)" }
  }

  var json: String {
    func list(_ items: [Item]) -> String {
      JSON.array(
        items.map {
          JSON.object([
            ("name", JSON.string($0.name)), ("kind", JSON.string($0.kind)),
            ("type", JSON.string($0.type)),
          ])
        })
    }
    let object = JSON.object([
      ("name", name.map(JSON.string) ?? "null"), ("imports", list(imports)),
      ("exports", list(exports)), ("memories", JSON.array(memories.map(JSON.string))),
      ("features", JSON.array(features.map(JSON.string))), ("policy", JSON.string(level.name)),
    ])
    return object + "\n"
  }

  // MARK: Types

  private static func text(_ limits: Limits, _ one: String, _ many: String) -> String {
    let most = limits.maximum.map { "at most \($0)" } ?? "no maximum"
    return "\(Quantities.count(limits.minimum, one, many)), \(most)"
  }

  private static func text(_ memory: MemoryType) -> String {
    text(memory.limits, "page of 64 KiB", "pages of 64 KiB")
  }
  private static func text(_ table: TableType) -> String {
    "\(table.element), \(text(table.limits, "element", "elements"))"
  }
  private static func text(_ global: GlobalType) -> String {
    (global.isMutable ? "mutable " : "") + global.value.description
  }

  private static func text(_ item: ImportItem, in module: Module) -> String {
    switch item {
    case .function(let index): module.functionType(index)?.description ?? ""
    case .table(let type): text(type)
    case .memory(let type): text(type)
    case .global(let type): text(type)
    case .tag(let index): module.functionType(index)?.description ?? ""
    case .module, .instance: ""
    }
  }

  private static func text(_ export: Export, in module: Module) -> String {
    let index = Int(export.index)
    return switch export.kind {
    case .function: module.functionType(FunctionIndex(export.index))?.description ?? ""
    case .table: text(module.tables[index])
    case .memory: text(module.memories[index])
    case .global: text(module.globals[index])
    case .tag: module.functionType(module.tags[index])?.description ?? ""
    case .module, .instance: ""
    }
  }
}
