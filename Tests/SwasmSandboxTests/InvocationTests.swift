import Testing

@testable import SwasmSandbox

/// `--invoke`: words become values of every type and values words; and what runs when nothing is named.
@Suite struct InvocationTests {
  private func run(_ text: String, _ arguments: [String]) throws -> LauncherResult {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", text)
    return try LauncherRun.run(arguments, directory: scratch.path)
  }

  /// A value goes through a function that gives back its argument.
  @Test(arguments: [
    ("i32", "-0x80000000", "-2147483648"), ("i64", "0xffffffffffffffff", "-1"),
    ("i64", "-9223372036854775808", "-9223372036854775808"),
    ("f32", "nan:0x1", "nan:0x1"), ("f32", "-nan:0x200001", "-nan:0x200001"),
    ("f32", "nan:0x400001", "nan:0x400001"), ("f32", "nan", "nan"), ("f32", "-nan", "-nan"),
    ("f32", "nan:0x400000", "nan"), ("f32", "-inf", "-inf"), ("f32", "0x1.8p1", "3.0"),
    ("f64", "nan:0x4000000000001", "nan:0x4000000000001"), ("f64", "nan:0x1", "nan:0x1"),
    ("f64", "-nan", "-nan"), ("f64", "-0", "-0.0"),
    (
      "v128", "0x0123456789abcdef00000000000000ff",
      "0x0123456789abcdef00000000000000ff"
    ),
    ("v128", "340282366920938463463374607431768211455", "0xffffffffffffffffffffffffffffffff"),
    ("v128", "1", "0x00000000000000000000000000000001"),
    ("funcref", "null", "null"), ("externref", "null", "null"), ("exnref", "null", "null"),
    ("externref", "0", "0"), ("externref", "18446744073709551614", "18446744073709551614"),
    ("(ref extern)", "7", "7"), ("(ref null $t)", "null", "null"), ("nullfuncref", "null", "null"),
    ("nullexternref", "null", "null"),
  ])
  func values(_ type: String, _ word: String, _ shown: String) throws {
    let result = try run(
      "(module (type $t (func)) (func (export \"f\") (param \(type)) (result \(type)) local.get 0))",
      ["run", "--invoke", "f", "a.wat", word])
    #expect(result.stdout == shown + "\n", "\(result.stderr)")
    #expect(result.status == 0)
  }

  @Test(arguments: [
    ("i32", "0x100000000"), ("i32", "--1"), ("i32", "0x-1"), ("i64", "18446744073709551616"),
    ("f32", "nan:0x800000"), ("f32", "nan:0x0"), ("f32", "nan:0x"), ("f32", "nan:0x+1"),
    ("f64", "nan:0x10000000000000"), ("v128", "-1"), ("v128", "0x+1"), ("v128", "null"),
    ("v128", "340282366920938463463374607431768211456"), ("funcref", "1"), ("funcref", "func"),
    ("(ref func)", "null"), ("(ref extern)", "null"), ("externref", "18446744073709551615"),
    ("externref", "-1"), ("exnref", "5"), ("nullexternref", "1"),
  ])
  func wordsThatAreNone(_ type: String, _ word: String) throws {
    let result = try run(
      "(module (func (export \"f\") (param \(type))))", ["run", "--invoke", "f", "a.wat", word])
    #expect(result.status == 2, "\(result.stdout)\(result.stderr)")
    #expect(result.stderr.contains("--invoke f: \"\(word)\" is not a valid "), "\(result.stderr)")
  }

  /// As many as a function may have.
  @Test(arguments: [1, 64, 65, 1000]) func manyValues(_ count: Int) throws {
    let types = Array(repeating: "i32", count: count).joined(separator: " ")
    let gets = (0..<count).map { "local.get \($0)" }.joined(separator: "\n")
    let words = (0..<count).map { "\($0)" }
    let result = try run(
      "(module (func (export \"f\") (param \(types)) (result \(types)) \(gets)))",
      ["run", "--invoke", "f", "a.wat"] + words)
    #expect(result.stdout == words.map { $0 + "\n" }.joined(), "\(result.stderr)")
  }

