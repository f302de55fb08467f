import Glibc
import SwasmModule

extension Policy {
  /// The policy of that name or in that file. A word with a slash or `.toml` in it is a path; any other is
  /// looked for in `$XDG_CONFIG_HOME/swasm-sandbox/policies`, `/etc/swasm-sandbox/policies` and among the
  /// built-in ones. Nothing in the current directory is read unless it is named.
  public static func named(_ name: String) throws(Failure) -> Policy {
    if name.contains("/") || name.hasSuffix(".toml") {
      guard let text = read(name) else {
        throw Failure(.usage, "cannot read policy \"\(name)\": \(describe(errno: errno))")
      }
      return try PolicyFile.parse(text, shown: name)
    }
    for directory in searchPath {
      let path = "\(directory)/\(name).toml"
      if let text = read(path) { return try PolicyFile.parse(text, shown: path) }
    }
    if let known = builtIn.first(where: { $0.name == name }) { return known }
    let hint = Suggestion.nearest(to: name, among: builtIn.map(\.name))
    throw Failure(
      .usage,
      "unknown policy \"\(name)\"; "
        + (hint.map { "did you mean \"\($0)\"?" }
          ?? "`swasm-sandbox policy list` shows those there are"))
  }

  /// Directories in which policies are looked for by name.
  static var searchPath: [String] {
    let home = variable("XDG_CONFIG_HOME") ?? variable("HOME").map { $0 + "/.config" }
    return (home.map { [$0 + "/swasm-sandbox/policies"] } ?? []) + ["/etc/swasm-sandbox/policies"]
  }

  /// Policies in the directories of ``searchPath``: name and file, those first that are found first.
  static var found: [(name: String, path: String)] {
    searchPath.flatMap { directory in
      fileNames(in: directory).filter { $0.hasSuffix(".toml") }.map {
        (name: String($0.dropLast(5)), path: "\(directory)/\($0)")
      }
    }
  }

  private static func fileNames(in directory: String) -> [String] {
    guard let stream = opendir(ByteText.forC(directory)) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { ByteText.string(fromC: $0) }
        })
    }
    return names.sorted()
  }

  private static func variable(_ name: String) -> String? {
    guard let value = getenv(name), value.pointee != 0 else { return nil }
    return ByteText.string(fromC: value)
  }

  /// A file of reasonable size, or nil with `errno` set.
  private static func read(_ path: String) -> String? {
    let descriptor = open(ByteText.forC(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        retrying { Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count) }
      }
      if got < 0 { return nil }
      if got == 0 { break }
      count += got
    }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }
}
