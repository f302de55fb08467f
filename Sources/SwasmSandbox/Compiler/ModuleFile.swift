import CSwasm
import Glibc
import SwasmArtifact
import SwasmModule

/// A module's bytes as the user named them: a file, a FIFO, or `-` for stdin, copied to a sealed memory
/// file, so that nothing changes under the process that reads it.
final class ModuleFile {
  /// The name that other modules import it by; nil for the root.
  let name: String?
  /// How messages name it.
  let shown: String
  let bytes: MemoryFile
  let size: Int
  /// SHA-256 of the bytes. They are hashed here and nowhere looked at.
  private(set) lazy var digest: SHA256.Digest = hash()

  /// - Throws: 127 when there is none, 126 when it can't be a module.
  init(name: String? = nil, path: String) throws(Failure) {
    self.name = name
    shown = Self.shown(path)
    let source = path == "-" ? 0 : open(ByteText.forC(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard source >= 0 else { throw Self.cannotOpen(path, errno) }
    defer { if source != 0 { close(source) } }
    var status = stat()
    guard fstat(source, &status) == 0 else { throw Self.cannotOpen(path, errno) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw Failure(.moduleUnusable, "\(shown) is a directory, not a module")
    }
    let file = try MemoryFile("swasm-module")
    size = try Self.copy(source, to: file.descriptor, shown)
    try file.sealWhole()
    bytes = file
  }

  /// A module in the text format that is part of the program.
  init(text: String, shown: String) throws(Failure) {
    name = nil
    self.shown = shown
    let content = Array(text.utf8)
    bytes = try MemoryFile("swasm-module", content)
    size = content.count
  }

  convenience init(_ preload: RunOptions.Preload) throws(Failure) {
    do throws(Failure) {
      try self.init(name: preload.name, path: preload.path)
    } catch {
      throw Failure(error.status, "--preload \(preload): \(error.message)")
    }
  }

  private func hash() -> SHA256.Digest {
    var hash = SHA256()
    if let mapping = Mapping(bytes.descriptor, size: size, isWritable: false) {
      hash.add(UnsafeRawBufferPointer(mapping.bytes))
    }
    return hash.finish()
  }

  /// How messages name the module of that path.
  static func shown(_ path: String) -> String { path == "-" ? "standard input" : path }

  /// What backtraces call a module that has no name of its own: the file's, without its extension.
  var label: String {
    if shown == Self.shown("-") { return "stdin" }
    let file = shown.split(separator: "/").last.map(String.init) ?? shown
    guard let dot = file.lastIndex(of: "."), dot != file.startIndex else { return file }
    return String(file[..<dot])
  }

  private static func cannotOpen(_ path: String, _ error: Int32) -> Failure {
    if [EMFILE, ENFILE, ENOMEM].contains(error) {
      return .system("cannot open module \"\(path)\"", error)
    }
    let isMissing = error == ENOENT || error == ENOTDIR
    return Failure(
      isMissing ? .moduleNotFound : .moduleUnusable,
      "cannot open module \"\(path)\": \(describe(errno: error))")
  }

  /// Copies until the end or one byte over the limit, within the kernel where it can.
  private static func copy(_ source: Int32, to target: Int32, _ name: String) throws(Failure) -> Int
  {
    var size = 0
    var buffer: [UInt8] = []
    while true {
      let wanted = min(1 << 24, ImplementationLimits.moduleSize + 1 - size)
      var count = buffer.isEmpty ? retrying { sendfile(target, source, nil, wanted) } : 0
      // Pipes and terminals can't be sent from.
      if count < 0, count == -Int(EINVAL) || count == -Int(ENOSYS) {
        buffer = [UInt8](repeating: 0, count: 1 << 16)
      }
      if !buffer.isEmpty {
        count = retrying { read(source, &buffer, min(buffer.count, wanted)) }
        if count > 0 {
          let failure = buffer[..<count].withUnsafeBytes { writeAll(target, $0) }
          if failure != 0 { throw .system("cannot copy \(name)", failure) }
        }
      }
      // The copy's fault, not the module's.
      if count < 0, [EFBIG, ENOSPC, ENOMEM].contains(Int32(-count)) {
        throw .system("cannot copy \(name)", Int32(-count))
      }
      guard count >= 0 else {
        throw Failure(.moduleUnusable, "cannot read \(name): \(describe(errno: Int32(-count)))")
      }
      size += count
      if count == 0 { return size }
      if size > ImplementationLimits.moduleSize {
        throw Failure(
          .moduleUnusable,
          "\(name) is larger than \(Quantities.text(bytes: UInt64(ImplementationLimits.moduleSize)))"
        )
      }
    }
  }
}

extension ModuleFile {
  /// What `compile` made, not a module.
  var isArtifact: Bool {
    let magic = ArtifactFormat.magic
    var start = [UInt8](repeating: 0, count: magic.count)
    return pread(bytes.descriptor, &start, start.count, 0) == start.count && start == magic
  }
}
