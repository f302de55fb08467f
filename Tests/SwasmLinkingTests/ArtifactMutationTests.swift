import SwasmArtifact
import SwasmCompiler
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmText
import SwasmValidator
import Testing

/// What becomes of artifacts that are whole, but not what a compiler makes. All that an artifact asks for happens before
/// lockdown, up to its first instruction.
@Suite struct ArtifactMutationTests {
  private func artifact(_ text: String) throws -> Artifact {
    var types = TypeTables()
    let module = try validate(
      decode(encode(text: Array(text.utf8))), types: &types,
      features: Features.all.union(.strictLinking))
    return try SwasmCompiler.compile(
      [SourceModule(name: nil, module: module)], types: types,
      options: CompilerOptions(features: .host, allowsGS: false))
  }

  /// Each change of each module is refused, or instantiation touches nothing that is not the instance's: references that are
  /// numbers of the artifact's choice lead to addresses where nothing is.
  @Test(arguments: MutatedModules.all.map(\.name))
  func everyMutationIsRefusedOrHarmless(_ name: String) throws {
    let source = try #require(MutatedModules.all.first { $0.name == name }).text
    let original = try artifact(source)
    _ = try prepare(original)
    let mutations = ArtifactMutations(of: original).list
    var refused = 0
    for mutation in mutations {
      var changed = original
      mutation.apply(&changed)
      guard let file = try? ArtifactFile(changed) else {
        refused += 1
        continue
      }
      _ = try? instantiate(file)
    }
    #expect(mutations.count > 80)
    #expect(refused > mutations.count / 3, "\(refused) of \(mutations.count)")
  }

  private func prepare(_ artifact: Artifact) throws { try instantiate(ArtifactFile(artifact)) }

  /// As a guest process does before lockdown.
  private func instantiate(_ file: ArtifactFile) throws {
    let store = try Store(
      limits: RuntimeLimits(memoryBytes: 64 << 20, tableElements: 1 << 20))
    let page = try RecordPage()
    _ = try PreparedGuest(file, in: store, imports: [:], entry: nil, record: page)
  }

  /// What has to be refused, whatever instantiation would make of it.
  @Test(
    arguments: [
      (
        "tables of each kind",
        "module 0: elements 0 of externref: [SwasmModule.ConstantInstruction.i64Const(71748523475265)]"
      ),
      ("tables of each kind", "module 0: elements 1 of funcref"),
      ("tables of each kind", "module 0: table 0 of externref"),
      ("tables of each kind", "module 0: table 3: width"),
      (
        "tables of each kind",
        "module 0: elements 1 to table 0 at [SwasmModule.ConstantInstruction.i32Const(-1)]"
      ),
      (
        "tables of each kind",
        "module 0: elements 0 to table 1 at [SwasmModule.ConstantInstruction.i32Const(-1)]"
      ),
      ("globals and constants", "module 0: global 2: externref"),
      ("globals and constants", "module 0: global 0: mutability"),
      ("globals and constants", "module 0: step 2 is defineGlobal"),
      ("memories", "module 0: memory 1: width"),
      ("memories", "module 0: without step 1"),
      ("tags", "module 0: tag 0: type 0"),
      ("a program", "module 0: function 0: type 0"),
      ("modules that import", "module 0: global 0: i64"),
      ("modules that import", "module 0: import 2: global"),
      ("modules in modules", "module 1: 5 upvalues"),
    ])
  func isRefused(_ name: String, _ mutation: String) throws {
    let source = try #require(MutatedModules.all.first { $0.name == name }).text
    let original = try artifact(source)
    let found = ArtifactMutations(of: original).list.first { $0.description.hasPrefix(mutation) }
    var changed = original
    try #require(found).apply(&changed)
    let error = #expect(throws: ArtifactFileError.self) { try ArtifactFile(changed) }
    guard case .refused(.contradiction) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}
