import Glibc
import SwasmArtifact
import SwasmModule

@testable import SwasmCompiler

/// A function of vectors and i32 given as IR, compiled and called in this process. It may use no memory, table or global.
final class VectorFunction {
  private let pages: UnsafeMutableRawPointer
  private let size: Int
  private let entry: Int
  private let resultCount: Int

  /// - Parameter body: the lines of block 0, whose parameters are `v0`, `v1` and so on.
  init(
    _ body: String, parameters: [ValueType], results: [ValueType], _ options: CompilerOptions
  ) throws {
    let type = FunctionType(parameters: parameters, results: results)
    let convention = CallingConvention(type)
    let types = (parameters.map { "\(IRType($0))" }, results.map { "\(IRType($0))" })
    let names = types.0.enumerated().map { "v\($0): \($1)" }.joined(separator: ", ")
    let text = """
      function 0 (\(types.0.joined(separator: ", "))) -> (\(types.1.joined(separator: ", ")))
      block0(\(names)):
      \(body)
      """
    var selector = Selector(plan: Self.plan(convention, options))
    selector.ir = try IRFunction(parsing: text)
    if let violation = selector.ir.verify() { throw IRParseError(text: violation) }
    selector.select()
    var allocator = Allocator(registerLimit: options.registerLimit)
    allocator.allocate(selector.code)
    if let violation = AllocationChecker.check(allocator.output, of: selector.code) {
      throw violation
    }
    var code = EncodedText()
    var emitter = FunctionEmitter()
    _ = emitter.emit(selector.code, allocator.output, into: &code)
    var trampoline = TrampolineEmitter()
    entry = trampoline.emitEntry(convention, into: &code)
    precondition(code.relocations.isEmpty, "the function is not alone")
    resultCount = results.count
    size = (code.bytes.count + 4095) & ~4095
    pages = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    code.bytes.withUnsafeBytes { pages.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
    precondition(mprotect(pages, size, PROT_READ | PROT_EXEC) == 0, "mprotect: \(errno)")
  }

  deinit { munmap(pages, size) }

  static func plan(
    _ convention: CallingConvention, _ options: CompilerOptions
  ) -> ModulePlan {
    ModulePlan(
      layout: ContextLayout(
        memories: 0, tables: 0, importedFunctions: 0, importedGlobals: 0, definedGlobals: 0),
      options: options, conventions: [convention], functionTypes: [CanonicalTypeIndex(0 as UInt32)],
      tableHoldsFunctions: [], memoryPageLog2: [], importedGlobals: 0, globalTypes: [],
      importedFunctions: 0,
      usesGS: false)
  }

  func callAsFunction(_ arguments: UInt128...) -> [UInt128] {
    typealias Entry = @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer) -> Void
    let call = unsafeBitCast(pages + entry, to: Entry.self)
    var slots = arguments
    while slots.count < resultCount { slots.append(0) }
    slots.withUnsafeMutableBytes { call(pages, $0.baseAddress!) }
    return Array(slots.prefix(resultCount))
  }
}
