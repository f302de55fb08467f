import Dispatch
public import SwasmArtifact
public import SwasmCompiler
import SwasmDecoder
import SwasmModule
import SwasmRuntime
import SwasmValidator

/// Runs one module in one mode and compares.
public struct CaseRunner {
  public var bytes: [UInt8]
  /// Of a module that is instantiated before, for this one to import from, as "library".
  public var library: [UInt8]?
  public var expectation: Expectation

  public init(bytes: [UInt8], expectation: Expectation) {
    self.bytes = bytes
    self.expectation = expectation
  }

  public static func compile(_ bytes: [UInt8], _ options: CompilerOptions) throws -> Artifact {
    var types = TypeTables()
    return try compile(bytes, options, &types)
  }

  /// - Parameter types: those of the modules that this one is linked with, too.
  private static func compile(
    _ bytes: [UInt8], _ options: CompilerOptions, _ types: inout TypeTables
  ) throws -> Artifact {
    let module = try validate(decode(bytes), types: &types)
    return try SwasmCompiler.compile(
      [SourceModule(name: nil, module: module)], types: types, options: options,
      parallel: options.workers > 1
        ? onThreads
        : { count, body in
          for i in 0..<count { body(i) }
        })
  }

  /// Each on a thread, the last first.
  private static func onThreads(_ count: Int, _ body: @Sendable (Int) -> Void) {
    DispatchQueue.concurrentPerform(iterations: count) { body(count - 1 - $0) }
  }

  public func run(_ mode: Mode) throws {
    let store = try Store(limits: RuntimeLimits(hasGuards: !mode.options.checksBounds))
    var types = TypeTables()
    let imports = try imports(store, mode, &types)
    let artifact = try Self.compile(bytes, mode.options, &types)
    var instance: Instance?
    for line in expectation.lines {
      if case .start(let trap) = line {
        instance = try start(store, artifact, imports, trap: trap)
      } else if let instance {
        try check(line, instance)
      }
    }
  }

  private func imports(
    _ store: Store, _ mode: Mode, _ types: inout TypeTables
  ) throws -> ImportEnvironment {
    guard let library else { return [:] }
    let file = try ArtifactFile(Self.compile(library, mode.options, &types))
    return ["library": .instance(try store.instantiate(file))]
  }

  private func start(
    _ store: Store, _ artifact: Artifact, _ imports: ImportEnvironment, trap: String?
  ) throws -> Instance? {
    let file = try ArtifactFile(artifact)
    do throws(InstantiationError) {
      let instance = try store.instantiate(file, imports: imports)
      if trap == nil { return instance }
    } catch {
      guard case .trap(let found) = error.failure, let trap, found.matches(trap) else {
        throw Difference("not instantiated: \(error), want \(trap ?? "success")")
      }
      return nil
    }
    throw Difference("instantiated, want a trap")
  }

  private func check(_ line: Expectation.Line, _ instance: Instance) throws {
    let names = instance.exportNames
    switch line {
    case .start: break
    case .call(let export, let arguments, let outcome):
      try call(instance, names[export], arguments, outcome)
    case .global(let export, let pattern):
      guard let found = instance.export(names[export])?.globalValue, pattern.matches(found) else {
        throw Difference(
          "global \(names[export]): \(instance.export(names[export])?.globalValue as Any), want \(pattern)"
        )
      }
    case .memory(let export, let bytes, let hash):
      guard let memory = instance.export(names[export])?.memoryBytes else { return }
      guard memory.count == bytes else {
        throw Difference("memory has \(memory.count) bytes, want \(bytes)")
      }
      let found = Self.hash(memory)
      if found != hash { throw Difference("memory differs: \(found), want \(hash)") }
    }
  }

  private func call(
    _ instance: Instance, _ name: String, _ arguments: [Value], _ outcome: Expectation.Outcome
  ) throws {
    let text = "\(String(reflecting: name))(\(arguments.map { Pattern($0).description }))"
    let results: [Value]
    do throws(CallError) {
      results = try instance.call(name, arguments)
    } catch {
      guard case .trap(let trap) = error, case .trap(let want) = outcome, trap.matches(want) else {
        throw Difference("\(text): \(error), want \(outcome)")
      }
      return
    }
    guard case .results(let patterns) = outcome, results.count == patterns.count,
      zip(patterns, results).allSatisfy({ $0.matches($1) })
    else { throw Difference("\(text) = \(results.map { Pattern($0) }), want \(outcome)") }
  }

  /// As in `oracle.mjs`.
  private static func hash(_ memory: UnsafeMutableRawBufferPointer) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    func add(_ word: UInt32, at i: Int) {
      if word != 0 {
        hash = (hash ^ word ^ UInt32(truncatingIfNeeded: i)) &* 0x0100_0193 ^ (hash >> 15)
      }
    }
    let words = memory.count / 4
    for i in 0..<words { add(memory.load(fromByteOffset: 4 * i, as: UInt32.self), at: i) }
    // Pages may be single bytes.
    let rest = memory[(4 * words)...].enumerated().reduce(UInt32(0)) {
      $0 | UInt32($1.1) << (8 * UInt32($1.0))
    }
    add(rest, at: words)
    return hash
  }
}

extension Trap {
  /// The oracle's kinds are coarser.
  func matches(_ oracle: String) -> Bool {
    switch kind {
    case .unreachable: oracle == "unreachable"
    case .memoryOutOfBounds: oracle == "memory"
    case .integerDivideByZero: oracle == "zero"
    case .integerOverflow: oracle == "overflow" || oracle == "conversion"
    case .invalidConversionToInteger: oracle == "conversion"
    case .tableOutOfBounds, .undefinedElement: oracle == "table"
    case .uninitializedElement, .indirectCallTypeMismatch: oracle == "type"
    case .stackOverflow: oracle == "stack"
    case .nullReference, .nullFunctionReference, .nullExceptionReference: oracle == "null"
    case .uncaughtException: oracle == "exception"
    case .unalignedAtomic: oracle == "unaligned"
    case .expectedSharedMemory: oracle == "unshared"
    default: false
    }
  }
}
