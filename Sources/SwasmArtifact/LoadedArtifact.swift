public import SwasmModule

/// A decoded artifact whose code and large tables stay in its file. Every offset in it has been checked
/// against the file's size, every index against its index space, and types against each other
/// (`MeaningCheck.swift`).
public struct LoadedArtifact: Sendable {
  public var types: TypeTables
  public var features: CPUFeatures
  /// See ``Artifact/checksBounds``.
  public var checksBounds: Bool
  /// Where the code is in the file; page aligned.
  public var code: Range<Int>
  /// Its ranges are relative to `code.lowerBound`.
  public var trampolines: Trampolines
  public var modules: [LoadedModule]
  public var fileSize: Int
}

extension LoadedArtifact {
  /// Positions of the modules that aren't inside others; the last one is the root.
  public var roots: [Int] { modules.indices.filter { !modules[$0].module.isNested } }

  /// Whether one of them imports the module of this name, not an instance of it.
  public func importsAsModule(_ name: String) -> Bool {
    roots.contains { root in
      modules[root].module.imports.contains {
        $0.isSingleLevel && $0.item.kind == .module && $0.module.utf8.elementsEqual(name.utf8)
      }
    }
  }
}

/// A module of a loaded artifact.
public struct LoadedModule: Sendable {
  /// Without what stays in the file: `frames`, `addressMap`, `functionNames` and the bytes of `data` are empty.
  public var module: ModuleArtifact
  /// Where the rest is in the file. A frame row takes ``ArtifactFormat/frameRowSize`` bytes.
  public var frames: Range<Int>
  public var landings: Range<Int>
  public var addressMapStarts: Range<Int>
  public var addressMapBytes: Range<Int>
  public var functionNames: Range<Int>
  /// By data segment.
  public var data: [Range<Int>]
}
