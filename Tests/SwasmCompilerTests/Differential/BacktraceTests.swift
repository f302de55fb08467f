import DifferentialCases
import SwasmArtifact
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmText
import Testing

@testable import SwasmCompiler

/// The offsets of a backtrace's frames: where the module traps, and the calls that led there, whatever follows them.
struct BacktraceTests {
  struct Case: CustomTestStringConvertible {
    var testDescription: String
    /// The last function of the module, which is called with 0; `$die` traps.
    var function: String
    /// By frame: the instruction that it stands at.
    var frames: [Opcode] = [.unreachable, .call]
  }

  static let cases = [
    Case(testDescription: "unreachable follows", function: "(call $die) (unreachable)"),
    Case(
      testDescription: "unreachable follows the block",
      function: "(if (i32.eqz (local.get 0)) (then (call $die) (unreachable))) (call $other)"),
    Case(testDescription: "last of its function", function: "(call $die)"),
    Case(
      testDescription: "last of its function, which goes on elsewhere",
      function: "(if (local.get 0) (then (call $other) (return))) (call $die)"),
    Case(testDescription: "a load follows", function: "(drop (i32.load (call $dieLate)))"),
    Case(
      testDescription: "a store of the result follows",
      function: "(i32.store (i32.const 0) (call $dieLate))"),
    Case(
      testDescription: "a division follows",
      function: "(drop (i32.div_s (local.get 0) (call $dieLate)))"),
    Case(testDescription: "another call follows", function: "(call $die) (call $other)"),
    Case(
      testDescription: "arguments on the stack",
      function: """
        (call $many (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4) (i64.const 5)
          (i64.const 6) (i64.const 7) (i64.const 8) (i64.const 9) (i64.const 10))
        (unreachable)
        """),
    Case(
      testDescription: "call_indirect",
      function: "(call_indirect (type $void) (local.get 0)) (unreachable)",
      frames: [.unreachable, .callIndirect]),
    Case(
      testDescription: "call_ref", function: "(call_ref $void (ref.func $die)) (unreachable)",
      frames: [.unreachable, .callRef]),
    Case(
      testDescription: "in a try_table",
      function: "(block $b (try_table (catch_all $b) (call $die) (unreachable)))"),
    Case(
      testDescription: "in a try_table, with constants for the handler",
      function: """
        (block $b (try_table (catch_all $b) (local.set 0 (i32.const 7)) (call $die)
          (local.set 0 (i32.const 8)) (call $other))) (global.set 0 (local.get 0))
        """),
    Case(
      testDescription: "of a function that gives way to another",
      function: "(call $tail) (unreachable)"),
    Case(
      testDescription: "a call of the runtime",
      function: "(call $fill) (unreachable)", frames: [.memoryFill, .call]),
    Case(
      testDescription: "a call of the runtime behind a call",
      function: "(call $other) (memory.fill (i32.const -1) (local.get 0) (i32.const 9))",
      frames: [.memoryFill]),
    Case(
      testDescription: "an exception that nobody catches",
      function: "(call $throw) (unreachable)", frames: [.throw, .call]),
  ]

  static let prefix = """
    (module
      (type $void (func))
      (memory 1)
      (global (mut i32) (i32.const 0))
      (tag $tag)
      (table funcref (elem $die))
      (func $other)
      (func $tail (return_call $die))
      (func $fill (memory.fill (i32.const -1) (i32.const 0) (i32.const 9)))
      (func $throw (throw $tag))
      (func $dieLate (result i32) (unreachable))
      (func $many (param i64 i64 i64 i64 i64 i64 i64 i64 i64 i64) (unreachable))
      (func $die (type $void) (unreachable))
    """

  @Test(arguments: cases, Mode.all)
  func framesStandAtTheirInstructions(_ test: Case, mode: Mode) throws {
    let text = Self.prefix + "(func (export \"f\") (param i32) \(test.function)))"
    let bytes = try encode(text: Array(text.utf8))
    let artifact = try CaseRunner.compile(bytes, mode.options)
    let file = try ArtifactFile(artifact)
    let store = try Store(limits: RuntimeLimits(hasGuards: !mode.options.checksBounds))
    let instance = try store.instantiate(file, imports: [:])
    let error = #expect(throws: CallError.self) { try instance.call("f", [.i32(0)]) }
    guard case .trap(let trap) = error else { return }
    let module = try decode(bytes)
    let found = file.symbolize(trap.frames).map { Self.instruction(at: $0, of: module) }
    #expect(found == test.frames)
  }

  /// The instruction at a frame's offset, if its function has one there.
  private static func instruction(at frame: BacktraceFrame, of module: Module) -> Opcode? {
    guard let function = frame.function, let offset = frame.wasmOffset else { return nil }
    let body = module.bodies[function.position - module.importedFunctionCount]
    guard body.code.contains(offset) else { return nil }
    var reader = InstructionReader(module.source, in: offset..<body.code.upperBound)
    return reader.readOpcode()
  }
}
