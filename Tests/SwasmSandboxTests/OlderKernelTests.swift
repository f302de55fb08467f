import Foundation
import Testing

/// The launcher on kernels that people have, imitated by `older-kernel` (Tests/OlderKernel).
@Suite struct OlderKernelTests {
  private static let wrapper = URL(fileURLWithPath: LauncherBinary.path)
    .deletingLastPathComponent().appendingPathComponent("older-kernel").path

  struct Machine: Sendable, CustomTestStringConvertible {
    var description: String
    /// Second walls that it lacks, as root.
    var missing: Set<String>
    var testDescription: String { description }
  }

  static let machines = [
    Machine(description: "5.10", missing: ["landlock", "mseal", "mdwe", "detached-mounts"]),
    Machine(description: "5.14", missing: ["mseal", "mdwe"]),
    Machine(description: "5.15", missing: ["mseal", "mdwe"]),
    Machine(description: "6.1", missing: ["mseal", "mdwe"]),
    Machine(description: "6.8", missing: ["mseal"]),
    Machine(description: "6.12", missing: []),
    Machine(description: "container", missing: ["detached-mounts"]),
    Machine(description: "5.15+container", missing: ["mseal", "mdwe", "detached-mounts"]),
  ]

  private func run(on machine: Machine, _ arguments: [String], in directory: String) throws
    -> LauncherResult
  {
    try LauncherRun(
      arguments, directory: directory, through: [Self.wrapper, machine.description]
    ).finish()
  }

  @Test(arguments: machines) func runsAndSaysWhatIsMissing(_ machine: Machine) throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/data", withIntermediateDirectories: false)
    _ = try scratch.file("data/old", "old\n")
    _ = try scratch.file("open.wat", Programs.opens("old", openFlags: 0, rights: 2, writes: false))
    for policy in ["strict", "standard"] {
      let result = try run(
        on: machine,
        ["run", "--json", "--policy", policy, "--dir", "data:ro", "open.wat"], in: scratch.path)
      #expect(result.status == 0, "\(result.stderr)")
      let object = try ResultTests.object(result.stderr)
      let missing = ResultTests.words(object, "protections.missing")
      // What this machine lacks itself, and a user who is not root, is missing besides.
      #expect(missing.isSuperset(of: machine.missing), "\(missing)")
    }
  }

  @Test(arguments: machines) func everyCommandWorks(_ machine: Machine) throws {
    let scratch = try Scratch()
    _ = try scratch.file("hello.wat", Programs.hello)
    _ = try scratch.file("hello.wast", "(module (func (export \"f\"))) (invoke \"f\")")
    let commands = [
      ["hello.wat"], ["compile", "hello.wat", "-o", "hello.swasm"], ["inspect", "hello.wat"],
      ["wat", "hello.wat", "-o", "hello.wasm"], ["wast", "hello.wast"], ["doctor"],
      ["link", "hello.wat", "-o", "linked.wasm"],
    ]
    for command in commands {
      let result = try run(on: machine, command, in: scratch.path)
      #expect(result.status == 0, "\(command): \(result.stderr)")
    }
  }

  @Test(arguments: machines) func doctorNamesWhatIsMissing(_ machine: Machine) throws {
    let scratch = try Scratch()
    let result = try run(on: machine, ["doctor"], in: scratch.path)
    let last = result.stdout.split(separator: "\n").last ?? ""
    #expect(last.hasPrefix("A guest on this machine reaches only the system calls"), "\(last)")
    for layer in machine.missing { #expect(last.contains(layer), "\(last)") }
  }

  @Test(arguments: machines) func refusesWhereAPolicyRequiresMore(_ machine: Machine) throws {
    let scratch = try Scratch()
    try FileManager.default.createDirectory(
      atPath: scratch.path + "/data", withIntermediateDirectories: false)
    _ = try scratch.file("hello.wat", Programs.hello)
    for layer in machine.missing.sorted() {
      _ = try scratch.file(
        "mine.toml",
        "require = [\"\(layer)\"]\n[capabilities]\nstdout = true\ndirectories = \"read-only\"\n")
      let result = try run(
        on: machine, ["run", "--policy", "./mine.toml", "--dir", "data", "hello.wat"],
        in: scratch.path)
      #expect(result.status == 125 && result.stdout.isEmpty)
      #expect(
        result.stderr.contains("requires \(layer), which this machine does not have"),
        "\(result.stderr)")
    }
  }
}
