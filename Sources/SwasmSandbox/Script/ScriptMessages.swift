import SwasmModule
import SwasmRuntime

extension ScriptPlan {
  init(_ reader: inout MessageReader) throws(MessageError) {
    judged = try reader.integer()
    skipped = try reader.integer()
    commands = try reader.list { (reader) throws(MessageError) in
      Command(line: try reader.integer(), step: try Step(&reader))
    }
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(judged)
    writer.put(skipped)
    writer.put(commands) { writer, command in
      writer.put(command.line)
      command.step.put(to: &writer)
    }
    return writer
  }
}

extension ScriptPlan.Step {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    switch try reader.number() {
    case 0: self = .failed(try reader.string())
    case 1: self = .unusable(try reader.string(), name: try reader.optionalString())
    case 2: self = .instantiate(module: try reader.integer(), name: try reader.optionalString())
    case 3: self = .register(try reader.string(), instance: try reader.optionalString())
    case 4: self = .action(try ScriptPlan.Action(&reader))
    case 5:
      self = .assertReturn(
        try ScriptPlan.Action(&reader),
        try reader.list { (reader) throws(MessageError) in try ScriptPlan.Pattern(&reader) })
    case 6: self = .assertTrap(try ScriptPlan.Action(&reader), try reader.string())
    case 7: self = .assertException(try ScriptPlan.Action(&reader))
    case 8: self = .assertUnlinkable(module: try reader.integer(), try reader.string())
    case 9: self = .assertUninstantiable(module: try reader.integer(), try reader.string())
    default: throw MessageError()
    }
  }

  fileprivate func put(to writer: inout MessageWriter) {
    switch self {
    case .failed(let text):
      writer.put(0)
      writer.put(text)
    case .unusable(let text, let name):
      writer.put(1)
      writer.put(text)
      writer.put(name)
    case .instantiate(let module, let name):
      writer.put(2)
      writer.put(module)
      writer.put(name)
    case .register(let name, let instance):
      writer.put(3)
      writer.put(name)
      writer.put(instance)
    case .action(let action):
      writer.put(4)
      action.put(to: &writer)
    case .assertReturn(let action, let patterns):
      writer.put(5)
      action.put(to: &writer)
      writer.put(patterns) { $1.put(to: &$0) }
    case .assertTrap(let action, let text):
      writer.put(6)
      action.put(to: &writer)
      writer.put(text)
    case .assertException(let action):
      writer.put(7)
      action.put(to: &writer)
    case .assertUnlinkable(let module, let text):
      writer.put(8)
      writer.put(module)
      writer.put(text)
    case .assertUninstantiable(let module, let text):
      writer.put(9)
      writer.put(module)
      writer.put(text)
    }
  }
}

extension ScriptPlan.Action {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    instance = try reader.optionalString()
    export = try reader.string()
    guard try reader.flag() else { return }
    arguments = try reader.list { (reader) throws(MessageError) in
      let type = try reader.valueType()
      return Value(low: try reader.number(), high: try reader.number(), as: type)
    }
  }

  fileprivate func put(to writer: inout MessageWriter) {
    writer.put(instance)
    writer.put(export)
    writer.put(arguments != nil)
    guard let arguments else { return }
    writer.put(arguments) { writer, value in
      writer.put(UInt64(value.type.rawValue))
      writer.put(value.bits.low)
      writer.put(value.bits.high)
    }
  }
}

extension ScriptPlan.Pattern {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    text = try reader.string()
    alternatives = try reader.list { (reader) throws(MessageError) in
      ScriptPlan.Alternative(
        type: try reader.flag() ? try reader.valueType() : nil,
        mask: ScriptPlan.Bits(low: try reader.number(), high: try reader.number()),
        bits: ScriptPlan.Bits(low: try reader.number(), high: try reader.number()),
        isReference: try reader.flag())
    }
  }

  fileprivate func put(to writer: inout MessageWriter) {
    writer.put(text)
    writer.put(alternatives) { writer, item in
      writer.put(item.type != nil)
      if let type = item.type { writer.put(UInt64(type.rawValue)) }
      for bits in [item.mask, item.bits] {
        writer.put(bits.low)
        writer.put(bits.high)
      }
      writer.put(item.isReference)
    }
  }
}

extension MessageReader {
  fileprivate mutating func optionalString() throws(MessageError) -> String? {
    try flag() ? try string() : nil
  }

  fileprivate mutating func valueType() throws(MessageError) -> ValueType {
    ValueType(rawValue: UInt32(truncatingIfNeeded: try number()))
  }
}

extension MessageWriter {
  fileprivate mutating func put(_ text: String?) {
    put(text != nil)
    if let text { put(text) }
  }
}

extension ScriptReport {
  /// The next record.
  init(_ reader: inout MessageReader) throws(MessageError) {
    switch try reader.number() {
    case 0: self = .failed(line: try reader.integer(), try reader.string())
    case 1: self = .done(passed: try reader.integer(), skipped: try reader.integer())
    case 2: self = .broken(try reader.string())
    default: throw MessageError()
    }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    switch self {
    case .failed(let line, let text):
      writer.put(0)
      writer.put(line)
      // Names may be long; the beginning says enough.
      writer.put(String(decoding: Array(text.utf8.prefix(4000)), as: UTF8.self))
    case .done(let passed, let skipped):
      writer.put(1)
      writer.put(passed)
      writer.put(skipped)
    case .broken(let text):
      writer.put(2)
      writer.put(text)
    }
    return writer
  }
}

/// What a script's process is given. Its descriptors: report pipe, progress page, the compiler's output.
struct ScriptProcessPlan: Equatable, Sendable {
  /// Bytes of the compiler's output: an artifact, then a ``ScriptPlan``.
  var size: Int
  var memoryBytes: UInt64
  var cpuMilliseconds: UInt64

  init(size: Int, memoryBytes: UInt64, cpuMilliseconds: UInt64) {
    self.size = size
    self.memoryBytes = memoryBytes
    self.cpuMilliseconds = cpuMilliseconds
  }

  init(_ reader: inout MessageReader) throws(MessageError) {
    size = try reader.integer()
    memoryBytes = try reader.number()
    cpuMilliseconds = try reader.number()
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(size)
    writer.put(memoryBytes)
    writer.put(cpuMilliseconds)
    return writer
  }
}
