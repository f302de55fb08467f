import SwasmLink
import SwasmText
import Testing

/// What the linker refuses, whom it blames and in which words.
@Suite struct LinkErrorTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var root: String
    var libraries: [(name: String, text: String)] = []
    var member: Int
    var message: String

    var testDescription: String { message }
  }

  private static let cycle = [
    (name: "x", text: "(module (func (export \"f\")))"),
    (name: "a", text: "(module (import \"b\" \"g\" (func)) (func (export \"f\")))"),
    (name: "b", text: "(module (import \"a\" \"f\" (func)) (func (export \"g\")))"),
  ]

  static let refusals = [
    Refusal(
      root: "(module (import \"env\" \"f\" (func)))", member: 0,
      message: "imports env.f, which nothing provides; --with env=FILE supplies it"),
    Refusal(
      root:
        "(module (import \"e\" \"f\" (func)) (import \"e\" \"g\" (func)) (import \"l\" \"h\" (func)))",
      member: 0,
      message:
        "imports e.f, e.g, l.h, which nothing provides; --with e=FILE --with l=FILE supply them"),
    Refusal(
      root: "(module "
        + (0..<10).map { "(import \"e\" \"f\($0)\" (func))" }.joined() + ")", member: 0,
      message: "imports e.f0, e.f1, e.f2, e.f3, e.f4, e.f5, e.f6, e.f7 and 2 more, "
        + "which nothing provides; --with e=FILE supplies it"),
    Refusal(
      root: "(module (import \"env\" \"f\" (func)))", libraries: [("env", "(module)")], member: 1,
      message: "imports env.f, which nothing provides; no library of that name exports it"),
    // A library is not its own provider.
    Refusal(
      root: "(module)",
      libraries: [("a", "(module (import \"a\" \"f\" (func)) (export \"f\" (func 0)))")], member: 0,
      message: "imports a.f, which nothing provides; --with a=FILE supplies it"),
    // The host has functions for what WASI names only.
    Refusal(
      root: "(module (import \"wasi_snapshot_preview2\" \"fd_write\" (func)))", member: 0,
      message: "imports wasi_snapshot_preview2.fd_write, which nothing provides; "
        + "--with wasi_snapshot_preview2=FILE supplies it"),
    Refusal(
      root: "(module (import \"e\" \"f\" (func (param i32))))",
      libraries: [("e", "(module (func (export \"f\") (param i64)))")], member: 1,
      message: "import e.f needs a function [i32] -> []; the one provided is [i64] -> []"),
    Refusal(
      root: "(module (import \"e\" \"m\" (func)))",
      libraries: [("e", "(module (memory (export \"m\") 1 2))")], member: 1,
      message: "import e.m needs a function; a memory is provided"),
    Refusal(
      root: "(module (import \"e\" \"m\" (memory 2)))",
      libraries: [("e", "(module (memory (export \"m\") 1))")], member: 1,
      message: "import e.m needs a memory with at least 2 pages; the one provided has 1"),
    Refusal(
      root: "(module (import \"e\" \"m\" (memory 1 2)))",
      libraries: [("e", "(module (memory (export \"m\") 1 2 shared))")], member: 1,
      message: "import e.m needs a memory that is not shared; the one provided is shared"),
    Refusal(
      root: "(module (import \"e\" \"t\" (table 1 4 externref)))",
      libraries: [("e", "(module (table (export \"t\") 1 funcref))")], member: 1,
      message: "import e.t needs a table of externref; the one provided is of funcref"),
    Refusal(
      root: "(module (import \"e\" \"g\" (global (mut i32))))",
      libraries: [("e", "(module (global (export \"g\") i32 (i32.const 0)))")], member: 1,
      message: "import e.g needs a mutable global; the one provided is constant"),
    Refusal(
      root: "(module (import \"wasi_unstable\" \"f\" (func)))",
      libraries: [("e", "(module (import \"wasi_unstable\" \"f\" (func (result i32))))")],
      member: 1,
      message: "imports wasi_unstable.f as function [] -> [], "
        + "another member as function [] -> [i32]"),
    Refusal(
      root: "(module (import \"e\" \"f\" (func)) (import \"e\" \"f\" (func)))",
      libraries: [("e", "(module (func (export \"f\")))")], member: 1,
      message: "imports e.f twice; a member of a set may not"),
    Refusal(
      root: "(module (import \"a\" \"f\" (func)))", libraries: cycle, member: 1,
      message: "these modules import each other in a circle, so that none can come first: "
        + "a imports b.g, b imports a.f; a library of its own for what they share would break the circle"
    ),
  ]

  @Test(arguments: refusals) func refusal(_ refusal: Refusal) throws {
    let error = try #require(throws: LinkError.self) {
      _ = try linked(refusal.root, refusal.libraries)
    }
    #expect(error.member == refusal.member)
    #expect(error.description == refusal.message)
  }

  /// Bytes that no module begins with, and a set inside a set.
  @Test func membersThatAreNoOrdinaryModules() throws {
    #expect(throws: LinkError.self) { try link(root: [1, 2, 3], libraries: []) }
    let set = try linked("(module)", [])
    let error = try #require(throws: LinkError.self) {
      _ = try link(root: try encode(text: Array("(module)".utf8)), libraries: [("set", set)])
    }
    #expect(error.member == 0)
  }
}
