import CSwasm
import Glibc

/// The key of the codes in cache entries. It lies apart from the cache, so that who can write there – a guest that was
/// granted the folder – can't make an entry that counts.
enum CacheSecret {
  static let size = 32
  private static let name = "cache-key"

  /// `$XDG_STATE_HOME/swasm-sandbox`, or `~/.local/state/swasm-sandbox`.
  static func folderPath() throws(CacheFolder.Refusal) -> String {
    try CacheFolder.userFolder("XDG_STATE_HOME", ".local/state") + "/swasm-sandbox"
  }

  /// The user's key; made when there is none and `creates`.
  static func load(creates: Bool) throws(CacheFolder.Refusal) -> [UInt8] {
    let folder = try CacheFolder(try folderPath(), creates: creates)
    if let key = read(folder) { return key }
    guard creates else { throw CacheFolder.Refusal(reason: "\(folder.path)/\(name): no key") }
    var key = [UInt8](repeating: 0, count: size)
    guard swasm_wasi_random(&key, size) == size else {
      throw CacheFolder.Refusal(reason: "no random numbers")
    }
    let isWritten = folder.writeFile(name, replaces: false) { file in
      -key.withUnsafeBytes { writeAll(file, $0) }
    }
    // Another launcher may have been faster.
    guard let found = isWritten ? key : read(folder) else {
      throw CacheFolder.Refusal(reason: "\(folder.path)/\(name): cannot be written")
    }
    return found
  }

  private static func read(_ folder: borrowing CacheFolder) -> [UInt8]? {
    let file = folder.openFile(name)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var key = [UInt8](repeating: 0, count: size + 1)
    return retrying({ Glibc.read(file, &key, key.count) }) == size ? Array(key.prefix(size)) : nil
  }
}
