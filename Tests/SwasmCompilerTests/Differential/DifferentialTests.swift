import DifferentialCases
import SwasmText
import Testing

/// Golden/Differential: modules that were once compiled wrongly, with what another engine does with them (`.expect`,
/// written by Tests/Fuzz/oracle.mjs). Each runs in every mode, its allocations checked.
@Suite(.serialized)
struct DifferentialTests {
  static let names = GoldenFiles.names(in: "Differential", extension: "wat")

  @Test(arguments: names, Mode.all)
  func runsAsElsewhere(name: String, mode: Mode) throws {
    let text = try GoldenFiles.read("Differential", name + ".wat")
    let expected = try GoldenFiles.read("Differential", name + ".expect")
    let bytes = try encode(text: Array(text.utf8))
    try CaseRunner(bytes: bytes, expectation: Expectation(text: expected)).run(mode)
  }

  @Test func thereAreCases() { #expect(!DifferentialTests.names.isEmpty) }

  @Test func differencesAreSeen() throws {
    let text = "(module (func (export \"f\") (param i32) (result i32) (local.get 0)))"
    let bytes = try encode(text: Array(text.utf8))
    for wrong in ["call 0 i32:5 = i32:6", "call 0 i32:5 ! zero", "call 0 i32:5 ="] {
      let expectation = try Expectation(text: "start ok\n\(wrong)\n")
      #expect(throws: Difference.self) {
        try CaseRunner(bytes: bytes, expectation: expectation).run(Mode.all[0])
      }
    }
  }
}
