/// Why an artifact's file was refused. Offsets are in the file.
public enum ArtifactError: Error, Hashable, Sendable {
  /// Without the magic number.
  case notAnArtifact
  /// So many bytes of the file are there; `of`: of as many as the header says, if that is there.
  case fileTruncated(Int, of: Int?)
  case formatVersion(found: UInt32)
  case compilerVersion(found: String)
  /// This processor lacks features that the code needs.
  case missingFeatures(CPUFeatures)
  /// A part lies outside of the file, or is not aligned.
  case badSection(String, offset: Int)
  /// The data ended inside an item.
  case truncated(offset: Int)
  /// A count exceeds what the rest of the data could hold.
  case badCount(UInt64, offset: Int)
  case badUTF8(offset: Int)
  /// A byte that selects between cases has no such case.
  case badTag(String, UInt8, offset: Int)
  /// An index, range or size that its index space or section does not have.
  case outOfRange(String, offset: Int)
  /// Two parts that don't fit each other, such as a segment and its table; in which module.
  case contradiction(String, module: Int?)
  /// There is something after the last item.
  case trailingBytes(offset: Int)
  /// The buffer given for encoding is too small.
  case bufferTooSmall(needed: Int)
}

extension ArtifactError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notAnArtifact: "not a compiled artifact"
    case .fileTruncated(let size, nil):
      "the artifact is truncated: \(size) bytes are less than its header"
    case .fileTruncated(let size, let whole?):
      "the artifact is truncated: \(size) of its \(whole) bytes are there"
    case .formatVersion(let found):
      "the artifact has format version \(found); this version of swasm-sandbox reads \(ArtifactFormat.version)"
    case .compilerVersion(let found):
      "the artifact was made by compiler \"\(found)\"; this is \"\(ArtifactFormat.compilerVersion)\""
    case .missingFeatures(let features):
      "the artifact needs CPU features that this machine lacks: \(features)"
    case .badSection(let name, let offset): "bad position of \(name) at offset \(offset)"
    case .truncated(let offset): "the artifact ends unexpectedly at offset \(offset)"
    case .badCount(let count, let offset): "impossible count \(count) at offset \(offset)"
    case .badUTF8(let offset): "malformed UTF-8 at offset \(offset)"
    case .badTag(let what, let byte, let offset): "no \(what) has code \(byte) (offset \(offset))"
    case .outOfRange(let what, let offset): "\(what) out of range at offset \(offset)"
    case .contradiction(let what, let module):
      "the artifact contradicts itself: \(what)" + (module.map { " (module \($0))" } ?? "")
    case .trailingBytes(let offset): "unexpected data at offset \(offset)"
    case .bufferTooSmall(let needed): "the artifact takes \(needed) bytes"
    }
  }
}

extension CPUFeatures: CustomStringConvertible {
  private static let names = [
    "sse4.1", "popcnt", "lzcnt", "bmi1", "bmi2", "avx", "avx2", "fma", "fsgsbase",
  ]
  public var description: String {
    let known = Self.names.enumerated().filter { rawValue >> $0.offset & 1 != 0 }
    return known.map(\.element).joined(separator: " ")
  }
}
