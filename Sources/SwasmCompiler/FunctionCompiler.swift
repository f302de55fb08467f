import SwasmArtifact
import SwasmModule
import SwasmValidator

/// The compiler for one function, on one screen. One per thread; all storage is reused.
struct FunctionCompiler: ~Copyable {
  private var validator = FunctionValidator(supported: .translated)
  private var translator: Translator
  private var selector: Selector
  private var allocator: Allocator
  private var emitter = FunctionEmitter()
  private let module: ValidatedModule
  private let checksForms: Bool

  init(_ module: ValidatedModule, _ context: TranslationContext, _ plan: ModulePlan) {
    self.module = module
    translator = Translator(context)
    selector = Selector(plan: plan)
    allocator = Allocator(registerLimit: plan.options.registerLimit)
    checksForms = plan.options.checksForms
  }

  /// Validates and compiles the function with this number among those the module defines.
  mutating func compile(
    _ defined: Int, into text: inout EncodedText
  ) throws(ValidationError) -> FrameRow {
    try validator.validate(function: defined, in: module)
    translator.translate(module.functionIndex(defined: defined), into: &selector.ir)
    assert(checksForms || selector.ir.verifies)
    if checksForms { precondition(selector.ir.verifies) }
    selector.select()
    allocator.allocate(selector.code)
    assert(checksForms || isRight(defined))
    if checksForms { precondition(isRight(defined)) }
    if selector.code.usesExceptions { text.usesExceptions = true }
    return emitter.emit(selector.code, allocator.output, into: &text)
  }

  private func isRight(_ defined: Int) -> Bool {
    guard let violation = AllocationChecker.check(allocator.output, of: selector.code) else {
      return true
    }
    fatalError(
      "function \(defined): \(violation)\n\(selector.code.printed)\n\(allocator.output.printed)")
  }

  /// The same, keeping the text of a stage.
  mutating func dump(_ defined: Int, _ stage: DumpStage) throws(ValidationError) -> String {
    var text = EncodedText()
    _ = try compile(defined, into: &text)
    switch stage {
    case .ir: return selector.ir.printed()
    case .selected: return selector.code.printed
    case .allocated: return allocator.output.printed
    }
  }
}

/// A form of a function that can be looked at.
public enum DumpStage: String, Sendable, CaseIterable {
  case ir
  case selected
  case allocated
}

extension IRFunction {
  /// For assertions between passes.
  fileprivate var verifies: Bool {
    guard let violation = verify() else { return true }
    fatalError("\(violation)\n\(printed())")
  }
}
