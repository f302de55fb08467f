import SwasmArtifact
import SwasmCompiler
import SwasmModule
import SwasmRuntime
import SwasmValidator

/// Where the sandbox meets the compiler: from a linked set of modules to an artifact's file.
extension Compilation {
  /// Compiles the plan's modules as one set and writes the artifact's file to the start of `output`.
  func writeArtifact(
    _ inputs: [UnsafeRawBufferPointer], _ output: UnsafeMutableRawBufferPointer
  ) throws(Rejected) -> CompilerReport {
    var artifact = try artifact(inputs)
    let roots = artifact.modules.indices.filter { !artifact.modules[$0].isNested }
    for (index, module) in zip(roots, plan.modules) {
      // The name that later modules import it by; backtraces need one of the root too.
      artifact.modules[index].name = module.name ?? artifact.modules[index].name ?? module.label
    }
    do throws(ArtifactError) {
      return .done(try artifact.encode(into: output))
    } catch {
      if case .bufferTooSmall(let needed) = error { return .tooLarge(needed) }
      throw Rejected(module: inputs.count - 1, reason: error.description)
    }
  }

  private func artifact(_ inputs: [UnsafeRawBufferPointer]) throws(Rejected) -> Artifact {
    var types = TypeTables()
    var modules: [SourceModule] = []
    for (index, input) in inputs.enumerated() {
      modules.append(
        SourceModule(name: plan.modules[index].name, module: try declared(input, index, &types)))
    }
    return try compiled(modules, types, options)
  }

  /// The modules and instances of the one module's set, as text.
  func inspectLinked(_ inputs: [UnsafeRawBufferPointer]) throws(Rejected) -> String {
    LinkedInspection(try artifact(inputs)).text
  }

  func compiled(_ modules: [SourceModule], _ types: TypeTables, _ options: CompilerOptions)
    throws(Rejected) -> Artifact
  {
    guard options.features.isSuperset(of: CPUFeatures.required) else {
      throw Rejected(
        module: modules.count - 1,
        reason: "can't be compiled for this processor, which lacks SSE4.1 or POPCNT")
    }
    do throws(CompileError) {
      return try SwasmCompiler.compile(modules, types: types, options: options) { count, body in
        withoutActuallyEscaping(body) { pool.run(count, $0) }
      }
    } catch {
      throw Rejected(module: error.module, reason: error.error.description)
    }
  }

  /// Code for this machine.
  private var options: CompilerOptions {
    var options = CompilerOptions(features: .host, workers: plan.workers)
    options.canonicalizesNaN = plan.code.deterministicNaN
    options.checksBounds = plan.code.checksBounds
    return options
  }

  /// Forms of one function of the root.
  func dump(_ forms: [DumpForm], of function: UInt32, _ inputs: [UnsafeRawBufferPointer])
    throws(Rejected) -> String
  {
    let root = inputs.count - 1
    var types = TypeTables()
    let module = try declared(inputs[root], root, &types)
    let imported = module.module.importedFunctionCount
    guard function >= imported, Int(function) < module.module.functions.count else {
      throw Rejected(
        module: root,
        reason:
          "defines functions \(imported) up to \(module.module.functions.count), not \(function)")
    }
    var text = ""
    for form in forms {
      do throws(ValidationError) {
        text += try SwasmCompiler.dump(
          module, function: Int(function) - imported, stage: form.stage, types: types,
          options: options)
      } catch {
        throw Rejected(module: root, reason: error.description)
      }
      if !text.hasSuffix("\n") { text += "\n" }
    }
    return text
  }
}

extension DumpForm {
  fileprivate var stage: DumpStage {
    switch self {
    case .ir: .ir
    case .selected: .selected
    case .allocated: .allocated
    }
  }
}
