import SwasmArtifact
import SwasmModule
import SwasmRuntime
import Testing

@Suite struct LoadingTests {
  /// A warm start parses almost nothing. The bound is wide because the tests are not optimised and run side by side.
  @Test func smallArtifactsLoadQuickly() throws {
    let bytes = fixtureArtifact().encode()
    let clock = ContinuousClock()
    let best = try (0..<20).map { _ in
      let descriptor = try ArtifactFile.sealedFile(holding: bytes)
      return try clock.measure { _ = try ArtifactFile(descriptor: descriptor) }
    }.min()!
    #expect(best < .milliseconds(5))
    print("loading a small artifact: \(best)")
  }

  /// 30,000 functions.
  @Test func largeArtifactsLoadAndInstantiate() throws {
    var artifact = fixtureArtifact()
    let count = 30_000
    let first = artifact.modules[0].functions[0]
    let row = artifact.modules[0].frames[0]
    let type = artifact.modules[0].functionTypes[1]
    artifact.modules[0].functions += Array(repeating: first, count: count)
    artifact.modules[0].functionTypes += Array(repeating: type, count: count)
    artifact.modules[0].frames += Array(repeating: row, count: count)
    artifact.modules[0].elements.append(
      ElementSegment(
        type: .funcref, mode: .passive,
        items: .functions((1..<count).map { FunctionIndex($0) }), offset: 0))
    let file = try ArtifactFile(artifact)
    let clock = ContinuousClock()
    let descriptor = try ArtifactFile.sealedFile(holding: artifact.encode())
    print(
      "loading 30,000 functions:",
      try clock.measure { _ = try ArtifactFile(descriptor: descriptor) })
    let store = try Store()
    var instance: Instance?
    print(
      "instantiating 30,000 functions:",
      try clock.measure { instance = try store.instantiate(file, imports: environment()) })
    #expect(try instance?.call("add", [.i32(1), .i32(2)]) == [.i32(3)])
  }

  /// Code that checks nothing never meets a memory without guards, and the file says which kind it is.
  @Test func uncheckedCodeNeedsGuards() throws {
    var artifact = fixtureArtifact()
    for (hasGuards, checksBounds) in [(true, true), (true, false), (false, true), (false, false)] {
      artifact.checksBounds = checksBounds
      let file = try ArtifactFile(artifact)
      #expect(file.artifact.checksBounds == checksBounds)
      let store = try Store(limits: RuntimeLimits(hasGuards: hasGuards))
      do {
        _ = try store.instantiate(file, imports: environment())
        #expect(hasGuards || checksBounds)
      } catch {
        #expect(!hasGuards && !checksBounds)
        guard case .uncheckedCode = error.failure else { throw error }
      }
    }
  }

  @Test func refusesAnUnknownKindOfCode() throws {
    var bytes = fixtureArtifact().encode()
    bytes[104] = 2
    #expect(throws: ArtifactFileError.refused(.badSection("header", offset: 104))) {
      try ArtifactFile(descriptor: try ArtifactFile.sealedFile(holding: bytes))
    }
  }

  @Test func refusesWhatIsNoArtifact() throws {
    #expect(throws: ArtifactFileError.refused(.notAnArtifact)) {
      try ArtifactFile(descriptor: try ArtifactFile.sealedFile(holding: [1, 2, 3]))
    }
    #expect(throws: ArtifactFileError.refused(.notAnArtifact)) {
      try ArtifactFile(descriptor: try ArtifactFile.sealedFile(holding: []))
    }
    #expect(throws: ArtifactFileError.system("fstat", errno: 9)) {
      try ArtifactFile(descriptor: 987_654)
    }
  }
}
