import SwasmLockdown

/// What a compiler process is asked to do. Its descriptors: report pipe, output file, then the modules.
struct CompilerPlan: Equatable, Sendable {
  enum Task: Equatable, Sendable {
    case compile
    case inspect(asJSON: Bool)
    /// The modules and instances of a linked set.
    case inspectLinked
    /// The forms of one function: see ``DumpForm``.
    case dump([DumpForm], function: UInt32)
    /// The one module in the binary format.
    case encode
    /// All modules, the libraries before the program, as one linked set.
    case link
    /// The one module is a script: an artifact of its modules, then its ``ScriptPlan``.
    case script(runs: Bool)
  }

  var task: Task
  var code = CodeOptions()
  /// In order; the last one is the root.
  var modules: [Named]
  var workers: Int
  /// Bytes of private memory that the process may take.
  var memoryLimit: UInt64
  var cpuMilliseconds: UInt64
  /// Protections without which it works where the kernel lacks them.
  var required: Protections = []

  struct Named: Equatable, Sendable {
    /// That later modules import it by; nil for the root.
    var name: String?
    /// What backtraces call it if it has no name of its own.
    var label: String
    var size: Int
  }
}

/// A form of a function in the compiler.
public enum DumpForm: String, CaseIterable, Sendable {
  case ir, selected, allocated
}

extension CompilerPlan {
  init(_ reader: inout MessageReader) throws(MessageError) {
    switch try reader.number() {
    case 0: task = .compile
    case 1: task = .inspect(asJSON: try reader.flag())
    case 2:
      let forms = try reader.list { (reader) throws(MessageError) in
        guard let form = DumpForm(rawValue: try reader.string()) else { throw MessageError() }
        return form
      }
      task = .dump(forms, function: UInt32(truncatingIfNeeded: try reader.number()))
    case 3: task = .encode
    case 4: task = .link
    case 5: task = .inspectLinked
    case 6: task = .script(runs: try reader.flag())
    default: throw MessageError()
    }
    code = try CodeOptions(&reader)
    modules = try reader.list { (reader) throws(MessageError) in
      let isNamed = try reader.flag()
      let name = try reader.string()
      return Named(
        name: isNamed ? name : nil, label: try reader.string(), size: try reader.integer())
    }
    workers = try reader.integer()
    memoryLimit = try reader.number()
    cpuMilliseconds = try reader.number()
    required = Protections(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    switch task {
    case .compile: writer.put(0)
    case .inspect(let asJSON):
      writer.put(1)
      writer.put(asJSON)
    case .dump(let forms, let function):
      writer.put(2)
      writer.put(forms) { $0.put($1.rawValue) }
      writer.put(UInt64(function))
    case .encode: writer.put(3)
    case .link: writer.put(4)
    case .inspectLinked: writer.put(5)
    case .script(let runs):
      writer.put(6)
      writer.put(runs)
    }
    code.put(into: &writer)
    writer.put(modules) { writer, module in
      writer.put(module.name != nil)
      writer.put(module.name ?? "")
      writer.put(module.label)
      writer.put(module.size)
    }
    writer.put(workers)
    writer.put(memoryLimit)
    writer.put(cpuMilliseconds)
    writer.put(UInt64(required.rawValue))
    return writer
  }
}
