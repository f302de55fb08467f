/// How code is to be made, as far as the command line says. Whatever keeps artifacts has it in their key.
public struct CodeOptions: Equatable, Hashable, Sendable {
  /// NaNs that float operations make are all the same.
  public var deterministicNaN = false

  public init() {}

  init(_ reader: inout MessageReader) throws(MessageError) {
    deterministicNaN = try reader.flag()
  }

  func put(into writer: inout MessageWriter) { writer.put(deterministicNaN) }
}
