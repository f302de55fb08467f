import Foundation
import Glibc
import Testing

@Suite struct BadInputTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var name: String
    var bytes: [UInt8]
    var says: String
    var testDescription: String { name }
  }

  static let header: [UInt8] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
  static let rows = [
    Row(name: "empty", bytes: [], says: "the file is empty"),
    Row(name: "blank", bytes: Array(" \n\t".utf8), says: "the file is empty"),
    Row(name: "half a magic number", bytes: [0, 0x61], says: "unexpected end"),
    Row(name: "no version", bytes: [0, 0x61, 0x73, 0x6d], says: "at byte 0x4"),
    Row(
      name: "another version", bytes: [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0],
      says: "unknown binary version"),
    Row(name: "truncated section", bytes: header + [1, 100, 1], says: "at byte 0x"),
    Row(name: "unknown section", bytes: header + [77, 0], says: "malformed section id"),
    Row(name: "zeros", bytes: Array(repeating: 0, count: 4096), says: "not a WebAssembly module"),
    Row(name: "ELF", bytes: [0x7f, 0x45, 0x4c, 0x46], says: "not a WebAssembly module"),
    Row(name: "words", bytes: Array("#!/bin/sh\n".utf8), says: "not a WebAssembly module"),
    Row(name: "wrong text", bytes: Array("(module (funk))".utf8), says: "1:"),
    Row(name: "open text", bytes: Array("(module (func".utf8), says: "1:"),
    Row(
      name: "invalid body", bytes: Array("(module (func (result i32)))".utf8), says: "type mismatch"
    ),
    Row(
      name: "artifact without a body", bytes: [0, 0x73, 0x77, 0x61, 0x73, 0x6d, 0x61, 0x0a],
      says: "artifact is truncated: 8 bytes"),
    Row(
      name: "structures", bytes: Array("(module (type (struct)))".utf8),
      says: "needs gc"),
    Row(
      name: "component", bytes: [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0],
      says: "this is a component, and only core modules run here; build the program for wasm32"),
    Row(
      name: "component text", bytes: Array("(component $c (core module))".utf8),
      says: "1:1: this is a component, and only"),
  ]

  @Test(arguments: rows) func refused(_ row: Row) throws {
    let scratch = try Scratch()
    let file = try scratch.file("module", row.bytes)
    let result = try LauncherRun.run(["run", file])
    #expect(result.status == 126)
    #expect(result.stdout == "")
    #expect(result.stderr.hasPrefix("swasm-sandbox: \(file): "), "\(result.stderr)")
    #expect(result.stderr.contains(row.says), "\(result.stderr)")
    #expect(result.stderr.filter { $0 == "\n" }.count == 1)
  }

  @Test func notFiles() throws {
    let scratch = try Scratch()
    let rows: [(path: String, status: Int32, says: String)] = [
      (scratch.path, 126, "is a directory"),
      (scratch.path + "/missing", 127, "No such file or directory"),
      (try scratch.file("plain", "(module)") + "/x", 127, "Not a directory"),
    ]
    for row in rows {
      let result = try LauncherRun.run(["run", row.path])
      #expect(result.status == row.status, "\(row.path)")
      #expect(result.stderr.contains(row.says), "\(result.stderr)")
    }
  }

  @Test(.enabled(if: geteuid() != 0, "root reads everything")) func unreadable() throws {
    let scratch = try Scratch()
    let file = try scratch.file("secret", "(module)")
    chmod(file, 0)
    let result = try LauncherRun.run(["run", file])
    #expect(result.status == 126)
    #expect(result.stderr.contains("Permission denied"))
  }

  @Test func hundredMegabytesOfZeros() throws {
    let scratch = try Scratch()
    let file = try scratch.file("zeros", "")
    truncate(file, 100_000_000)
    let result = try LauncherRun.run(["run", file])
    #expect(result.status == 126, "\(result.stderr)")
    #expect(result.stderr.contains("not a WebAssembly module"))
    #expect(result.time < 5)
  }

  @Test func tooLarge() throws {
    let scratch = try Scratch()
    let file = try scratch.file("huge", "")
    truncate(file, (1 << 30) + 1)
    let result = try LauncherRun.run(["run", file])
    #expect(result.status == 126)
    #expect(result.stderr.contains("is larger than 1GiB"))
  }

  @Test func fifo() throws {
    let scratch = try Scratch()
    let path = scratch.path + "/fifo"
    mkfifo(path, 0o600)
    let run = try LauncherRun(["run", path])
    let writer = open(path, O_WRONLY)
    _ = Programs.hello.withCString { write(writer, $0, strlen($0)) }
    close(writer)
    let result = run.finish()
    #expect(result.status == 0, "\(result.stderr)")
    #expect(result.stdout == "hello\n")
  }

  @Test func usage() throws {
    let rows: [(arguments: [String], says: String)] = [
      (["run"], "no module given"),
      (["run", "--dri", "x", "a.wasm"], "unknown option --dri; did you mean --dir?"),
      (["run", "--timeout", "soon", "a.wasm"], "expected a duration"),
      (["run", "--memory", "0", "a.wasm"], "expected a size"),
      (["run", "--preload", "lib", "a.wasm"], "expected NAME=FILE"),
      (["run", "--env", "SWASM_SURELY_UNSET", "a.wasm"], "not set"),
      (["run", "--policy", "strickt", "a.wasm"], "did you mean \"strict\"?"),
      (["run", "--policy", "pure", "--dir", ".", "a.wasm"], "grants no directories"),
      (["run", "--policy", "strict", "--dir", ".:rw", "a.wasm"], "read only"),
      (["run", "--timeout"], "expected duration"),
      (["compile", "a.wasm"], "-o FILE"),
      (["compile"], "Missing expected argument"),
      (["compile", "a.wasm", "--bogus"], "Unknown option"),
      (["policy", "show", "none"], "unknown policy"),
      (["policy"], "expected list, show NAME, check FILE or explain WORD"),
      (["policy", "check", "/nonexistent.toml"], "cannot read policy"),
      (["policy", "explain", "sokets"], "did you mean \"sockets\"?"),
      (["cache"], "expected list, clean or verify"),
      (["completion", "tcsh"], "expected bash, zsh or fish"),
      (["run", "--json=1", "a.wasm"], "--json: takes no value"),
      (["run", "--status-fd", "77", "a.wasm"], "--status-fd 77: is not open"),
      (["run", "--status-fd", "0", "a.wasm"], "expected the number of an open descriptor"),
      (["run", "--status-fd", "3", "a.wasm"], "--status-fd 3: is not open"),
      (["run", "--open-files", "3", "a.wasm"], "expected a number from 16 to 65536"),
      (["run", "--max-output", "lots", "a.wasm"], "expected a size"),
      (["run", "--tcplisten", "localhost:80", "a.wasm"], "expected ADDRESS:PORT in numbers"),
      (["run", "--tcplisten", "127.0.0.1:70000", "a.wasm"], "expected ADDRESS:PORT"),
      (["run", "--tcplisten", "127.0.0.1:0", "a.wasm"], "expected ADDRESS:PORT"),
      (["run", "--tcplisten", "::1:80", "a.wasm"], "expected ADDRESS:PORT"),
      (
        ["run", "--tcplisten", "127.0.0.1:9", "a.wasm"],
        "standard grants no sockets; --policy network"
      ),
      (["run", "--policy", "network", "--socket", "88", "a.wasm"], "--socket 88: is not open"),
      (["run", "--nope", "a.wasm"], "unknown option --nope; `swasm-sandbox run --help`"),
      (
        ["run", "--policy", "strict", "--dir", ".::/d:rw", "a.wasm"],
        "--dir .::/d:rw: policy strict allows"
      ),
    ]
    for row in rows {
      let result = try LauncherRun.run(row.arguments)
      #expect(result.status == 2, "\(row.arguments)")
      #expect(result.stderr.contains(row.says), "\(result.stderr)")
      #expect(result.stderr.filter { $0 == "\n" }.count == 1, "\(result.stderr)")
    }
  }

  @Test(arguments: [
    (["run", "--help"], "--max-file-size"), (["run", "-h"], "--max-file-size"),
    (["run", "--dir", ".", "--help"], "--max-file-size"), (["help", "run"], "--max-file-size"),
    (["--help"], "inspect"), (["help"], "policy"), (["compile", "--help"], "--preload"),
    (["completion", "bash"], "complete "), (["completion", "zsh"], "compdef"),
    (["completion", "fish"], "complete -c"), (["help", "cache"], "verify"),
    (["--version"], "swasm-sandbox 0."), (["policy", "list"], "standard (default)"),
  ]) func help(_ arguments: [String], _ says: String) throws {
    let result = try LauncherRun.run(arguments)
    #expect(result.status == 0)
    #expect(result.stdout.contains(says))
    #expect(result.stderr == "")
  }

  @Test func wordThatMayBeACommand() throws {
    let result = try LauncherRun.run(["polic", "list"])
    #expect(result.status == 127)
    #expect(result.stderr.hasSuffix("did you mean the command `policy`?\n"), "\(result.stderr)")
    #expect(try !LauncherRun.run(["run", "polic"]).stderr.contains("did you mean"))
  }

  @Test func missingDirectory() throws {
    let scratch = try Scratch()
    let file = try scratch.file("a.wat", Programs.nothing)
    let result = try LauncherRun.run(["run", "--dir", "/nonexistent", file])
    #expect(result.status == 125)
    #expect(
      result.stderr
        == "swasm-sandbox: cannot open directory \"/nonexistent\" for --dir: No such file or directory\n"
    )
  }
}
