import Glibc
import SwasmModule

/// What a directory holds.
enum DirectoryNames {
  /// All names, in no order; none where the stream is nil. Closes it.
  static func read(_ stream: OpaquePointer?) -> [String] {
    guard let stream else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { ByteText.string(fromC: $0) }
        })
    }
    return names
  }
}
