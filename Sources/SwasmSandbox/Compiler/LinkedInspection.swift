import SwasmArtifact
import SwasmModule

/// What `inspect --linked` tells of a compiled set: its modules with their initializers, the instances that these
/// make, and how much there is of everything.
///
/// How deep modules and instances are nested is the guest's to choose: nothing here recurses.
struct LinkedInspection {
  private let artifact: Artifact
  private let root: Int

  /// Instances that are shown; a few modules can ask for any number of them.
  private static let shownInstances = 1_000

  /// - Parameter artifact: of one module, with those inside it.
  init(_ artifact: Artifact) {
    self.artifact = artifact
    root = artifact.modules.count - 1
  }

  var text: String {
    let (instances, isCut) = Self.instances(of: artifact, root: root, most: Self.shownInstances)
    var lines = ["modules (\(artifact.modules.count))"] + moduleLines
    lines.append("instances (\(isCut ? "more than " : "")\(instances.count))")
    lines += instances.map { Self.indented($0.depth + 1, $0.label) }
    return (lines + countLines).map { Printable.line($0) + "\n" }.joined()
  }

  private static func indented(_ depth: Int, _ text: String) -> String {
    String(repeating: "  ", count: depth) + text
  }

  // MARK: Modules

  /// Each module with its initializers; a module inside it stands where its initializer does.
  private var moduleLines: [String] {
    var lines: [String] = [Self.indented(1, heading(of: root))]
    var open = [(module: root, next: 0)]
    var shown: Set<Int> = [root]
    while let (module, next) = open.popLast() {
      let artifact = artifact.modules[module]
      guard next < artifact.initializers.count else { continue }
      open.append((module, next + 1))
      let initializer = artifact.initializers[next]
      let depth = open.count + 1
      guard case .defineModule(let inner, let upvalues) = initializer,
        self.artifact.modules.indices.contains(inner), shown.insert(inner).inserted
      else {
        lines.append(Self.indented(depth, initializer.description(in: artifact)))
        continue
      }
      let captured = upvalues.map(\.description).joined(separator: ", ")
      lines.append(
        Self.indented(
          depth, heading(of: inner) + (captured.isEmpty ? "" : ", closing over \(captured)")))
      open.append((inner, 0))
    }
    return lines
  }

  private func heading(of module: Int) -> String {
    "module \(Self.label(artifact.modules[module], module)): "
      + Quantities.count(
        artifact.modules[module].functions.count, "function", "functions")
      + ", " + Quantities.count(codeBytes(of: module), "byte of code", "bytes of code")
  }

  private static func label(_ module: ModuleArtifact, _ position: Int) -> String {
    module.name.map { "\(position) \($0)" } ?? "\(position)"
  }

  /// Without the padding to whole pages.
  private func codeBytes(of module: Int) -> Int {
    Int(artifact.modules[module].frames.map(\.end).max() ?? 0)
  }

  // MARK: Counts

  private var countLines: [String] {
    let trampolines = artifact.trampolines
    // Entry 0 is for no type.
    let entries = trampolines.entries.dropFirst().count { $0 != .max }
    let hosts = trampolines.hosts.dropFirst().count { $0 != .max }
    let apart = artifact.modules.reduce(0) { $0 + Set($1.functionTypes).count }
    let types = artifact.types
    return [
      "types        \(types.count - 1 + types.linkingTypes.count): "
        + Quantities.count(types.count - 1, "signature", "signatures") + ", "
        + Quantities.count(
          types.linkingTypes.count, "module or instance type", "module and instance types"),
      "trampolines  \(entries + hosts): \(entries) into compiled code, \(hosts) out of it; "
        + "\(2 * apart) if each module had its own",
      "code         \(artifact.code.count) bytes in whole pages, "
        + "\(artifact.modules.indices.reduce(0) { $0 + codeBytes(of: $1) }) of them of functions",
    ]
  }
}
