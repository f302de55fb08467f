import SwasmArtifact
import SwasmCompiler
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmText
import SwasmValidator

extension Compilation {
  /// Reads a script, judges what needs no run, compiles its modules as one set, and writes the artifact and behind it
  /// the ``ScriptPlan`` to the start of `output`.
  func writeScript(
    _ input: UnsafeRawBufferPointer, runs: Bool, _ output: UnsafeMutableRawBufferPointer
  ) throws(Rejected) -> CompilerReport {
    let script: Script
    do throws(TextError) {
      script = try parseScript(text: [UInt8](input))
    } catch {
      throw Rejected(module: 0, reason: error.description)
    }
    var reading = ScriptReading(script, plan.code.features)
    for command in script.commands { reading.read(command) }
    // Every memory of every instance is reached alike: a process has many, and GS one base.
    var options = CompilerOptions(features: .host, allowsGS: false, workers: plan.workers)
    options.checksBounds = plan.code.checksBounds
    var artifact = try compiled(reading.modules, reading.types, options)
    let roots = artifact.modules.indices.filter { !artifact.modules[$0].isNested }
    for (index, module) in zip(roots, reading.modules) {
      artifact.modules[index].name = module.name.map { "$\($0)" } ?? "module"
    }
    if !runs { reading.plan.commands.removeAll { !$0.step.isJudged } }
    do throws(ArtifactError) {
      let size = try artifact.encode(into: output)
      let message = reading.plan.message.bytes
      guard size + message.count <= output.count else {
        return .tooLarge(size + message.count)
      }
      UnsafeMutableRawBufferPointer(rebasing: output[size...]).copyBytes(from: message)
      return .done(size + message.count)
    } catch {
      if case .bufferTooSmall(let needed) = error { return .tooLarge(needed) }
      throw Rejected(module: 0, reason: error.description)
    }
  }
}

extension ScriptPlan.Step {
  /// Nothing has to be run to know how it ends.
  fileprivate var isJudged: Bool {
    switch self {
    case .failed, .unusable: true
    default: false
    }
  }
}

/// A script on its way to a plan: its modules are validated with their bodies, all in one table of types.
struct ScriptReading {
  private(set) var types = TypeTables()
  /// The roots of the artifact, in order.
  private(set) var modules: [SourceModule] = []
  var plan = ScriptPlan()
  private var definitions: [String: Int] = [:]
  private var lastDefinition: Int?

  /// Why a module is none.
  fileprivate struct NoModule: Error {
    var rejection: Rejection
    var reason: String
  }

  /// Where one module uses linking, all follow its rules.
  private let features: Features

