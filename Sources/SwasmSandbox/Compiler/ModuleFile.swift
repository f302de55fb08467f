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

  /// - Parameter supervisor: ends the wait for a FIFO or a terminal when it is time.
  /// - Throws: 127 when there is none, 126 when it can't be a module.
  init(name: String? = nil, path: String, _ supervisor: inout Supervisor) throws(Failure) {
    self.name = name
    shown = Self.shown(path)
    // A FIFO that nobody writes to yet is opened at once; reading waits.
    let source =
      path == "-"
      ? 0
      : swasm_open_briefly(
        ByteText.forC(path), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard source >= 0 else { throw Self.cannotOpen(path, -source) }
    defer { if source != 0 { close(source) } }
    var status = stat()
    guard fstat(source, &status) == 0 else { throw Self.cannotOpen(path, errno) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw Failure(.moduleUnusable, "\(shown) is a directory, not a module")
    }
    let file = try MemoryFile("swasm-module")
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    size = try Self.copy(source, isRegular, to: file.descriptor, shown, &supervisor)
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

  convenience init(_ preload: RunOptions.Preload, _ supervisor: inout Supervisor) throws(Failure) {
    do throws(Failure) {
      try self.init(name: preload.name, path: preload.path, &supervisor)
    } catch  where error.message.isEmpty || error.status == .timeLimit {
      throw error
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

  /// Copies until the end or one byte over the limit, within the kernel where that does not wait.
  private static func copy(
    _ source: Int32, _ isRegular: Bool, to target: Int32, _ name: String,
    _ supervisor: inout Supervisor
  ) throws(Failure) -> Int {
    var size = 0
    var sends = isRegular
    var buffer: [UInt8] = []
    while true {
      let wanted = min(1 << 24, ImplementationLimits.moduleSize + 1 - size)
      let count = try supervisor.perform(when: POLLIN, of: source) {
        if sends {
          let sent = retrying { sendfile(target, source, nil, wanted) }
          // There are files that can't be sent from.
          if sent != -Int(EINVAL), sent != -Int(ENOSYS) { return sent }
          sends = false
        }
        if buffer.isEmpty { buffer = [UInt8](repeating: 0, count: 1 << 16) }
        let chunk = min(buffer.count, wanted)
        return buffer.withUnsafeMutableBytes { swasm_read_briefly(source, $0.baseAddress, chunk) }
      }
      if count > 0, !sends {
        let failure = buffer[..<count].withUnsafeBytes { writeAll(target, $0) }
        if failure != 0 { throw .system("cannot copy \(name)", failure) }
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
