/// How code is to be made, as far as the command line says: part of what a cached artifact depends on.
public struct CodeOptions: Equatable, Sendable {
  /// NaNs that float operations make are all the same.
  public var deterministicNaN = false

  public init() {}

  init(_ reader: inout MessageReader) throws(MessageError) {
    deterministicNaN = try reader.flag()
  }

  func put(into writer: inout MessageWriter) { writer.put(deterministicNaN) }

  func add(to hash: inout SHA256) { hash.add(deterministicNaN ? 1 : 0) }
}