  init(_ script: Script, _ allowed: Features) {
    features = script.usesLinking ? allowed.union(.strictLinking) : allowed
    // A script without a module still is a set: this one is never instantiated.
    let empty: [UInt8] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]
    if let module = try? Self.validated(empty, &types, features) {
      modules.append(SourceModule(name: nil, module: module))
    }
  }

  mutating func read(_ command: Script.Command) {
    switch command.directive {
    case .module(let module):
      add(
        command,
        define(module, or: { .unusable($0, name: module.name) }) { number in
          .instantiate(module: number, name: module.name)
        })
    case .moduleDefinition(let module): readDefinition(command, module)
    case .moduleInstance(let name, let definition):
      let number = definition.map { definitions[$0] } ?? lastDefinition
      add(
        command,
        number.map { .instantiate(module: $0, name: name) }
          ?? .unusable("there is no module definition \(definition ?? "")", name: name))
    case .register(let name, let instance):
      add(command, .register(String(decoding: name, as: UTF8.self), instance: instance))
    case .action(let action): add(command, action) { .action($0) }
    case .assertReturn(let action, let patterns): readReturn(command, action, patterns)
    case .assertTrap(let action, let message), .assertExhaustion(let action, let message):
      add(command, action) { .assertTrap($0, message) }
    case .assertException(let action): add(command, action) { .assertException($0) }
    case .assertInvalid(let module, let message): judge(command, module, .invalid, message)
    case .assertMalformed(let module, let message): judge(command, module, .malformed, message)
    case .assertUnlinkable(let module, let message):
      add(command, define(module) { .assertUnlinkable(module: $0, message) })
    case .assertUninstantiable(let module, let message):
      add(command, define(module) { .assertUninstantiable(module: $0, message) })
    case .unreadable(let error):
      add(command, .failed("\(error.cause) (at \(error.line):\(error.column))"))
    // Custom sections are not looked at, so that what is wrong in one changes nothing.
    case .assertInvalidCustom, .assertMalformedCustom: plan.skipped += 1
    }
  }

  private mutating func add(_ command: Script.Command, _ step: ScriptPlan.Step) {
    plan.commands.append(ScriptPlan.Command(line: command.line, step: step))
  }

  // MARK: Modules

  private static func validated(
    _ bytes: [UInt8], _ types: inout TypeTables, _ features: Features
  ) throws(NoModule) -> ValidatedModule {
    let module: Module
    do throws(DecodeError) {
      module = try decode(bytes, features: features)
    } catch {
      throw NoModule(rejection: error.rejection, reason: error.description)
    }
    do throws(ValidationError) {
      return try validateAll(module, types: &types, features: features)
    } catch {
      throw NoModule(rejection: error.rejection, reason: error.description)
    }
  }

  private static func validated(
    _ module: Script.Module, _ types: inout TypeTables, _ features: Features
  ) throws(NoModule) -> ValidatedModule {
    switch module.encoding {
    case .success(let bytes): return try validated(bytes, &types, features)
    case .failure(let error):
      throw NoModule(rejection: error.rejection, reason: error.description)
    }
  }

  /// Adds a module to the set and says what is done with its number.
  private mutating func define(
    _ module: Script.Module, or failed: (String) -> ScriptPlan.Step = { .failed($0) },
    _ step: (Int) -> ScriptPlan.Step
  ) -> ScriptPlan.Step {
    do throws(NoModule) {
      let validated = try Self.validated(module, &types, features)
      modules.append(SourceModule(name: module.name, module: validated))
      return step(modules.count - 1)
    } catch {
      return failed("the module is \(error.words): \(error.reason)")
    }
  }

  private mutating func readDefinition(_ command: Script.Command, _ module: Script.Module) {
    var number: Int?
    let step = define(module) {
      number = $0
      return .failed("")
    }
    lastDefinition = number
    if let name = module.name { definitions[name] = number }
    if number == nil { add(command, step) } else { plan.judged += 1 }
  }

  /// An assertion that a module is none.
  private mutating func judge(
    _ command: Script.Command, _ module: Script.Module, _ expected: Rejection, _ message: String
  ) {
    var scratch = types
    do throws(NoModule) {
      _ = try Self.validated(module, &scratch, features)
      add(
        command,
        .failed("the module is accepted, expected it to be \(expected.words): \(message)"))
    } catch {
      // Scripts disagree about what is malformed and what invalid; the words decide then.
      // Without a feature whatever needs it is as wrong as its time says.
      if error.rejection == expected || error.rejection == .switchedOff
        || error.isWrong && error.reason.includes(message)
      {
        plan.judged += 1
      } else {
        add(
          command,
          .failed(
            "the module is \(error.words): \(error.reason); expected it to be "
              + "\(expected.words): \(message)"))
      }
    }
  }

  // MARK: Actions

  private mutating func add(
    _ command: Script.Command, _ action: Script.Action,
    _ step: (ScriptPlan.Action) -> ScriptPlan.Step
  ) {
    switch action {
    case .get(let instance, let global):
      add(
        command,
        step(
          ScriptPlan.Action(
            instance: instance, export: String(decoding: global, as: UTF8.self), arguments: nil)))
    case .invoke(let instance, let function, let arguments):
      let values = arguments.compactMap(ScriptValues.value)
      let name = String(decoding: function, as: UTF8.self)
      guard values.count == arguments.count else {
        add(command, .failed("(invoke \"\(name)\"): an argument's type is not supported"))
        return
      }
      add(command, step(ScriptPlan.Action(instance: instance, export: name, arguments: values)))
    }
  }

  private mutating func readReturn(
    _ command: Script.Command, _ action: Script.Action, _ patterns: [Script.Pattern]
  ) {
    let tests = patterns.compactMap(ScriptValues.pattern)
    guard tests.count == patterns.count else {
      add(command, .failed("assert_return: a result's type is not supported"))
      return
    }
    add(command, action) { .assertReturn($0, tests) }
  }
}

extension Rejection {
  fileprivate var words: String {
    switch self {
    case .malformed: "malformed"
    case .invalid: "invalid"
    case .unsupported: "not supported"
    case .switchedOff: "refused"
    case .limit: "too large"
    }
  }
}

extension ScriptReading.NoModule {
  fileprivate var words: String { rejection.words }
  /// It is the module's fault, not this implementation's.
  fileprivate var isWrong: Bool { rejection == .malformed || rejection == .invalid }
}

extension Script {
  /// Whether a module in it uses module linking.
  fileprivate var usesLinking: Bool {
    commands.contains { command in
      guard let bytes = try? command.directive.module?.encoding.get(),
        let module = try? decode(bytes)
      else { return false }
      return module.usesLinking
    }
  }
}
