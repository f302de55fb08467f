/// What a compiler process says at its end. It has parsed hostile bytes: the launcher believes it no more
/// than that a message is to be shown.
enum CompilerReport: Equatable, Sendable {
  /// So many bytes of output were written.
  case done(Int)
  /// A module is not usable; the index is in ``CompilerPlan/modules``.
  case rejected(module: Int, reason: String)
  /// The output file is too small.
  case tooLarge(Int)

  /// Bytes that a report takes at most.
  static let limit = 1 << 16

  init(_ bytes: [UInt8]) throws(MessageError) {
    var reader = MessageReader(bytes)
    switch try reader.number() {
    case 0: self = .done(try reader.integer())
    case 1: self = .rejected(module: try reader.integer(), reason: try reader.string())
    case 2: self = .tooLarge(try reader.integer())
    default: throw MessageError()
    }
    guard reader.isAtEnd else { throw MessageError() }
  }

  var message: MessageWriter {
    var writer = MessageWriter()
    switch self {
    case .done(let count):
      writer.put(0)
      writer.put(count)
    case .rejected(let module, let reason):
      writer.put(1)
      writer.put(module)
      // Names in a reason may be long; the beginning says enough.
      writer.put(String(decoding: Array(reason.utf8.prefix(4000)), as: UTF8.self))
    case .tooLarge(let count):
      writer.put(2)
      writer.put(count)
    }
    return writer
  }
}
