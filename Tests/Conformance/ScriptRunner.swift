import Foundation
import SwasmArtifact
import SwasmCompiler
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmText
import SwasmValidator

/// What came of a command that wasn't as the script says.
struct Failure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

/// Why a module was rejected before it could be instantiated.
enum Rejected: Error {
  case malformed(String)
  case invalid(String)
}

/// Runs one script: its instances live in one store.
final class ScriptRunner {
  private let folder: URL
  private let options: CompilerOptions
  private let features: Features
  /// Of the module linking suite: its rules hold for every module, and modules with a name are registered under it.
  private let isLinking: Bool
  private var types = TypeTables()
  private let store: Store
  private var environment: ImportEnvironment
  private var instances: [String: Instance] = [:]
  private var definitions: [String: [UInt8]] = [:]
  private var current: Instance?
  private var lastDefinition: [UInt8]?

  init(folder: URL, options: CompilerOptions, features: Features, isLinking: Bool) throws {
    self.folder = folder
    self.isLinking = isLinking
    self.options = options
    self.features = features
    store = try Store(limits: RuntimeLimits(hasGuards: !options.checksBounds))
    environment = ["spectest": try store.makeSpectest()]
  }

  func run(_ command: Command) throws {
    switch command.type {
    // The wt- scripts are those of the text format's parser: nothing provides what their modules import.
    case "module": try define(command, instantiates: !folder.lastPathComponent.hasPrefix("wt-"))
    case "module_definition": try define(command, instantiates: false)
    case "module_instance": try instantiateDefinition(command)
    case "register": try register(command)
    case "action": _ = try perform(command)
    case "assert_return": try assertReturn(command)
    case "assert_trap", "assert_exhaustion": try assertTrap(command)
    case "assert_invalid": try assertRejected(command)
    case "assert_malformed": try assertRejected(command)
    case "assert_exception": try assertException(command)
    case "assert_unlinkable", "assert_uninstantiable": try assertNotInstantiable(command)
    case "assert_invalid_custom", "assert_malformed_custom": break
    default: throw Failure("unknown command \(command.type)")
    }
  }

  // MARK: Modules

  private func bytes(_ command: Command) throws -> [UInt8] {
    let name = command.filename ?? ""
    let data = [UInt8](try Data(contentsOf: folder.appendingPathComponent(name)))
    guard command.moduleType == "text" || name.hasSuffix(".wat") else { return data }
    do {
      return try SwasmText.encode(text: data)
    } catch {
      throw Rejected.malformed("\(error)")
    }
  }

  private func compile(_ bytes: [UInt8]) throws -> ArtifactFile {
    let module: ValidatedModule
    do {
      module = try validate(
        decode(bytes, features: features), types: &types, features: features)
    } catch let error as DecodeError {
      throw Rejected.malformed("\(error)")
    } catch {
      throw Rejected.invalid("\(error)")
    }
    let artifact: Artifact
    do throws(CompileError) {
      artifact = try SwasmCompiler.compile(
        [SourceModule(name: nil, module: module)], types: types, options: options)
    } catch {
      throw Rejected.invalid("\(error.error)")
    }
    return try ArtifactFile(artifact)
  }

  private func define(_ command: Command, instantiates: Bool) throws {
    let bytes = try bytes(command)
    if !instantiates {
      lastDefinition = bytes
      if let name = command.name { definitions[name] = bytes }
      _ = try compile(bytes)
      return
    }
    current = nil
    try keep(store.instantiate(compile(bytes), imports: environment), as: command.name)
  }

  private func keep(_ instance: Instance, as name: String?) throws {
    current = instance
    guard let name else { return }
    instances[name] = instance
    if isLinking { environment[String(name.drop { $0 == "$" })] = .instance(instance) }
  }

  private func instantiateDefinition(_ command: Command) throws {
    let bytes = command.module.flatMap { definitions[$0] } ?? lastDefinition ?? []
    let name = command.instance ?? command.name
    try keep(store.instantiate(compile(bytes), imports: environment), as: name)
  }

  private func instance(_ name: String?) throws -> Instance {
    guard let instance = name.map({ instances[$0] }) ?? current else {
      throw Failure("no instance \(name ?? "")")
    }
    return instance
  }

  private func register(_ command: Command) throws {
    environment[command.registeredName ?? ""] = .instance(try instance(command.name))
  }

  // MARK: Assertions

  private func perform(_ command: Command) throws -> [Value] {
    guard let action = command.action else { throw Failure("no action") }
    let instance = try instance(action.module)
    if action.type == "get" {
      guard let value = instance.export(action.field)?.globalValue else {
        throw Failure("no global \(action.field)")
      }
      return [value]
    }
    let arguments = try (action.args ?? []).map { argument throws in
      guard let value = argument.argument else { throw Failure("argument \(argument)") }
      return value
    }
    return try instance.call(action.field, arguments)
  }

  private func assertReturn(_ command: Command) throws {
    let results = try perform(command)
    let expected = command.expected ?? []
    guard results.count == expected.count,
      zip(expected, results).allSatisfy({ $0.matches($1) })
    else { throw Failure("\(command.action?.field ?? ""): got \(results), want \(expected)") }
  }

  private func assertTrap(_ command: Command) throws {
    let results: [Value]
    do {
      results = try perform(command)
    } catch CallError.trap(let trap) {
      let want = command.text ?? ""
      guard want.hasPrefix(trap.kind.message) || trap.kind.message.hasPrefix(want) else {
        throw Failure("trapped with \(trap.kind.message), want \(want)")
      }
      return
    }
    throw Failure("\(command.action?.field ?? "") returned \(results), want a trap")
  }

  private func assertException(_ command: Command) throws {
    do {
      _ = try perform(command)
    } catch CallError.trap(let trap) where trap.kind == .uncaughtException {
      return
    }
    throw Failure("\(command.action?.field ?? "") throws nothing")
  }

  private func assertRejected(_ command: Command) throws {
    do {
      _ = try compile(bytes(command))
    } catch is Rejected {
      return
    }
    throw Failure("accepted, want \(command.text ?? command.type)")
  }

  private func assertNotInstantiable(_ command: Command) throws {
    do {
      _ = try store.instantiate(compile(bytes(command)), imports: environment)
    } catch let error as InstantiationError {
      let isTrap: Bool = if case .trap = error.failure { true } else { false }
      guard isTrap == (command.type == "assert_uninstantiable") else {
        throw Failure("\(error), want \(command.text ?? "")")
      }
      return
    }
    throw Failure("instantiated, want \(command.text ?? "")")
  }
}
