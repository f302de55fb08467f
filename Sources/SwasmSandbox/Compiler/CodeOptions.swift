import SwasmModule

/// How code is to be made, as far as the command line says: part of what a cached artifact depends on.
public struct CodeOptions: Equatable, Sendable {
  /// NaNs that float operations make are all the same.
  public var deterministicNaN = false
  /// Accesses to memories and tables are checked by the code.
  public var checksBounds = false
  /// What modules may use.
  var features = Features.all

  public init() {}

  init(_ reader: inout MessageReader) throws(MessageError) {
    deterministicNaN = try reader.flag()
    checksBounds = try reader.flag()
    features = Features(rawValue: UInt32(truncatingIfNeeded: try reader.number()))
  }

  func put(into writer: inout MessageWriter) {
    writer.put(deterministicNaN)
    writer.put(checksBounds)
    writer.put(UInt64(features.rawValue))
  }

  func add(to hash: inout SHA256) {
    hash.add(deterministicNaN ? 1 : 0)
    hash.add(checksBounds ? 1 : 0)
    hash.add(UInt64(features.rawValue))
  }

  /// Takes over a list as ``RunOption/features`` has it.
  public mutating func applyFeatures(_ list: String) throws(Failure) {
    do throws(FeatureNameError) {
      features = try Features(parsing: list)
    } catch {
      throw .usage("--features \(list): \(error)")
    }
  }
}
