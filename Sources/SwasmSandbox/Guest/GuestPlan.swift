import SwasmLockdown
import SwasmModule
import SwasmRuntime
import SwasmWASI

/// What a guest process is given, besides its ``GuestDescriptors``.
struct GuestPlan: Equatable, Sendable {
  /// How messages name the program.
  var program: String
  var arguments: [String] = []
  /// `NAME=VALUE` each.
  var environment: [String] = []
  var directories: [Directory] = []
  var level = Level.pure
  var grantedNeeds = WASINeeds()
  var standardStreams = [true, true, true]
  /// By socket: does it listen?
  var sockets: [Bool] = []
  /// Standard output and standard error are pipes of the launcher's.
  var relaysOutput = false
  /// WASI calls are written to standard error.
  var traces = false
  var entry: Entry = .command
  var limits = GuestLimits()
  /// Who set the limit of memory, for messages; empty where nobody did.
  var memoryLimitSource = ""
  /// Protections without which the guest runs where the kernel lacks them.
  var required: Protections = []

  struct Directory: Equatable, Sendable {
    var guestPath: String
    var isReadOnly: Bool
  }

  enum Entry: Equatable, Sendable {
    /// `_start`, where it is exported.
    case command
    /// An export, with arguments as bits by 16-byte slot.
    case function(String, [Value])
  }
}

/// The limits of a guest that the kernel and the runtime enforce.
struct GuestLimits: Equatable, Sendable {
  /// Bytes of each linear memory, and of all private memory beyond what the process starts with.
  var memoryBytes: UInt64 = 4 << 30
  var stackBytes: UInt64 = 8 << 20
  var fileBytes = UInt64.max
  var cpuSeconds = UInt64.max
  var openFiles: UInt64 = 1024
  /// Bytes written to files in directories.
  var writtenBytes = UInt64.max
  /// Names that may be added to the granted directories; nil: any number. The broker's to count.
  var maxFiles: UInt64?
}

extension GuestPlan {
  init(_ reader: inout MessageReader) throws(MessageError) {
    program = try reader.string()
    arguments = try reader.list { (reader) throws(MessageError) in try reader.string() }
    environment = try reader.list { (reader) throws(MessageError) in try reader.string() }
    directories = try reader.list { (reader) throws(MessageError) in
      Directory(guestPath: try reader.string(), isReadOnly: try reader.flag())
    }
    guard let level = Level(name: try reader.string()) else { throw MessageError() }
    self.level = level
    grantedNeeds = WASINeeds(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
    standardStreams = try reader.list { (reader) throws(MessageError) in try reader.flag() }
    sockets = try reader.list { (reader) throws(MessageError) in try reader.flag() }
    relaysOutput = try reader.flag()
    traces = try reader.flag()
    if try reader.flag() {
      let name = try reader.string()
      entry = .function(
        name, try reader.list { (reader) throws(MessageError) in try Value(&reader) })
    }
    limits.memoryBytes = try reader.number()
    limits.stackBytes = try reader.number()
    limits.fileBytes = try reader.number()
    limits.cpuSeconds = try reader.number()
    limits.openFiles = try reader.number()
    limits.writtenBytes = try reader.number()
    memoryLimitSource = try reader.string()
    required = Protections(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    writer.put(program)
    for strings in [arguments, environment] {
      writer.put(strings) { $0.put($1) }
    }
    writer.put(directories) { writer, directory in
      writer.put(directory.guestPath)
      writer.put(directory.isReadOnly)
    }
    writer.put(level.name)
    writer.put(UInt64(grantedNeeds.rawValue))
    writer.put(standardStreams) { $0.put($1) }
    writer.put(sockets) { $0.put($1) }
    writer.put(relaysOutput)
    writer.put(traces)
    switch entry {
    case .command: writer.put(false)
    case .function(let name, let arguments):
      writer.put(true)
      writer.put(name)
      writer.put(arguments) { $1.put(to: &$0) }
    }
    for limit in [
      limits.memoryBytes, limits.stackBytes, limits.fileBytes, limits.cpuSeconds, limits.openFiles,
      limits.writtenBytes,
    ] {
      writer.put(limit)
    }
    writer.put(memoryLimitSource)
    writer.put(UInt64(required.rawValue))
    return writer
  }
}

/// A value in a message: type, then bits.
extension Value {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    let type = ValueType(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
    self.init(low: try reader.number(), high: try reader.number(), as: type)
    // References to what is in a store mean nothing outside of it.
    switch self {
    case .funcref(_?), .exnref(_?): throw MessageError()
    default: guard type == self.type else { throw MessageError() }
    }
  }

  fileprivate func put(to writer: inout MessageWriter) {
    writer.put(UInt64(type.rawValue))
    writer.put(bits.low)
    writer.put(bits.high)
  }
}
