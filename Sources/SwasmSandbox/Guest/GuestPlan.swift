import SwasmLockdown
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
  /// Bytes of all linear memories; tables and all else that a module makes may take
  /// ``RuntimeLimits/otherBytes`` more.
  var memoryBytes: UInt64 = 4 << 30
  var stackBytes: UInt64 = 8 << 20
  var fileBytes = UInt64.max
  /// Of the process, from its start on.
  var cpuMilliseconds = UInt64.max
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
    limits.cpuMilliseconds = try reader.number()
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
      limits.memoryBytes, limits.stackBytes, limits.fileBytes, limits.cpuMilliseconds,
      limits.openFiles,
      limits.writtenBytes,
    ] {
      writer.put(limit)
    }
    writer.put(memoryLimitSource)
    writer.put(UInt64(required.rawValue))
    return writer
  }
}

/// The numbers of WebAssembly in a message: type, then bits.
extension Value {
  fileprivate init(_ reader: inout MessageReader) throws(MessageError) {
    let type = try reader.number()
    let bits = try reader.number()
    let low = UInt32(truncatingIfNeeded: bits)
    switch type {
    case 0: self = .i32(low)
    case 1: self = .i64(bits)
    case 2: self = .f32(low)
    case 3: self = .f64(bits)
    default: throw MessageError()
    }
  }

  fileprivate func put(to writer: inout MessageWriter) {
    let (type, bits): (UInt64, UInt64) =
      switch self {
      case .i32(let bits): (0, UInt64(bits))
      case .i64(let bits): (1, bits)
      case .f32(let bits): (2, UInt64(bits))
      case .f64(let bits): (3, bits)
      // The command line has no words for them; the reader refuses.
      case .v128, .funcref, .externref, .exnref: (4, 0)
      }
    writer.put(type)
    writer.put(bits)
  }
}
