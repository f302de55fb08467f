import Foundation
import SwasmArtifact
import SwasmDecoder
import SwasmModule
import SwasmText
import SwasmValidator
import Testing

@testable import SwasmCompiler

/// Golden/Lower: a function in text form; its machine code on virtual registers and after allocation (`.machine`),
/// and what objdump reads in its bytes (`.asm`).
struct BackEndGoldenTests {
  static let names = GoldenFiles.names(in: "Lower", extension: "wat")

  @Test(arguments: names)
  func machineCode(name: String) throws {
    let (module, types, options) = try compileInput(name)
    var found = ""
    for stage in [DumpStage.selected, .allocated] {
      found += "; \(stage.rawValue)\n"
      found += try dump(module, function: 0, stage: stage, types: types, options: options)
    }
    try GoldenFiles.check("Lower", name + ".machine", found)
  }

  @Test(
    .enabled(if: DisassemblyTests.isInstalled, "NOT TESTED: objdump is not installed"),
    arguments: names)
  func disassembly(name: String) throws {
    let (module, types, options) = try compileInput(name)
    let plan = ModulePlan(
      module, types.functionTypes.map(CallingConvention.init), options, mayUseGS: true)
    let context = TranslationContext(module.module, types: module.canonicalTypes)
    var compiler = FunctionCompiler(module, context, plan)
    var text = EncodedText()
    _ = try compiler.compile(0, into: &text)
    let code = Data(text.bytes.prefix(Int(text.functions[0].codeBytes)))
    let lines = try DisassemblyTests.disassemble(code).sorted { $0.key < $1.key }
    let found = lines.map { String(format: "%4x: ", $0.key) + $0.value + "\n" }.joined()
    try GoldenFiles.check("Lower", name + ".asm", found)
  }

  @Test func thereAreGoldenFiles() { #expect(BackEndGoldenTests.names.count >= 25) }

  /// `;; registers N` on the first line limits the registers, `;; baseline` leaves SSE4.1 only.
  private func compileInput(
    _ name: String
  ) throws -> (ValidatedModule, TypeTables, CompilerOptions) {
    let text = try GoldenFiles.read("Lower", name + ".wat")
    var types = TypeTables()
    let module = try validate(decode(encode(text: Array(text.utf8))), types: &types)
    let words = text.prefix { $0 != "\n" }.split(separator: " ")
    var options = CompilerOptions(
      features: [.sse41, .popcnt, .lzcnt, .bmi1, .bmi2, .avx, .avx2, .fma, .fsgsbase])
    if words.contains("baseline") { options.features = [.sse41, .popcnt, .fsgsbase] }
    if let at = words.firstIndex(of: "registers") { options.registerLimit = Int(words[at + 1]) }
    return (module, types, options)
  }
}
