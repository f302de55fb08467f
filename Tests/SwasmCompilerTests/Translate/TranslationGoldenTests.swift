import SwasmDecoder
import SwasmModule
import SwasmText
import SwasmValidator
import Testing

@testable import SwasmCompiler

/// Golden/Translate: modules in text form and the SSA form of their functions.
struct TranslationGoldenTests {
  @Test(arguments: GoldenFiles.names(in: "Translate", extension: "wat"))
  func translation(name: String) throws {
    let text = try GoldenFiles.read("Translate", name + ".wat")
    var types = TypeTables()
    let module = try validateAll(try decode(try encode(text: Array(text.utf8))), types: &types)
    let context = TranslationContext(module.module, types: module.canonicalTypes)
    var translator = Translator(context)
    var function = IRFunction(name: FunctionIndex(0), parameters: [], results: [])
    var found = ""
    for index in 0..<module.definedFunctionCount {
      translator.translate(module.functionIndex(defined: index), into: &function)
      #expect(function.verify() == nil)
      let printed = function.printed()
      found += (found.isEmpty ? "" : "\n") + printed
      #expect(try IRFunction(parsing: printed).printed() == printed)
    }
    try GoldenFiles.check("Translate", name + ".ir", found)
  }

  @Test func thereAreGoldenFiles() {
    #expect(GoldenFiles.names(in: "Translate", extension: "wat").count >= 10)
  }
}
