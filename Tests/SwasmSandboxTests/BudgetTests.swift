import Foundation
import Glibc
import Testing

@testable import SwasmSandbox

/// One budget for all that a program takes, from the first act of its process on.
@Suite struct BudgetTests {
  /// MiB besides `--memory` that the page on the command line names.
  private static let constant = 128

  @Test(arguments: BudgetShape.all) func memory(_ shape: BudgetShape) throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", shape.program)
    // Compiled before: what a compiler takes is another limit's.
    _ = try MeasuredRun(["run", "--dry-run", "a.wat"], in: scratch)
    let run = try MeasuredRun(
      ["run", "--json", "--memory", "64MiB", "--timeout", "60s", "a.wat"], in: scratch)
    #expect(run.status == shape.status, "\(run.stderr)")
    let object = try ResultTests.object(run.stderr)
    // What the kernel says of the dead process. A refused one has little, and says nothing of itself.
    let peak = ResultTests.member(object, "usage.peak_memory_bytes").flatMap { Int($0) }
    #expect(peak.map { $0 >> 20 < 64 + Self.constant } ?? (shape.status != 0), "\(run)")
    #expect(ResultTests.member(object, "module.cache") == "hit")
    guard shape.status == 126 else { return }
    #expect(ResultTests.member(object, "limits.0.limit") == "memory", "\(run.stderr)")
    #expect(run.stderr.contains("--memory 64MiB"), "\(run.stderr)")
  }

  /// Instances of a module copy its data before anything of it runs.
  private static let slowToInstantiate =
    """
    (module (module $o (memory (export "m") 64))
      (module $m (import "o" "m" (memory 64))
        (data (i32.const 0) "\(String(repeating: "x", count: 4_000_000))"))
      (instance $i (instantiate $o))
    """ + String(repeating: "(instance (instantiate $m (import \"o\" (instance $i))))", count: 9900)
    + "(func (export \"_start\")))"

  /// Whether it spins, is slow to instantiate or slow to compile.
  @Test(
    arguments: [
      Programs.loop, slowToInstantiate,
      "(module \(String(repeating: "(func (result i32) i32.const 1)", count: 150_000))"
        + "(func (export \"_start\") (loop $l (br $l))))",
    ]) func processorTime(_ program: String) throws
  {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", program)
    for _ in 0..<2 {
      let run = try MeasuredRun(
        ["run", "--json", "--cpu-time", "1s", "--timeout", "60s", "a.wat"], in: scratch)
      #expect(run.cpu < 2, "\(run)")
      #expect(run.status == 124)
      let object = try ResultTests.object(run.stderr)
      #expect(ResultTests.member(object, "limits.0.limit") == "cpu-time", "\(run.stderr)")
    }
  }

  /// Finer than the kernel's own limit, which counts seconds.
  @Test func partsOfSeconds() throws {
    let scratch = try Scratch()
    _ = try scratch.file("a.wat", Programs.loop)
    let run = try MeasuredRun(["run", "--cpu-time", "300ms", "a.wat"], in: scratch)
    #expect(run.status == 124)
    #expect(run.cpu > 0.25 && run.cpu < 0.9, "\(run)")
    #expect(run.stderr.contains("processor time limit of 300ms reached"), "\(run.stderr)")
  }

  /// A program that was compiled for the run has that much less time.
  @Test func compilationCounts() throws {
    let scratch = try Scratch()
    let functions = String(repeating: "(func (result i32) i32.const 1)", count: 3000)
    _ = try scratch.file("a.wat", "(module \(functions) (func (export \"_start\")))")
    func usage(_ key: String, cache: String) throws -> Int {
      let run = try MeasuredRun(["run", "--json", "a.wat"], in: scratch)
      let object = try ResultTests.object(run.stderr)
      #expect(ResultTests.member(object, "module.cache") == cache)
      return try #require(ResultTests.member(object, "usage.\(key)").flatMap { Int($0) })
    }
    #expect(try usage("compiler_cpu_ms", cache: "miss") > 0)
    #expect(try usage("compiler_cpu_ms", cache: "hit") == 0)
    #expect(try usage("compiler_peak_memory_bytes", cache: "hit") == 0)
    let run = try MeasuredRun(
      ["run", "--no-cache", "--json", "--cpu-time", "1ms", "a.wat"], in: scratch)
    #expect(run.status == 124)
    #expect(run.stderr.contains("while compiling"), "\(run.stderr)")
  }

  /// What commands that compile say at their limits, and the option that raises them.
  @Test(
    arguments: [
      (["run"], "--compile-time"), (["compile", "-o", "a.out"], "--compile-time"),
      (["inspect"], "--compile-time"), (["wat", "-o", "a.out"], "--compile-time"),
      (["link", "-o", "a.out"], "--compile-time"),
      (["compile", "-o", "a.out"], "--compile-memory"),
    ] as [([String], String)]) func compilerLimits(_ command: [String], _ option: String) throws
  {
    let scratch = try Scratch()
    let functions = String(repeating: "(func (result i32) i32.const 1)", count: 60_000)
    _ = try scratch.file("a.wat", "(module \(functions))")
    let value = option == "--compile-time" ? "20ms" : "40MiB"
    let run = try MeasuredRun(command + [option, value, "a.wat"], in: scratch)
    #expect(run.status == 126)
    let what = option == "--compile-time" ? "20ms of processor time" : "40MiB of memory"
    #expect(
      run.stderr.contains("compiling takes more than \(what); refused; \(option) allows more"),
      "\(run.stderr)")
  }

  @Test func compilerLimitsHaveAnEnd() {
    let limits = CompilerLimits()
    #expect(limits.memory(for: 0) == 1 << 30 && limits.time(for: 0) == 10_000)
    #expect(limits.memory(for: 40 << 20) == 2560 << 20 && limits.time(for: 40 << 20) == 170_000)
    #expect(limits.memory(for: 1 << 30) == 4 << 30 && limits.time(for: 1 << 30) == 600_000)
    #expect(limits.output(for: 1 << 30) == 4 << 30)
  }

  /// A table that is refused more tells so as a memory does.
  @Test func tableGrowth() throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat",
      """
      (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (table $t 1 funcref)
        (func (export "_start")
          (call $exit (i32.eq (i32.const -1) (table.grow $t (ref.null func) (i32.const 9000000))))))
      """)
    for (memory, status) in [("1MiB", 1), ("2GiB", 0)] as [(String, Int32)] {
      let run = try MeasuredRun(["run", "--json", "--memory", memory, "a.wat"], in: scratch)
      #expect(run.status == status, "\(run.stderr)")
      let object = try ResultTests.object(run.stderr)
      #expect(ResultTests.member(object, "limits.0.limit") == (status == 1 ? "memory" : nil))
    }
  }

  /// Memories of which none has too much have it together.
  @Test func memoriesCountTogether() throws {
    let scratch = try Scratch()
    _ = try scratch.file(
      "a.wat",
      """
      (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
        (memory $a 8) (memory $b 4)
        (func (export "_start")
          (call $exit (i32.add
            (i32.eq (i32.const 4) (memory.grow $b (i32.const 4)))
            (i32.eq (i32.const -1) (memory.grow $b (i32.const 1)))))))
      """)
    let run = try MeasuredRun(["run", "--json", "--memory", "1MiB", "a.wat"], in: scratch)
    #expect(run.status == 2, "\(run.stderr)")
  }
}
