import Glibc
import SwasmArtifact

/// How `run` tells what this user's `compile` made from native code of anyone's making: behind the artifact is a code
/// under the key that the cache uses too.
///
///     magic "\0swcode\n"     8  code of the artifact's size and of its bytes: 32 bytes
///
/// A file that may be longer than the artifact in it stays an artifact with the code and without.
enum ArtifactCode {
  private static let magic: [UInt8] = [0x00, 0x73, 0x77, 0x63, 0x6f, 0x64, 0x65, 0x0a]
  private static let trailerSize = magic.count + 32
  /// As long as a digest, and none that there is: no code of the cache's is one of these.
  private static let purpose = Array("swasm-sandbox compile, version 1".utf8)

  /// What `compile` adds to the artifact at the start of a file.
  static func trailer(
    for file: borrowing MemoryFile, size: Int
  ) throws(CacheFolder.Refusal) -> [UInt8] {
    let secret = try CacheSecret.load(creates: true)
    guard let mapping = Mapping(file.descriptor, size: size, isWritable: false) else {
      throw CacheFolder.Refusal(reason: describe(errno: errno))
    }
    return magic + code(of: UnsafeRawBufferPointer(mapping.bytes), secret: secret)
  }

  private static func code(of artifact: UnsafeRawBufferPointer, secret: [UInt8]) -> SHA256.Digest {
    var code = MessageCode(key: secret)
    code.add(purpose)
    code.add(UInt64(artifact.count))
    code.add(artifact)
    return code.finish()
  }

  /// - Throws: 126 for what no `compile` of this user made, and for what this program can't run whoever made it.
  static func check(_ file: ModuleFile) throws(Failure) {
    guard let mapping = Mapping(file.bytes.descriptor, size: file.size, isWritable: false) else {
      throw .system("cannot read \(file.shown)", errno)
    }
    let bytes = UnsafeRawBufferPointer(mapping.bytes)
    // What is of another version or cut short is told from what is foreign.
    do throws(ArtifactError) {
      let header = Array(bytes.prefix(ArtifactFormat.headerSize))
      _ = try LoadedArtifact.metadataRange(header: header, fileSize: bytes.count)
    } catch {
      throw Failure(.moduleUnusable, "\(file.shown): \(error)")
    }
    let end = bytes.count - trailerSize
    guard end > 0, bytes[end..<end + magic.count].elementsEqual(magic) else {
      throw refusal(file, "it is not signed by `swasm-sandbox compile`")
    }
    let secret: [UInt8]
    do throws(CacheFolder.Refusal) {
      secret = try CacheSecret.load(creates: false)
    } catch {
      throw refusal(file, "there is no key to check its signature with: \(error.reason)")
    }
    let artifact = UnsafeRawBufferPointer(rebasing: bytes[..<end])
    let found = Array(bytes[(end + magic.count)...])
    guard MessageCode.areEqual(code(of: artifact, secret: secret), found) else {
      throw refusal(file, "it is not signed by this user's `swasm-sandbox compile`")
    }
  }

  private static func refusal(_ file: ModuleFile, _ reason: String) -> Failure {
    Failure(
      .moduleUnusable,
      "\(file.shown) is native code, and \(reason); compile the module here, or run it with "
        + "\(RunOption.allowCompiled.flag) if you trust whoever made it")
  }
}
