import SwasmArtifact
import SwasmModule

/// An artifact that a store has taken in, with its trampolines mapped.
final class LoadedCode {
  let file: ArtifactFile
  /// Position among the store's artifacts.
  let position: Int
  let trampolines: CodeRegion
  let elementLists = ElementLists()

  init(_ file: ArtifactFile, position: Int) throws(InstantiationFailure) {
    self.file = file
    self.position = position
    let text = file.artifact.trampolines.text
    let start = file.artifact.code.lowerBound
    trampolines = try CodeRegion(
      file: file.file, text: start + text.lowerBound..<start + text.upperBound, dataSize: 0)
  }

  func entry(_ type: CanonicalTypeIndex) -> UInt64? {
    address(file.artifact.trampolines.entries, type)
  }

  func host(_ type: CanonicalTypeIndex) -> UInt64? {
    address(file.artifact.trampolines.hosts, type)
  }

  private func address(_ offsets: [UInt32], _ type: CanonicalTypeIndex) -> UInt64? {
    guard type.position < offsets.count, offsets[type.position] != UInt32.max else { return nil }
    return trampolines.text + UInt64(offsets[type.position])
  }
}
