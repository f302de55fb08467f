import SwasmArtifact
import SwasmModule
import SwasmRuntime

/// Runs the commands of a script in one store: what one leaves behind the next one finds.
struct ScriptRunner {
  private let file: ArtifactFile
  /// Of the artifact: by the number that the plan has.
  private let roots: [Int]
  private let store: Store
  private var environment: ImportEnvironment
  private var instances: [String: Instance] = [:]
  private var current: Instance?

  /// Why a command failed.
  private struct Failed: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
  }

  init(_ file: ArtifactFile, limits: RuntimeLimits) throws(InstantiationError) {
    self.file = file
    roots = file.artifact.roots
    var limits = limits
    limits.hasGuards = !file.artifact.checksBounds
    store = try Store(limits: limits)
    do throws(InstantiationFailure) {
      environment = ["spectest": try store.makeSpectest()]
    } catch {
      throw InstantiationError(module: "spectest", item: "", failure: error)
    }
  }

  /// Why the command failed; nil: it passed.
  mutating func run(_ step: ScriptPlan.Step) -> String? {
    do throws(Failed) {
      try perform(step)
      return nil
    } catch {
      return error.reason
    }
  }

  private mutating func perform(_ step: ScriptPlan.Step) throws(Failed) {
    switch step {
    case .failed(let reason): throw Failed(reason)
    case .unusable(let reason, let name):
      forget(name)
      throw Failed(reason)
    case .instantiate(let module, let name): try define(module, name)
    case .register(let name, let instance):
      environment[name] = .instance(try self.instance(instance))
    case .action(let action): _ = try results(of: action)
    case .assertReturn(let action, let patterns): try assertReturn(action, patterns)
    case .assertTrap(let action, let message): try assertTrap(action, message)
    case .assertException(let action): try assertException(action)
    case .assertUnlinkable(let module, let message):
      try assertNotInstantiable(module, message, byTrap: false)
    case .assertUninstantiable(let module, let message):
      try assertNotInstantiable(module, message, byTrap: true)
    }
  }

  // MARK: Instances

  private mutating func forget(_ name: String?) {
    current = nil
    if let name { instances[name] = nil }
  }

  private func instantiate(_ module: Int) throws(InstantiationError) -> Instance {
    guard roots.indices.contains(module) else {
      throw InstantiationError(module: "module \(module)", item: "", failure: .unknownImport)
    }
    return try store.instantiate(file, module: roots[module], imports: environment)
  }

  private mutating func define(_ module: Int, _ name: String?) throws(Failed) {
    forget(name)
    let instance: Instance
    do throws(InstantiationError) {
      instance = try instantiate(module)
    } catch {
      throw Failed("cannot be instantiated: \(error)")
    }
    current = instance
    guard let name else { return }
    instances[name] = instance
    // As in the scripts of module linking, which have no register.
    environment[name] = .instance(instance)
  }

  private func instance(_ name: String?) throws(Failed) -> Instance {
    guard let instance = name.map({ instances[$0] }) ?? current else {
      throw Failed("there is no instance" + (name.map { " $\($0)" } ?? ""))
    }
    return instance
  }

  // MARK: Actions

  private func results(of action: ScriptPlan.Action) throws(Failed) -> [Value] {
    let instance = try instance(action.instance)
    do throws(CallError) {
      return try call(action, of: instance)
    } catch {
      throw Failed("\(ScriptValues.text(action)): \(error.words)")
    }
  }

  private func call(
    _ action: ScriptPlan.Action, of instance: Instance
  ) throws(CallError) -> [Value] {
    if let arguments = action.arguments { return try instance.call(action.export, arguments) }
    guard let value = instance.export(action.export)?.globalValue else {
      throw .noSuchFunction(action.export)
    }
    return [value]
  }

  private func assertReturn(
    _ action: ScriptPlan.Action, _ patterns: [ScriptPlan.Pattern]
  ) throws(Failed) {
    let expected =
      patterns.isEmpty ? "nothing" : patterns.map(\.text).joined(separator: " ")
    let instance = try instance(action.instance)
    let found: String
    do throws(CallError) {
      let results = try call(action, of: instance)
      let isRight =
        results.count == patterns.count
        && zip(results, patterns).allSatisfy { value, pattern in
          pattern.alternatives.contains { $0.matches(value) }
        }
      if isRight { return }
      found = ScriptValues.text(results)
    } catch {
      found = error.words
    }
    throw Failed("\(ScriptValues.text(action)): expected \(expected), got \(found)")
  }

  private func assertTrap(_ action: ScriptPlan.Action, _ message: String) throws(Failed) {
    let instance = try instance(action.instance)
    let found: String
    do throws(CallError) {
      found = ScriptValues.text(try call(action, of: instance))
    } catch {
      if case .trap(let trap) = error, Self.isSame(trap, message) { return }
      found = error.words
    }
    throw Failed("\(ScriptValues.text(action)): expected trap \"\(message)\", got \(found)")
  }

  private func assertException(_ action: ScriptPlan.Action) throws(Failed) {
    let instance = try instance(action.instance)
    let found: String
    do throws(CallError) {
      found = ScriptValues.text(try call(action, of: instance))
    } catch {
      if case .trap(let trap) = error, trap.kind == .uncaughtException { return }
      found = error.words
    }
    throw Failed("\(ScriptValues.text(action)): expected an exception, got \(found)")
  }

  private func assertNotInstantiable(
    _ module: Int, _ message: String, byTrap: Bool
  ) throws(Failed) {
    let expected = byTrap ? "trap \"\(message)\"" : "\"\(message)\""
    do throws(InstantiationError) {
      _ = try instantiate(module)
    } catch {
      if case .trap(let trap) = error.failure {
        if byTrap, Self.isSame(trap, message) { return }
      } else if !byTrap, "\(error)".includes(message) {
        return
      }
      throw Failed("expected the instantiation to fail with \(expected), got \(error)")
    }
    throw Failed("the module is instantiated, expected \(expected)")
  }

  /// Scripts say more or less than the trap's own words.
  private static func isSame(_ trap: Trap, _ message: String) -> Bool {
    message.hasPrefix(trap.kind.message) || trap.kind.message.hasPrefix(message)
  }
}

extension CallError {
  fileprivate var words: String {
    if case .trap(let trap) = self { "trap \"\(trap)\"" } else { description }
  }
}
