import CSwasm
import Glibc
public import SwasmArtifact
public import SwasmModule

/// Why an artifact's file could not be loaded.
public enum ArtifactFileError: Error, Equatable, CustomStringConvertible {
  case system(String, errno: CInt)
  case refused(ArtifactError)

  public var description: String {
    switch self {
    case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
    case .refused(let error): error.description
    }
  }
}

/// A loaded artifact and the file that holds its code and tables.
///
/// The file must not change while it is loaded: give a sealed memfd, or a file that nobody else can write.
public final class ArtifactFile: Sendable {
  public let artifact: LoadedArtifact
  let file: MappedFile

  /// Takes over the descriptor, also when it fails.
  public init(descriptor: CInt, host: CPUFeatures = .host) throws(ArtifactFileError) {
    let file = try MappedFile(descriptor: descriptor)
    let bytes = file.bytes
    do throws(ArtifactError) {
      let header = Array(bytes.prefix(ArtifactFormat.headerSize))
      let metadata = try LoadedArtifact.metadataRange(header: header, fileSize: bytes.count)
      artifact = try LoadedArtifact(
        header: header, metadata: Array(bytes[metadata]), fileSize: bytes.count, host: host)
    } catch {
      throw .refused(error)
    }
    self.file = file
  }

  /// Writes the artifact to a sealed memfd and loads that.
  public convenience init(_ artifact: Artifact) throws(ArtifactFileError) {
    try self.init(descriptor: try Self.sealedFile(holding: artifact.encode()))
  }

  /// A memfd with these bytes that nobody can change any more.
  public static func sealedFile(holding bytes: [UInt8]) throws(ArtifactFileError) -> CInt {
    let descriptor = swasm_memory_file("swasm-artifact")
    guard descriptor >= 0 else { throw .system("memfd_create", errno: -descriptor) }
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written)
      }
      guard count > 0 else {
        let code = errno
        if count < 0, code == EINTR { continue }
        close(descriptor)
        throw .system("write", errno: code)
      }
      written += count
    }
    guard swasm_seal(descriptor) == 0 else {
      let code = errno
      close(descriptor)
      throw .system("fcntl", errno: code)
    }
    return descriptor
  }

  /// The bytes of a range that decoding has checked.
  func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: file.bytes[range])
  }

  /// The name section's name of a function.
  public func name(of function: FunctionIndex, in module: Int) -> String? {
    let names = bytes(artifact.modules[module].functionNames)
    var position = 0
    while position + 8 <= names.count {
      let index = names.loadUnaligned(fromByteOffset: position, as: UInt32.self)
      let length = Int(names.loadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
      guard length <= names.count - position - 8 else { return nil }
      let text = names[position + 8..<position + 8 + length]
      if index == function.rawValue { return String(decoding: text, as: UTF8.self) }
      position += 8 + length
    }
    return nil
  }

  func frameRows(of module: Int) -> UnsafeBufferPointer<swasm_frame_row> {
    bytes(artifact.modules[module].frames).bindMemory(to: swasm_frame_row.self)
  }

  func landings(of module: Int) -> UnsafeBufferPointer<swasm_landing> {
    bytes(artifact.modules[module].landings).bindMemory(to: swasm_landing.self)
  }

  /// The part of a module's ``AddressMap`` that belongs to a defined function.
  func addressPairs(of function: Int, in module: Int) -> [UInt8] {
    let loaded = artifact.modules[module]
    let starts = bytes(loaded.addressMapStarts).bindMemory(to: UInt32.self)
    guard function + 1 < starts.count else { return [] }
    let all = bytes(loaded.addressMapBytes)
    let lower = Int(starts[function])
    let upper = Int(starts[function + 1])
    guard lower <= upper, upper <= all.count else { return [] }
    return Array(all[lower..<upper])
  }
}

extension CPUFeatures {
  /// What this machine has.
  public static let host = CPUFeatures(rawValue: swasm_cpu_features())
}