  /// A module with both of a reactor's and a command's entry is initialised, then run.
  @Test(arguments: [
    (["_initialize", "_start"], "_initialize\n_start\n"), (["_start"], "_start\n"),
    (["_initialize"], "_initialize\n"), (["_start", "_initialize"], "_initialize\n_start\n"),
  ])
  func entries(_ names: [String], _ output: String) throws {
    let functions = names.map { name in
      """
      (func (export "\(name)")
        (drop (call $write (i32.const 1) (i32.const \(name == "_start" ? 8 : 0)) (i32.const 1)
          (i32.const 100))))
      """
    }
    let text = """
      (module
        (import "wasi_snapshot_preview1" "fd_write"
          (func $write (param i32 i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "\\20\\00\\00\\00\\0c\\00\\00\\00\\40\\00\\00\\00\\07\\00\\00\\00")
        (data (i32.const 32) "_initialize\\n") (data (i32.const 64) "_start\\n")
        \(functions.joined()))
      """
    let result = try run(text, ["run", "a.wat"])
    #expect(result.stdout == output, "\(result.stderr)")
    #expect(result.status == 0)
  }

  /// An active segment that is out of bounds, and a start function that traps, are traps alike.
  @Test(arguments: [
    ("(memory 1) (data (i32.const 65536) \"x\")", "out of bounds memory access in data segment 0"),
    (
      "(memory 1) (data (i32.const 0) \"x\") (data (i32.const -1) \"x\")",
      "out of bounds memory access in data segment 1"
    ),
    (
      "(table 1 funcref) (func $f) (elem (i32.const 1) $f)",
      "out of bounds table access in element segment 0"
    ),
    (
      "(table 1 funcref) (func $f unreachable) (start $f) (elem (i32.const 1) $f)",
      "out of bounds table access in element segment 0"
    ),
    ("(func $f unreachable) (start $f)", "unreachable\n   0: a!f @ "),
    (
      "(memory 1) (data (i32.const 65536) \"x\") (func $f unreachable) (start $f)",
      "out of bounds memory access in data segment 0"
    ),
  ])
  func instantiationTraps(_ fields: String, _ words: String) throws {
    let text = "(module \(fields) (func (export \"_start\")))"
    let result = try run(text, ["run", "a.wat"])
    #expect(result.status == 134)
    #expect(result.stderr.hasPrefix("swasm-sandbox: a.wat trapped: \(words)"), "\(result.stderr)")
    let json = try run(text, ["run", "--json", "a.wat"])
    #expect(json.stderr.contains("\"outcome\":\"trapped\""), "\(json.stderr)")
  }

  /// References to exceptions stay good while there are far more than there is room for at first.
  @Test func manyExceptionsStay() throws {
    let text = """
      (module
        (tag $t (param i32)) (table $kept 100000 exnref)
        (func $make (param i32) (result exnref)
          (block $h (result i32 exnref) (try_table (catch_ref $t $h) (throw $t (local.get 0)))
            unreachable)
          (local.set 0 (i32.const 0)) (return))
        (func $value (param exnref) (result i32)
          (block $h (result i32) (try_table (catch $t $h) (throw_ref (local.get 0))) unreachable))
        (func (export "run") (result i32) (local $i i32) (local $wrong i32)
          (loop $l
            (table.set $kept (local.get $i) (call $make (local.get $i)))
            (br_if $l
              (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
          (local.set $i (i32.const 0))
          (loop $churn
            (drop (call $make (i32.const -1)))
            (br_if $churn
              (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 300000))))
          (local.set $i (i32.const 0))
          (loop $l
            (local.set $wrong (i32.add (local.get $wrong)
              (i32.ne (local.get $i) (call $value (table.get $kept (local.get $i))))))
            (br_if $l
              (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 100000))))
          (local.get $wrong)))
      """
    let result = try run(text, ["run", "--invoke", "run", "a.wat"])
    #expect(result.stdout == "0\n", "\(result.stderr)")
    // With less memory there is less room, and an end to it.
    let small = try run(text, ["run", "--memory", "16MiB", "--invoke", "run", "a.wat"])
    #expect(small.status == 134)
    #expect(small.stderr.contains("trapped: too many exceptions"), "\(small.stderr)")
  }
}
