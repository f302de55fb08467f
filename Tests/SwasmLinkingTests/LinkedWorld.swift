import SwasmArtifact
import SwasmCompiler
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmText
import SwasmValidator

/// What differs from what a script says.
struct Difference: Error, CustomStringConvertible {
  var description: String
}

/// Instances that import from each other by the names of their modules, all in one store.
final class LinkedWorld {
  let store: Store
  private var types = TypeTables()
  private(set) var instances: [String: Instance] = [:]
  private(set) var last: Instance?

  init() throws { store = try Store() }

  func compile(_ bytes: [UInt8], workers: Int = 1) throws -> ArtifactFile {
    let module = try validate(
      decode(bytes), types: &types, features: Features.all.union(.strictLinking))
    let artifact = try SwasmCompiler.compile(
      [SourceModule(name: nil, module: module)], types: types,
      options: CompilerOptions(features: .host, allowsGS: false, workers: workers))
    return try ArtifactFile(artifact)
  }

  @discardableResult
  func add(_ bytes: [UInt8], as name: String? = nil) throws -> Instance {
    var environment: ImportEnvironment = [:]
    for (name, instance) in instances { environment[name] = .instance(instance) }
    let instance = try store.instantiate(compile(bytes), imports: environment)
    if let name { instances[name] = instance }
    last = instance
    return instance
  }

  // MARK: Scripts

  func run(_ directive: Script.Directive) throws {
    switch directive {
    case .module(let module): try add(module.encoding.get(), as: module.name)
    case .moduleDefinition(let module): _ = try compile(module.encoding.get())
    case .action(let action): _ = try perform(action)
    case .assertReturn(let action, let patterns):
      let results = try perform(action)
      let expected = patterns.map { pattern -> Value? in
        if case .value(let value) = pattern { Value(value) } else { nil }
      }
      guard results.map(Optional.some) == expected else {
        throw Difference(description: "got \(results), want \(expected)")
      }
    case .assertTrap(let action, let message), .assertExhaustion(let action, let message):
      do throws(CallError) {
        _ = try perform(action)
      } catch {
        guard case .trap(let trap) = error, trap.kind.message.hasPrefix(message) else {
          throw Difference(description: "\(error), want \(message)")
        }
        return
      }
      throw Difference(description: "returned, want \(message)")
    case .assertInvalid(let module, _):
      do {
        let valid = try validate(
          decode(module.encoding.get()), types: &types, features: Features.all.union(.strictLinking)
        )
        var bodies = FunctionValidator()
        for member in valid.nested + [valid] {
          for function in 0..<member.definedFunctionCount {
            try bodies.validate(function: function, in: member)
          }
        }
        throw Difference(description: "accepted")
      } catch let error as ValidationError {
        guard error.rejection == .invalid else { throw error }
      }
    case .assertUnlinkable(let module, let message), .assertUninstantiable(let module, let message):
      do {
        try add(module.encoding.get())
      } catch let error as InstantiationError {
        guard "\(error)".contains(message) else { throw error }
        return
      }
      throw Difference(description: "instantiated, want \(message)")
    default: throw Difference(description: "unknown directive")
    }
  }

  func perform(_ action: Script.Action) throws(CallError) -> [Value] {
    switch action {
    case .invoke(let name, let function, let arguments):
      let instance = name.map { instances[$0] } ?? last
      let name = String(decoding: function, as: UTF8.self)
      guard let instance else { throw .noSuchFunction(name) }
      return try instance.call(name, arguments.compactMap(Value.init))
    case .get(let name, let global):
      let instance = name.map { instances[$0] } ?? last
      let value = instance?.export(String(decoding: global, as: UTF8.self))?.globalValue
      return value.map { [$0] } ?? []
    }
  }
}

extension Value {
  init?(_ value: Script.Value) {
    switch value {
    case .i32(let bits): self = .i32(bits)
    case .i64(let bits): self = .i64(bits)
    case .f32(let bits): self = .f32(bits)
    case .f64(let bits): self = .f64(bits)
    default: return nil
    }
  }
}
