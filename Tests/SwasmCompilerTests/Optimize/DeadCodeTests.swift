import Testing

@testable import SwasmCompiler

/// Golden/DeadCode: functions and what is left of them.
struct DeadCodeTests {
  @Test(arguments: GoldenFiles.names(in: "DeadCode", extension: "ir"))
  func deadCodeIsRemoved(name: String) throws {
    var function = try IRFunction(parsing: GoldenFiles.read("DeadCode", name + ".ir"))
    #expect(function.verify() == nil)
    var pass = DeadCode()
    pass.remove(from: &function)
    #expect(function.verify() == nil)
    try GoldenFiles.check("DeadCode", name + ".out", function.printed())
  }

  @Test func thereAreGoldenFiles() {
    #expect(GoldenFiles.names(in: "DeadCode", extension: "ir").count >= 2)
  }
}
