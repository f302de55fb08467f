import SwasmArtifact
import SwasmModule
import SwasmRuntime

/// What a compiled artifact depends on: every byte of the linked set, the names that are in the artifact, the
/// compiler, how it is to make code, and the processor's features.
struct CacheKey: Equatable {
  let digest: SHA256.Digest

  /// The entry's file name.
  var name: String { SHA256.text(digest) }

  init(digest: SHA256.Digest) { self.digest = digest }

  /// - Parameter modules: in order, the root last.
  init(_ modules: [ModuleFile], _ code: CodeOptions) {
    var hash = SHA256()
    hash.add("swasm-sandbox artifact")
    hash.add(ArtifactFormat.compilerVersion)
    hash.add(UInt64(ArtifactFormat.version))
    hash.add(UInt64(CPUFeatures.host.rawValue))
    code.add(to: &hash)
    hash.add(UInt64(modules.count))
    for module in modules {
      hash.add(module.name == nil ? 0 : 1)
      hash.add(module.name ?? "")
      hash.add(module.label)
      hash.add(module.digest)
    }
    digest = hash.finish()
  }

  /// The key that a file name stands for; nil for other names.
  init?(name: Substring) {
    let digits = Array(name.utf8)
    guard digits.count == 64 else { return nil }
    var digest = SHA256.Digest()
    for pair in stride(from: 0, to: 64, by: 2) {
      guard let high = Self.value(digits[pair]), let low = Self.value(digits[pair + 1]) else {
        return nil
      }
      digest.append(high << 4 | low)
    }
    self.digest = digest
  }

  private static func value(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x61...0x66: digit - 0x61 + 10
    default: nil
    }
  }
}
