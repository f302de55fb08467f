import Glibc
import SwasmModule

extension Policy {
  /// The policy of that name or in that file. A word with a slash or `.toml` in it is a path; any other is a built-in
  /// policy's name, or looked for in `$XDG_CONFIG_HOME/swasm-sandbox/policies` and `/etc/swasm-sandbox/policies`.
  /// Nothing in the current directory is read unless it is named.
  ///
  /// - Throws: for a file that others can have written (``PolicyTrust``), and for one that has a built-in policy's name.
  public static func named(_ name: String) throws(Failure) -> Policy {
    if name.contains("/") || name.hasSuffix(".toml") {
      var isForeign = false
      let text = try text(of: name) { descriptor in
        isForeign = PolicyTrust.isForeign(descriptor)
        return PolicyTrust.faultWhenNamed(descriptor)
      }
      guard let text else {
        throw Failure(.usage, "cannot read policy \"\(name)\": \(describe(errno: errno))")
      }
      let policy = try PolicyFile.parse(text, shown: name)
      // What grants something by itself stands for options of the user's.
      guard policy.grants.isEmpty || !isForeign else {
        throw Failure(
          .usage,
          "policy \(name): it has [grants] and belongs to another user; a policy that grants something "
            + "has to be yours or root's")
      }
      return policy
    }
    let known = builtIn.first { $0.name == name }
    for folder in searchPath {
      let path = "\(folder.path)/\(name).toml"
      if known != nil {
        guard access(path, F_OK) != 0 else {
          throw Failure(
            .usage,
            "policy \"\(name)\" is built in, and \(path) has its name; give that another one, "
              + "or name the file: --policy \(path)")
        }
        continue
      }
      let text = try text(of: path) { PolicyTrust.fault(of: $0, in: folder.parts) }
      if let text { return try PolicyFile.parse(text, shown: path) }
    }
    if let known { return known }
    let hint = Suggestion.nearest(to: name, among: builtIn.map(\.name))
    throw Failure(
      .usage,
      "unknown policy \"\(name)\"; "
        + (hint.map { "did you mean \"\($0)\"?" }
          ?? "`swasm-sandbox policy list` shows all of them"))
  }

  /// A directory in which policies are looked for by name.
  struct SearchFolder {
    /// Where the configuration of all programs is.
    var base: String

    var path: String { base + "/swasm-sandbox/policies" }
    /// It and those around it.
    var parts: [String] { [path, base + "/swasm-sandbox", base] }
  }

  static var searchPath: [SearchFolder] {
    let home = variable("XDG_CONFIG_HOME") ?? variable("HOME").map { $0 + "/.config" }
    return ([home].compactMap(\.self) + ["/etc"]).map { SearchFolder(base: $0) }
  }

  /// Policies in the directories of ``searchPath``: name, file and why it is not used, those first that are found first.
  static var found: [(name: String, path: String, fault: String?)] {
    searchPath.flatMap { folder in
      DirectoryNames.read(opendir(ByteText.forC(folder.path))).sorted()
        .filter { $0.hasSuffix(".toml") }.map { file in
          let name = String(file.dropLast(5))
          let path = "\(folder.path)/\(file)"
          return (name, path, fault(of: name, at: path, in: folder))
        }
    }
  }

  private static func fault(of name: String, at path: String, in folder: SearchFolder) -> String? {
    if builtIn.contains(where: { $0.name == name }) { return "has the name of a built-in policy" }
    let descriptor = open(
      ByteText.forC(path), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return describe(errno: errno) }
    defer { close(descriptor) }
    return PolicyTrust.fault(of: descriptor, in: folder.parts)
  }

  private static func variable(_ name: String) -> String? {
    // A relative path would be one of the current directory.
    guard let value = getenv(name).map({ ByteText.string(fromC: $0) }), value.hasPrefix("/") else {
      return nil
    }
    return value
  }

  /// A file of reasonable size, or nil with `errno` set.
  ///
  /// - Parameter fault: why the open file is not used.
  private static func text(
    of path: String, fault: (Int32) -> String?
  ) throws(Failure) -> String? {
    let descriptor = open(ByteText.forC(path), O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    if let fault = fault(descriptor) { throw Failure(.usage, "policy \(path): \(fault)") }
    var bytes = [UInt8](repeating: 0, count: sizeLimit + 1)
    var count = 0
    while count < bytes.count {
      let got = bytes.withUnsafeMutableBytes { buffer in
        retrying { Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count) }
      }
      if got < 0 { return nil }
      if got == 0 { break }
      count += got
    }
    // Half a policy may grant more than all of it.
    guard count <= sizeLimit else { throw Failure(.usage, "policy \(path): larger than 1 MiB") }
    return String(decoding: bytes[..<count], as: UTF8.self)
  }

  private static let sizeLimit = 1 << 20
}
