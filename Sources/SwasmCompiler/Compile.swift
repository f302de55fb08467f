public import SwasmArtifact
public import SwasmModule
public import SwasmValidator
import Synchronization

/// A module of a set to be compiled, with the name under which others import from it.
public struct SourceModule: Sendable {
  public var name: String?
  public var module: ValidatedModule

  public init(name: String?, module: ValidatedModule) {
    self.name = name
    self.module = module
  }
}

/// Why a set was not compiled: a function body of a module isn't valid.
public struct CompileError: Error, Sendable {
  /// In the order of the modules given.
  public var module: Int
  public var error: ValidationError
}

/// Runs a closure `count` times at once, with the numbers 0 ..< count, and returns when all are done.
/// The caller owns the threads: in the compiler process they exist before lockdown.
public typealias Parallelism = (_ count: Int, _ body: @Sendable (Int) -> Void) -> Void

/// Compiles a set of modules, the root last, with the modules inside them, as one: all bodies are handed to the
/// workers together. The output doesn't depend on the number of workers.
///
/// Function bodies are validated on the way: the error thrown is that of the first invalid function of the
/// first module that has one.
public func compile(
  _ modules: [SourceModule], types: TypeTables, options: CompilerOptions,
  parallel: Parallelism = { count, body in for i in 0..<count { body(i) } }
) throws(CompileError) -> Artifact {
  for (position, source) in modules.enumerated() {
    if let error = source.module.untranslated { throw CompileError(module: position, error: error) }
  }
  let conventions = types.functionTypes.map(CallingConvention.init)
  var code: [UInt8] = []
  let trampolines = linkTrampolines(conventions, into: &code)
  let set = SetPlan(modules)
  let units = set.members.enumerated().map { number, member in
    ModuleUnit(
      member.module,
      ModulePlan(member.module, conventions, options, mayUseGS: number == set.gsMember))
  }
  let batches = try compileBatches(of: units, set, options.workers, parallel)
  var artifacts: [ModuleArtifact] = []
  artifacts.reserveCapacity(units.count)
  for (number, member) in set.members.enumerated() {
    artifacts.append(link(member, units[number].plan, batches[number], in: set, into: &code))
  }
  return Artifact(
    types: types, code: code, trampolines: trampolines, modules: artifacts,
    features: options.features, checksBounds: options.checksBounds)
}

/// The text of one function at some stage, for looking at.
///
/// - Parameter function: counts the module's defined functions.
public func dump(
  _ module: ValidatedModule, function: Int, stage: DumpStage, types: TypeTables,
  options: CompilerOptions
) throws(ValidationError) -> String {
  if let error = module.untranslated { throw error }
  let plan = ModulePlan(
    module, types.functionTypes.map(CallingConvention.init), options, mayUseGS: true)
  let context = TranslationContext(
    module.module, types: module.canonicalTypes, checksBounds: options.checksBounds)
  var compiler = FunctionCompiler(module, context, plan)
  return try compiler.dump(function, stage)
}

/// Consecutive functions of a module that were compiled together.
final class Batch: Sendable {
  let text: [UInt8]
  let functions: [EncodedFunction]
  let frames: [FrameRow]
  let relocations: [Relocation]
  let addresses: [AddressEntry]
  let landings: [LandingEntry]
  let usesExceptions: Bool

  init(_ text: consuming EncodedText, frames: [FrameRow]) {
    self.text = Array(text.bytes)
    functions = Array(text.functions)
    relocations = Array(text.relocations)
    addresses = Array(text.addresses)
    landings = Array(text.landings)
    usesExceptions = text.usesExceptions
    self.frames = frames
  }
}

/// A module on its way through the workers.
struct ModuleUnit: Sendable {
  let module: ValidatedModule
  let context: TranslationContext
  let plan: ModulePlan
  /// Of defined functions: cut so that a batch is worth handing out.
  let batches: [Range<Int>]

  init(_ module: ValidatedModule, _ plan: ModulePlan) {
    self.module = module
    self.plan = plan
    context = TranslationContext(
      module.module, types: module.canonicalTypes, checksBounds: plan.options.checksBounds)
    var batches: [Range<Int>] = []
    var (start, bytes) = (0, 0)
    for (i, body) in module.module.bodies.enumerated() {
      bytes += body.code.count
      if bytes > 32_768 || i == module.module.bodies.count - 1 {
        batches.append(start..<i + 1)
        (start, bytes) = (i + 1, 0)
      }
    }
    self.batches = batches
  }

  fileprivate func compileBatch(
    _ functions: Range<Int>, _ compiler: inout FunctionCompiler
  ) -> Result<Batch, ValidationError> {
    var text = EncodedText()
    var frames: [FrameRow] = []
    do throws(ValidationError) {
      for function in functions { frames.append(try compiler.compile(function, into: &text)) }
    } catch {
      return .failure(error)
    }
    return .success(Batch(text, frames: frames))
  }
}

/// Compiles all batches of all modules; workers take the next one as they become free.
private func compileBatches(
  of units: [ModuleUnit], _ set: SetPlan, _ workers: Int, _ parallel: Parallelism
) throws(CompileError) -> [[Batch]] {
  let work = units.enumerated().flatMap { unit, module in
    module.batches.map { (unit: unit, functions: $0) }
  }
  let results = Mutex([Result<Batch, ValidationError>?](repeating: nil, count: work.count))
  let next = Atomic(0)
  parallel(max(1, min(workers, work.count))) { _ in
    var number = next.wrappingAdd(1, ordering: .relaxed).oldValue
    while number < work.count {
      // A compiler serves one module; batches of a module lie together.
      let unit = work[number].unit
      var compiler = FunctionCompiler(units[unit].module, units[unit].context, units[unit].plan)
      while number < work.count, work[number].unit == unit {
        let result = units[unit].compileBatch(work[number].functions, &compiler)
        results.withLock { $0[number] = result }
        number = next.wrappingAdd(1, ordering: .relaxed).oldValue
      }
    }
  }
  var compiled = [[Batch]](repeating: [], count: units.count)
  for (item, result) in zip(work, results.withLock({ $0 })) {
    switch result {
    case .success(let batch): compiled[item.unit].append(batch)
    case .failure(let error):
      throw CompileError(module: set.members[item.unit].source, error: error)
    case nil: preconditionFailure("a batch was not compiled")
    }
  }
  return compiled
}
