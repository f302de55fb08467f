import SwasmModule
import SwasmValidator

/// All modules of a set to be compiled, those inside others before them.
struct SetPlan {
  struct Member {
    var name: String?
    var module: ValidatedModule
    /// Position among the modules given.
    var source: Int
    var isNested: Bool
    /// Where the modules that its items name begin among the members.
    var firstNested: Int
  }

  private(set) var members: [Member] = []
  /// The one module that may reach its memory through GS, which holds one address for the whole process.
  private(set) var gsMember: Int?

  init(_ sources: [SourceModule]) {
    for (position, source) in sources.enumerated() {
      let first = members.count
      for nested in source.module.nested {
        members.append(
          Member(
            name: nil, module: nested, source: position, isNested: true, firstNested: first))
      }
      members.append(
        Member(
          name: source.name, module: source.module, source: position, isNested: false,
          firstNested: first))
    }
    gsMember = Self.gsMember(members)
  }

  /// The root when it has a memory of its own; otherwise the largest module directly inside it that has one and of
  /// which there can be one instance only: it is used by a single instantiation and nothing else.
  private static func gsMember(_ members: [Member]) -> Int? {
    guard let root = members.last else { return nil }
    if root.module.module.definesMemory { return members.count - 1 }
    var uses: [Int: Int] = [:]
    var inner: [Int: Int] = [:]
    var next = 0
    let module = root.module.module
    func use(_ index: Int, _ times: Int = 1) { uses[index, default: 0] += times }
    for item in module.items {
      switch item {
      case .types: break
      case .imports(let range):
        for position in range where module.imports[position].item.kind == .module { next += 1 }
      case .alias(let alias):
        switch alias.target {
        case .export(_, .module, _, _), .outerModule: next += 1
        case .export, .outerType: break
        }
      case .module(let position):
        // What is captured may be instantiated any number of times.
        for upvalue in root.module.nested[position].linking.upvalues {
          if case .module(let index) = upvalue { use(index.position, 2) }
        }
        inner[next] = root.firstNested + position
        next += 1
      case .instance(let item):
        use(item.module.position)
        for argument in item.arguments where argument.kind == .module {
          use(Int(argument.index), 2)
        }
      }
    }
    for export in module.exports where export.kind == .module { use(Int(export.index), 2) }
    let candidates = inner.filter { index, member in
      uses[index] == 1 && members[member].module.module.definesMemory
    }
    return candidates.values.max { a, b in
      let (first, second) = (members[a].codeSize, members[b].codeSize)
      return first == second ? a < b : first < second
    }
  }
}

extension SetPlan.Member {
  fileprivate var codeSize: Int { module.module.bodies.reduce(0) { $0 + $1.code.count } }
}

extension Module {
  /// Memory 0 is its own.
  fileprivate var definesMemory: Bool { importedMemoryCount == 0 && !memories.isEmpty }
}
