public import SwasmModule

/// A decoded artifact whose code and large tables stay in its file. Every offset in it has been checked
/// against the file's size and every index against its index space.
public struct LoadedArtifact: Sendable {
  public var types: TypeTables
  public var features: CPUFeatures
  /// Where the code is in the file; page aligned.
  public var code: Range<Int>
  /// Its ranges are relative to `code.lowerBound`.
  public var trampolines: Trampolines
  public var modules: [LoadedModule]
  public var fileSize: Int
}

/// A module of a loaded artifact.
public struct LoadedModule: Sendable {
  /// Without what stays in the file: `frames`, `addressMap`, `functionNames` and the bytes of `data` are empty.
  public var module: ModuleArtifact
  /// Where the rest is in the file. A frame row takes ``ArtifactFormat/frameRowSize`` bytes.
  public var frames: Range<Int>
  public var addressMapStarts: Range<Int>
  public var addressMapBytes: Range<Int>
  public var functionNames: Range<Int>
  /// By data segment.
  public var data: [Range<Int>]
}
